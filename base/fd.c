/* See fd.h. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename() */
#include <string.h>
#include <unistd.h>

#include "base/format.h"

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int fd_pipe(int ret_fds[2])
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	ret_fds[0] = fds[0];
	ret_fds[1] = fds[1];
	return 0;
}

int fd_write(int fd, const void *data, size_t len)
{
	struct reader reader;

	reader_init(&reader, data, len);
	while (reader_left(&reader) > 0) {
		ssize_t n = write(fd, reader.pos, reader_left(&reader));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		reader_skip(&reader, (size_t)n);
	}
	return 0;
}

int fd_write_text(int fd, const char *text)
{
	return fd_write(fd, text, strlen(text));
}

int fd_read_beginning(const char *path, void *buffer, size_t size,
		      struct span *ret_text)
{
	int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (len < size) {
		ssize_t n = read(fd, (uint8_t *)buffer + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_text = (struct span){ buffer, len };
	return 0;
}

int fd_read_file(const char *path, char *buffer, size_t size, size_t *ret_len)
{
	struct span text;
	int r;

	r = fd_read_beginning(path, buffer, size, &text);
	if (r < 0)
		return r;
	if (text.len == size)
		return -EFBIG;
	buffer[text.len] = '\0';
	*ret_len = text.len;
	return 0;
}

/* What PATH is called until it is whole. */
static int name_temporary(const char *path, char *buffer, size_t size)
{
	return text_print(buffer, size, "%s.new", path) < 0 ? -ENAMETOOLONG : 0;
}

int fd_replace_begin(const char *path, int *ret_fd)
{
	char temporary[256];
	int fd, r;

	r = name_temporary(path, temporary, sizeof(temporary));
	if (r < 0)
		return r;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int fd_replace_end(const char *path, int r)
{
	char temporary[256];
	int named = name_temporary(path, temporary, sizeof(temporary));

	if (named < 0)
		return named;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

int fd_replace_file(const char *path, const void *data, size_t len)
{
	int fd AUTO_CLOSE = -1;
	int r;

	r = fd_replace_begin(path, &fd);
	if (r < 0)
		return r;
	return fd_replace_end(path, fd_write(fd, data, len));
}

int fd_write_file(const char *path, const char *text)
{
	int fd AUTO_CLOSE = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return fd_write_text(fd, text);
}
