/* See child.h. */
#include "init/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "init/memory.h"

/* What is read of a child that has ended, at most: more is not a report. */
#define DRAIN_MAX (64 * 1024)

static void close_pipes(struct child *child)
{
	if (child->source.fd >= 0)
		loop_remove(child->loop, &child->source);
	fd_close(&child->source.fd);
	fd_close(&child->control);
}

/* One read and the lines it completes. Returns the bytes read, 0 at the end
 * of the stream and when there are none now. */
static size_t read_once(struct child *child)
{
	struct span line;
	void *place;
	size_t room;
	ssize_t n;

	if (child->message) {
		n = child->message(child, child->source.fd);
		return n > 0 ? (size_t)n : 0;
	}
	place = lines_place(&child->lines, &room);
	n = read(child->source.fd, place, room);
	if (n <= 0)
		return 0;
	lines_filled(&child->lines, (size_t)n);
	while (lines_next(&child->lines, &line))
		child->line(child, line);
	return (size_t)n;
}

static void pipe_ready(struct loop *loop, struct loop_source *source,
		       short revents)
{
	struct child *child = source->owner;

	/* One read a turn: a child that never stops writing starves nobody. */
	if (read_once(child) == 0 && (revents & (POLLHUP | POLLERR))) {
		loop_remove(loop, source);
		fd_close(&source->fd);
	}
}

static void drain(struct child *child)
{
	size_t total = 0, n;

	if (child->source.fd < 0)
		return;
	do {
		n = read_once(child);
		total += n;
	} while (n > 0 && total < DRAIN_MAX);
}

/* The child's ends of its pipes; ours are kept. 0 or -errno. */
static int open_pipes(struct child *child, int *ret_input, int *ret_output)
{
	int input[2], output[2];
	int r;

	r = fd_pipe(input);
	if (r < 0)
		return r;
	r = fd_pipe(output);
	if (r == 0) {
		/* A child that says more than we have read waits, and loses
		 * nothing; it is our end that must never wait. */
		fcntl(output[1], F_SETFL, 0);
		child->source.fd = output[0];
		r = loop_add(child->loop, &child->source);
		if (r < 0) {
			fd_close(&child->source.fd);
			fd_close(&output[1]);
		}
	}
	if (r < 0) {
		fd_close(&input[0]);
		fd_close(&input[1]);
		return r;
	}
	child->control = input[1];
	*ret_input = input[0];
	*ret_output = output[1];
	return 0;
}

static void start(struct child *child)
{
	int input AUTO_CLOSE = -1;
	int output AUTO_CLOSE = -1;
	int pid;

	if (child->reports) {
		close_pipes(child);
		lines_init(&child->lines);
		pid = open_pipes(child, &input, &output);
		if (pid < 0)
			goto failed;
	}
	child->spec.input = input;
	child->spec.output = output;
	pid = process_start(&child->spec);
	if (pid < 0)
		goto failed;
	supervise_started(&child->supervise, pid, child->loop->now);
	if (child->started)
		child->started(child);
	return;
failed:
	close_pipes(child);
	supervise_failed(&child->supervise, child->loop->now);
	log_error("cannot start %s: %s", child->name, strerror(-pid));
	if (child->failed)
		child->failed(child);
}

/* To the child's process group; to itself when it does not lead one yet. */
static void send_signal(const struct child *child, int signo)
{
	int pid = child->supervise.pid;

	if (kill(-pid, signo) < 0 && errno == ESRCH)
		kill(pid, signo);
}

static void act(struct child *child)
{
	enum supervise_action action;

	while ((action = supervise_next(&child->supervise))) {
		switch (action) {
		case SUPERVISE_NOTHING:
			break;
		case SUPERVISE_START:
			start(child);
			break;
		case SUPERVISE_TERM:
			/* A shell ignores TERM; it is its terminal that goes.
			 * A command may want to clean up. */
			send_signal(child,
				    child->spec.terminal && !child->spec.drain ?
					    SIGHUP :
					    SIGTERM);
			break;
		case SUPERVISE_KILL:
			send_signal(child, SIGKILL);
			break;
		}
	}
	loop_set_timer(child->loop, &child->timer, child->supervise.due);
}

static void timer_expired(struct loop *loop, struct loop_timer *timer)
{
	struct child *child = timer->owner;

	supervise_tick(&child->supervise, loop->now);
	act(child);
}

void child_init(struct child *child, struct loop *loop)
{
	child->loop = loop;
	child->control = -1;
	child->spec.input = -1;
	child->spec.output = -1;
	child->timer.due = CLOCK_NEVER;
	child->timer.expired = timer_expired;
	child->timer.owner = child;
	child->source.fd = -1;
	child->source.events = POLLIN;
	child->source.ready = pipe_ready;
	child->source.owner = child;
	lines_init(&child->lines);
	supervise_init(&child->supervise, child->policy);
}

void child_want(struct child *child)
{
	supervise_want(&child->supervise, child->loop->now);
	act(child);
}

void child_unwant(struct child *child)
{
	supervise_unwant(&child->supervise, child->loop->now);
	act(child);
}

void child_retire(struct child *child)
{
	supervise_retire(&child->supervise);
	act(child);
}

void child_grant(struct child *child, int64_t limit)
{
	supervise_grant(&child->supervise, limit, child->loop->now);
	loop_set_timer(child->loop, &child->timer, child->supervise.due);
}

void child_kill(struct child *child)
{
	if (child->supervise.state == SUPERVISE_RUNNING)
		send_signal(child, SIGKILL);
}

static bool is_in_vain(const struct child *child, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	return child->vain > 0 && (child->is_only_vain ? code == child->vain :
							 code >= child->vain);
}

bool child_reaped(struct child *child, int pid, int status)
{
	char buffer[128];
	struct writer words;
	bool asked, again;

	if (pid != child->supervise.pid || pid <= 0)
		return false;
	asked = child->supervise.state == SUPERVISE_STOPPING &&
		!child->supervise.timed_out;
	if (child->reports) {
		kill(-pid, SIGKILL);
		drain(child);
		close_pipes(child);
	}
	if (is_in_vain(child, status))
		supervise_unwant(&child->supervise, child->loop->now);
	supervise_exited(&child->supervise, status, child->loop->now);
	writer_init(&words, buffer, sizeof(buffer));
	supervise_put_status(&words, &child->supervise, status,
			     child->loop->now);
	if (!asked && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
	    memory_was_short(pid))
		log_warning("%s: the machine ran out of memory", child->name);
	again = child->supervise.state == SUPERVISE_WAITING;
	log_write(asked ? LOG_LEVEL_INFO :
		  WIFSIGNALED(status) || child->supervise.timed_out ?
			  LOG_LEVEL_WARNING :
		  again ? LOG_LEVEL_NOTICE :
			  LOG_LEVEL_INFO,
		  "%s %s", child->name, text_end(&words));
	if (child->ended)
		child->ended(child, status);
	act(child);
	return true;
}

int child_send(struct child *child, const void *data, size_t len)
{
	int r;

	if (child->control < 0)
		return 0;
	r = fd_write(child->control, data, len);
	/* One that has ended is told of when it is reaped. */
	if (r == -EPIPE)
		log_debug("%s has ended", child->name);
	else if (r < 0)
		log_warning("%s does not listen: %s", child->name,
			    strerror(-r));
	return r;
}

void child_command(struct child *child, const char *text)
{
	child_send(child, text, strlen(text));
}
