/* init/mount_table.c: /proc/mounts, read backwards. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "init/mount_table.h"

/* TEXT in a block of its size. */
static struct span block(const char *text, void **ret_block)
{
	size_t len = strlen(text);

	*ret_block = malloc(len > 0 ? len : 1);
	assert_non_null(*ret_block);
	memcpy(*ret_block, text, len);
	return (struct span){ *ret_block, len };
}

static void expect(struct span *text, const char *target, const char *type)
{
	struct mount_line line;

	assert_true(mount_table_pop(text, &line));
	assert_true(span_is(line.target, target));
	assert_true(span_is(line.type, type));
}

static void test_newest_first(void **state)
{
	struct mount_line line;
	struct span text;
	void *copy;

	(void)state;
	text = block("rootfs / rootfs rw,size=1k 0 0\n"
		     "proc /proc proc rw 0 0\n"
		     "/dev/vda /mnt/a\\040b ext4 rw,relatime 0 0\n"
		     "/dev/vdb /mnt/a\\040b/c vfat rw 0 0\n",
		     &copy);
	expect(&text, "/mnt/a\\040b/c", "vfat");
	expect(&text, "/mnt/a\\040b", "ext4");
	expect(&text, "/proc", "proc");
	expect(&text, "/", "rootfs");
	assert_false(mount_table_pop(&text, &line));
	assert_false(mount_table_pop(&text, &line));
	free(copy);
}

static void test_p23_cut_and_odd_lines(void **state)
{
	struct mount_line line;
	struct span text;
	void *copy;

	(void)state;
	text = block("\n\n/dev/a /one xfs\n \ntwo words\n/dev/b /tw", &copy);
	expect(&text, "/one", "xfs");
	assert_false(mount_table_pop(&text, &line));
	free(copy);
	text = block("/dev/b /two btrfs", &copy);
	expect(&text, "/two", "btrfs");
	assert_false(mount_table_pop(&text, &line));
	free(copy);
	text = block("", &copy);
	assert_false(mount_table_pop(&text, &line));
	free(copy);
}

static void test_memory_has_nothing_to_lose(void **state)
{
	static const char *const memory[] = { "proc", "tmpfs", "rootfs",
					      "cgroup2", "devpts" };
	static const char *const stored[] = { "ext4",	 "vfat",   "nfs4",
					      "overlay", "fuse.x", "no-such",
					      "tmpfs2",	 "tmp" };
	struct mount_line line = { .target = span_of("/x") };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
		line.type = span_of(memory[i]);
		assert_false(mount_has_store(&line));
	}
	for (size_t i = 0; i < ARRAY_SIZE(stored); i++) {
		line.type = span_of(stored[i]);
		assert_true(mount_has_store(&line));
	}
}

static int decode(const char *word, char *dest, size_t size)
{
	void *copy;
	int r = mount_table_decode(dest, size, block(word, &copy));

	free(copy);
	return r;
}

static void test_escapes(void **state)
{
	static const char *const bad[] = { "a\\",   "a\\0",  "a\\04", "\\049",
					   "\\400", "\\000", "\\\\" };
	char text[8];

	(void)state;
	assert_int_equal(decode("/a\\040b", text, sizeof(text)), 0);
	assert_string_equal(text, "/a b");
	assert_int_equal(decode("\\011\\134\\012", text, sizeof(text)), 0);
	assert_string_equal(text, "\t\\\n");
	assert_int_equal(decode("\\377", text, sizeof(text)), 0);
	assert_string_equal(text, "\xff");
	assert_int_equal(decode("1234567", text, sizeof(text)), 0);
	assert_string_equal(text, "1234567");
	assert_int_equal(decode("12345678", text, sizeof(text)), -ENOBUFS);
	assert_int_equal(decode("", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(decode("", text, 0), -ENOBUFS);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(decode(bad[i], text, sizeof(text)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_first),
		cmocka_unit_test(test_p23_cut_and_odd_lines),
		cmocka_unit_test(test_memory_has_nothing_to_lose),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
