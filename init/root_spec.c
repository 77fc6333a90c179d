/* See root_spec.h. */
#include "init/root_spec.h"

#include "base/cmdline.h"
#include "base/compiler.h"
#include "base/text.h"

/* What udev has links for, and we have none. */
static const struct {
	char path[24];
	char tag[11];
} links[] = {
	{ "/dev/disk/by-uuid/", "UUID=" },
	{ "/dev/disk/by-label/", "LABEL=" },
	{ "/dev/disk/by-partuuid/", "PARTUUID=" },
	{ "/dev/disk/by-partlabel/", "PARTLABEL=" },
};

static const struct {
	char tag[11];
	enum root_kind kind;
} tags[] = {
	{ "UUID=", ROOT_FILESYSTEM },
	{ "LABEL=", ROOT_FILESYSTEM },
	{ "PARTUUID=", ROOT_PARTITION },
	{ "PARTLABEL=", ROOT_PARTITION },
};

static size_t length_of(const char *string)
{
	return span_of(string).len;
}

/* The root that a kernel with an initramfs has already. */
static bool is_our_own(struct span value)
{
	return value.len == 0 || span_is(value, "none") ||
	       span_is(value, "rootfs") || span_starts(value, "/dev/ram");
}

static enum root_kind kind_of(struct span name)
{
	if (is_our_own(name))
		return ROOT_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (span_starts(name, tags[i].tag) &&
		    name.len > length_of(tags[i].tag))
			return tags[i].kind;
	}
	/* /dev/nfs is the kernel's word for the network. */
	if (span_starts(name, "/dev/") && name.len > 5 &&
	    !span_is(name, "/dev/nfs"))
		return ROOT_DEVICE;
	return ROOT_UNKNOWN;
}

static void set_root(struct root_spec *spec, struct span value)
{
	char name[ROOT_NAME_MAX];
	struct writer writer;

	writer_init(&writer, name, sizeof(name));
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (!span_starts(value, links[i].path))
			continue;
		text_put(&writer, links[i].tag);
		value = span_skip(value, length_of(links[i].path));
		break;
	}
	writer_put(&writer, value);
	if (writer_failed(&writer) || text_copy(spec->name, sizeof(spec->name),
						writer_span(&writer)) < 0) {
		spec->too_long = true;
		return;
	}
	spec->kind = kind_of(span_of(spec->name));
}

static void set_text(struct root_spec *spec, char *field, size_t size,
		     struct span value)
{
	if (text_copy(field, size, value) < 0)
		spec->too_long = true;
}

void root_spec_parse(struct root_spec *ret_spec, struct span cmdline)
{
	struct span flags = { NULL, 0 };
	struct cmdline_word word;
	struct reader reader;
	struct writer options;
	bool writable = false;
	int64_t ms;

	*ret_spec = (struct root_spec){ .timeout_ms = -1 };
	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		if (!word.has_value && span_is(word.name, "rw"))
			writable = true;
		else if (!word.has_value && span_is(word.name, "ro"))
			writable = false;
		else if (span_is(word.name, "root"))
			set_root(ret_spec, word.value);
		else if (span_is(word.name, "rootfstype"))
			set_text(ret_spec, ret_spec->types,
				 sizeof(ret_spec->types), word.value);
		else if (span_is(word.name, "rootflags"))
			flags = word.value;
		else if (span_is(word.name, "init"))
			set_text(ret_spec, ret_spec->init,
				 sizeof(ret_spec->init), word.value);
		else if ((span_is(word.name, "rootdelay") ||
			  span_is(word.name, "rootwait")) &&
			 text_parse_duration(word.value, &ms) == 0)
			ret_spec->timeout_ms = ms;
	}
	writer_init(&options, ret_spec->options, sizeof(ret_spec->options));
	text_put(&options, writable ? "rw" : "ro");
	if (flags.len > 0 && flags.len + 1 < writer_room(&options)) {
		text_put(&options, ",");
		writer_put(&options, flags);
	} else if (flags.len > 0) {
		ret_spec->too_long = true;
	}
	text_end(&options);
}

bool root_spec_matches(const struct root_spec *spec, struct span uevent)
{
	bool by_id = span_starts(span_of(spec->name), "PARTUUID=");
	const char *key = by_id ? "PARTUUID=" : "PARTNAME=";
	const char *wanted = spec->name +
			     length_of(by_id ? "PARTUUID=" : "PARTLABEL=");
	struct reader lines;

	reader_from_span(&lines, uevent);
	while (reader_left(&lines) > 0) {
		struct span line = reader_until(&lines, '\n');

		if (!span_starts(line, key))
			continue;
		line = span_skip(line, length_of(key));
		/* A name has case, and a UUID none. */
		if (by_id ? span_is_nocase(line, wanted) :
			    span_is(line, wanted))
			return true;
	}
	return false;
}

bool root_spec_read_type(struct span line, char ret_type[ROOT_TYPES_MAX])
{
	struct reader reader;

	/* A value before it, such as a label, may hold anything but a quote:
	 * the quotes are what is counted. */
	reader_from_span(&reader, line);
	while (reader_left(&reader) > 0) {
		struct span before = reader_until(&reader, '"');
		struct span value = reader_until(&reader, '"');

		if (before.len >= 6 &&
		    span_is(span_skip(before, before.len - 6), " TYPE="))
			return value.len > 0 &&
			       text_copy(ret_type, ROOT_TYPES_MAX, value) == 0;
	}
	return false;
}

/* KB in a unit that people read. */
static void put_size(struct writer *writer, uint64_t kb)
{
	if (kb >= (uint64_t)10 * 1024 * 1024) {
		text_put_u64(writer, kb / 1024 / 1024);
		text_put(writer, " GB");
	} else if (kb >= (uint64_t)10 * 1024) {
		text_put_u64(writer, kb / 1024);
		text_put(writer, " MB");
	} else {
		text_put_u64(writer, kb);
		text_put(writer, " KB");
	}
}

void root_spec_put_devices(struct writer *writer, struct span partitions)
{
	struct reader lines;
	bool first = true;

	reader_from_span(&lines, partitions);
	while (reader_left(&lines) > 0) {
		struct writer before = *writer;
		struct reader line;
		struct span name;
		uint64_t number, kb;

		reader_from_span(&line, reader_until(&lines, '\n'));
		/* major, minor, blocks of 1 KB, name; a heading above. */
		if (text_parse_u64(reader_word(&line), UINT32_MAX, &number) <
			    0 ||
		    text_parse_u64(reader_word(&line), UINT32_MAX, &number) <
			    0 ||
		    text_parse_u64(reader_word(&line), UINT64_MAX, &kb) < 0)
			continue;
		name = reader_word(&line);
		if (name.len == 0)
			continue;
		if (!first)
			text_put(writer, ", ");
		text_put_escaped(writer, name);
		text_put(writer, " (");
		put_size(writer, kb);
		text_put(writer, ")");
		/* As many as have room. */
		if (writer_failed(writer)) {
			*writer = before;
			return;
		}
		first = false;
	}
}
