/*
 * See drivers_main.h. Composes modules/ and netlink/. This process never waits
 * for a driver: its workers do (modules/workers.h).
 */
#include "init/drivers_main.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cmdline.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pages.h"
#include "base/record.h"
#include "base/text.h"
#include "modules/error.h"
#include "modules/insert.h"
#include "modules/load.h"
#include "modules/options.h"
#include "modules/workers.h"
#include "netlink/socket.h"
#include "netlink/uevent.h"

/* Uevents that are read before modules get their turn. */
#define UEVENTS_A_TURN 256

/* Modules that nothing asks for: packet sockets, and virtio over MMIO where
 * the command line announces its devices. */
static const char unasked[][10] = { "af_packet" };
/* What to try where there is no sysfs to tell. */
static const char usual[][12] = { "virtio_pci", "virtio_mmio", "virtio_net" };

/* Where NICs are: they are asked first, as what people wait for is the
 * network, and a machine has a hundred devices of other kinds. */
static const char *const first_buses[] = { "virtio", "pci", "vmbus", "xen",
					   "usb" };

/* When the boot has gone on, what devices are left without a driver is looked
 * up: it takes another look at all of them, and nobody waits for it. */
#define UNSERVED_MS 1000

struct drivers {
	struct loop loop;
	struct netlink uevents;
	struct loop_source source;
	struct loop_source control;
	struct modules modules;
	struct workers workers;
	bool scanned; /* all devices that there were have been asked */
	bool told;    /* "coldplugged" was */
	struct loop_timer unserved;
	struct writer records; /* that PID 1 has not got yet */
	char buffer[2 * RECORD_LINE_MAX];
	char cmdline[CMDLINE_MAX + 1];
	size_t cmdline_len;
};

/* Records. */

/* PID 1 is woken for many at once: every time it runs a driver waits. */
static void flush(struct drivers *drivers)
{
	struct span lines = writer_span(&drivers->records);
	int r = 0;

	if (lines.len > 0)
		r = fd_write(STDOUT_FILENO, lines.data, lines.len);
	if (r < 0)
		log_debug("records were not read: %s", strerror(-r));
	writer_init(&drivers->records, drivers->buffer,
		    sizeof(drivers->buffer));
}

static void send(struct drivers *drivers, const struct writer *record)
{
	struct span line = writer_span(record);

	if (writer_room(&drivers->records) < line.len)
		flush(drivers);
	writer_put(&drivers->records, line);
}

static void report_module(struct drivers *drivers, const struct module *module,
			  int64_t start_ns, int64_t end_ns)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "module");
	record_put(&record, "name", module->name);
	record_put_u64(&record, "start", (uint64_t)start_ns);
	record_put_u64(&record, "end", (uint64_t)end_ns);
	if (module->error < 0)
		record_put(&record, "error",
			   span_of(modules_error_name(module->error)));
	record_end(&record);
	send(drivers, &record);
}

static void report_coldplugged(struct drivers *drivers)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "coldplugged");
	record_put_u64(&record, "modules", drivers->modules.n_loaded);
	record_put_u64(&record, "failed", drivers->modules.plan.n_failed);
	record_put_u64(&record, "late", drivers->workers.n_late);
	record_end(&record);
	send(drivers, &record);
}

/* What devices have asked for that nothing serves. */
static void report_unserved(struct loop *loop, struct loop_timer *timer UNUSED)
{
	struct drivers *drivers = loop->owner;
	const struct modules_unserved *unserved = &drivers->modules.unserved;
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	if (modules_forget_driven(&drivers->modules, "/sys") < 0)
		log_debug("no devices in /sys");
	for (unsigned int i = 0; i < unserved->n_listed; i++) {
		writer_init(&record, line, sizeof(line));
		record_begin(&record, "unserved");
		record_put(&record, "alias", unserved->list[i]);
		record_end(&record);
		/* An alias too long for a record is no device's. */
		if (!writer_failed(&record))
			send(drivers, &record);
	}
	if (unserved->n_listed > 0)
		log_info("%u kinds of devices have no driver",
			 unserved->n_listed + unserved->n_left_out);
	flush(drivers);
}

/* Modules. */

/* Nobody could be asked to load MODULE, or need be. */
static void give_up(struct drivers *drivers, struct module *module, int error)
{
	int64_t now = clock_ns();

	if (module->state == MODULES_FAILED) {
		modules_insert_cancelled(module);
	} else {
		modules_done(&drivers->modules, module, error);
		log_error("module %.*s: no process to load it: %s",
			  (int)module->name.len,
			  (const char *)module->name.data, strerror(-error));
	}
	report_module(drivers, module, now, now);
}

static void request(struct drivers *drivers, const char *name)
{
	int r = modules_request_name(&drivers->modules, name);

	if (r < 0 && r != -ENOENT)
		log_warning("module %s: %s", name, strerror(-r));
}

/* Asks all devices. It is done when there is a processor to spare for it: with
 * only one, when what the first buses have asked for is there. */
static void scan(struct drivers *drivers)
{
	int r = 0;

	drivers->scanned = true;
	if (drivers->modules.error == 0)
		r = modules_coldplug(&drivers->modules, "/sys");
	if (r == 0)
		return;
	log_warning("no devices in /sys (%s): trying virtio", strerror(-r));
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		request(drivers, usual[i]);
}

/* What the network does not need is looked for and loaded when nobody else has
 * anything to do, until all of it is. */
static void set_pace(struct drivers *drivers)
{
	workers_give_way(&drivers->workers,
			 !drivers->told &&
				 drivers->modules.plan.network_first &&
				 !workers_serve_network(&drivers->workers));
}

/* Starts what can be started; with nothing left to wait for the boot is told
 * so, once. */
static void load(struct drivers *drivers)
{
	struct module *module;
	int r;

	while (workers_have_room(&drivers->workers)) {
		module = modules_next(&drivers->modules);
		if (!module && drivers->scanned)
			break;
		if (!module) {
			set_pace(drivers);
			scan(drivers);
			continue;
		}
		r = 0;
		/* The shell need not wait for this one; what it can show of
		 * those before is to be there. */
		if (!module->is_network)
			flush(drivers);
		if (module->state != MODULES_FAILED)
			r = workers_load(&drivers->workers, module);
		if (module->state == MODULES_FAILED || r < 0)
			give_up(drivers, module, r);
	}
	set_pace(drivers);
	if (drivers->workers.n_active > 0)
		return;
	if (!drivers->told) {
		report_coldplugged(drivers);
		loop_set_timer(&drivers->loop, &drivers->unserved,
			       clock_ms() + UNSERVED_MS);
	}
	drivers->told = true;
	flush(drivers);
	set_pace(drivers);
}

/* Requests what the uevents that are waiting ask for. */
static void read_uevents(struct drivers *drivers)
{
	char buffer[UEVENT_SIZE];
	struct span datagram;
	struct uevent event;
	int r;

	for (unsigned int i = 0; i < UEVENTS_A_TURN; i++) {
		r = netlink_receive(&drivers->uevents, buffer, sizeof(buffer),
				    &datagram);
		if (r == -ENOBUFS || r == -EMSGSIZE) {
			/* Some were lost: sysfs still knows the devices. */
			if (drivers->modules.error == 0 &&
			    modules_coldplug(&drivers->modules, "/sys") < 0)
				log_warning("uevents were lost");
			continue;
		}
		if (r < 0)
			return;
		/* A kernel that has no modules, or takes no more: said once. */
		if (drivers->modules.error < 0)
			continue;
		if (uevent_parse(datagram, &event) < 0 ||
		    event.action != UEVENT_ADD || event.modalias.len == 0)
			continue;
		r = modules_request_alias(&drivers->modules, event.modalias);
		if (r < 0)
			log_warning("a new device's driver is not loaded: %s",
				    strerror(-r));
	}
}

static void uevents_ready(struct loop *loop, struct loop_source *source UNUSED,
			  short revents UNUSED)
{
	read_uevents(loop->owner);
	load(loop->owner);
}

static void module_done(struct workers *workers, struct module *module,
			const struct workers_result *result)
{
	struct drivers *drivers = workers->owner;
	bool was_late = module->state == MODULES_LATE;

	modules_done(&drivers->modules, module, result->error);
	report_module(drivers, module, result->start_ns, result->end_ns);
	if (result->error == -ECHILD)
		log_warning(
			"module %.*s: %s", (int)module->name.len,
			(const char *)module->name.data,
			modules_error_text(MODULES_STAGE_LOAD, -ECHILD, false));
	else if (was_late)
		log_notice("module %.*s came back after all",
			   (int)module->name.len,
			   (const char *)module->name.data);
	else
		log_debug("module %.*s: %s", (int)module->name.len,
			  (const char *)module->name.data,
			  result->error < 0 ? "failed" : "loaded");
	/* A bus's driver brings devices, which the kernel has told of by the
	 * time that the module is loaded. */
	read_uevents(drivers);
	load(drivers);
}

static void module_late(struct workers *workers, struct module *module)
{
	struct drivers *drivers = workers->owner;

	log_warning("module %.*s has not come back for %d s; going on "
		    "without it",
		    (int)module->name.len, (const char *)module->name.data,
		    WORKERS_PATIENCE_MS / 1000);
	modules_plan_late(module);
	load(drivers);
}

static void room(struct workers *workers)
{
	load(workers->owner);
}

/* What the command line names in phase.modules=. */
static void request_wanted(struct drivers *drivers, struct span cmdline)
{
	struct modules_wanted wanted;
	struct span name;

	modules_options_wanted(&wanted, cmdline);
	while (modules_options_next_wanted(&wanted, &name)) {
		int r = modules_plan_name(&drivers->modules.plan, name);
		char buffer[128];
		struct writer writer;

		if (r == 0)
			continue;
		writer_init(&writer, buffer, sizeof(buffer));
		text_put_escaped(&writer, name);
		log_warning("module %s, which the command line wants: %s",
			    text_end(&writer),
			    r == -ENOENT ? "there is none of that name" :
			    r == -EPERM	 ? "it is blacklisted" :
					   strerror(-r));
	}
}

/* Whether the command line says something to the parameter NAME. */
static bool announces(struct span cmdline, const char *name)
{
	struct cmdline_word word;
	struct reader reader;

	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		if (span_is(word.name, name))
			return true;
	}
	return false;
}

static void open_uevents(struct drivers *drivers)
{
	int r;

	drivers->uevents = (struct netlink)NETLINK_CLOSED;
	r = netlink_open_uevent(&drivers->uevents);
	if (r < 0) {
		log_warning(
			"devices that appear later are not noticed: "
			"no uevents%s: %s",
			r == -ENOSYS ? ", as this kernel has no CONFIG_NET" :
			r == -EAFNOSUPPORT ? ", as this kernel has no netlink" :
					     "",
			strerror(-r));
		return;
	}
	drivers->source = (struct loop_source){ drivers->uevents.fd, POLLIN,
						uevents_ready, NULL };
	r = loop_add(&drivers->loop, &drivers->source);
	if (r < 0)
		log_warning("uevents: %s", strerror(-r));
}

static void say_none(struct drivers *drivers, int error)
{
	struct span other = modules_other_releases(&drivers->modules, "");
	struct utsname kernel;
	char releases[256];
	struct writer writer;

	if (!modules_supported()) {
		log_info("this kernel has no CONFIG_MODULES; what drives its "
			 "devices is built in");
		return;
	}
	if (error != -ENOENT || other.len == 0 || uname(&kernel) < 0) {
		/* One with all it needs built in is the rule then. */
		log_info("no modules for this kernel: %s", strerror(-error));
		return;
	}
	writer_init(&writer, releases, sizeof(releases));
	text_put_escaped(&writer, other);
	log_warning("no modules for this kernel, %s: those in /lib/modules are "
		    "of %s",
		    kernel.release, text_end(&writer));
}

/* Requests what the machine's devices want. */
static void coldplug(struct drivers *drivers, struct span cmdline)
{
	int r;

	r = modules_open(&drivers->modules, "", NULL, cmdline);
	if (r < 0) {
		say_none(drivers, r);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(unasked); i++)
		request(drivers, unasked[i]);
	if (announces(cmdline, "virtio_mmio.device"))
		request(drivers, "virtio_mmio");
	request_wanted(drivers, cmdline);
	drivers->modules.plan.network_first = true;
	for (size_t i = 0; i < ARRAY_SIZE(first_buses); i++) {
		r = modules_coldplug_bus(&drivers->modules, "/sys",
					 first_buses[i]);
		if (r < 0)
			log_debug("bus %s: %s", first_buses[i], strerror(-r));
	}
}

/* PID 1 says nothing; the end of its pipe is the end of ours. */
static void control_ready(struct loop *loop, struct loop_source *source,
			  short revents UNUSED)
{
	char ignored[64];
	ssize_t n = read(source->fd, ignored, sizeof(ignored));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		loop->stopped = true;
}

/* As sysconf() counts them in musl, which brings what else it knows along. */
static unsigned int count_processors(void)
{
	cpu_set_t processors;

	if (sched_getaffinity(0, sizeof(processors), &processors) < 0)
		return 1;
	return (unsigned int)CPU_COUNT(&processors);
}

static int run_child(void)
{
	struct drivers *drivers = pages_take(sizeof(*drivers));
	struct span cmdline;
	int r;

	if (!drivers)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	r = loop_init(&drivers->loop, NULL, drivers);
	if (r < 0)
		return EXIT_FAILURE;
	drivers->control = (struct loop_source){ STDIN_FILENO, POLLIN,
						 control_ready, NULL };
	r = loop_add(&drivers->loop, &drivers->control);
	if (r < 0)
		return EXIT_FAILURE;
	r = fd_read_file("/proc/cmdline", drivers->cmdline,
			 sizeof(drivers->cmdline), &drivers->cmdline_len);
	if (r < 0)
		log_debug("/proc/cmdline: %s", strerror(-r));
	cmdline = (struct span){ (const uint8_t *)drivers->cmdline,
				 drivers->cmdline_len };
	drivers->unserved = (struct loop_timer){ CLOCK_NEVER, report_unserved,
						 NULL };
	open_uevents(drivers);
	coldplug(drivers, cmdline);
	drivers->workers = (struct workers){
		.loop = &drivers->loop,
		.modules = &drivers->modules,
		.n_processors = count_processors(),
		.done = module_done,
		.room = room,
		.late = module_late,
		.owner = drivers,
	};
	workers_init(&drivers->workers);
	flush(drivers);
	load(drivers);
	r = loop_run(&drivers->loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int drivers_main(int argc, char **argv)
{
	enum log_level level = LOG_LEVEL_NOTICE;

	log_init("phase-modules", level);
	if (argc != 4 || strcmp(argv[1], "--child") != 0 ||
	    strcmp(argv[2], "--log") != 0 ||
	    !log_parse_level(argv[3], &level)) {
		log_error("init starts it so, with --child --log LEVEL");
		return 2;
	}
	log_set_level(level);
	log_open_kmsg();
	return run_child();
}
