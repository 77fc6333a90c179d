/*
 * See load.h. Loading is one after another: nearly all of a module's time is
 * spent in the kernel under one lock. modules_plan_next() and _done() leave
 * room for several at once.
 */
#include "modules/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "modules/error.h"
#include "modules/options.h"

/* MODULE_INIT_COMPRESSED_FILE, Linux 5.17. */
#define COMPRESSED_FILE 4
/* The kernel takes no more than a page of parameters. */
#define PARAMETERS_MAX 4096

static int map_file(int directory, const char *name, struct span *ret_text)
{
	int fd AUTO_CLOSE = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *text;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size == 0) {
		*ret_text = (struct span){ NULL, 0 };
		return 0;
	}
	text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	if (text == MAP_FAILED)
		return -errno;
	*ret_text = (struct span){ text, (size_t)status.st_size };
	return 0;
}

static void unmap_file(struct span *text)
{
	if (text->len > 0) {
		union {
			const uint8_t *mapped;
			void *memory;
		} address = { text->data };

		munmap(address.memory, text->len);
	}
	*text = (struct span){ NULL, 0 };
}

static int open_directory(const char *root, const char *release)
{
	struct utsname name;
	char path[PATH_MAX];
	int n, fd;

	if (!release) {
		if (uname(&name) < 0)
			return -errno;
		release = name.release;
	}
	n = snprintf(path, sizeof(path), "%s/lib/modules/%s", root, release);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_files(struct modules *modules)
{
	const struct {
		const char *name;
		struct span *text;
		bool needed;
	} files[] = {
		{ "modules.dep", &modules->index.dep, true },
		{ "modules.alias", &modules->index.alias, false },
		{ "modules.softdep", &modules->index.softdep, false },
		{ "modules.builtin", &modules->index.builtin, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = map_file(modules->directory, files[i].name,
				 files[i].text);

		if (r == -ENOENT && !files[i].needed)
			continue;
		if (r < 0)
			return r;
	}
	return 0;
}

int modules_open(struct modules *modules, const char *root, const char *release,
		 struct span cmdline)
{
	int r;

	memset(modules, 0, sizeof(*modules));
	modules->directory = -1;
	modules_plan_init(&modules->plan, &modules->index, cmdline);
	r = open_directory(root, release);
	if (r >= 0) {
		modules->directory = r;
		r = open_files(modules);
	}
	if (r < 0)
		modules_close(modules);
	modules->error = r;
	return r;
}

void modules_close(struct modules *modules)
{
	unmap_file(&modules->index.dep);
	unmap_file(&modules->index.alias);
	unmap_file(&modules->index.softdep);
	unmap_file(&modules->index.builtin);
	fd_close(&modules->directory);
	/* The plan points into the files. */
	modules_plan_init(&modules->plan, &modules->index, (struct span){ 0 });
	modules->n_queued = 0;
	modules->text_len = 0;
	modules->error = -EBADF;
}

int modules_request_name(struct modules *modules, const char *name)
{
	if (modules->error < 0)
		return modules->error;
	return modules_plan_name(&modules->plan, span_of(name));
}

static int look_up(struct modules *modules)
{
	int r = 0;

	if (modules->n_queued > 0)
		r = modules_plan_aliases(&modules->plan, modules->queue,
					 modules->n_queued);
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

/* A device's modalias, if it has one; ACPI devices may have two, a line
 * each. */
static int request_device(struct modules *modules, int bus, const char *device)
{
	char path[NAME_MAX + sizeof("devices//modalias")];
	char text[4096]; /* sysfs writes a page at most */
	int fd AUTO_CLOSE = -1;
	struct reader lines;
	int result = 0;
	ssize_t n;

	n = snprintf(path, sizeof(path), "devices/%s/modalias", device);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = openat(bus, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return 0;
	do {
		n = read(fd, text, sizeof(text));
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	reader_init(&lines, text, (size_t)n);
	while (reader_left(&lines) > 0) {
		struct span modalias = span_trim(reader_until(&lines, '\n'));
		int r = 0;

		if (modalias.len > 0)
			r = modules_request_alias(modules, modalias);
		if (r < 0)
			result = r;
	}
	return result;
}

/* Calls SEEN for each name in the directory PARENT/NAME. opendir() would take
 * memory from the heap. */
static int list_directory(struct modules *modules, int parent, const char *name,
			  int (*seen)(struct modules *modules, int place,
				      const char *name),
			  int place)
{
	_Alignas(8) char buffer[4096];
	int fd AUTO_CLOSE = openat(parent, name,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		long n = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
		struct reader reader;

		if (n < 0)
			return -errno;
		if (n == 0)
			return result;
		reader_init(&reader, buffer, (size_t)n);
		while (reader_left(&reader) > 0) {
			/* struct linux_dirent64: inode, offset, length of
			 * the record, type, name. */
			char entry[NAME_MAX + 1];
			uint16_t len;
			int r;

			reader_skip(&reader, 16);
			reader_copy(&reader, &len, sizeof(len));
			struct reader rest = reader_sub(
				&reader, len >= 18 ? len - 18u : SIZE_MAX);
			reader_skip(&rest, 1);
			if (text_copy(entry, sizeof(entry),
				      reader_until(&rest, '\0')) < 0 ||
			    entry[0] == '.' || entry[0] == '\0')
				continue;
			r = seen(modules, place >= 0 ? place : fd, entry);
			if (r < 0 && result == 0)
				result = r;
		}
	}
}

static int request_bus(struct modules *modules, int buses, const char *name)
{
	int bus AUTO_CLOSE = openat(buses, name,
				    O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (bus < 0)
		return 0;
	r = list_directory(modules, bus, "devices", request_device, bus);
	return r == -ENOENT ? 0 : r;
}

int modules_coldplug(struct modules *modules, const char *sysfs)
{
	char path[PATH_MAX];
	int n;

	if (modules->error < 0)
		return modules->error;
	n = snprintf(path, sizeof(path), "%s/bus", sysfs);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	return list_directory(modules, AT_FDCWD, path, request_bus, -1);
}

static bool is_compressed(struct span path)
{
	static const char *const suffixes[] = { ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t len = strlen(suffixes[i]);

		if (path.len > len &&
		    span_is(span_skip(path, path.len - len), suffixes[i]))
			return true;
	}
	return false;
}

static int open_module(int directory, struct span path)
{
	int fd AUTO_CLOSE = -1;
	char name[PATH_MAX];
	struct stat status;
	int r;

	r = text_copy(name, sizeof(name), path);
	if (r < 0)
		return r;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size == 0)
		return -ENODATA;
	if (status.st_size > MODULES_FILE_MAX)
		return -EFBIG;
	return fd_take(&fd);
}

static int put_parameters(struct modules *modules, struct span name,
			  char *buffer, size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size - 1);
	modules_options_put(modules->plan.cmdline, name, &writer);
	if (writer_failed(&writer))
		return -E2BIG;
	buffer[writer_len(&writer)] = '\0';
	return 0;
}

static int load(struct modules *modules, const struct module *module,
		enum modules_stage *ret_stage)
{
	int flags = is_compressed(module->path) ? COMPRESSED_FILE : 0;
	char parameters[PARAMETERS_MAX];
	int fd AUTO_CLOSE = -1;
	int r;

	*ret_stage = MODULES_STAGE_OPEN;
	fd = open_module(modules->directory, module->path);
	if (fd < 0)
		return fd;
	*ret_stage = MODULES_STAGE_LOAD;
	r = put_parameters(modules, module->name, parameters,
			   sizeof(parameters));
	if (r < 0)
		return r;
	if (syscall(SYS_finit_module, fd, parameters, flags) < 0)
		return errno == EEXIST ? 0 : -errno;
	return 0;
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

static void report(const struct module *module, enum modules_stage stage)
{
	/* A driver for what may be there and is not is an everyday thing. */
	enum log_level level = module->error == -ENODEV ? LOG_LEVEL_INFO :
							  LOG_LEVEL_WARNING;
	char name[128], culprit[128];
	struct writer writer;

	writer_init(&writer, name, sizeof(name));
	text_put_escaped(&writer, module->name);
	text_end(&writer);
	writer_init(&writer, culprit, sizeof(culprit));
	text_put_escaped(&writer, module->culprit);
	text_end(&writer);
	if (module->error == -ECANCELED && module->culprit.len > 0)
		log_write(level, "module %s: not loaded, as it needs %s", name,
			  culprit);
	else
		log_write(level, "module %s: %s (%s)", name,
			  modules_error_text(stage, module->error,
					     is_compressed(module->path)),
			  strerror(-module->error));
}

unsigned int modules_run(struct modules *modules)
{
	unsigned int n_loaded = 0;
	struct module *module;

	if (modules->error < 0)
		return 0;
	if (look_up(modules) < 0)
		log_warning("modules: more than %d are wanted, some are left "
			    "out",
			    MODULES_PLAN_MAX);
	while ((module = modules_plan_next(&modules->plan))) {
		enum modules_stage stage = MODULES_STAGE_LOAD;
		int r = module->error;

		if (module->state != MODULES_FAILED) {
			r = load(modules, module, &stage);
			modules_plan_done(&modules->plan, module, r);
		}
		if (r < 0) {
			report(module, stage);
		} else {
			log_debug("module %.*s: loaded", (int)module->name.len,
				  (const char *)module->name.data);
			n_loaded++;
		}
		if (r < 0 && is_final(r)) {
			modules->error = r;
			break;
		}
	}
	modules->n_loaded += n_loaded;
	return n_loaded;
}
