/* See net_hooks.h. */
#include "init/net_hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "init/process.h"

/* A name in a message, with room for each byte as \xNN. */
#define SHOWN_MAX (4 * NAME_MAX + 1)

static const char *show(const char *name, char shown[SHOWN_MAX])
{
	struct writer writer;

	writer_init(&writer, shown, SHOWN_MAX);
	text_put_escaped(&writer, span_of(name));
	return text_end(&writer);
}

/* Whether only root, or whoever we are, can change what STATUS is of. */
static bool is_ours(const struct stat *status)
{
	return (status->st_uid == 0 || status->st_uid == geteuid()) &&
	       (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

struct search {
	const char *after;
	bool found;
	bool checked; /* the directory */
	char name[NAME_MAX + 1];
};

/* Keeps the first name behind search->after of those that can be run. */
static int consider(int directory, const char *name, void *owner)
{
	struct search *search = owner;
	char shown[SHOWN_MAX];
	struct stat status;

	if (!search->checked) {
		if (fstat(directory, &status) < 0)
			return -errno;
		if (!is_ours(&status))
			return -EPERM;
		search->checked = true;
	}
	/* Hidden ones are what editors and package managers leave. */
	if (name[0] == '.' || strcmp(name, search->after) <= 0 ||
	    (search->found && strcmp(name, search->name) >= 0))
		return 0;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(status.st_mode) || !(status.st_mode & S_IXUSR))
		return 0;
	if (!is_ours(&status)) {
		log_warning("%s: not run, as others than root can change it",
			    show(name, shown));
		return 0;
	}
	strcpy(search->name, name);
	search->found = true;
	return 0;
}

/* The name of the next program, in hooks->last. */
static bool find_next(struct net_hooks *hooks)
{
	struct search search = { .after = hooks->last };
	int r = dir_list(AT_FDCWD, hooks->directory, consider, &search);

	if (r == -EPERM && !search.checked)
		log_warning("%s: nothing in it is run, as others than root "
			    "can change it",
			    hooks->directory);
	else if (r < 0 && r != -ENOENT)
		log_warning("%s: %s", hooks->directory, strerror(-r));
	if (r < 0 || !search.found)
		return false;
	strcpy(hooks->last, search.name);
	return true;
}

/* Starts hooks->last. 0 or -errno. */
static int start(struct net_hooks *hooks)
{
	struct net_hooks_event *event = &hooks->current;
	char path[PATH_MAX];
	char interface[sizeof("interface=") + NET_HOOKS_NAME_MAX];
	const char *variables[NET_HOOKS_VARIABLES_MAX + 3];
	const char *const argv[] = { path, event->name, NULL };
	struct process_spec spec = {
		.path = path,
		.argv = argv,
		.envp = variables,
		.directory = "/",
		.input = -1,
		.output = STDERR_FILENO,
	};
	size_t n = 0;
	int pid;

	if (text_print(path, sizeof(path), "%s/%s", hooks->directory,
		       hooks->last) < 0)
		return -ENAMETOOLONG;
	text_print(interface, sizeof(interface), "interface=%s",
		   event->interface);
	variables[n++] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin";
	variables[n++] = interface;
	for (size_t at = 0; at < event->length;
	     at += strlen(event->environment + at) + 1) {
		const char *variable = event->environment + at;

		/* Of two of one name some programs take the other. */
		if (!span_starts(span_of(variable), "interface="))
			variables[n++] = variable;
	}
	variables[n] = NULL;
	pid = process_start(&spec);
	if (pid < 0)
		return pid;
	hooks->pid = pid;
	loop_set_timer(hooks->loop, &hooks->timer,
		       hooks->loop->now + NET_HOOKS_LIMIT_MS);
	return 0;
}

/* The next program of this event, or the next event. */
static void go_on(struct net_hooks *hooks)
{
	char shown[SHOWN_MAX];
	int r;

	while (hooks->pid == 0) {
		if (hooks->current.interface[0] && find_next(hooks)) {
			r = start(hooks);
			if (r < 0)
				log_warning("%s: cannot be started: %s",
					    show(hooks->last, shown),
					    strerror(-r));
			continue;
		}
		hooks->current.interface[0] = '\0';
		if (hooks->n_waiting == 0)
			return;
		hooks->current = hooks->waiting[0];
		hooks->last[0] = '\0';
		hooks->n_waiting--;
		memmove(hooks->waiting, hooks->waiting + 1,
			hooks->n_waiting * sizeof(hooks->waiting[0]));
	}
}

static void kill_group(const struct net_hooks *hooks)
{
	/* It leads none before it has come so far. */
	if (kill(-hooks->pid, SIGKILL) < 0)
		kill(hooks->pid, SIGKILL);
}

static void took_too_long(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct net_hooks *hooks = timer->owner;
	char shown[SHOWN_MAX];

	log_warning("%s %s: killed after %d s", show(hooks->last, shown),
		    hooks->current.name, NET_HOOKS_LIMIT_MS / 1000);
	kill_group(hooks);
}

void net_hooks_init(struct net_hooks *hooks, struct loop *loop,
		    const char *directory)
{
	hooks->directory = directory;
	hooks->loop = loop;
	hooks->timer = (struct loop_timer){ CLOCK_NEVER, took_too_long, hooks };
	hooks->pid = 0;
	hooks->last[0] = '\0';
	hooks->current.interface[0] = '\0';
	hooks->n_waiting = 0;
	hooks->n_dropped = 0;
}

static unsigned int count_variables(struct span environment)
{
	unsigned int n = 0;

	for (size_t i = 0; i < environment.len; i++)
		n += environment.data[i] == '\0';
	return n;
}

int net_hooks_run(struct net_hooks *hooks, const char *interface,
		  const char *name, struct span environment)
{
	struct net_hooks_event *event = hooks->waiting;
	unsigned int i = 0;

	if (!hooks->directory)
		return 0;
	while (i < hooks->n_waiting && strcmp(event->interface, interface)) {
		i++;
		event++;
	}
	if (i == NET_HOOKS_WAITING_MAX || !interface[0] ||
	    strlen(interface) >= sizeof(event->interface) ||
	    strlen(name) >= sizeof(event->name) ||
	    environment.len > sizeof(event->environment) ||
	    (environment.len > 0 &&
	     environment.data[environment.len - 1] != '\0') ||
	    count_variables(environment) > NET_HOOKS_VARIABLES_MAX) {
		hooks->n_dropped++;
		return -ENOBUFS;
	}
	strcpy(event->interface, interface);
	strcpy(event->name, name);
	if (environment.len > 0)
		memcpy(event->environment, environment.data, environment.len);
	event->length = environment.len;
	if (i == hooks->n_waiting)
		hooks->n_waiting++;
	go_on(hooks);
	return 0;
}

bool net_hooks_reaped(struct net_hooks *hooks, int pid, int status)
{
	char shown[SHOWN_MAX];

	if (pid <= 0 || pid != hooks->pid)
		return false;
	hooks->pid = 0;
	loop_set_timer(hooks->loop, &hooks->timer, CLOCK_NEVER);
	if (WIFSIGNALED(status))
		log_warning("%s %s: ended by signal %d",
			    show(hooks->last, shown), hooks->current.name,
			    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warning("%s %s: exited with status %d",
			    show(hooks->last, shown), hooks->current.name,
			    WEXITSTATUS(status));
	go_on(hooks);
	return true;
}

bool net_hooks_busy(const struct net_hooks *hooks)
{
	return hooks->pid > 0 || hooks->n_waiting > 0;
}

void net_hooks_stop(struct net_hooks *hooks)
{
	hooks->n_waiting = 0;
	hooks->current.interface[0] = '\0';
	loop_set_timer(hooks->loop, &hooks->timer, CLOCK_NEVER);
	if (hooks->pid > 0)
		kill_group(hooks);
}
