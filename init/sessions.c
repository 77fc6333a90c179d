/* See sessions.h. */
#include "init/sessions.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "init/boot.h"
#include "init/crash.h"
#include "init/shell.h"
#include "init/status.h"

/* How long after the network is there the first provider waits for others, to
 * be shown with them. */
#define COMPANY_MS 20

/* What the command cannot do without and is not there, as a status; or 0. */
static int missing(const struct boot *boot)
{
	return boot->params.run[0] ?
		       need_missing(boot->params.need, &boot->facts) :
		       0;
}

/* --- the banner --------------------------------------------------------- */

static void print_banner(struct boot *boot)
{
	struct facts_banner banner = {
		.version = PHASE_VERSION,
		.kernel = boot->kernel.release,
		.machine = boot->kernel.machine,
		.mode = params_mode_name(boot->params.mode),
		.channel = boot->params.channel,
		.net_trouble = boot->services.net_trouble,
		.has_net = boot->searching.is_alone,
		.searching = !boot->facts.searched,
	};
	const struct consoles *consoles = &boot->sessions.consoles;
	struct writer writer;
	char buffer[4096];
	struct span text;

	banner.elapsed_ms = (clock_ns() - boot->started_ns) / 1000000;
	writer_init(&writer, buffer, sizeof(buffer));
	facts_put_banner(&writer, &boot->facts, &banner);
	providers_told(&boot->facts.providers);
	text_end(&writer);
	text = writer_span(&writer);
	if (fd_write(STDOUT_FILENO, text.data, text.len) < 0)
		log_debug("the banner did not get out");
	for (unsigned int i = 0; i < consoles->n; i++) {
		if (!console_is_main(consoles->paths[i]) &&
		    console_write(consoles->paths[i], text) < 0)
			log_debug("%s did not get the banner",
				  consoles->paths[i]);
	}
}

/* --- shells, or phase.run ----------------------------------------------- */

static void session_started(struct child *child)
{
	/* The size of a window is found out once. */
	child->spec.window = NULL;
}

static void run_ended(struct child *child, int status)
{
	boot_end(child->owner, POWER_OFF,
		 child->supervise.timed_out ? STATUS_TIMEOUT :
					      supervise_exit_code(status));
}

static const char *terminal_type(const struct boot *boot, const char *path)
{
	if (boot->environment.term[0])
		return boot->environment.term;
	return consoles_is_virtual(path) ? "TERM=linux" : "TERM=vt220";
}

static void define(struct boot *boot, struct session *session, const char *path)
{
	struct sessions *sessions = &boot->sessions;
	static const char *const environment[] = { SHELL_ENVIRONMENT, NULL };
	bool runs = boot->params.run[0] != '\0';

	static_assert(sizeof(environment) < sizeof(session->envp), "no room");
	text_print(session->name, sizeof(session->name), "%s on %s",
		   runs ? "phase.run" : "shell", path + strlen("/dev/"));
	memcpy(session->envp + 1, environment, sizeof(environment));
	session->envp[0] = terminal_type(boot, path);
	session->child = (struct child){
		.name = session->name,
		.policy = runs ? SUPERVISE_ONCE : SUPERVISE_ALWAYS,
		.spec = { .path = sessions->shell,
			  .argv = runs ? sessions->run_argv :
					 sessions->shell_argv,
			  .envp = session->envp,
			  .terminal = path,
			  .drain = runs,
			  .directory = "/root",
			  .window = runs ? NULL : &sessions->window,
			  .asked = console_is_main(path) ? sessions->asked :
							   0 },
		.started = session_started,
		.ended = runs ? run_ended : NULL,
		.owner = boot,
	};
	child_init(&session->child, &boot->loop);
	if (runs)
		supervise_set_limit(&session->child.supervise,
				    boot->params.run_timeout_ms);
}

/* The shell that phase.shell= asks for; NULL for none. */
static const char *choose_shell(const struct boot *boot)
{
	const char *wanted = boot->params.shell;

	if (strcmp(wanted, "none") == 0)
		return NULL;
	if (wanted[0] == '\0')
		return shell_choose();
	if (wanted[0] == '/' && access(wanted, X_OK) == 0)
		return wanted;
	log_warning("phase.shell=: there is no such program");
	return shell_choose();
}

/* One on each console, or the command on the first. */
static void define_all(struct boot *boot)
{
	struct sessions *sessions = &boot->sessions;

	if (boot->params.run[0]) {
		sessions->run_argv[0] = "sh";
		sessions->run_argv[1] = "-c";
		sessions->run_argv[2] = boot->params.run;
		sessions->shell = shell_choose();
		sessions->n = 1;
	} else {
		sessions->shell = choose_shell(boot);
		if (!sessions->shell)
			return;
		/* BusyBox is a shell under that name, whatever its file's. */
		text_print(sessions->shell_name, sizeof(sessions->shell_name),
			   "-%s",
			   sessions->shell == boot->params.shell ?
				   strrchr(sessions->shell, '/') + 1 :
				   "sh");
		sessions->shell_argv[0] = sessions->shell_name;
		sessions->n = sessions->consoles.n;
	}
	for (unsigned int i = 0; i < sessions->n; i++)
		define(boot, &sessions->list[i], sessions->consoles.paths[i]);
}

/* How the end of this program is met, now that it is known who uses it. */
static void prepare_for_crash(struct boot *boot)
{
	struct crash crash = {
		.action = boot->params.crash,
		.rescue = { .consoles = boot->sessions.consoles,
			    .exit_port = boot->ending.exit_port },
	};

	crash_configure(&crash);
}

static void start(struct boot *boot)
{
	struct sessions *sessions = &boot->sessions;

	if (root_is_awaited(&boot->root))
		return;
	sessions->started = true;
	loop_set_timer(&boot->loop, &sessions->patience, CLOCK_NEVER);
	console_find(&sessions->consoles, boot->params.console,
		     boot_cmdline(boot));
	prepare_for_crash(boot);
	boot_complete(boot);
	providers_file_save(&boot->searching.file);
	print_banner(boot);
	if (missing(boot)) {
		log_error("phase.run is not started: %s after %d ms",
			  need_text(missing(boot)),
			  (int)boot->params.net_timeout_ms);
		boot_end(boot, POWER_OFF, missing(boot));
		return;
	}
	define_all(boot);
	for (unsigned int i = 0; i < sessions->n; i++)
		reporting_point(&boot->reporting, REPORT_SHELL,
				sessions->list[i].name);
	reporting_publish(&boot->reporting, &boot->loop);
	for (unsigned int i = 0; i < sessions->n; i++)
		child_want(&sessions->list[i].child);
	services_open(boot);
}

/* --- when they come ----------------------------------------------------- */

/* Whether it is settled already, one way or the other. */
static bool is_decided(const struct boot *boot)
{
	return boot->sessions.started || ending_is_near(&boot->ending);
}

/* Whether a driver that is not loaded yet may be what a session needs: a
 * command wants the whole machine, and the port for its status; a terminal may
 * be a device that there is no driver for so far. */
static bool awaits_drivers(const struct boot *boot)
{
	return !boot->coldplugged &&
	       (boot->params.run[0] ||
		console_is_absent(boot->params.console, boot_cmdline(boot)));
}

static void patience_expired(struct loop *loop, struct loop_timer *timer)
{
	struct boot *boot = timer->owner;

	if (missing(boot) && loop->now < boot->sessions.need_due)
		loop_set_timer(loop, timer, boot->sessions.need_due);
	else if (awaits_drivers(boot))
		boot->sessions.is_overdue = true;
	else
		start(boot);
}

void sessions_prepare(struct boot *boot)
{
	struct sessions *sessions = &boot->sessions;

	sessions->patience = (struct loop_timer){ CLOCK_NEVER, patience_expired,
						  boot };
	sessions->window = boot->params.window;
	/* A command is not for a person's eyes, and needs no size. */
	if (!boot->params.run[0] && sessions->window.columns == 0 &&
	    strcmp(boot->params.shell, "none") != 0)
		sessions->asked = console_ask();
}

void sessions_await_lease(struct boot *boot)
{
	/* phase.run needs the network more than a person does. */
	int64_t limit = boot->params.run[0] ? boot->params.net_timeout_ms :
					      boot->params.wait_ms;

	boot->sessions.need_due = boot->loop.now + boot->params.net_timeout_ms;
	if (!is_decided(boot) && !facts_have_lease(&boot->facts))
		loop_set_timer(&boot->loop, &boot->sessions.patience,
			       boot->loop.now + limit);
}

void sessions_await_provider(struct boot *boot)
{
	struct sessions *sessions = &boot->sessions;

	if (is_decided(boot))
		return;
	sessions->awaits_provider = true;
	sessions->asked_ms = boot->loop.now;
	/* One that was over before this network was there says nothing of it,
	 * unless there will be no other. */
	sessions->awaits_search = !boot->facts.searched ||
				  boot->searching.is_off;
	loop_set_timer(&boot->loop, &sessions->patience,
		       boot->loop.now + boot->params.wait_ms);
	if (providers_suit(&boot->facts.providers))
		sessions_hurry(boot);
}

void sessions_hurry(struct boot *boot)
{
	int64_t due = boot->sessions.asked_ms + COMPANY_MS;

	if (due < boot->loop.now)
		due = boot->loop.now;
	if (!is_decided(boot) && boot->sessions.awaits_provider &&
	    boot->sessions.patience.due > due)
		loop_set_timer(&boot->loop, &boot->sessions.patience, due);
}

void sessions_consider(struct boot *boot)
{
	bool searched = boot->facts.searched && boot->sessions.awaits_search;

	if (is_decided(boot) || !boot->coldplugged)
		return;
	if ((boot->services.net_trouble && !boot->searching.is_alone) ||
	    boot->sessions.is_overdue ||
	    (!missing(boot) &&
	     (searched || (boot->facts.settled && boot->facts.n_nics == 0))))
		start(boot);
}

void sessions_root_failed(struct boot *boot)
{
	struct loop_timer *patience = &boot->sessions.patience;
	int64_t due = boot->loop.now + boot->params.wait_ms;

	/* It may be over, and phase-net and its lease may never come again:
	 * who waits for the root wants to know what is wrong with it. */
	if (!is_decided(boot) && patience->due > due)
		loop_set_timer(&boot->loop, patience, due);
	sessions_consider(boot);
}

void sessions_retire(struct boot *boot)
{
	loop_set_timer(&boot->loop, &boot->sessions.patience, CLOCK_NEVER);
	for (unsigned int i = 0; i < boot->sessions.n; i++)
		child_retire(&boot->sessions.list[i].child);
}

void sessions_end(struct boot *boot)
{
	if (!boot->sessions.started && boot->sessions.asked > 0)
		console_ask_no_more();
	loop_set_timer(&boot->loop, &boot->sessions.patience, CLOCK_NEVER);
	for (unsigned int i = 0; i < boot->sessions.n; i++)
		child_unwant(&boot->sessions.list[i].child);
}

bool sessions_reaped(struct boot *boot, int pid, int status)
{
	for (unsigned int i = 0; i < boot->sessions.n; i++) {
		if (child_reaped(&boot->sessions.list[i].child, pid, status))
			return true;
	}
	return false;
}
