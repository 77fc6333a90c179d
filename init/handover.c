/* See handover.h; drivers/char/virtio_console.c of the kernel. */
#include "init/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/reader.h"
#include "base/text.h"

#define PORTS "/sys/class/virtio-ports"
#define PATIENCE_MS 500

struct search {
	const char *name;
	int fd; /* or -errno */
};

/* No heap and no stdio: a crash is told by it as well. */
static const char *join(char *buffer, size_t size, const char *directory,
			const char *device, const char *rest)
{
	struct writer path;

	writer_init(&path, buffer, size);
	text_put(&path, directory);
	text_put(&path, device);
	text_put(&path, rest);
	return text_end(&path);
}

static int look_at(int directory UNUSED, const char *device, void *owner)
{
	struct search *search = owner;
	char path[288], name[64];
	size_t len;

	if (search->fd != -ENOENT)
		return 0;
	join(path, sizeof(path), PORTS "/", device, "/name");
	if (fd_read_file(path, name, sizeof(name), &len) < 0 ||
	    !span_is(span_trim(span_of(name)), search->name))
		return 0;
	search->fd = open(join(path, sizeof(path), "/dev/", device, ""),
			  O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (search->fd < 0)
		search->fd = -errno;
	return 0;
}

int handover_open(const char *name, int *ret_fd)
{
	struct search search = { name, -ENOENT };
	int r;

	r = dir_list(AT_FDCWD, PORTS, look_at, &search);
	if (r < 0)
		return r;
	if (search.fd < 0)
		return search.fd;
	*ret_fd = search.fd;
	return 0;
}

int handover_write(int fd, const void *data, size_t len)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	struct reader reader;

	reader_init(&reader, data, len);
	while (reader_left(&reader) > 0) {
		ssize_t n = write(fd, reader.pos, reader_left(&reader));

		if (n >= 0) {
			reader_skip(&reader, (size_t)n);
		} else if (errno == EAGAIN) {
			n = poll(&wait, 1, PATIENCE_MS);
			if (n == 0)
				return -ETIMEDOUT;
			/* Nobody at the other end: it hangs up, and that is
			 * no reason to wait. */
			if (n > 0 && !(wait.revents & POLLOUT))
				return -EPIPE;
		}
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return 0;
}
