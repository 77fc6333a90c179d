/*
 * base/fd.c. read(), write() and rename() are this program's own, so that
 * P11, interrupted and short ones, comes when the test says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"

/* What the calls do next: the byte count they are cut to, or -errno; 0 ends
 * the script, and from then on they are the kernel's. */
static const int *script;
static int rename_error;

static size_t scripted(size_t len, int *ret_error)
{
	int step = script ? *script : 0;

	*ret_error = 0;
	if (step == 0)
		return len;
	script++;
	if (step < 0)
		*ret_error = -step;
	else if ((size_t)step < len)
		len = (size_t)step;
	return len;
}

ssize_t write(int fd, const void *data, size_t len)
{
	int error;

	len = scripted(len, &error);
	if (error) {
		errno = error;
		return -1;
	}
	return syscall(SYS_write, fd, data, len);
}

ssize_t read(int fd, void *data, size_t len)
{
	int error;

	len = scripted(len, &error);
	if (error) {
		errno = error;
		return -1;
	}
	return syscall(SYS_read, fd, data, len);
}

int rename(const char *from, const char *to)
{
	if (rename_error) {
		errno = rename_error;
		return -1;
	}
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* A directory of each test's own, which is also where it is. */
static char directory[] = "/tmp/test_base_fd.XXXXXX";

static int enter_directory(void **state)
{
	(void)state;
	script = NULL;
	rename_error = 0;
	umask(022);
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave_directory(void **state)
{
	(void)state;
	script = NULL;
	unlink("file");
	unlink("file.new");
	unlink("link");
	rmdir("dir");
	/* Fails when a test has left something behind. */
	return chdir("/") == 0 ? rmdir(directory) : -1;
}

static void expect_file(const char *path, const char *wanted)
{
	char buffer[256];
	size_t len = 77;

	assert_int_equal(fd_read_file(path, buffer, sizeof(buffer), &len), 0);
	assert_int_equal(len, strlen(wanted));
	assert_string_equal(buffer, wanted);
}

static void test_close_and_take(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), other;

	(void)state;
	assert_true(fd >= 0);
	other = fd_take(&fd);
	assert_int_equal(fd, -1);
	assert_true(other >= 0);
	assert_true(fcntl(other, F_GETFD) >= 0);
	fd = other;
	errno = ENOENT;
	fd_close(&other);
	assert_int_equal(other, -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	/* Nothing to close, and errno stays even when close() fails. */
	errno = ENOENT;
	fd_close(&other);
	fd_close(&fd);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fd, -1);
}

static void test_closes_itself(void **state)
{
	int number;

	(void)state;
	{
		int fd AUTO_CLOSE = open("/dev/null", O_RDONLY | O_CLOEXEC);

		number = fd;
		assert_true(fcntl(number, F_GETFD) >= 0);
	}
	assert_int_equal(fcntl(number, F_GETFD), -1);
}

static void test_pipe(void **state)
{
	int fds[2] = { 77, 77 };
	char byte = 0;

	(void)state;
	assert_int_equal(fd_pipe(fds), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
	}
	assert_int_equal(read(fds[0], &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fd_write(fds[1], "x", 1), 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	fd_close(&fds[0]);
	fd_close(&fds[1]);
}

static void test_p11_write_interrupted_and_short(void **state)
{
	static const int steps[] = { -EINTR, 1, -EINTR, -EINTR, 3, 1, 0 };
	int fds[2];
	char seen[16] = "";

	(void)state;
	assert_int_equal(fd_pipe(fds), 0);
	script = steps;
	assert_int_equal(fd_write(fds[1], "0123456789", 10), 0);
	assert_int_equal(*script, 0);
	assert_int_equal(read(fds[0], seen, sizeof(seen)), 10);
	assert_string_equal(seen, "0123456789");
	assert_int_equal(fd_write(fds[1], NULL, 0), 0);
	assert_int_equal(read(fds[0], seen, sizeof(seen)), -1);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
}

static void test_write_fails(void **state)
{
	static const int steps[] = { 2, -EIO, 0 };
	static char much[1 << 20];
	int fds[2];

	(void)state;
	assert_int_equal(fd_pipe(fds), 0);
	script = steps;
	assert_int_equal(fd_write(fds[1], "0123456789", 10), -EIO);
	assert_int_equal(*script, 0);
	/* More than the pipe takes: no waiting, no spinning. */
	assert_int_equal(fd_write(fds[1], much, sizeof(much)), -EAGAIN);
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	assert_int_equal(fd_write(-1, "x", 1), -EBADF);
}

static void test_read_file_of_its_size(void **state)
{
	char data[32];

	(void)state;
	memset(data, 'x', sizeof(data));
	for (size_t len = 0; len < sizeof(data); len++) {
		assert_int_equal(fd_replace_file("file", data, len), 0);
		for (size_t size = 0; size <= len + 2; size++) {
			char *buffer = malloc(size > 0 ? size : 1);
			size_t got = 77;
			int r;

			assert_non_null(buffer);
			r = fd_read_file("file", buffer, size, &got);
			if (size > len) {
				assert_int_equal(r, 0);
				assert_int_equal(got, len);
				assert_memory_equal(buffer, data, len);
				assert_int_equal(buffer[len], '\0');
			} else {
				assert_int_equal(r, -EFBIG);
				assert_int_equal(got, 77);
			}
			free(buffer);
		}
	}
}

static void test_p11_read_interrupted_and_short(void **state)
{
	static const int steps[] = { -EINTR, 1, 2, -EINTR, 4, 1, -EINTR, 0 };
	static const int broken[] = { 3, -EIO, 0 };
	char buffer[64];
	size_t len = 77;

	(void)state;
	assert_int_equal(fd_replace_file("file", "0123456789", 10), 0);
	script = steps;
	expect_file("file", "0123456789");
	assert_int_equal(*script, 0);
	script = broken;
	assert_int_equal(fd_read_file("file", buffer, sizeof(buffer), &len),
			 -EIO);
	assert_int_equal(len, 77);
}

static void test_read_file_fails(void **state)
{
	char buffer[8];
	size_t len = 77;

	(void)state;
	assert_int_equal(fd_read_file("none", buffer, 8, &len), -ENOENT);
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(fd_read_file("dir", buffer, 8, &len), -EISDIR);
	assert_int_equal(fd_read_file("/dev/zero", buffer, 8, &len), -EFBIG);
	assert_int_equal(len, 77);
}

static void test_replace(void **state)
{
	struct stat stat_of;

	(void)state;
	assert_int_equal(fd_replace_file("file", "one\n", 4), 0);
	expect_file("file", "one\n");
	assert_int_equal(stat("file", &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0644);
	assert_int_equal(fd_replace_file("file", "2", 1), 0);
	expect_file("file", "2");
	assert_int_equal(fd_replace_file("file", NULL, 0), 0);
	expect_file("file", "");
	assert_int_equal(access("file.new", F_OK), -1);
}

/* Who has the old one open, or a second name for it, keeps it whole. */
static void test_replace_is_no_overwriting(void **state)
{
	char seen[8] = "";
	int fd;

	(void)state;
	assert_int_equal(fd_replace_file("file", "old", 3), 0);
	assert_int_equal(link("file", "link"), 0);
	fd = open("file", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fd_replace_file("file", "brand new", 9), 0);
	assert_int_equal(read(fd, seen, sizeof(seen)), 3);
	assert_string_equal(seen, "old");
	expect_file("link", "old");
	expect_file("file", "brand new");
	fd_close(&fd);
}

/* Whatever fails, the file is what it was, and no other one is left. */
static void test_replace_fails(void **state)
{
	static const int full[] = { 2, -ENOSPC, 0 };
	static const int at_once[] = { -EDQUOT, 0 };
	char path[300];

	(void)state;
	assert_int_equal(fd_replace_file("file", "old", 3), 0);
	script = full;
	assert_int_equal(fd_replace_file("file", "brand new", 9), -ENOSPC);
	expect_file("file", "old");
	assert_int_equal(access("file.new", F_OK), -1);
	script = at_once;
	assert_int_equal(fd_replace_file("file", "brand new", 9), -EDQUOT);
	script = NULL;
	rename_error = EXDEV;
	assert_int_equal(fd_replace_file("file", "brand new", 9), -EXDEV);
	rename_error = 0;
	expect_file("file", "old");
	assert_int_equal(access("file.new", F_OK), -1);
	assert_int_equal(fd_replace_file("none/file", "x", 1), -ENOENT);
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(fd_replace_file("dir", "x", 1), -EISDIR);
	assert_int_equal(access("dir.new", F_OK), -1);

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(fd_replace_file(path, "x", 1), -ENAMETOOLONG);
	/* One byte more than there is room for. */
	path[252] = '\0';
	assert_int_equal(fd_replace_file(path, "x", 1), -ENAMETOOLONG);
}

static void test_p11_replace_interrupted_and_short(void **state)
{
	static const int steps[] = { -EINTR, 4, -EINTR, 1, 0 };

	(void)state;
	script = steps;
	assert_int_equal(fd_replace_file("file", "brand new", 9), 0);
	assert_int_equal(*script, 0);
	expect_file("file", "brand new");
}

/* What an earlier run has left half done is no obstacle. */
static void test_replace_over_what_is_left(void **state)
{
	int fd = open("file.new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fd_write(fd, "much longer than that", 21), 0);
	fd_close(&fd);
	assert_int_equal(fd_replace_file("file", "short", 5), 0);
	expect_file("file", "short");
	assert_int_equal(access("file.new", F_OK), -1);
}

/* Piece by piece: the old file is there until the end. */
static void test_replace_in_pieces(void **state)
{
	int fd = -1;

	(void)state;
	assert_int_equal(fd_replace_file("file", "old", 3), 0);
	assert_int_equal(fd_replace_begin("file", &fd), 0);
	assert_int_equal(fd_write(fd, "brand ", 6), 0);
	expect_file("file", "old");
	assert_int_equal(fd_write(fd, "new", 3), 0);
	assert_int_equal(fd_replace_end("file", 0), 0);
	expect_file("file", "brand new");
	fd_close(&fd);
	assert_int_equal(fd_replace_begin("file", &fd), 0);
	assert_int_equal(fd_replace_end("file", -ENOSPC), -ENOSPC);
	expect_file("file", "brand new");
	assert_int_equal(access("file.new", F_OK), -1);
	fd_close(&fd);
	assert_int_equal(fd_replace_begin("none/file", &fd), -ENOENT);
	assert_int_equal(fd, -1);
}

static void test_write_file(void **state)
{
	(void)state;
	assert_int_equal(fd_write_file("file", "x"), -ENOENT);
	assert_int_equal(access("file", F_OK), -1);
	assert_int_equal(fd_replace_file("file", "....", 4), 0);
	assert_int_equal(fd_write_file("file", "on"), 0);
	expect_file("file", "on..");
	assert_int_equal(fd_write_file("/dev/full", "x"), -ENOSPC);
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(fd_write_file("dir", "x"), -EISDIR);
}

#define FD_TEST(name)                                                          \
	cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FD_TEST(test_close_and_take),
		FD_TEST(test_closes_itself),
		FD_TEST(test_pipe),
		FD_TEST(test_p11_write_interrupted_and_short),
		FD_TEST(test_write_fails),
		FD_TEST(test_read_file_of_its_size),
		FD_TEST(test_p11_read_interrupted_and_short),
		FD_TEST(test_read_file_fails),
		FD_TEST(test_replace),
		FD_TEST(test_replace_is_no_overwriting),
		FD_TEST(test_replace_fails),
		FD_TEST(test_p11_replace_interrupted_and_short),
		FD_TEST(test_replace_over_what_is_left),
		FD_TEST(test_replace_in_pieces),
		FD_TEST(test_write_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
