/*
 * The boot: console, mounts, command line, drivers, children, power.
 *
 * It reads no packet. The network, discovery, and the shell are children;
 * what the first two find comes back as records (facts.h). One loop waits for
 * all of them, and for the kernel's uevents, which name further drivers.
 *
 * Order of the boot: descriptors, mounts and parameters; the net child, which
 * waits for NICs; drivers; "coldplugged" to the net child, which then says how
 * many NICs there are. With the first lease phase-discover starts. The banner
 * and the shell come when discovery has ended, when nothing is left to wait
 * for, or at a deadline (consider_console()).
 */
#include "init/boot.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cmdline.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "init/child.h"
#include "init/console.h"
#include "init/discovery.h"
#include "init/drivers.h"
#include "init/ending.h"
#include "init/facts.h"
#include "init/mounts.h"
#include "init/net_main.h"
#include "init/params.h"
#include "init/power.h"

/* How long the first provider waits for others, to be shown with them. */
#define COMPANY_MS 50

struct boot {
	struct loop loop;
	int64_t started_ns;
	struct utsname kernel;
	char cmdline[CMDLINE_MAX + 1];
	size_t cmdline_len;
	struct params params;
	struct facts facts;
	struct drivers drivers;
	struct child net;
	struct child discover;
	struct child console; /* the shell, or phase.run */
	char terminal[CONSOLE_PATH_MAX];
	char console_name[CONSOLE_PATH_MAX + 16];
	const char *net_trouble;
	bool coldplugged;
	bool console_wanted;
	bool search_again;	    /* a lease came while phase-discover ran */
	struct loop_timer patience; /* when the console comes in any case */
	struct loop_timer overdue;  /* when phase-discover is ended */
	struct ending ending;
	/* Storage of the children's arguments. */
	char log_level[2];
	const char *net_argv[5];
	const char *discover_argv[DISCOVERY_ARGUMENTS_MAX];
};

static const char *const shell_argv[] = { "-sh", NULL };
#define ENV_PATH "PATH=/sbin:/bin:/usr/sbin:/usr/bin"

static const char *const child_envp[] = { ENV_PATH, NULL };
/* TERM comes first: it depends on the terminal. */
static const char *shell_envp[] = {
	"TERM=vt220",	ENV_PATH,	 "HOME=/root", "USER=root",
	"LOGNAME=root", "SHELL=/bin/sh", NULL,
};

/* The first caller decides. */
static void end(struct boot *boot, enum power_action action, int status)
{
	if (ending_is_near(&boot->ending))
		return;
	loop_set_timer(&boot->loop, &boot->patience, CLOCK_NEVER);
	loop_set_timer(&boot->loop, &boot->overdue, CLOCK_NEVER);
	/* Each in its own way: a shell heeds no TERM. */
	child_unwant(&boot->console);
	child_unwant(&boot->discover);
	child_unwant(&boot->net);
	ending_begin(&boot->ending, action, status);
}

/* The console: banner, then the shell or phase.run. */

static void print_banner(struct boot *boot)
{
	struct facts_banner banner = {
		.version = PHASE_VERSION,
		.kernel = boot->kernel.release,
		.machine = boot->kernel.machine,
		.mode = params_mode_name(boot->params.mode),
		.channel = boot->params.channel,
		.net_trouble = boot->net_trouble,
		.searching = !boot->facts.searched,
	};
	struct writer writer;
	char buffer[4096];
	const char *text;

	banner.elapsed_ms = (clock_ns() - boot->started_ns) / 1000000;
	writer_init(&writer, buffer, sizeof(buffer));
	facts_put_banner(&writer, &boot->facts, &banner);
	text = text_end(&writer);
	if (fd_write(STDOUT_FILENO, text, strlen(text)) < 0)
		log_debug("the banner did not get out");
}

static void start_console(struct boot *boot)
{
	boot->console_wanted = true;
	loop_set_timer(&boot->loop, &boot->patience, CLOCK_NEVER);
	print_banner(boot);
	child_want(&boot->console);
}

/* Starts the shell, or phase.run, when there is nothing left to wait for. */
static void consider_console(struct boot *boot)
{
	if (boot->console_wanted || ending_is_near(&boot->ending) ||
	    !boot->coldplugged)
		return;
	if (boot->net_trouble || boot->facts.searched ||
	    (boot->facts.settled && boot->facts.n_nics == 0))
		start_console(boot);
}

static void patience_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	start_console(timer->owner);
}

/* A provider is there: others that were asked at the same time may have
 * answered too, but there is no need to wait for more. */
static void hurry(struct boot *boot)
{
	int64_t due = boot->loop.now + COMPANY_MS;

	if (!boot->console_wanted && !ending_is_near(&boot->ending) &&
	    boot->patience.due > due)
		loop_set_timer(&boot->loop, &boot->patience, due);
}

/* No lease yet: how long the console waits for one. phase.run needs the
 * network more than a person does. */
static void await_lease(struct boot *boot)
{
	int64_t limit = boot->params.run[0] ? boot->params.net_timeout_ms :
					      boot->params.wait_ms;

	if (!boot->console_wanted && !facts_have_lease(&boot->facts))
		loop_set_timer(&boot->loop, &boot->patience,
			       boot->loop.now + limit);
}

static void console_ended(struct child *child, int status)
{
	struct boot *boot = child->owner;

	if (boot->params.run[0])
		end(boot, POWER_OFF, supervise_exit_code(status));
}

/* Children's reports. */

static void discover_start(struct boot *boot)
{
	if (boot->discover.supervise.state == SUPERVISE_RUNNING) {
		boot->search_again = true;
		return;
	}
	discovery_set_arguments(boot->discover_argv, &boot->params,
				&boot->facts);
	boot->search_again = false;
	facts_forget_providers(&boot->facts);
	child_want(&boot->discover);
	loop_set_timer(&boot->loop, &boot->overdue,
		       boot->loop.now + DISCOVERY_LIMIT_MS);
	if (!boot->console_wanted)
		loop_set_timer(&boot->loop, &boot->patience,
			       boot->loop.now + boot->params.wait_ms);
}

/* It ends by itself; one that does not has gone wrong. */
static void discover_overdue(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct boot *boot = timer->owner;

	log_warning("phase-discover does not end, and is killed");
	child_unwant(&boot->discover);
}

/* News that come after the banner get a line of their own. */
static void tell(struct boot *boot, enum facts_change change,
		 unsigned int index)
{
	struct writer writer;
	char buffer[512];

	writer_init(&writer, buffer, sizeof(buffer));
	if (change == FACTS_PROVIDER)
		facts_put_provider(&writer, &boot->facts.providers[index]);
	else
		facts_put_nic(&writer, &boot->facts.nics[index]);
	if (boot->console_wanted && change != FACTS_NIC)
		log_notice("%s", text_end(&writer));
	else
		log_info("%s", text_end(&writer));
}

static void report_line(struct child *child, struct span line)
{
	struct boot *boot = child->owner;
	enum facts_origin origin = child == &boot->net ? FACTS_FROM_NET :
							 FACTS_FROM_DISCOVER;
	enum facts_change change;
	unsigned int index;

	change = facts_apply(&boot->facts, origin, line, &index);
	switch (change) {
	case FACTS_NOTHING:
	case FACTS_GONE:
	case FACTS_SETTLED:
	case FACTS_PROVIDER_GONE:
	case FACTS_SEARCHED:
		break;
	case FACTS_NIC:
	case FACTS_LOST:
		tell(boot, change, index);
		break;
	case FACTS_PROVIDER:
		tell(boot, change, index);
		if (boot->facts.providers[index].suitable)
			hurry(boot);
		break;
	case FACTS_LEASE:
		tell(boot, change, index);
		if (!ending_is_near(&boot->ending))
			discover_start(boot);
		break;
	}
	consider_console(boot);
}

static void net_started(struct child *child)
{
	struct boot *boot = child->owner;

	if (boot->coldplugged)
		child_command(child, NET_COMMAND_COLDPLUGGED);
}

static void net_ended(struct child *child, int status)
{
	struct boot *boot = child->owner;

	/* A status of its own: this kernel can't, so trying again is vain. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == NET_EXIT_UNSUPPORTED) {
		boot->net_trouble = "this kernel lacks what it takes, "
				    "see the messages above";
		child_unwant(child);
		consider_console(boot);
	}
}

static void discover_ended(struct child *child, int status)
{
	struct boot *boot = child->owner;
	bool refused = WIFEXITED(status) &&
		       WEXITSTATUS(status) == DISCOVERY_EXIT_USAGE;

	boot->facts.searched = true;
	loop_set_timer(&boot->loop, &boot->overdue, CLOCK_NEVER);
	if (ending_is_near(&boot->ending))
		return;
	if (refused && boot->params.provider[0]) {
		/* The one argument that a user has written. */
		log_warning("phase.provider= is ignored");
		boot->params.provider[0] = '\0';
		boot->search_again = true;
	} else if (WIFSIGNALED(status) || WEXITSTATUS(status) > 1) {
		log_warning("discovery failed; `phase-discover` tells why");
	}
	if (boot->search_again)
		discover_start(boot);
	consider_console(boot);
}

/* Signals. */

static void reap(struct boot *boot)
{
	int status, pid;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			break;
		if (!child_reaped(&boot->net, pid, status) &&
		    !child_reaped(&boot->discover, pid, status) &&
		    !child_reaped(&boot->console, pid, status))
			log_debug("reaped orphan %d", pid);
	}
	if (pid < 0 && errno == ECHILD)
		ending_no_child(&boot->ending);
}

/* The signals of BusyBox's init, which its poweroff, reboot and halt send. */
static void signalled(struct loop *loop, int signo)
{
	struct boot *boot = loop->owner;

	switch (signo) {
	case SIGCHLD:
		reap(boot);
		break;
	case SIGUSR1:
		end(boot, POWER_HALT, 0);
		break;
	case SIGUSR2:
		end(boot, POWER_OFF, 0);
		break;
	case SIGINT: /* ctrl-alt-del */
	case SIGTERM:
		end(boot, POWER_REBOOT, 0);
		break;
	}
}

static void watch_signals(struct boot *boot)
{
	static const int watched[] = { SIGCHLD, SIGUSR1, SIGUSR2, SIGINT,
				       SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		loop_watch_signal(&boot->loop, watched[i]);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* ctrl-alt-del becomes SIGINT for us instead of a sudden reboot. */
	if (reboot(RB_DISABLE_CAD) < 0)
		log_debug("ctrl-alt-del: %s", strerror(errno));
}

/* The boot. */

static struct span cmdline(const struct boot *boot)
{
	return (struct span){ (const uint8_t *)boot->cmdline,
			      boot->cmdline_len };
}

static void complain(const char *message)
{
	log_warning("%s", message);
}

static void read_params(struct boot *boot)
{
	int r;

	params_init(&boot->params);
	r = fd_read_file("/proc/cmdline", boot->cmdline, sizeof(boot->cmdline),
			 &boot->cmdline_len);
	if (r < 0)
		log_warning("/proc/cmdline: %s; all parameters have their "
			    "defaults",
			    strerror(-r));
	params_parse(&boot->params, cmdline(boot), complain);
	log_set_level((enum log_level)boot->params.log_level);
}

static void define_children(struct boot *boot)
{
	static const char *run_argv[] = { "sh", "-c", NULL, NULL };
	/* Whatever name rdinit= gave us. */
	const char *self = access("/proc/self/exe", X_OK) == 0 ?
				   "/proc/self/exe" :
				   "/init";
	bool serial;

	boot->log_level[0] = (char)('0' + boot->params.log_level);
	boot->net_argv[0] = "phase-net";
	boot->net_argv[1] = "--child";
	boot->net_argv[2] = "--log";
	boot->net_argv[3] = boot->log_level;
	boot->net = (struct child){
		.name = "net",
		.policy = SUPERVISE_ALWAYS,
		.spec = { self, boot->net_argv, child_envp, NULL, false, "/",
			  -1, -1 },
		.reports = true,
		.started = net_started,
		.line = report_line,
		.ended = net_ended,
		.owner = boot,
	};
	boot->discover = (struct child){
		.name = "phase-discover",
		.policy = SUPERVISE_ONCE,
		.spec = { DISCOVERY_PATH, boot->discover_argv, child_envp, NULL,
			  false, "/", -1, -1 },
		.reports = true,
		.line = report_line,
		.ended = discover_ended,
		.owner = boot,
	};
	console_find(boot->terminal);
	serial = strncmp(boot->terminal, "/dev/tty", 8) != 0 ||
		 strlen(boot->terminal) < 9 || boot->terminal[8] < '0' ||
		 boot->terminal[8] > '9';
	snprintf(boot->console_name, sizeof(boot->console_name), "%s on %s",
		 boot->params.run[0] ? "phase.run" : "shell",
		 boot->terminal + strlen("/dev/"));
	run_argv[2] = boot->params.run;
	if (!serial)
		shell_envp[0] = "TERM=linux";
	boot->console = (struct child){
		.name = boot->console_name,
		.policy = boot->params.run[0] ? SUPERVISE_ONCE :
						SUPERVISE_ALWAYS,
		.spec = { "/bin/sh",
			  boot->params.run[0] ? run_argv : shell_argv,
			  shell_envp, boot->terminal, boot->params.run[0] != 0,
			  "/root", -1, -1 },
		.ended = console_ended,
		.owner = boot,
	};
	child_init(&boot->net, &boot->loop);
	child_init(&boot->discover, &boot->loop);
	child_init(&boot->console, &boot->loop);
}

static void start_boot(struct boot *boot)
{
	int r;

	uname(&boot->kernel);
	if (strcmp(boot->kernel.nodename, "(none)") == 0 &&
	    sethostname("phase", 5) < 0)
		log_debug("hostname: %s", strerror(errno));
	read_params(boot);
	r = loop_init(&boot->loop, signalled, boot);
	if (r < 0)
		log_error("no event pipe: %s", strerror(-r));
	watch_signals(boot);
	boot->patience = (struct loop_timer){ CLOCK_NEVER, patience_expired,
					      boot };
	boot->overdue = (struct loop_timer){ CLOCK_NEVER, discover_overdue,
					     boot };
	ending_init(&boot->ending, &boot->loop);
	define_children(boot);
	/* The net child starts now: it is up when the first NIC is. */
	child_want(&boot->net);
	drivers_start(&boot->drivers, &boot->loop, cmdline(boot));
	boot->loop.now = clock_ms();
	boot->coldplugged = true;
	child_command(&boot->net, NET_COMMAND_COLDPLUGGED);
	await_lease(boot);
}

void boot_run(void)
{
	static struct boot boot; /* too large for a stack */
	int r;

	boot.started_ns = clock_ns();
	log_init("init", LOG_LEVEL_NOTICE);
	r = console_open();
	mounts_make();
	/* /dev may not have been there before. */
	if (r < 0 && console_open() < 0)
		log_warning("no console");
	/* Else the kernel takes ten lines in five seconds and drops the rest. */
	if (fd_write_file("/proc/sys/kernel/printk_devkmsg", "on\n") < 0)
		log_debug("the kernel's log may drop messages");
	log_open_kmsg();
	mounts_make_links();
	start_boot(&boot);
	for (;;) {
		r = loop_run(&boot.loop);
		/* Out of memory in ppoll(): nothing can be done but to go on,
		 * and pausing until a signal keeps the machine usable. */
		log_error("ppoll: %s", strerror(-r));
		pause();
	}
}
