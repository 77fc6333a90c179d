/*
 * The boot: console, mounts, command line, drivers, signals, the end. See
 * boot.h for the rest.
 *
 * It reads no packet and loads no module. Drivers, the network, discovery and
 * the shells are children; one loop waits for all of them.
 *
 * Order of the boot: descriptors, mounts and parameters; the child that loads
 * drivers, and the net child, which waits for NICs; "coldplugged" of the one
 * is passed to the other, which then says how many NICs there are. With the
 * first lease phase-discover starts. The banner
 * and the shells come when discovery has ended, when nothing is left to wait
 * for, or at a deadline (sessions_consider()).
 */
#include "init/boot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/console.h"
#include "init/crash.h"
#include "init/exit_port.h"
#include "init/memory.h"
#include "init/mounts.h"

void boot_end(struct boot *boot, enum power_action action, int status)
{
	if (!ending_is_near(&boot->ending))
		reporting_finish(&boot->reporting, power_action_name(action));
	sessions_retire(boot);
	/* After a reboot it is the same machine that wants the same lease. */
	if (action != POWER_REBOOT)
		services_release(boot);
	services_end(boot);
	ending_begin(&boot->ending, action, status);
}

void boot_complete(struct boot *boot)
{
	memory_protect();
	mounts_complete(&boot->reporting);
	environment_complete(&boot->environment, &boot->params,
			     boot_cmdline(boot));
}

static const char *ending_terminal(void *owner, unsigned int index)
{
	struct boot *boot = owner;
	const struct consoles *consoles = &boot->sessions.consoles;

	return index < consoles->n ? consoles->paths[index] : NULL;
}

/* A shell heeds no TERM. */
static void ending_stop(void *owner)
{
	sessions_end(owner);
}

struct span boot_cmdline(const struct boot *boot)
{
	return (struct span){ (const uint8_t *)boot->cmdline,
			      boot->cmdline_len };
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
		if (!ending_reaped(&boot->ending, pid, status) &&
		    !services_reaped(boot, pid, status) &&
		    !sessions_reaped(boot, pid, status) &&
		    !child_reaped(&boot->root.child, pid, status))
			log_debug("reaped orphan %d", pid);
	}
	if (pid < 0 && errno == ECHILD) {
		ending_no_child(&boot->ending);
		root_no_child(&boot->root);
	}
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
		boot_end(boot, POWER_HALT, 0);
		break;
	case SIGUSR2:
		boot_end(boot, POWER_OFF, 0);
		break;
	case SIGINT: /* ctrl-alt-del */
	case SIGTERM:
		boot_end(boot, POWER_REBOOT, 0);
		break;
	}
}

static void watch_signals(struct boot *boot)
{
	static const int watched[] = { SIGCHLD, SIGUSR1, SIGUSR2, SIGINT,
				       SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		int r = loop_watch_signal(&boot->loop, watched[i]);

		if (r < 0)
			log_warning("signal %d is not heeded: %s", watched[i],
				    strerror(-r));
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* ctrl-alt-del becomes SIGINT for us instead of a sudden reboot. */
	if (reboot(RB_DISABLE_CAD) < 0)
		log_debug("ctrl-alt-del: %s", strerror(errno));
}

/* The real root, instead of the shell. */

static void root_ready(struct root *root)
{
	struct boot *boot = root->owner;

	boot_complete(boot);
	sessions_end(boot);
	services_end(boot);
}

static void root_failed(struct root *root)
{
	struct boot *boot = root->owner;

	if (ending_is_near(&boot->ending))
		return;
	services_resume(boot);
	sessions_root_failed(boot);
}

static void start_root(struct boot *boot, char **argv)
{
	static const char *const root_argv[] = { "phase-root", "--child",
						 NULL };
	struct root_spec spec;

	boot->root.child.spec = boot->services.net.spec;
	boot->root.child.spec.argv = root_argv;
	boot->root.argv = argv;
	boot->root.ready = root_ready;
	boot->root.failed = root_failed;
	boot->root.owner = boot;
	root_spec_parse(&spec, boot_cmdline(boot));
	if (!boot->params.run[0])
		root_start(&boot->root, &boot->loop, &spec,
			   boot->params.root_timeout_ms);
	else if (spec.kind != ROOT_NONE)
		log_notice("root= is ignored, as there is phase.run=");
}

/* The boot. */

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
	params_parse(&boot->params, boot_cmdline(boot), complain);
	log_set_level((enum log_level)boot->params.log_level);
	if (boot->params.need && !boot->params.run[0])
		log_warning("phase.need= is for phase.run=; ignored");
	if (boot->params.exit_port && !exit_port_is_known())
		log_warning("phase.exit-port= is ignored: this machine has no "
			    "I/O ports");
	else
		boot->ending.exit_port = boot->params.exit_port;
}

/* The consoles are not known yet: /dev/console is. */
static void prepare_for_crash(struct boot *boot)
{
	struct crash crash = {
		.action = boot->params.crash,
		.rescue.exit_port = boot->ending.exit_port,
	};

	consoles_add(&crash.rescue.consoles, span_of("console"));
	crash_configure(&crash);
}

static void start_boot(struct boot *boot, char **argv)
{
	int r;

	reporting_begin(&boot->reporting, REPORT_PARAMS, "/proc/cmdline");
	read_params(boot);
	reporting_end(&boot->reporting, REPORT_PARAMS, "/proc/cmdline", NULL);
	environment_init(&boot->environment, &boot->params);
	prepare_for_crash(boot);
	r = loop_init(&boot->loop, signalled, boot);
	if (r < 0)
		log_error("no event pipe: %s", strerror(-r));
	watch_signals(boot);
	boot->ending.terminal = ending_terminal;
	boot->ending.stop = ending_stop;
	boot->ending.owner = boot;
	ending_init(&boot->ending, &boot->loop);
	sessions_prepare(boot);
	services_start(boot);
	start_root(boot, argv);
}

void boot_run(char **argv)
{
	static struct boot boot; /* too large for a stack */
	int r, told = 0;

	crash_arm();
	boot.started_ns = clock_ns();
	log_init("init", LOG_LEVEL_NOTICE);
	uname(&boot.kernel);
	reporting_init(&boot.reporting, boot.started_ns, &boot.kernel);
	reporting_begin(&boot.reporting, REPORT_CONSOLE, "/dev/console");
	r = console_open();
	reporting_end(&boot.reporting, REPORT_CONSOLE, "/dev/console",
		      r < 0 ? strerror(-r) : NULL);
	mounts_make(&boot.reporting);
	/* /dev may not have been there before. */
	if (r < 0 && console_open() < 0)
		log_warning("no console");
	/* Else the kernel takes ten lines in five seconds and drops the rest. */
	if (fd_write_file("/proc/sys/kernel/printk_devkmsg", "on\n") < 0)
		log_debug("the kernel's log may drop messages");
	log_open_kmsg();
	start_boot(&boot, argv);
	for (;;) {
		r = loop_run(&boot.loop);
		/* Out of memory, or refused: whatever it is, PID 1 goes on. */
		if (r != told)
			log_error("ppoll: %s", strerror(-r));
		told = r;
		loop_turn_blindly(&boot.loop);
	}
}
