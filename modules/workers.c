/* See workers.h. */
#include "modules/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "modules/insert.h"

/* What ps and a crash of the kernel name the process by: the module that it
 * is at. The kernel keeps 15 bytes. */
static void set_name(struct span module)
{
	char name[16];

	text_print(name, sizeof(name), "load %.*s", (int)module.len,
		   (const char *)module.data);
	prctl(PR_SET_NAME, name);
}

/* The worker's side. A module or a result goes through a pipe whole: both are
 * smaller than PIPE_BUF. */
static NORETURN void work(const struct modules *modules, int jobs, int results)
{
	int kmsg = modules_insert_listen();
	struct workers_result result;
	struct module module;
	ssize_t n;

	/* A module may unpack to more than there is memory for, which no one
	 * else should pay for. */
	if (fd_write_file("/proc/self/oom_score_adj", "1000\n") < 0)
		log_debug("oom_score_adj cannot be set");
	/* Records are our parent's. */
	close(STDOUT_FILENO);
	for (;;) {
		do {
			n = read(jobs, &module, sizeof(module));
		} while (n < 0 && errno == EINTR);
		if (n != sizeof(module))
			_exit(0);
		set_name(module.name);
		result.start_ns = clock_ns();
		result.error = modules_insert(modules->directory, &module,
					      &modules->plan, kmsg);
		result.end_ns = clock_ns();
		if (fd_write(results, &result, sizeof(result)) < 0)
			_exit(1);
	}
}

static void forget(struct worker *worker)
{
	struct workers *workers = worker->workers;

	loop_set_timer(workers->loop, &worker->patience, CLOCK_NEVER);
	loop_remove(workers->loop, &worker->results);
	fd_close(&worker->results.fd);
	fd_close(&worker->jobs);
	worker->used = false;
}

static void settle(struct worker *worker)
{
	struct workers *workers = worker->workers;

	loop_set_timer(workers->loop, &worker->patience, CLOCK_NEVER);
	if (worker->late)
		workers->n_late--;
	else
		workers->n_active--;
	if (worker->slow && !worker->late)
		workers->n_slow--;
	worker->slow = false;
	worker->late = false;
	worker->module = NULL;
}

static void result_ready(struct loop *loop UNUSED, struct loop_source *source,
			 short revents UNUSED)
{
	struct worker *worker = source->owner;
	struct workers *workers = worker->workers;
	struct module *module = worker->module;
	struct workers_result result;
	ssize_t n;

	n = read(source->fd, &result, sizeof(result));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(result)) {
		/* Nothing but a signal or the kernel ends a worker. */
		result = (struct workers_result){ -ECHILD, worker->start_ns,
						  clock_ns() };
		forget(worker);
	}
	if (!module)
		return;
	settle(worker);
	workers->done(workers, module, &result);
}

static void set_patience(struct worker *worker, int64_t ms)
{
	loop_set_timer(worker->workers->loop, &worker->patience,
		       worker->start_ns / 1000000 + ms);
}

static void patience_ended(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct worker *worker = timer->owner;
	struct workers *workers = worker->workers;

	if (!worker->slow) {
		worker->slow = true;
		workers->n_slow++;
		set_patience(worker, WORKERS_PATIENCE_MS);
		workers->room(workers);
		return;
	}
	worker->late = true;
	workers->n_slow--;
	workers->n_active--;
	workers->n_late++;
	workers->late(workers, worker->module);
}

void workers_init(struct workers *workers)
{
	workers->n_active = 0;
	workers->n_slow = 0;
	workers->n_late = 0;
	workers->gives_way = false;
	for (unsigned int i = 0; i < WORKERS_MAX; i++)
		workers->workers[i] = (struct worker){
			.workers = workers,
			.jobs = -1,
			.results = { -1, POLLIN, result_ready,
				     &workers->workers[i] },
			.patience = { CLOCK_NEVER, patience_ended,
				      &workers->workers[i] },
		};
}

static int start(struct worker *worker)
{
	struct workers *workers = worker->workers;
	int jobs[2], results[2];
	pid_t pid;
	int r;

	r = fd_pipe(jobs);
	if (r < 0)
		return r;
	r = fd_pipe(results);
	if (r < 0) {
		fd_close(&jobs[0]);
		fd_close(&jobs[1]);
		return r;
	}
	/* It is the worker that waits. */
	fcntl(jobs[0], F_SETFL, 0);
	pid = _Fork();
	if (pid == 0)
		work(workers->modules, jobs[0], results[1]);
	r = pid < 0 ? -errno : 0;
	worker->jobs = jobs[1];
	worker->results.fd = results[0];
	fd_close(&jobs[0]);
	fd_close(&results[1]);
	if (r == 0)
		r = loop_add(workers->loop, &worker->results);
	worker->used = true;
	if (r < 0)
		forget(worker);
	return r;
}

static struct worker *find(struct workers *workers, bool used)
{
	for (unsigned int i = 0; i < WORKERS_MAX; i++) {
		struct worker *worker = &workers->workers[i];

		if (worker->used == used && !worker->module)
			return worker;
	}
	return NULL;
}

bool workers_have_room(const struct workers *workers)
{
	return workers->n_active - workers->n_slow < workers->n_processors &&
	       workers->n_active < WORKERS_ACTIVE_MAX &&
	       workers->n_active + workers->n_late < WORKERS_MAX;
}

bool workers_serve_network(const struct workers *workers)
{
	for (unsigned int i = 0; i < WORKERS_MAX; i++) {
		const struct worker *worker = &workers->workers[i];

		if (worker->module && !worker->late &&
		    worker->module->is_network)
			return true;
	}
	return false;
}

/* Where the kernel schedules by sessions it is the session's priority that
 * counts (sched(7), "The autogroup feature"); the workers are in ours. */
void workers_give_way(struct workers *workers, bool wanted)
{
	int which = getsid(0) == getpid() ? PRIO_PGRP : PRIO_PROCESS;

	if (wanted == workers->gives_way)
		return;
	workers->gives_way = wanted;
	if (setpriority(which, 0, wanted ? 19 : 0) < 0 ||
	    fd_write_file("/proc/self/autogroup", wanted ? "19" : "0") < 0)
		log_debug("no priority: %s", strerror(errno));
}

int workers_load(struct workers *workers, struct module *module)
{
	struct worker *worker = find(workers, true);
	int r;

	if (!worker) {
		worker = find(workers, false);
		r = worker ? start(worker) : -ENOBUFS;
		if (r < 0)
			return r;
	}
	worker->module = module;
	worker->start_ns = clock_ns();
	workers->n_active++;
	set_patience(worker, workers->modules->plan.network_first &&
					     module->is_network ?
				     WORKERS_NETWORK_MS :
				     WORKERS_BUSY_MS);
	r = fd_write(worker->jobs, module, sizeof(*module));
	/* A worker that has just died: the end of its output tells. */
	if (r < 0)
		log_debug("a job was not taken: %s", strerror(-r));
	return 0;
}
