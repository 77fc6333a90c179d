/* See compressed.h. */
#include "modules/compressed.h"

#include <errno.h>
#include <string.h>

#define XZ_HEADER 12
#define XZ_FOOTER 12
#define GZIP_SMALLEST 18

static const uint8_t gzip_magic[] = { 0x1f, 0x8b };
static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
static const uint8_t xz_magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

bool compressed_is_name(struct span path)
{
	static const char suffixes[][5] = { ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t len = strlen(suffixes[i]);

		if (path.len > len &&
		    span_is(span_skip(path, path.len - len), suffixes[i]))
			return true;
	}
	return false;
}

static bool begins(struct span span, const uint8_t *magic, size_t len)
{
	return span.len >= len && memcmp(span.data, magic, len) == 0;
}

/* An integer of COUNT bytes, at most 8, the lowest first. */
static uint64_t read_le(struct reader *reader, unsigned int count)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < count; i++)
		value |= (uint64_t)reader_u8(reader) << (8 * i);
	return value;
}

/* RFC 1952 §2.3.1: the last four bytes, modulo 2^32. */
static int gzip_size(struct span tail, uint64_t *ret_size)
{
	struct reader reader;

	if (tail.len < GZIP_SMALLEST)
		return -EBADMSG;
	reader_from_span(&reader, span_skip(tail, tail.len - 4));
	*ret_size = read_le(&reader, 4);
	return 0;
}

/* RFC 8878 §3.1.1.1, of the first frame. */
static int zstd_size(struct span head, uint64_t *ret_size)
{
	static const uint8_t id_sizes[] = { 0, 1, 2, 4 };
	static const uint8_t size_sizes[] = { 0, 2, 4, 8 };
	struct reader reader;
	uint8_t descriptor;
	unsigned int count;
	bool single;
	uint64_t size;

	reader_from_span(&reader, head);
	reader_skip(&reader, sizeof(zstd_magic));
	descriptor = reader_u8(&reader);
	single = descriptor & 0x20;
	count = size_sizes[descriptor >> 6];
	if (count == 0 && single)
		count = 1;
	if (!single)
		reader_skip(&reader, 1); /* the window */
	reader_skip(&reader, id_sizes[descriptor & 3]);
	size = read_le(&reader, count);
	if (reader_failed(&reader))
		return -EBADMSG;
	if (count == 0)
		return -ENODATA;
	*ret_size = count == 2 ? size + 256 : size;
	return 0;
}

/* xz-file-format §1.2: seven bits a byte, the lowest first. */
static uint64_t read_varint(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 9; i++) {
		uint8_t byte = reader_u8(reader);

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return value;
	}
	reader_fail(reader);
	return 0;
}

/* xz-file-format §2.1.2 and §4: the index before the footer lists the blocks.
 * One too long for the tail is of a file that is no module. */
static int xz_size(struct span tail, uint64_t *ret_size)
{
	struct reader reader, index;
	uint64_t len, n, total = 0;

	if (tail.len < XZ_HEADER + XZ_FOOTER)
		return -EBADMSG;
	reader_from_span(&reader, span_skip(tail, tail.len - XZ_FOOTER));
	reader_skip(&reader, 4);
	len = (read_le(&reader, 4) + 1) * 4;
	reader_skip(&reader, 2);
	if (reader_u8(&reader) != 'Y' || reader_u8(&reader) != 'Z')
		return -EBADMSG;
	if (len > tail.len - XZ_FOOTER)
		return -EFBIG;
	reader_from_span(&reader,
			 span_skip(tail, tail.len - XZ_FOOTER - (size_t)len));
	index = reader_sub(&reader, (size_t)len);
	if (reader_u8(&index) != 0)
		return -EBADMSG;
	for (n = read_varint(&index); n > 0 && !reader_failed(&index); n--) {
		uint64_t size;

		read_varint(&index); /* as it is stored */
		size = read_varint(&index);
		total = total + size < total ? UINT64_MAX : total + size;
	}
	if (reader_failed(&index))
		return -EBADMSG;
	*ret_size = total;
	return 0;
}

int compressed_size(struct span head, struct span tail, uint64_t *ret_size)
{
	if (begins(head, gzip_magic, sizeof(gzip_magic)))
		return gzip_size(tail, ret_size);
	if (begins(head, zstd_magic, sizeof(zstd_magic)))
		return zstd_size(head, ret_size);
	if (begins(head, xz_magic, sizeof(xz_magic)))
		return xz_size(tail, ret_size);
	return -EBADMSG;
}
