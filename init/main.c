/*
 * /init: PID 1. Console, mounts, command line, drivers, supervision, power.
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
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "init/child.h"
#include "init/cmdline.h"
#include "init/console.h"
#include "init/drivers.h"
#include "init/facts.h"
#include "init/mounts.h"
#include "init/net_main.h"
#include "init/params.h"
#include "init/power.h"

#define DISCOVER_PATH "/sbin/phase-discover"
#define DISCOVER_TIMEOUT "10s"
/* What processes get to end by themselves, and then to be killed in. */
#define END_TERM_MS 2000
#define END_KILL_MS 1000

enum boot_ending {
	BOOT_RUNNING,
	BOOT_TERMINATING, /* TERM was sent to all */
	BOOT_KILLING,	  /* KILL was */
	BOOT_OVER,	  /* the kernel refused to switch off */
};

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
	bool search_again; /* a lease came while phase-discover ran */
	struct loop_timer patience; /* when the console comes in any case */
	enum boot_ending ending;
	enum power_action action;
	int status; /* for the host */
	struct loop_timer end_timer;
	/* Storage of the children's arguments. */
	char gateway[16];
	const char *discover_argv[16];
};

static const char *const net_argv[] = { "phase-net", "--child", NULL };
static const char *const shell_argv[] = { "-sh", NULL };
static const char *const child_envp[] = { "PATH=/sbin:/bin:/usr/sbin:/usr/bin",
					  NULL };
static const char *const serial_envp[] = {
	"PATH=/sbin:/bin:/usr/sbin:/usr/bin",
	"HOME=/root",
	"USER=root",
	"LOGNAME=root",
	"SHELL=/bin/sh",
	"TERM=vt220",
	NULL,
};
static const char *const vt_envp[] = {
	"PATH=/sbin:/bin:/usr/sbin:/usr/bin",
	"HOME=/root",
	"USER=root",
	"LOGNAME=root",
	"SHELL=/bin/sh",
	"TERM=linux",
	NULL,
};

/* The end. */

static void end_finish(struct boot *boot)
{
	int r;

	loop_set_timer(&boot->loop, &boot->end_timer, CLOCK_NEVER);
	r = power_report_status(boot->status);
	if (r < 0 && r != -ENOENT)
		log_warning("the host was not told status %d: %s",
			    boot->status, strerror(-r));
	boot->ending = BOOT_OVER;
	r = power_switch(boot->action);
	log_error("%s failed: %s; you may switch the machine off",
		  power_action_name(boot->action), strerror(-r));
}

static void end_expired(struct loop *loop, struct loop_timer *timer)
{
	struct boot *boot = timer->owner;

	if (boot->ending == BOOT_TERMINATING) {
		boot->ending = BOOT_KILLING;
		kill(-1, SIGKILL);
		loop_set_timer(loop, timer, loop->now + END_KILL_MS);
	} else if (boot->ending == BOOT_KILLING) {
		log_warning("a process does not die; not waiting for it");
		end_finish(boot);
	}
}

/* Ends everything, tells the host STATUS, and does ACTION. The first caller
 * decides. */
static void end(struct boot *boot, enum power_action action, int status)
{
	if (boot->ending != BOOT_RUNNING)
		return;
	boot->ending = BOOT_TERMINATING;
	boot->action = action;
	boot->status = status;
	log_info("%s", power_action_name(action));
	loop_set_timer(&boot->loop, &boot->patience, CLOCK_NEVER);
	child_unwant(&boot->console);
	child_unwant(&boot->discover);
	child_unwant(&boot->net);
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	loop_set_timer(&boot->loop, &boot->end_timer,
		       boot->loop.now + END_TERM_MS);
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
	if (boot->console_wanted || boot->ending != BOOT_RUNNING ||
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
	const struct facts *facts = &boot->facts;
	const char **arg = boot->discover_argv;

	if (boot->discover.supervise.state == SUPERVISE_RUNNING) {
		boot->search_again = true;
		return;
	}
	boot->gateway[0] = '\0';
	for (unsigned int i = 0; i < facts->n_nics; i++) {
		if (facts->nics[i].has_lease && facts->nics[i].gateway[0]) {
			memcpy(boot->gateway, facts->nics[i].gateway,
			       sizeof(boot->gateway));
			break;
		}
	}
	*arg++ = "phase-discover";
	*arg++ = "--format=report";
	*arg++ = "--timeout=" DISCOVER_TIMEOUT;
	*arg++ = "--mode";
	*arg++ = params_mode_name(boot->params.mode);
	*arg++ = "--channel";
	*arg++ = boot->params.channel;
	if (boot->params.provider[0]) {
		*arg++ = "--provider";
		*arg++ = boot->params.provider;
	}
	if (boot->gateway[0]) {
		*arg++ = "--gateway";
		*arg++ = boot->gateway;
	}
	*arg = NULL;
	boot->search_again = false;
	facts_forget_providers(&boot->facts);
	child_want(&boot->discover);
	if (!boot->console_wanted)
		loop_set_timer(&boot->loop, &boot->patience,
			       boot->loop.now + boot->params.wait_ms);
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
	enum facts_change change;
	unsigned int index;

	change = facts_apply(&boot->facts, line, &index);
	switch (change) {
	case FACTS_NOTHING:
	case FACTS_GONE:
	case FACTS_SETTLED:
	case FACTS_SEARCHED:
		break;
	case FACTS_NIC:
	case FACTS_LOST:
	case FACTS_PROVIDER:
		tell(boot, change, index);
		break;
	case FACTS_LEASE:
		tell(boot, change, index);
		if (boot->ending == BOOT_RUNNING)
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

	if (WIFSIGNALED(status) || WEXITSTATUS(status) > 1)
		log_warning("discovery failed; `phase-discover` tells why");
	boot->facts.searched = true;
	if (boot->search_again && boot->ending == BOOT_RUNNING)
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
	/* Every process descends from a child of ours: no child, no process. */
	if (pid < 0 && errno == ECHILD &&
	    (boot->ending == BOOT_TERMINATING || boot->ending == BOOT_KILLING))
		end_finish(boot);
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
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		loop_watch_signal(&boot->loop, watched[i]);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
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
			    "defaults", strerror(-r));
	params_parse(&boot->params, cmdline(boot), complain);
	log_set_level((enum log_level)boot->params.log_level);
}

static void define_children(struct boot *boot)
{
	static const char *run_argv[] = { "sh", "-c", NULL, NULL };
	bool serial;

	boot->net = (struct child){
		.name = "net",
		.policy = SUPERVISE_ALWAYS,
		.spec = { "/init", net_argv, child_envp, NULL, "/", -1, -1 },
		.reports = true,
		.started = net_started,
		.line = report_line,
		.ended = net_ended,
		.owner = boot,
	};
	boot->discover = (struct child){
		.name = "phase-discover",
		.policy = SUPERVISE_ONCE,
		.spec = { DISCOVER_PATH, boot->discover_argv, child_envp, NULL,
			  "/", -1, -1 },
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
	boot->console = (struct child){
		.name = boot->console_name,
		.policy = boot->params.run[0] ? SUPERVISE_ONCE :
						SUPERVISE_ALWAYS,
		.spec = { "/bin/sh",
			  boot->params.run[0] ? run_argv : shell_argv,
			  serial ? serial_envp : vt_envp, boot->terminal,
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
	boot->end_timer = (struct loop_timer){ CLOCK_NEVER, end_expired,
					       boot };
	define_children(boot);
	/* The net child starts now: it is up when the first NIC is. */
	child_want(&boot->net);
	drivers_start(&boot->drivers, &boot->loop, cmdline(boot));
	boot->loop.now = clock_ms();
	boot->coldplugged = true;
	child_command(&boot->net, NET_COMMAND_COLDPLUGGED);
	await_lease(boot);
}

static NORETURN void run_pid1(void)
{
	static struct boot boot; /* too large for the kernel's idea of a stack */

	boot.started_ns = clock_ns();
	log_init("init", LOG_LEVEL_NOTICE);
	if (console_open() < 0) {
		/* /dev may not be there yet: once more when it is. */
		mounts_make();
		if (console_open() < 0)
			log_warning("no console");
	} else {
		mounts_make();
	}
	log_open_kmsg();
	mounts_make_links();
	start_boot(&boot);
	for (;;) {
		int r = loop_run(&boot.loop);

		/* Out of memory in ppoll(): nothing can be done but to go on,
		 * and pausing until a signal keeps the machine usable. */
		log_error("ppoll: %s", strerror(-r));
		pause();
	}
}

static void print_help(void)
{
	char buffer[4096];
	struct writer text;

	writer_init(&text, buffer, sizeof(buffer));
	text_put(&text,
		 "Usage: /init, as the first process of an initramfs.\n"
		 "\n"
		 "Mounts proc, sys and dev, loads drivers, brings every NIC up "
		 "with DHCP, looks\nfor providers, and starts a shell.\n"
		 "\n"
		 "  --help      this text\n"
		 "  --version   the version\n"
		 "\n"
		 "Words of the kernel's command line, with their defaults:\n");
	params_put_help(&text);
	fputs(text_end(&text), stdout);
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 && argv[0] ? argv[0] : "init";
	const char *slash = strrchr(name, '/');

	if (slash)
		name = slash + 1;
	if (strcmp(name, "phase-net") == 0)
		return net_main(argc, argv);
	if (getpid() == 1)
		run_pid1();
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("Phase Boot " PHASE_VERSION);
		return 0;
	}
	fprintf(stderr, "%s: not process 1; the kernel starts it, from an "
			"initramfs (see --help)\n", name);
	return 1;
}
