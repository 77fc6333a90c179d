/* See memory.h. */
#include "init/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/kmsg.h"

static void set_score(const char *score)
{
	int r = fd_write_file("/proc/self/oom_score_adj", score);

	if (r < 0)
		log_debug("/proc/self/oom_score_adj: %s", strerror(-r));
}

static bool is_protected;

void memory_protect(void)
{
	set_score("-1000");
	is_protected = true;
}

void memory_unprotect(void)
{
	if (is_protected)
		set_score("0");
}

bool memory_was_short(int pid)
{
	char record[KMSG_RECORD_MAX];
	int fd AUTO_CLOSE = open("/dev/kmsg",
				 O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return false;
	for (;;) {
		ssize_t n = read(fd, record, sizeof(record));

		/* EPIPE: records were overwritten, the next one follows. */
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (n <= 0)
			return false;
		if (kmsg_tells_killed(
			    (struct span){ (const uint8_t *)record, (size_t)n },
			    pid))
			return true;
	}
}
