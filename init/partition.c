/* See partition.h. */
#include "init/partition.h"

#include <errno.h>
#include <stdint.h>

#include "base/text.h"

#define HEADER_ENTRIES_AT 72
#define ENTRY_MIN 128
#define MBR_SIGNATURE_AT 440
#define MBR_END_AT 510

/* Little-endian, COUNT bytes of at most 8. */
static uint64_t read_le(struct reader *reader, unsigned int count)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < count; i++)
		value |= (uint64_t)reader_u8(reader) << (8 * i);
	return value;
}

static struct reader reader_at(struct span disk, uint64_t offset)
{
	struct reader reader;

	reader_from_span(&reader, disk);
	if (offset > disk.len)
		reader_fail(&reader);
	else
		reader_skip(&reader, (size_t)offset);
	return reader;
}

/* A GUID's first three fields are little-endian, and the rest is bytes. */
static int read_guid(struct reader *reader, char ret_uuid[PARTITION_UUID_MAX])
{
	static const unsigned int sizes[] = { 4, 2, 2 };
	struct writer writer;
	struct span rest;
	uint64_t any = 0;

	writer_init(&writer, ret_uuid, PARTITION_UUID_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t field = read_le(reader, sizes[i]);

		any |= field;
		text_put_hex(&writer, field, 2 * sizes[i]);
		text_put(&writer, "-");
	}
	rest = reader_span(reader, 8);
	if (rest.len != 8)
		return -ENOENT;
	for (size_t i = 0; i < rest.len; i++)
		any |= rest.data[i];
	text_put_hex_bytes(&writer, (struct span){ rest.data, 2 }, 0);
	text_put(&writer, "-");
	text_put_hex_bytes(&writer, span_skip(rest, 2), 0);
	text_end(&writer);
	return any ? 0 : -ENOENT;
}

static int read_gpt(struct span disk, size_t sector, unsigned int number,
		    char ret_uuid[PARTITION_UUID_MAX])
{
	struct reader reader = reader_at(disk, sector);
	uint64_t first, count, size;
	char uuid[PARTITION_UUID_MAX];
	int r;

	if (!span_is(reader_span(&reader, 8), "EFI PART"))
		return -ENOENT;
	reader_skip(&reader, HEADER_ENTRIES_AT - 8);
	first = read_le(&reader, 8);
	count = read_le(&reader, 4);
	size = read_le(&reader, 4);
	if (reader_failed(&reader) || number > count || size < ENTRY_MIN ||
	    size > disk.len || first > disk.len / sector)
		return -ENOENT;
	/* The type comes first. */
	reader = reader_at(disk, first * sector + (number - 1) * size + 16);
	r = read_guid(&reader, uuid);
	return r < 0 ? r : text_copy(ret_uuid, sizeof(uuid), span_of(uuid));
}

static int read_mbr(struct span disk, unsigned int number,
		    char ret_uuid[PARTITION_UUID_MAX])
{
	struct reader end = reader_at(disk, MBR_END_AT);
	struct reader signature = reader_at(disk, MBR_SIGNATURE_AT);
	uint64_t id = read_le(&signature, 4);
	struct writer writer;

	if (reader_be16(&end) != 0x55aa || id == 0 || number > 0xff)
		return -ENOENT;
	writer_init(&writer, ret_uuid, PARTITION_UUID_MAX);
	text_put_hex(&writer, id, 8);
	text_put(&writer, "-");
	text_put_hex(&writer, number, 2);
	text_end(&writer);
	return 0;
}

int partition_read_uuid(struct span disk, unsigned int number,
			char ret_uuid[PARTITION_UUID_MAX])
{
	static const size_t sectors[] = { 512, 4096 };

	if (number == 0)
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		if (read_gpt(disk, sectors[i], number, ret_uuid) == 0)
			return 0;
	}
	return read_mbr(disk, number, ret_uuid);
}
