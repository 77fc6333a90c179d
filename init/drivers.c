/* See drivers.h. */
#include "init/drivers.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/cmdline.h"
#include "base/compiler.h"
#include "base/log.h"
#include "base/text.h"
#include "netlink/uevent.h"

/* Modules that nothing asks for: packet sockets, and virtio over MMIO where
 * the command line announces its devices. */
static const char *const unasked[] = { "af_packet" };
/* What to try where there is no sysfs to tell. */
static const char *const usual[] = { "virtio_pci", "virtio_mmio",
				     "virtio_net" };

static void request(struct drivers *drivers, const char *name)
{
	int r = modules_request_name(&drivers->modules, name);

	if (r < 0 && r != -ENOENT)
		log_warning("module %s: %s", name, strerror(-r));
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

/* Requests what the uevents that are waiting ask for. */
static void read_uevents(struct drivers *drivers)
{
	char buffer[UEVENT_SIZE];
	struct span datagram;
	struct uevent event;
	int r;

	for (;;) {
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

static void uevents_ready(struct loop *loop UNUSED, struct loop_source *source,
			  short revents UNUSED)
{
	struct drivers *drivers = source->owner;

	read_uevents(drivers);
	modules_run(&drivers->modules);
}

static void open_uevents(struct drivers *drivers, struct loop *loop)
{
	int r;

	r = netlink_open_uevent(&drivers->uevents);
	if (r < 0) {
		log_warning("devices that appear later are not noticed: "
			    "no uevents: %s",
			    strerror(-r));
		return;
	}
	drivers->source = (struct loop_source){
		.fd = drivers->uevents.fd,
		.events = POLLIN,
		.ready = uevents_ready,
		.owner = drivers,
	};
	r = loop_add(loop, &drivers->source);
	if (r < 0)
		log_warning("uevents: %s", strerror(-r));
}

void drivers_start(struct drivers *drivers, struct loop *loop,
		   struct span cmdline)
{
	int r;

	open_uevents(drivers, loop);
	r = modules_open(&drivers->modules, "", NULL, cmdline);
	if (r < 0) {
		log_info("no modules for this kernel: %s", strerror(-r));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(unasked); i++)
		request(drivers, unasked[i]);
	if (announces(cmdline, "virtio_mmio.device"))
		request(drivers, "virtio_mmio");
	r = modules_coldplug(&drivers->modules, "/sys");
	if (r < 0) {
		log_warning("no devices in /sys (%s): trying virtio",
			    strerror(-r));
		for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
			request(drivers, usual[i]);
	}
	/* A bus's driver brings devices, which the kernel has told of by the
	 * time that the module is loaded. */
	while (modules_run(&drivers->modules) > 0)
		read_uevents(drivers);
}
