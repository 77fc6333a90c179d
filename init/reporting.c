/* See reporting.h. No heap: the report goes out through a small buffer. */
#include "init/reporting.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/fd.h"
#include "init/handover.h"

#define DELAY_MS 100

static int put_all(struct reporting *reporting, int fd,
		   int (*put)(int fd, const void *data, size_t len))
{
	struct report_cursor cursor = { .part = 0 };
	char buffer[2 * REPORT_PART_MAX];
	struct writer writer;
	bool more;
	int r = 0;

	reporting->about.written_ns = clock_ns();
	do {
		writer_init(&writer, buffer, sizeof(buffer));
		do {
			more = report_put(&reporting->report, &reporting->about,
					  &cursor, &writer);
		} while (more && writer_room(&writer) >= REPORT_PART_MAX);
		r = put(fd, buffer, writer_len(&writer));
	} while (more && r == 0);
	return r;
}

static int save(struct reporting *reporting)
{
	int fd AUTO_CLOSE = -1;
	int r;

	if (mkdir(REPORT_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return -errno;
	r = fd_replace_begin(REPORT_PATH, &fd);
	if (r < 0)
		return r;
	return fd_replace_end(REPORT_PATH, put_all(reporting, fd, fd_write));
}

static int hand_over(struct reporting *reporting)
{
	int fd AUTO_CLOSE = -1;
	int r;

	r = handover_open("phase.report", &fd);
	if (r < 0)
		return r;
	return put_all(reporting, fd, handover_write);
}

static void save_and_tell(struct reporting *reporting)
{
	int r;

	reporting->report.changed = false;
	r = save(reporting);
	/* Less than a warning, or each failure would make the next report. */
	if (r < 0)
		log_info("no " REPORT_PATH ": %s", strerror(-r));
}

static void timer_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	save_and_tell(timer->owner);
}

/* Something may have changed: what comes soon after goes into the same
 * file. */
static void note(struct reporting *reporting)
{
	if (reporting->loop && reporting->report.changed &&
	    reporting->timer.due == CLOCK_NEVER)
		loop_set_timer(reporting->loop, &reporting->timer,
			       clock_ms() + DELAY_MS);
}

static void logged(void *owner, enum log_level level, const char *message)
{
	struct reporting *reporting = owner;

	report_message(&reporting->report, level, message, clock_ns());
	note(reporting);
}

void reporting_init(struct reporting *reporting, int64_t started_ns,
		    const struct utsname *kernel)
{
	report_init(&reporting->report, started_ns);
	reporting->about = (struct report_about){
		.version = PHASE_VERSION,
		.kernel = kernel->release,
		.machine = kernel->machine,
	};
	reporting->loop = NULL;
	reporting->timer = (struct loop_timer){ CLOCK_NEVER, timer_expired,
						reporting };
	log_set_observer(logged, reporting);
}

void reporting_publish(struct reporting *reporting, struct loop *loop)
{
	if (reporting->loop)
		return;
	report_end(&reporting->report, REPORT_INIT, "init", clock_ns(), NULL);
	reporting->loop = loop;
	save_and_tell(reporting);
}

void reporting_begin(struct reporting *reporting, enum report_kind kind,
		     const char *name)
{
	report_begin(&reporting->report, kind, name, clock_ns());
	note(reporting);
}

void reporting_end(struct reporting *reporting, enum report_kind kind,
		   const char *name, const char *error)
{
	report_end(&reporting->report, kind, name, clock_ns(), error);
	note(reporting);
}

void reporting_point(struct reporting *reporting, enum report_kind kind,
		     const char *name)
{
	report_point(&reporting->report, kind, name, clock_ns());
	note(reporting);
}

void reporting_record(struct reporting *reporting, enum facts_origin origin,
		      struct span line)
{
	report_record(&reporting->report, origin, line, clock_ns());
	note(reporting);
}

void reporting_finish(struct reporting *reporting, const char *name)
{
	int r;

	reporting_point(reporting, REPORT_END, name);
	r = hand_over(reporting);
	if (r < 0 && r != -ENOENT)
		log_warning("the host did not get the boot report: %s",
			    strerror(-r));
}
