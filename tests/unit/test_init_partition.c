/*
 * init/partition.c: the identity of a partition, in tables that this test
 * writes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/partition.h"

static uint8_t *disk;
static size_t disk_len;

static int set_up(void **state)
{
	(void)state;
	disk_len = PARTITION_TABLE_SIZE;
	disk = calloc(1, disk_len);
	return disk ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(disk);
	return 0;
}

static void put_le(size_t offset, uint64_t value, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		disk[offset + i] = (uint8_t)(value >> (8 * i));
}

static void put_header(size_t sector, uint64_t first, uint32_t count,
		       uint32_t size)
{
	memcpy(disk + sector, "EFI PART", 8);
	put_le(sector + 72, first, 8);
	put_le(sector + 80, count, 4);
	put_le(sector + 84, size, 4);
}

static void put_guid(size_t entry)
{
	for (unsigned int i = 0; i < 16; i++)
		disk[entry + 16 + i] = (uint8_t)(0xa0 + i);
}

#define GUID "a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf"

static const char *read_of(unsigned int number)
{
	static char uuid[PARTITION_UUID_MAX];
	uint8_t *copy = malloc(disk_len ? disk_len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, disk, disk_len);
	strcpy(uuid, "-");
	r = partition_read_uuid((struct span){ copy, disk_len }, number, uuid);
	free(copy);
	assert_true(r == 0 || (r == -ENOENT && strcmp(uuid, "-") == 0));
	return uuid;
}

static void test_gpt(void **state)
{
	static const size_t sectors[] = { 512, 4096 };

	for (unsigned int i = 0; i < 2; i++) {
		size_t sector = sectors[i];

		memset(disk, 0, disk_len);
		put_header(sector, 2, 128, 128);
		put_guid(2 * sector);
		assert_string_equal(read_of(1), GUID);
		/* an entry that is empty, the last, and those past it */
		assert_string_equal(read_of(2), "-");
		put_guid(2 * sector + 127 * 128);
		assert_string_equal(read_of(128), GUID);
		assert_string_equal(read_of(129), "-");
		assert_string_equal(read_of(0), "-");
		assert_string_equal(read_of(UINT32_MAX), "-");
		/* larger entries */
		put_header(sector, 2, 128, 256);
		put_guid(2 * sector + 2 * 256);
		assert_string_equal(read_of(3), GUID);
	}
	(void)state;
}

static void test_gpt_that_lies(void **state)
{
	(void)state;
	put_guid(1024);
	put_header(512, 2, 128, 64);
	assert_string_equal(read_of(1), "-");
	put_header(512, 2, 128, UINT32_MAX);
	assert_string_equal(read_of(1), "-");
	put_header(512, UINT64_MAX, 128, 128);
	assert_string_equal(read_of(1), "-");
	put_header(512, UINT64_MAX / 512 + 3, 128, 128);
	assert_string_equal(read_of(1), "-");
	put_header(512, 2, 0, 128);
	assert_string_equal(read_of(1), "-");
	put_header(512, 2, UINT32_MAX, 128);
	assert_string_equal(read_of(1), GUID);
	assert_string_equal(read_of(UINT32_MAX), "-");
	/* every length there is, of which most cut something */
	for (disk_len = 0; disk_len < 1056; disk_len++)
		assert_string_equal(read_of(1), "-");
	assert_string_equal(read_of(1), GUID);
}

static void test_mbr(void **state)
{
	(void)state;
	put_le(440, 0x0badcafe, 4);
	assert_string_equal(read_of(1), "-");
	disk[510] = 0x55;
	disk[511] = 0xaa;
	assert_string_equal(read_of(1), "0badcafe-01");
	assert_string_equal(read_of(15), "0badcafe-0f");
	assert_string_equal(read_of(256), "-");
	put_le(440, 0, 4);
	assert_string_equal(read_of(1), "-");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gpt),
		TEST(test_gpt_that_lies),
		TEST(test_mbr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
