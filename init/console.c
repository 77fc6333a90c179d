/* See console.h. */
#include "init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/reader.h"
#include "base/text.h"

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A kernel without devtmpfs, or an initramfs without nodes. */
	if (fd < 0 && mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fd;
}

int console_open(void)
{
	int fd, r = 0;

	fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		/* What the kernel gave us may work all the same. */
		if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
			return r;
		fd = open_null();
		if (fd < 0)
			return r;
	}
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fd != i)
			dup2(fd, i);
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return r;
}

/* /sys/class/tty/console/active names all consoles, the preferred last. */
static struct span find_active(char *buffer, size_t size)
{
	struct span last = { NULL, 0 };
	struct reader reader;
	size_t len;

	if (fd_read_file("/sys/class/tty/console/active", buffer, size, &len) <
	    0)
		return last;
	reader_init(&reader, buffer, len);
	while (reader_left(&reader) > 0) {
		struct span word = reader_word(&reader);

		if (word.len > 0)
			last = word;
	}
	return last;
}

void console_find(char *ret_path)
{
	struct writer path;
	char buffer[256];
	struct span name;

	name = find_active(buffer, sizeof(buffer));
	/* tty0 stands for whichever is in front; a session can't have it. */
	if (span_is(name, "tty0"))
		name = span_of("tty1");
	writer_init(&path, ret_path, CONSOLE_PATH_MAX);
	text_put(&path, "/dev/");
	writer_put(&path, name);
	text_end(&path);
	if (name.len > 0 && !writer_failed(&path) &&
	    access(ret_path, R_OK | W_OK) == 0)
		return;
	writer_init(&path, ret_path, CONSOLE_PATH_MAX);
	text_put(&path, "/dev/console");
	text_end(&path);
}

int console_take(const char *path)
{
	int fd;

	setsid();
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0)
		return -errno;
	/* 1: take it from whoever has it, such as a shell that was killed and
	 * left children behind. /dev/console itself can't be had. */
	(void)ioctl(fd, TIOCSCTTY, 1);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (dup2(fd, i) < 0)
			return -errno;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}
