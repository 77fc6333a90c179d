/* See root_main.h. */
#include "init/root_main.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cmdline.h"
#include "base/dir.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/record.h"
#include "base/text.h"
#include "init/params.h"
#include "init/partition.h"
#include "init/process.h"
#include "init/root_spec.h"
#include "init/supervise.h"
#include "init/switch_root.h"
#include "netlink/socket.h"
#include "netlink/uevent.h"

#define BLOCK "/sys/class/block"

struct waiter {
	struct loop loop;
	struct netlink uevents;
	struct loop_source source;
	struct loop_timer deadline;
	int64_t timeout_ms;
	struct params params;
	struct root_spec spec;
	char shown[4 * ROOT_NAME_MAX]; /* root= for messages */
	char device[ROOT_NAME_MAX];
	int status; /* of this process, once the loop has stopped */
};

/* The tools of the initramfs. */

static const char *const tool_envp[] = { "PATH=/sbin:/bin:/usr/sbin:/usr/bin",
					 NULL };

/* Where ARGV[0] is; NULL when it is nowhere. */
static const char *find_tool(const char *name, char path[32])
{
	static const char places[][10] = { "/sbin", "/bin", "/usr/sbin",
					   "/usr/bin" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		text_print(path, 32, "%s/%s", places[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* What FD gives until its end; the rest of a text that is too long is read
 * all the same, so that its writer ends. */
static void read_all(int fd, char *buffer, size_t size)
{
	char rest[256];
	size_t len = 0;
	ssize_t n;

	do {
		if (len < size - 1)
			n = read(fd, buffer + len, size - 1 - len);
		else
			n = read(fd, rest, sizeof(rest));
		if (n > 0 && len < size - 1)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	buffer[len] = '\0';
}

/* Runs a tool. Its output, cut to SIZE - 1 bytes, into OUTPUT. Its exit
 * status as a shell's, or -errno. */
static int run(const char *const *argv, char *output, size_t size)
{
	char path[32];
	int pipe[2], status, pid;
	struct process_spec spec = {
		.path = find_tool(argv[0], path),
		.argv = argv,
		.envp = tool_envp,
		.input = -1,
	};

	if (!spec.path) {
		log_error("%s is not in the initramfs", argv[0]);
		return -ENOENT;
	}
	status = fd_pipe(pipe);
	if (status < 0)
		return status;
	/* It waits for us, and we for it. */
	fcntl(pipe[0], F_SETFL, 0);
	fcntl(pipe[1], F_SETFL, 0);
	spec.output = pipe[1];
	pid = process_start(&spec);
	fd_close(&pipe[1]);
	if (pid > 0)
		read_all(pipe[0], output, size);
	fd_close(&pipe[0]);
	if (pid < 0)
		return pid;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return supervise_exit_code(status);
}

/* Finding the device. Each: 0, or -ENOENT for not yet. */

static int set_device(struct waiter *waiter, struct span path)
{
	path = span_trim(path);
	if (path.len == 0 ||
	    text_copy(waiter->device, sizeof(waiter->device), path) < 0)
		return -ENOENT;
	return access(waiter->device, F_OK) == 0 ? 0 : -ENOENT;
}

static int find_filesystem(struct waiter *waiter)
{
	const char *argv[] = { "findfs", waiter->spec.name, NULL };
	char output[ROOT_NAME_MAX];
	int r;

	r = run(argv, output, sizeof(output));
	return r == 0 ? set_device(waiter, span_of(output)) :
	       r < 0  ? r :
			-ENOENT;
}

/* The name of the disk that BLOCK/NAME is a partition of. */
static bool find_disk(const char *name, char disk[NAME_MAX + 1])
{
	char path[NAME_MAX + 32], target[512];
	struct span part, before = { NULL, 0 };
	struct reader reader;
	ssize_t len;

	/* ../../devices/…/block/vda/vda1 */
	text_print(path, sizeof(path), BLOCK "/%s", name);
	len = readlink(path, target, sizeof(target));
	if (len <= 0)
		return false;
	reader_init(&reader, target, (size_t)len);
	for (;;) {
		part = reader_until(&reader, '/');
		if (reader_left(&reader) == 0)
			break;
		before = part;
	}
	return before.len > 0 && text_copy(disk, NAME_MAX + 1, before) == 0;
}

/* Whether BLOCK/NAME has the PARTUUID that is wanted, by its disk's table. */
static bool is_in_table(const struct waiter *waiter, const char *name)
{
	static char table[PARTITION_TABLE_SIZE];
	char path[NAME_MAX + 32], text[16], uuid[PARTITION_UUID_MAX];
	char disk[NAME_MAX + 1];
	int fd AUTO_CLOSE = -1;
	uint64_t number;
	size_t len;
	ssize_t n;

	if (!span_starts(span_of(waiter->spec.name), "PARTUUID="))
		return false;
	text_print(path, sizeof(path), BLOCK "/%s/partition", name);
	if (fd_read_file(path, text, sizeof(text), &len) < 0 ||
	    text_parse_u64(span_trim(span_of(text)), UINT16_MAX, &number) < 0 ||
	    !find_disk(name, disk))
		return false;
	text_print(path, sizeof(path), "/dev/%s", disk);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	n = read(fd, table, sizeof(table));
	return n > 0 &&
	       partition_read_uuid(
		       (struct span){ (const uint8_t *)table, (size_t)n },
		       (unsigned int)number, uuid) == 0 &&
	       span_is_nocase(span_of(uuid),
			      waiter->spec.name + strlen("PARTUUID="));
}

static int partition_seen(int directory UNUSED, const char *name, void *owner)
{
	struct waiter *waiter = owner;
	char path[512], uevent[1024];
	size_t len;

	text_print(path, sizeof(path), BLOCK "/%s/uevent", name);
	if (waiter->device[0] ||
	    fd_read_file(path, uevent, sizeof(uevent), &len) < 0 ||
	    (!root_spec_matches(&waiter->spec, span_of(uevent)) &&
	     !is_in_table(waiter, name)))
		return 0;
	text_print(path, sizeof(path), "/dev/%s", name);
	return set_device(waiter, span_of(path));
}

static int find_partition(struct waiter *waiter)
{
	int r;

	waiter->device[0] = '\0';
	r = dir_list(AT_FDCWD, BLOCK, partition_seen, waiter);
	return waiter->device[0] ? r : -ENOENT;
}

static int find_device(struct waiter *waiter)
{
	switch (waiter->spec.kind) {
	case ROOT_DEVICE:
		return set_device(waiter, span_of(waiter->spec.name));
	case ROOT_FILESYSTEM:
		return find_filesystem(waiter);
	case ROOT_PARTITION:
		return find_partition(waiter);
	case ROOT_NONE:
	case ROOT_UNKNOWN:
		break;
	}
	return -EINVAL;
}

/* Mounting. */

static int mount_root(struct waiter *waiter)
{
	const char *blkid[] = { "blkid", waiter->device, NULL };
	const char *typed[] = {
		"mount",	   "-o", waiter->spec.options, waiter->device,
		SWITCH_ROOT_PLACE, "-t", waiter->spec.types,   NULL
	};
	char output[1024];

	if (!waiter->spec.types[0] &&
	    (run(blkid, output, sizeof(output)) != 0 ||
	     !root_spec_read_type(span_of(output), waiter->spec.types))) {
		log_info("%s: no file system that blkid knows", waiter->device);
		/* mount tries what the kernel has. */
		typed[5] = NULL;
	}
	if (mkdir(SWITCH_ROOT_PLACE, 0755) < 0 && errno != EEXIST)
		return -errno;
	return run(typed, output, sizeof(output)) == 0 ? 0 : -EINVAL;
}

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	       access(path, X_OK) == 0;
}

/* An init that can be executed, seen from inside: its links may be absolute.
 * This process stays there. */
static const char *find_init(const struct waiter *waiter)
{
	static const char usual[][11] = { "/sbin/init", "/etc/init",
					  "/bin/init", "/bin/sh" };

	if (chroot(SWITCH_ROOT_PLACE) < 0 || chdir("/") < 0) {
		log_error("%s: %s", SWITCH_ROOT_PLACE, strerror(errno));
		return NULL;
	}
	if (waiter->spec.init[0])
		return is_program(waiter->spec.init) ? waiter->spec.init : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (is_program(usual[i]))
			return usual[i];
	}
	return NULL;
}

static void report(const char *init)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;
	struct span text;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "root");
	record_put(&record, "init", span_of(init));
	record_end(&record);
	text = writer_span(&record);
	if (fd_write(STDOUT_FILENO, text.data, text.len) < 0)
		log_debug("nobody listens");
}

static void finish(struct waiter *waiter, int status)
{
	waiter->status = status;
	waiter->loop.stopped = true;
}

/* Goes as far as it can. */
static void try(struct waiter *waiter)
{
	const char *init;
	int r;

	r = find_device(waiter);
	if (r == -ENOENT)
		return;
	if (r < 0) {
		finish(waiter, EXIT_FAILURE);
		return;
	}
	r = mount_root(waiter);
	if (r < 0) {
		log_error("root=%s: %s cannot be mounted%s%s", waiter->shown,
			  waiter->device, waiter->spec.types[0] ? " as " : "",
			  waiter->spec.types);
		finish(waiter, EXIT_FAILURE);
		return;
	}
	init = find_init(waiter);
	if (!init) {
		log_error("root=%s: %s is mounted on %s, and has no %s that "
			  "can be executed",
			  waiter->shown, waiter->device, SWITCH_ROOT_PLACE,
			  waiter->spec.init[0] ? waiter->spec.init : "init");
		finish(waiter, EXIT_FAILURE);
		return;
	}
	log_info("root=%s: %s is mounted, %s, %s", waiter->shown,
		 waiter->device, waiter->spec.types, waiter->spec.options);
	report(init);
	finish(waiter, EXIT_SUCCESS);
}

/* Waiting. */

static void uevents_ready(struct loop *loop UNUSED, struct loop_source *source,
			  short revents UNUSED)
{
	struct waiter *waiter = source->owner;
	static char buffer[UEVENT_SIZE];
	bool again = false;
	struct span datagram;
	struct uevent event;
	int r;

	for (;;) {
		r = netlink_receive(&waiter->uevents, buffer, sizeof(buffer),
				    &datagram);
		if (r == -ENOBUFS || r == -EMSGSIZE) {
			again = true; /* lost: it may have been the one */
			continue;
		}
		if (r < 0)
			break;
		if (uevent_parse(datagram, &event) == 0 &&
		    span_is(event.subsystem, "block") &&
		    event.action != UEVENT_REMOVE)
			again = true;
	}
	if (again)
		try(waiter);
}

static void too_late(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct waiter *waiter = timer->owner;
	char partitions[4096], devices[512], after[32];
	struct writer writer;
	size_t len;

	writer_init(&writer, after, sizeof(after));
	text_put_duration(&writer, waiter->timeout_ms);
	text_end(&writer);
	writer_init(&writer, devices, sizeof(devices));
	if (fd_read_file("/proc/partitions", partitions, sizeof(partitions),
			 &len) == 0)
		root_spec_put_devices(&writer, span_of(partitions));
	text_end(&writer);
	if (devices[0])
		log_error("root=%s has not appeared within %s; there are: %s",
			  waiter->shown, after, devices);
	else
		log_error("root=%s has not appeared within %s, nor any other "
			  "disk; are its driver's modules in the initramfs?",
			  waiter->shown, after);
	finish(waiter, EXIT_FAILURE);
}

static void watch_uevents(struct waiter *waiter)
{
	int r = netlink_open_uevent(&waiter->uevents);

	waiter->source = (struct loop_source){ waiter->uevents.fd, POLLIN,
					       uevents_ready, waiter };
	if (r == 0)
		r = loop_add(&waiter->loop, &waiter->source);
	if (r < 0)
		log_warning("no uevents (%s): root= has to be there now",
			    strerror(-r));
}

static void ignore(const char *message UNUSED)
{
}

static void read_cmdline(struct waiter *waiter)
{
	static char text[CMDLINE_MAX + 1];
	struct writer shown;
	struct span words;
	size_t len = 0;

	if (fd_read_file("/proc/cmdline", text, sizeof(text), &len) < 0)
		len = 0;
	words = (struct span){ (const uint8_t *)text, len };
	params_init(&waiter->params);
	/* Process 1 has complained. */
	params_parse(&waiter->params, words, ignore);
	root_spec_parse(&waiter->spec, words);
	log_set_level((enum log_level)waiter->params.log_level);
	waiter->timeout_ms = waiter->params.root_timeout_ms;
	if (waiter->spec.timeout_ms > waiter->timeout_ms)
		waiter->timeout_ms = waiter->spec.timeout_ms;
	writer_init(&shown, waiter->shown, sizeof(waiter->shown));
	text_put_escaped(&shown, span_of(waiter->spec.name));
	text_end(&shown);
	if (waiter->spec.too_long)
		log_warning("a root word of the command line is too long, and "
			    "ignored");
}

int root_main(int argc, char **argv)
{
	static struct waiter waiter; /* too large for a stack */
	int r;

	log_init("phase-root", LOG_LEVEL_NOTICE);
	if (argc != 2 || strcmp(argv[1], "--child") != 0) {
		log_error("init starts it, with --child");
		return 2;
	}
	log_open_kmsg();
	waiter.uevents = (struct netlink)NETLINK_CLOSED;
	waiter.status = EXIT_FAILURE;
	read_cmdline(&waiter);
	if (waiter.spec.kind == ROOT_UNKNOWN) {
		log_error(
			"root=%s: neither a path below /dev nor UUID=, LABEL=, "
			"PARTUUID= or PARTLABEL=",
			waiter.shown);
		return EXIT_FAILURE;
	}
	r = loop_init(&waiter.loop, NULL, &waiter);
	if (r < 0) {
		log_error("%s", strerror(-r));
		return EXIT_FAILURE;
	}
	/* First, so that nothing is missed in between. */
	watch_uevents(&waiter);
	waiter.deadline = (struct loop_timer){ CLOCK_NEVER, too_late, &waiter };
	loop_set_timer(&waiter.loop, &waiter.deadline,
		       clock_ms() + waiter.timeout_ms);
	try(&waiter);
	if (!waiter.loop.stopped)
		log_info("root=%s is not there yet", waiter.shown);
	while (!waiter.loop.stopped)
		if (loop_run(&waiter.loop) < 0)
			break;
	return waiter.status;
}
