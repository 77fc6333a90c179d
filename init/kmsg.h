/*
 * Records of /dev/kmsg, as far as init reads any: a line
 * "PRIORITY,SEQUENCE,TIME,FLAGS;TEXT" each, and more below it that does not
 * matter here (Documentation/ABI/testing/dev-kmsg). Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"

/* What one read() may get: the kernel's PRINTK_MESSAGE_MAX. */
#define KMSG_RECORD_MAX 8192

/* Whether RECORD is the kernel's own and says that process PID was killed for
 * want of memory. */
bool kmsg_tells_killed(struct span record, int pid);
