/*
 * base/dir.c, on a directory of this test's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/dir.h"

/* More than one getdents64() of 4096 bytes holds. */
#define N_FILES 300

struct seen {
	unsigned int count;
	bool names[N_FILES];
	bool longest;
	bool hidden;
};

static char longest[256];

static int note(int directory, const char *name, void *owner)
{
	struct seen *seen = owner;
	struct stat status;
	unsigned int number;

	/* The descriptor is the directory's. */
	assert_int_equal(fstatat(directory, name, &status, 0), 0);
	seen->count++;
	if (sscanf(name, "file-%u", &number) == 1) {
		assert_true(number < N_FILES);
		assert_false(seen->names[number]);
		seen->names[number] = true;
	} else if (strcmp(name, longest) == 0) {
		seen->longest = true;
	} else if (strcmp(name, ".hidden") == 0) {
		seen->hidden = true;
	}
	return 0;
}

static void make(int directory, const char *name)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int unlink_it(int directory, const char *name, void *owner)
{
	(void)owner;
	assert_int_equal(unlinkat(directory, name, 0), 0);
	return 0;
}

static void test_every_name_is_seen_once(void **state)
{
	char path[] = "/tmp/test-dir-XXXXXX";
	struct seen seen = { 0 };
	char name[32];
	int directory;

	(void)state;
	assert_non_null(mkdtemp(path));
	directory = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(directory >= 0);
	memset(longest, 'x', sizeof(longest) - 1);
	for (unsigned int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "file-%u", i);
		make(directory, name);
	}
	make(directory, longest);
	make(directory, ".hidden");
	assert_int_equal(dir_list(AT_FDCWD, path, note, &seen), 0);
	assert_int_equal(seen.count, N_FILES + 2);
	assert_true(seen.longest);
	assert_true(seen.hidden);
	/* "." of a descriptor, and names that go while they are seen. */
	assert_int_equal(dir_list(directory, ".", unlink_it, NULL), 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(dir_list(directory, ".", note, &seen), 0);
	assert_int_equal(seen.count, 0);
	close(directory);
	assert_int_equal(rmdir(path), 0);
}

static int refuse(int directory, const char *name, void *owner)
{
	unsigned int *count = owner;

	(void)directory;
	(void)name;
	return -(int)++*count;
}

static void test_errors(void **state)
{
	char path[] = "/tmp/test-dir-XXXXXX";
	unsigned int count = 0;
	int directory;

	(void)state;
	assert_non_null(mkdtemp(path));
	directory = open(path, O_RDONLY | O_DIRECTORY);
	make(directory, "a");
	make(directory, "b");
	/* The first error is kept, and the rest is seen all the same. */
	assert_int_equal(dir_list(directory, ".", refuse, &count), -1);
	assert_int_equal(count, 2);
	assert_int_equal(dir_list(directory, "a", refuse, &count), -ENOTDIR);
	assert_int_equal(dir_list(directory, "c", refuse, &count), -ENOENT);
	assert_int_equal(dir_list(directory, ".", unlink_it, NULL), 0);
	close(directory);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_name_is_seen_once),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
