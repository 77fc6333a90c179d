/* See power.h. */
#include "init/power.h"

#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "init/handover.h"

const char *power_action_name(enum power_action action)
{
	switch (action) {
	case POWER_OFF:
		return "powering off";
	case POWER_REBOOT:
		return "rebooting";
	case POWER_HALT:
		return "halting";
	}
	return "";
}

int power_report_status(int status)
{
	int fd AUTO_CLOSE = -1;
	struct writer line;
	char text[16];
	int r;

	r = handover_open("phase.status", &fd);
	if (r < 0)
		return r;
	writer_init(&line, text, sizeof(text));
	text_put_u64(&line, (uint64_t)status & 0xff);
	text_put(&line, "\n");
	return handover_write(fd, text, writer_len(&line));
}

unsigned int power_ways(enum power_action action)
{
	return action == POWER_HALT ? 1 : 2;
}

const char *power_way_name(unsigned int way)
{
	return way == 0 ? "reboot(2)" : "/proc/sysrq-trigger";
}

int power_ask(enum power_action action, unsigned int way)
{
	int command = RB_POWER_OFF;

	switch (action) {
	case POWER_OFF:
		command = RB_POWER_OFF;
		break;
	case POWER_REBOOT:
		command = RB_AUTOBOOT;
		break;
	case POWER_HALT:
		command = RB_HALT_SYSTEM;
		break;
	}
	if (way > 0)
		return fd_write_file("/proc/sysrq-trigger",
				     action == POWER_OFF ? "o" : "b");
	return reboot(command) < 0 ? -errno : 0;
}
