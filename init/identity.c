/* See identity.h. */
#include "init/identity.h"

#include <errno.h>
#include <stdbool.h>

#include "base/text.h"

#define LABEL_MAX 63

static bool is_letter_or_digit(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z');
}

static bool is_label(struct span label)
{
	if (label.len == 0 || label.len > LABEL_MAX ||
	    !is_letter_or_digit(label.data[0]) ||
	    !is_letter_or_digit(label.data[label.len - 1]))
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!is_letter_or_digit(label.data[i]) && label.data[i] != '-')
			return false;
	}
	return true;
}

int identity_read_name(struct span text, char ret_name[IDENTITY_NAME_MAX])
{
	struct reader reader;

	if (text.len == 0 || text.len >= IDENTITY_NAME_MAX ||
	    text.data[text.len - 1] == '.')
		return -EBADMSG;
	reader_from_span(&reader, text);
	while (reader_left(&reader) > 0) {
		if (!is_label(reader_until(&reader, '.')))
			return -EBADMSG;
	}
	return text_copy(ret_name, IDENTITY_NAME_MAX, text);
}

int identity_read_foreign_name(struct span text,
			       char ret_name[IDENTITY_NAME_MAX])
{
	struct reader reader;
	struct span label;

	reader_from_span(&reader, text);
	label = reader_until(&reader, '.');
	if (span_is_nocase(label, "localhost"))
		return -EBADMSG;
	return identity_read_name(label, ret_name);
}

/* The value of a hexadecimal digit, or -1. */
static int digit_of(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

int identity_name_of_mac(struct span mac, char ret_name[IDENTITY_NAME_MAX])
{
	char name[IDENTITY_NAME_MAX];
	struct writer writer;

	if (mac.len != 17)
		return -EBADMSG;
	writer_init(&writer, name, sizeof(name));
	text_put(&writer, "phase-");
	for (size_t i = 0; i < mac.len; i++) {
		int digit = digit_of(mac.data[i]);

		if (i % 3 == 2) {
			if (mac.data[i] != ':')
				return -EBADMSG;
		} else if (digit < 0) {
			return -EBADMSG;
		} else {
			text_put_hex(&writer, (uint64_t)digit, 1);
		}
	}
	return text_copy(ret_name, IDENTITY_NAME_MAX, writer_span(&writer));
}

/* What boards and virtual machines have instead of one of their own. */
static bool is_nobodys(const char *id)
{
	static const char known[][33] = {
		"00000000000000000000000000000000",
		"ffffffffffffffffffffffffffffffff",
		"03000200040005000006000700080009",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (span_is(span_of(known[i]), id))
			return true;
	}
	return false;
}

int identity_read_id(struct span text, char ret_id[IDENTITY_ID_MAX])
{
	char id[IDENTITY_ID_MAX];
	struct writer writer;
	bool dashes;

	text = span_trim(text);
	dashes = text.len == 36;
	if (text.len != 32 && !dashes)
		return -EBADMSG;
	writer_init(&writer, id, sizeof(id));
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(text.data[i]);

		if (dashes && (i == 8 || i == 13 || i == 18 || i == 23)) {
			if (text.data[i] != '-')
				return -EBADMSG;
		} else if (digit < 0) {
			return -EBADMSG;
		} else {
			text_put_hex(&writer, (uint64_t)digit, 1);
		}
	}
	if (is_nobodys(text_end(&writer)))
		return -EBADMSG;
	return text_copy(ret_id, IDENTITY_ID_MAX, writer_span(&writer));
}

/* FNV-1a, draft-eastlake-fnv: the offset basis and the prime of 128 bits. */
static unsigned __int128 hash(unsigned __int128 state, struct span bytes)
{
	const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;

	for (size_t i = 0; i < bytes.len; i++)
		state = (state ^ bytes.data[i]) * prime;
	return state;
}

void identity_make_id(const char *kind, struct span value,
		      char ret_id[IDENTITY_ID_MAX])
{
	unsigned __int128 state = (unsigned __int128)0x6c62272e07bb0142 << 64 |
				  0x62b821756295c58d;
	struct writer writer;

	state = hash(state, span_of(kind));
	state = hash(state, span_of(" "));
	state = hash(state, value);
	writer_init(&writer, ret_id, IDENTITY_ID_MAX);
	text_put_hex(&writer, (uint64_t)(state >> 64), 16);
	text_put_hex(&writer, (uint64_t)state, 16);
	text_end(&writer);
}

void identity_put_hosts(struct writer *writer, const char *name)
{
	text_put(writer, "127.0.0.1\tlocalhost\n"
			 "::1\t\tlocalhost ip6-localhost ip6-loopback\n"
			 "127.0.1.1\t");
	text_put(writer, name);
	text_put(writer, "\n");
}
