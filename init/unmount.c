/* See unmount.h. */
#include "init/unmount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "init/mount_table.h"

/* How long one may take before the next is begun beside it. They are waited
 * for in order, as one may be mounted inside of the other. */
#define SLOW_MS 2000
#define WORKERS_MAX 64
/* How often they are asked after, where nobody tells of their end. */
#define ASK_MS 20
/* What is over that of /proc/mounts is not looked at. */
#define TABLE_MAX (32 * 1024)

/* A process that ends one file system, and a name of it for people. */
struct worker {
	pid_t pid;
	struct mount_line line;
};

struct crew {
	unsigned int n_workers;
	struct worker workers[WORKERS_MAX];
	bool hurried; /* by SIGTERM */
};

typedef void job_function(const char *target);

static void job_sync(const char *target UNUSED)
{
	/* sync() returns nothing. */
	if (syscall(SYS_sync) < 0)
		log_warning("disks are not synced: %s", strerror(errno));
}

static void job_swap(const char *target)
{
	if (swapoff(target) < 0)
		log_debug("swapoff %s: %s", target, strerror(errno));
}

static void job_mount(const char *target)
{
	/* What is mounted on "/" cannot be unmounted by who lives there. */
	if (strcmp(target, "/") != 0 && umount2(target, UMOUNT_NOFOLLOW) == 0)
		return;
	if (mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		log_warning("%s stays writable: %s", target, strerror(errno));
}

/* Waits for a SIGCHLD or a SIGTERM, both of them blocked. Returns whether it
 * was a SIGTERM. */
static bool wait_for_signal(const struct timespec *timeout)
{
	const struct timespec moment = { 0, ASK_MS * 1000000 };
	sigset_t awaited;
	int signo;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	signo = sigtimedwait(&awaited, NULL, timeout);
	if (signo < 0 && errno == ENOSYS) {
		nanosleep(&moment, NULL);
		return sigpending(&awaited) == 0 &&
		       sigismember(&awaited, SIGTERM);
	}
	return signo == SIGTERM;
}

/* Until no worker is left, or DUE; at once when we are told to hurry. */
static void wait_for_workers(struct crew *crew, int64_t due)
{
	while (crew->n_workers > 0 && !crew->hurried) {
		int64_t left = due == CLOCK_NEVER ? INT32_MAX :
						    due - clock_ms();
		struct timespec timeout = { (time_t)(left / 1000),
					    (long)(left % 1000) * 1000000 };
		pid_t pid;

		pid = waitpid(-1, NULL, WNOHANG);
		for (unsigned int i = 0; pid > 0 && i < crew->n_workers; i++) {
			if (crew->workers[i].pid == pid)
				crew->workers[i] =
					crew->workers[--crew->n_workers];
		}
		if (pid > 0)
			continue;
		if (left <= 0)
			break;
		if (wait_for_signal(&timeout))
			crew->hurried = true;
	}
}

static void employ(struct crew *crew, job_function *job,
		   const struct mount_line *line)
{
	char target[PATH_MAX];
	pid_t pid;

	if (crew->hurried || crew->n_workers == WORKERS_MAX ||
	    mount_table_decode(target, sizeof(target), line->target) < 0)
		return;
	pid = _Fork();
	if (pid <= 0) {
		job(target);
		if (pid == 0)
			_exit(0);
		return;
	}
	crew->workers[crew->n_workers++] = (struct worker){ pid, *line };
	wait_for_workers(crew, clock_ms() + SLOW_MS);
}

/* The beginning of a file that may be longer, in BUFFER of SIZE bytes. */
static struct span read_table(const char *path, char *buffer, size_t size)
{
	int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = fd < 0 ? 0 : 1;

	while (n > 0 && len < size) {
		n = read(fd, buffer + len, size - len);
		if (n > 0)
			len += (size_t)n;
	}
	return (struct span){ (const uint8_t *)buffer, len };
}

/* /proc/swaps has a path at the beginning of each line but the first. */
static void end_swap(struct crew *crew, struct reader swaps)
{
	(void)reader_until(&swaps, '\n');
	while (reader_left(&swaps) > 0) {
		struct mount_line line = { .type = span_of("swap") };
		struct reader words;

		reader_from_span(&words, reader_until(&swaps, '\n'));
		line.target = reader_word(&words);
		if (line.target.len > 0)
			employ(crew, job_swap, &line);
	}
}

static void name_stuck(const struct crew *crew)
{
	for (unsigned int i = 0; i < crew->n_workers; i++) {
		const struct mount_line *line = &crew->workers[i].line;
		struct writer name;
		char buffer[256];

		writer_init(&name, buffer, sizeof(buffer));
		text_put_escaped(&name, line->target);
		text_put(&name, " (");
		text_put_escaped(&name, line->type);
		text_put(&name, ")");
		log_error("%s does not end; what was written there may be lost",
			  text_end(&name));
	}
}

int unmount_all(void)
{
	static char mounts_text[TABLE_MAX], swaps_text[4096];
	const struct mount_line all = { span_of("sync"), span_of("all disks") };
	static struct crew crew; /* too large for a stack */
	struct mount_line line;
	struct reader swaps;
	struct span mounts;
	sigset_t blocked;

	/* SIGCHLD wakes sigtimedwait() only if it is not thrown away. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	employ(&crew, job_sync, &all);
	reader_from_span(&swaps, read_table("/proc/swaps", swaps_text,
					    sizeof(swaps_text)));
	end_swap(&crew, swaps);
	mounts = read_table("/proc/mounts", mounts_text, sizeof(mounts_text));
	while (mount_table_pop(&mounts, &line)) {
		if (mount_has_store(&line))
			employ(&crew, job_mount, &line);
	}
	wait_for_workers(&crew, CLOCK_NEVER);
	name_stuck(&crew);
	return (int)crew.n_workers;
}

/* Number INDEX, counted from 0, of the words of LINE; 0 when it is none. */
static uint64_t number_of(struct reader line, unsigned int index)
{
	uint64_t value = 0;

	while (index-- > 0)
		(void)reader_word(&line);
	return text_parse_u64(reader_word(&line), UINT64_MAX, &value) == 0 ?
		       value :
		       0;
}

void unmount_look(struct unmount_progress *ret_progress)
{
	struct unmount_progress progress = { 0, 0 };
	struct reader reader, line;
	char buffer[8192];

	reader_from_span(&reader,
			 read_table("/proc/meminfo", buffer, sizeof(buffer)));
	while (reader_left(&reader) > 0) {
		struct span text = reader_until(&reader, '\n');

		reader_from_span(&line, text);
		if (span_starts(text, "Dirty:") ||
		    span_starts(text, "Writeback:"))
			progress.left += number_of(line, 1) * 1024;
	}
	/* Device number (2), name, reads and 3 more of them, writes. */
	reader_from_span(&reader,
			 read_table("/proc/diskstats", buffer, sizeof(buffer)));
	while (reader_left(&reader) > 0) {
		reader_from_span(&line, reader_until(&reader, '\n'));
		progress.done += number_of(line, 3) + number_of(line, 7);
	}
	*ret_progress = progress;
}
