/* See kmsg.h. */
#include "init/kmsg.h"

#include "base/text.h"

/* Facility 0 is the kernel; userland's messages have one of their own. */
#define FACILITY_BITS 3

bool kmsg_tells_killed(struct span record, int pid)
{
	static const char words[] = "Killed process ";
	struct reader reader;
	struct span text, before;
	uint64_t priority, number;

	reader_from_span(&reader, record);
	before = reader_until(&reader, ',');
	if (text_parse_u64(before, UINT32_MAX, &priority) < 0 ||
	    priority >> FACILITY_BITS != 0)
		return false;
	reader_until(&reader, ';');
	text = reader_until(&reader, '\n');
	/* "Out of memory: Killed process 97 (tail) total-vm:…" (mm/oom_kill.c);
	 * a memory cgroup puts other words before it. */
	while (text.len > 0) {
		if (span_starts(text, words)) {
			reader_from_span(&reader,
					 span_skip(text, sizeof(words) - 1));
			return text_parse_u64(reader_until(&reader, ' '),
					      INT32_MAX, &number) == 0 &&
			       number == (uint64_t)pid;
		}
		text = span_skip(text, 1);
	}
	return false;
}
