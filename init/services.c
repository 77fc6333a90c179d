/* See services.h. */
#include "init/services.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "init/boot.h"
#include "init/drivers_main.h"
#include "init/net_main.h"
#include "init/shell.h"

static const char *const environment[] = { SHELL_PATH, NULL };

/* Worth a line to who is typing: not that there is IPv6 as well. */
static bool is_news(const struct boot *boot, enum facts_change change,
		    unsigned int index)
{
	if (change == FACTS_ADDRESS && facts_have_lease(&boot->facts))
		return boot->facts.nics[index].link_local[0] != '\0';
	return change != FACTS_NIC && !ending_is_near(&boot->ending);
}

/* News that come after the banner get a line of their own. */
static void tell(struct boot *boot, enum facts_change change,
		 unsigned int index)
{
	struct writer writer;
	char buffer[512];

	writer_init(&writer, buffer, sizeof(buffer));
	facts_put_nic(&writer, &boot->facts.nics[index]);
	if (boot->sessions.started && is_news(boot, change, index))
		log_notice("%s", text_end(&writer));
	else
		log_info("%s", text_end(&writer));
}

static void take_line(struct boot *boot, enum facts_origin origin,
		      struct span line)
{
	enum facts_change change;
	unsigned int index;

	reporting_record(&boot->reporting, origin, line);
	change = facts_apply(&boot->facts, origin, line, &index);
	switch (change) {
	case FACTS_NOTHING:
	case FACTS_GONE:
	case FACTS_SETTLED:
	case FACTS_MODULE:
	case FACTS_UNSERVED:
		break;
	case FACTS_COLDPLUGGED:
		drivers_coldplugged(&boot->services.drivers);
		break;
	case FACTS_NIC:
		environment_nic(&boot->environment,
				boot->facts.nics[index].mac);
		if (boot->facts.nics[index].carrier)
			searching_carrier(boot);
		FALLTHROUGH;
	case FACTS_LOST:
		tell(boot, change, index);
		break;
	case FACTS_PROVIDER:
		searching_found(boot, &boot->facts.providers.list[index]);
		break;
	case FACTS_PROVIDER_GONE:
		searching_lost(boot);
		break;
	case FACTS_SEARCHED:
		searching_over(boot);
		break;
	case FACTS_ADDRESS:
		tell(boot, change, index);
		if (!facts_have_lease(&boot->facts))
			searching_address(boot);
		break;
	case FACTS_LEASE:
		environment_lease(&boot->environment,
				  boot->facts.nics[index].hostname);
		tell(boot, change, index);
		searching_address(boot);
		break;
	}
	sessions_consider(boot);
}

static void net_line(struct child *child, struct span line)
{
	searching_hear(child->owner, line);
	take_line(child->owner, FACTS_FROM_NET, line);
}

void services_discovered(struct boot *boot, struct span line)
{
	take_line(boot, FACTS_FROM_DISCOVER, line);
}

static void drivers_line(struct drivers_child *drivers, struct span line)
{
	take_line(drivers->owner, FACTS_FROM_DRIVERS, line);
}

/* No device wants a driver any more, or none is to be waited for: phase-net
 * counts its NICs. */
static void coldplugged(struct drivers_child *drivers)
{
	struct boot *boot = drivers->owner;

	reporting_end(&boot->reporting, REPORT_COLDPLUG, "devices", NULL);
	boot->coldplugged = true;
	child_command(&boot->services.net, NET_COMMAND_COLDPLUGGED);
	sessions_await_lease(boot);
	sessions_consider(boot);
}

static void net_started(struct child *child)
{
	struct boot *boot = child->owner;

	reporting_point(&boot->reporting, REPORT_PROCESS, "phase-net");
	if (boot->coldplugged)
		child_command(child, NET_COMMAND_COLDPLUGGED);
	if (boot->sessions.started)
		child_command(child, NET_COMMAND_OPEN);
}

static void net_ended(struct child *child, int status)
{
	struct boot *boot = child->owner;

	if (WIFEXITED(status) && WEXITSTATUS(status) == NET_EXIT_UNSUPPORTED) {
		boot->services.net_trouble = "this kernel lacks what it takes, "
					     "see the messages above";
		searching_alone(boot);
		sessions_consider(boot);
	}
}

static void set_net_options(struct services *services,
			    const struct params *params)
{
	const char **next = &services->net_argv[4];

	if (params->mode == PARAMS_MODE_PRIVATE) {
		*next++ = "--private";
	} else if (params->hostname[0]) {
		*next++ = "--hostname";
		*next++ = params->hostname;
	}
	if (params->net_boot_wait_ms > 0) {
		*next++ = "--boot-wait";
		*next++ = services->boot_wait;
		text_print(services->boot_wait, sizeof(services->boot_wait),
			   "%dms", (int)params->net_boot_wait_ms);
	}
	*next = NULL;
}

void services_start(struct boot *boot)
{
	struct services *services = &boot->services;
	/* Whatever name rdinit= or init= gave us. */
	const char *self = access("/proc/self/exe", X_OK) == 0 ?
				   "/proc/self/exe" :
			   access("/init", X_OK) == 0 ? "/init" :
							"/sbin/init";

	services->log_level[0] = (char)('0' + boot->params.log_level);
	services->net_argv[0] = "phase-net";
	services->net_argv[1] = "--child";
	services->net_argv[2] = "--log";
	services->net_argv[3] = services->log_level;
	set_net_options(services, &boot->params);
	services->net = (struct child){
		.name = "net",
		.policy = SUPERVISE_ALWAYS,
		.spec = { .path = self,
			  .argv = services->net_argv,
			  .envp = environment,
			  .directory = "/" },
		/* A status of its own: this kernel can't. */
		.vain = NET_EXIT_UNSUPPORTED,
		.is_only_vain = true,
		.reports = true,
		.started = net_started,
		.line = net_line,
		.ended = net_ended,
		.owner = boot,
	};
	child_init(&services->net, &boot->loop);
	searching_init(boot);
	services->drivers.line = drivers_line;
	services->drivers.coldplugged = coldplugged;
	services->drivers.owner = boot;
	reporting_begin(&boot->reporting, REPORT_COLDPLUG, "devices");
	drivers_start(&services->drivers, &boot->loop, drivers_main,
		      services->log_level);
	child_want(&services->net);
}

void services_open(struct boot *boot)
{
	child_command(&boot->services.net, NET_COMMAND_OPEN);
}

void services_release(struct boot *boot)
{
	child_command(&boot->services.net, NET_COMMAND_RELEASE);
}

void services_end(struct boot *boot)
{
	child_unwant(&boot->searching.child);
	child_unwant(&boot->services.net);
	child_unwant(&boot->services.drivers.child);
}

void services_resume(struct boot *boot)
{
	child_want(&boot->services.drivers.child);
	if (!boot->services.net_trouble)
		child_want(&boot->services.net);
}

bool services_reaped(struct boot *boot, int pid, int status)
{
	return child_reaped(&boot->services.drivers.child, pid, status) ||
	       child_reaped(&boot->services.net, pid, status) ||
	       child_reaped(&boot->searching.child, pid, status);
}
