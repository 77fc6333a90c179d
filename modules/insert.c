/* See insert.h. */
#include "modules/insert.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "modules/compressed.h"
#include "modules/error.h"

/* MODULE_INIT_COMPRESSED_FILE, Linux 5.17. */
#define COMPRESSED_FILE 4
/* The kernel takes no more than a page of parameters. */
#define PARAMETERS_MAX 4096
/* What the kernel adds to its log while a module fails, at most. */
#define RECORDS_MAX 256

static int open_module(int directory, struct span path, off_t *ret_size)
{
	int fd AUTO_CLOSE = -1;
	char name[PATH_MAX];
	struct stat status;
	int r;

	r = text_copy(name, sizeof(name), path);
	if (r < 0)
		return r;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size == 0)
		return -ENODATA;
	if (status.st_size > MODULES_FILE_MAX)
		return -EFBIG;
	*ret_size = status.st_size;
	return fd_take(&fd);
}

/* The LEN bytes of the file at OFFSET; fewer, or none, when it can't be. */
static struct span read_at(int fd, uint8_t *buffer, size_t len, off_t offset)
{
	ssize_t n;

	do {
		n = pread(fd, buffer, len, offset);
	} while (n < 0 && errno == EINTR);
	return (struct span){ buffer, n < 0 ? 0 : (size_t)n };
}

/* The kernel takes whatever size comes out of a compressed file. */
static int check_compressed(int fd, off_t size)
{
	uint8_t head[COMPRESSED_HEAD], tail[COMPRESSED_TAIL];
	off_t from = size > COMPRESSED_TAIL ? size - COMPRESSED_TAIL : 0;
	uint64_t unpacked;
	int r;

	r = compressed_size(read_at(fd, head, sizeof(head), 0),
			    read_at(fd, tail, sizeof(tail), from), &unpacked);
	if (r == -ENODATA)
		return 0;
	if (r < 0)
		return r;
	return unpacked > COMPRESSED_UNPACKED_MAX ? -EFBIG : 0;
}

static int put_parameters(const struct modules_plan *plan, struct span name,
			  char *buffer, size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size - 1);
	modules_plan_put_options(plan, name, &writer);
	if (writer_failed(&writer))
		return -E2BIG;
	buffer[writer_len(&writer)] = '\0';
	return 0;
}

static int load(int directory, const struct module *module,
		const struct modules_plan *plan, enum modules_stage *ret_stage)
{
	bool compressed = compressed_is_name(module->path);
	char parameters[PARAMETERS_MAX];
	int fd AUTO_CLOSE = -1;
	off_t size = 0;
	int r;

	*ret_stage = MODULES_STAGE_OPEN;
	fd = open_module(directory, module->path, &size);
	if (fd < 0)
		return fd;
	*ret_stage = MODULES_STAGE_UNPACK;
	if (compressed) {
		r = check_compressed(fd, size);
		if (r < 0)
			return r;
	}
	*ret_stage = MODULES_STAGE_LOAD;
	r = put_parameters(plan, module->name, parameters, sizeof(parameters));
	if (r < 0)
		return r;
	if (syscall(SYS_finit_module, fd, parameters,
		    compressed ? COMPRESSED_FILE : 0) < 0)
		return errno == EEXIST ? 0 : -errno;
	return 0;
}

int modules_insert_listen(void)
{
	return open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* The last of what the kernel has said about NAME since KMSG was at its end,
 * terminated, "" for nothing. */
static void read_log(int kmsg, struct span name, char *buffer, size_t size)
{
	struct writer writer;
	uint8_t record[1024];
	struct span text;

	buffer[0] = '\0';
	for (unsigned int i = 0; kmsg >= 0 && i < RECORDS_MAX; i++) {
		ssize_t n = read(kmsg, record, sizeof(record));

		/* EPIPE: some were written over meanwhile. */
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (n <= 0)
			break;
		if (!modules_error_from_log((struct span){ record, (size_t)n },
					    name, &text))
			continue;
		writer_init(&writer, buffer, size);
		text_put(&writer, "; the kernel says: ");
		text_put_escaped(&writer, text);
		text_end(&writer);
	}
}

static void escape(struct span span, char *buffer, size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size);
	text_put_escaped(&writer, span);
	text_end(&writer);
}

int modules_insert(int directory, const struct module *module,
		   const struct modules_plan *plan, int kmsg)
{
	enum modules_stage stage;
	char name[128], said[256];
	int r;

	if (kmsg >= 0)
		lseek(kmsg, 0, SEEK_END);
	r = load(directory, module, plan, &stage);
	if (r == 0)
		return 0;
	escape(module->name, name, sizeof(name));
	read_log(stage == MODULES_STAGE_LOAD ? kmsg : -1, module->name, said,
		 sizeof(said));
	/* A driver for what may be there and is not is an everyday thing. */
	log_write(
		r == -ENODEV ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		"module %s: %s (%s)%s", name,
		modules_error_text(stage, r, compressed_is_name(module->path)),
		strerror(-r), said);
	return r;
}

void modules_insert_cancelled(const struct module *module)
{
	char name[128], culprit[128];

	escape(module->name, name, sizeof(name));
	escape(module->culprit, culprit, sizeof(culprit));
	log_warning("module %s: not loaded, as it needs %s", name, culprit);
}
