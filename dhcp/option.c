/* See option.h. */
#include "dhcp/option.h"

#include <errno.h>
#include <string.h>

/* The fields in the order in which RFC 3396 §7 joins their options. */
enum { FIELD_OPTIONS, FIELD_FILE, FIELD_SNAME, FIELD_N };

struct option {
	uint8_t code;
	struct span value;
	bool cut;
};

/* The next option of FIELD; false at its end. */
static bool next_option(struct reader *field, struct option *ret_option)
{
	struct option option = { .cut = false };

	do {
		if (reader_left(field) == 0)
			return false;
		option.code = reader_u8(field);
	} while (option.code == DHCP_OPTION_PAD);
	if (option.code == DHCP_OPTION_END)
		return false;
	option.value = reader_span(field, reader_u8(field));
	option.cut = reader_failed(field);
	*ret_option = option;
	return true;
}

/*
 * RFC 2132 §9.3. Only the options field may overload; repeated options 52 are
 * one of a wrong size (RFC 3396), and so none.
 */
static uint8_t find_overload(struct span field)
{
	struct option option;
	struct reader reader;
	uint8_t overload = 0;
	size_t len = 0;

	reader_from_span(&reader, field);
	while (next_option(&reader, &option)) {
		if (option.code != DHCP_OPTION_OVERLOAD)
			continue;
		if (option.cut)
			return 0;
		len += option.value.len;
		if (option.value.len == 1)
			overload = option.value.data[0];
	}
	if (len != 1 || overload > (DHCP_OVERLOAD_FILE | DHCP_OVERLOAD_SNAME))
		return 0;
	return overload;
}

/* Adds up how long each value is; those cut short count as absent. */
static void measure(const struct span fields[FIELD_N],
		    struct dhcp_counters *counters,
		    struct dhcp_options *options)
{
	bool cut[256] = { false };
	struct option option;
	struct reader reader;

	for (unsigned int i = 0; i < FIELD_N; i++) {
		reader_from_span(&reader, fields[i]);
		while (next_option(&reader, &option)) {
			if (i > 0 && option.code == DHCP_OPTION_OVERLOAD)
				continue;
			if (option.cut) {
				cut[option.code] = true;
				dhcp_count(counters, DHCP_COUNT_OPTION_CUT);
				continue;
			}
			options->table[option.code].present = true;
			options->table[option.code].len =
				(uint16_t)(options->table[option.code].len +
					   option.value.len);
		}
	}
	for (unsigned int code = 0; code < 256; code++) {
		if (!cut[code])
			continue;
		options->table[code].present = false;
		options->table[code].len = 0;
	}
}

/* Copies the values to the places that measure() made room for. */
static int join(const struct span fields[FIELD_N], struct dhcp_options *options)
{
	uint16_t filled[256] = { 0 };
	struct option option;
	struct reader reader;
	size_t offset = 0;

	for (unsigned int code = 0; code < 256; code++) {
		options->table[code].offset = (uint16_t)offset;
		offset += options->table[code].len;
		if (offset > sizeof(options->data))
			return -EMSGSIZE;
	}
	for (unsigned int i = 0; i < FIELD_N; i++) {
		reader_from_span(&reader, fields[i]);
		while (next_option(&reader, &option)) {
			size_t at = (size_t)options->table[option.code].offset +
				    filled[option.code];

			if ((i > 0 && option.code == DHCP_OPTION_OVERLOAD) ||
			    !options->table[option.code].present ||
			    option.value.len == 0)
				continue;
			memcpy(options->data + at, option.value.data,
			       option.value.len);
			filled[option.code] = (uint16_t)(filled[option.code] +
							 option.value.len);
		}
	}
	return 0;
}

int dhcp_options_parse(struct span field, struct span file, struct span sname,
		       struct dhcp_counters *counters,
		       struct dhcp_options *ret_options)
{
	struct span fields[FIELD_N] = { [FIELD_OPTIONS] = field };
	struct dhcp_options options = { .overload = find_overload(field) };
	int r;

	/* No sum of lengths may run over its 16 bits. */
	if (field.len > DHCP_OPTIONS_SIZE || file.len > DHCP_OPTIONS_SIZE ||
	    sname.len > DHCP_OPTIONS_SIZE)
		return -EMSGSIZE;
	if (options.overload & DHCP_OVERLOAD_FILE)
		fields[FIELD_FILE] = file;
	if (options.overload & DHCP_OVERLOAD_SNAME)
		fields[FIELD_SNAME] = sname;
	measure(fields, counters, &options);
	r = join(fields, &options);
	if (r < 0)
		return r;
	*ret_options = options;
	return 0;
}

bool dhcp_options_has(const struct dhcp_options *options, uint8_t code)
{
	return options->table[code].present;
}

struct span dhcp_options_get(const struct dhcp_options *options, uint8_t code)
{
	return (struct span){ options->data + options->table[code].offset,
			      options->table[code].len };
}

static int get_sized(const struct dhcp_options *options, uint8_t code,
		     size_t size, struct reader *ret_reader)
{
	struct span value = dhcp_options_get(options, code);

	if (!options->table[code].present)
		return -ENOENT;
	if (value.len != size)
		return -EBADMSG;
	reader_from_span(ret_reader, value);
	return 0;
}

int dhcp_options_get_u8(const struct dhcp_options *options, uint8_t code,
			uint8_t *ret_value)
{
	struct reader reader;
	int r = get_sized(options, code, 1, &reader);

	if (r < 0)
		return r;
	*ret_value = reader_u8(&reader);
	return 0;
}

int dhcp_options_get_u16(const struct dhcp_options *options, uint8_t code,
			 uint16_t *ret_value)
{
	struct reader reader;
	int r = get_sized(options, code, 2, &reader);

	if (r < 0)
		return r;
	*ret_value = reader_be16(&reader);
	return 0;
}

int dhcp_options_get_u32(const struct dhcp_options *options, uint8_t code,
			 uint32_t *ret_value)
{
	struct reader reader;
	int r = get_sized(options, code, 4, &reader);

	if (r < 0)
		return r;
	*ret_value = reader_be32(&reader);
	return 0;
}

int dhcp_options_get_list(const struct dhcp_options *options, uint8_t code,
			  struct reader *ret_list)
{
	struct span value = dhcp_options_get(options, code);

	if (!options->table[code].present)
		return -ENOENT;
	if (value.len == 0 || value.len % 4 != 0)
		return -EBADMSG;
	reader_from_span(ret_list, value);
	return 0;
}

int dhcp_options_get_text(const struct dhcp_options *options, uint8_t code,
			  struct span *ret_text)
{
	struct span value = dhcp_options_get(options, code);

	if (!options->table[code].present)
		return -ENOENT;
	while (value.len > 0 && value.data[value.len - 1] == 0)
		value.len--;
	if (value.len == 0 || memchr(value.data, 0, value.len))
		return -EBADMSG;
	*ret_text = value;
	return 0;
}
