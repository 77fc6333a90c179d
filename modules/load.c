/* See load.h. */
#include "modules/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "modules/devices.h"
#include "modules/files.h"

int modules_open(struct modules *modules, const char *root, const char *release,
		 struct span cmdline)
{
	memset(modules, 0, sizeof(*modules));
	modules_plan_init(&modules->plan, &modules->index, cmdline);
	modules->directory = modules_files_open(root, release, &modules->index,
						&modules->table);
	if (modules->directory < 0) {
		int r = modules->directory;

		modules_close(modules);
		modules->error = r;
	}
	return modules->error;
}

void modules_close(struct modules *modules)
{
	modules_files_close(&modules->index);
	fd_close(&modules->directory);
	/* The plan points into the files. */
	modules_plan_init(&modules->plan, &modules->index, (struct span){ 0 });
	modules->n_queued = 0;
	modules->text_len = 0;
	modules->error = -EBADF;
}

bool modules_supported(void)
{
	return syscall(SYS_finit_module, -1, "", 0) == 0 || errno != ENOSYS;
}

int modules_request_name(struct modules *modules, const char *name)
{
	if (modules->error < 0)
		return modules->error;
	return modules_plan_name(&modules->plan, span_of(name));
}

static int look_up(struct modules *modules)
{
	enum modules_served served[MODULES_QUEUE_MAX];
	int r;

	r = modules_plan_aliases(&modules->plan, modules->queue,
				 modules->n_queued, served);
	for (unsigned int i = 0; i < modules->n_queued; i++) {
		if (served[i] <= MODULES_SERVED_MISSING)
			modules_unserved_add(&modules->unserved,
					     modules->queue[i]);
	}
	modules->n_queued = 0;
	modules->text_len = 0;
	return r;
}

int modules_request_alias(struct modules *modules, struct span modalias)
{
	uint8_t *place;
	int r = 0;

	if (modules->error < 0)
		return modules->error;
	if (modalias.len > MODULES_ALIAS_MAX) {
		modules->n_too_long++;
		return -ENOBUFS;
	}
	/* A machine has many of the same: processors, ports, bridges. */
	for (unsigned int i = 0; i < modules->n_queued; i++) {
		if (span_equal(modules->queue[i], modalias))
			return 0;
	}
	if (modules->n_queued == MODULES_QUEUE_MAX ||
	    modalias.len > sizeof(modules->text) - modules->text_len)
		r = look_up(modules);
	place = modules->text + modules->text_len;
	if (modalias.len > 0)
		memcpy(place, modalias.data, modalias.len);
	modules->text_len += modalias.len;
	modules->queue[modules->n_queued++] = (struct span){ place,
							     modalias.len };
	modules->n_aliases++;
	return r;
}

static int request_device(void *owner, struct span modalias,
			  const struct modules_device *device UNUSED)
{
	return modules_request_alias(owner, modalias);
}

int modules_coldplug(struct modules *modules, const char *sysfs)
{
	if (modules->error < 0)
		return modules->error;
	return modules_devices_list(sysfs, request_device, modules);
}

int modules_coldplug_bus(struct modules *modules, const char *sysfs,
			 const char *bus)
{
	if (modules->error < 0)
		return modules->error;
	return modules_devices_list_bus(sysfs, bus, request_device, modules);
}

static int forget_driven(void *owner, struct span modalias,
			 const struct modules_device *device)
{
	struct modules *modules = owner;

	if (modules_device_has_driver(device))
		modules_unserved_remove(&modules->unserved, modalias);
	return 0;
}

int modules_forget_driven(struct modules *modules, const char *sysfs)
{
	return modules_devices_list(sysfs, forget_driven, modules);
}

static int keep_release(int directory UNUSED, const char *name, void *owner)
{
	struct modules *modules = owner;
	struct writer writer;

	if (name[0] == '.')
		return 0;
	writer_init(&writer, modules->text + modules->text_len,
		    sizeof(modules->text) - modules->text_len);
	if (modules->text_len > 0)
		text_put(&writer, ", ");
	text_put(&writer, name);
	if (!writer_failed(&writer))
		modules->text_len += writer_span(&writer).len;
	return 0;
}

struct span modules_other_releases(struct modules *modules, const char *root)
{
	char path[PATH_MAX];

	modules->text_len = 0;
	if (text_print(path, sizeof(path), "%s/lib/modules", root) < 0 ||
	    dir_list(AT_FDCWD, path, keep_release, modules) < 0)
		return (struct span){ NULL, 0 };
	return (struct span){ modules->text, modules->text_len };
}

/* Whether the kernel will refuse every other module as well. */
static bool is_final(int error)
{
	char text[16];
	size_t len;

	if (error == -ENOSYS)
		return true;
	return error == -EPERM &&
	       fd_read_file("/proc/sys/kernel/modules_disabled", text,
			    sizeof(text), &len) == 0 &&
	       text[0] == '1';
}

struct module *modules_next(struct modules *modules)
{
	if (modules->error < 0)
		return NULL;
	if (look_up(modules) < 0)
		log_warning("modules: more than %d are wanted, some are left "
			    "out",
			    MODULES_PLAN_MAX);
	return modules_plan_next(&modules->plan);
}

void modules_done(struct modules *modules, struct module *module, int result)
{
	modules_plan_done(&modules->plan, module, result);
	if (result == 0)
		modules->n_loaded++;
	else if (is_final(result))
		modules->error = result;
}
