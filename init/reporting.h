/*
 * PID 1's side of the boot report (report.h): events get the time at which
 * they are told, the file REPORT_PATH follows them, and the host gets the
 * whole at the end.
 *
 *	reporting_begin(&boot->reporting, REPORT_MOUNT, "/proc");
 *	r = mount(...);
 *	reporting_end(&boot->reporting, REPORT_MOUNT, "/proc",
 *		      r < 0 ? strerror(errno) : NULL);
 */
#pragma once

#include <sys/utsname.h>

#include "base/loop.h"
#include "init/report.h"

struct reporting {
	struct report report;
	struct report_about about;
	struct loop *loop; /* NULL until the file is to be written */
	struct loop_timer timer;
};

/* /init was started at STARTED_NS. KERNEL stays the caller's for good, and may
 * be filled in later. From now on warnings and errors of the log are in the
 * report. One a process may. */
void reporting_init(struct reporting *reporting, int64_t started_ns,
		    const struct utsname *kernel);

/* The first shell is about to start: what INIT is about is over, and the file
 * is written, now and from then on 100 ms after something has changed. */
void reporting_publish(struct reporting *reporting, struct loop *loop);

/* As report_begin() and so on, now. */
void reporting_begin(struct reporting *reporting, enum report_kind kind,
		     const char *name);
void reporting_end(struct reporting *reporting, enum report_kind kind,
		   const char *name, const char *error);
void reporting_point(struct reporting *reporting, enum report_kind kind,
		     const char *name);
void reporting_record(struct reporting *reporting, enum facts_origin origin,
		      struct span line);

/* NAME, "poweroff" or such, is next. Writes the report to the virtio-serial
 * port "phase.report", if the machine has one. */
void reporting_finish(struct reporting *reporting, const char *name);
