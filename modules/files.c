/* See files.h. */
#include "modules/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"

/* Lines of the configuration that are complained of, one by one. */
#define COMPLAINTS_MAX 16

/* PROTECTION: with PROT_WRITE what is written is ours alone. */
static int map_file(int directory, const char *name, int protection,
		    struct span *ret_text)
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
	text = mmap(NULL, (size_t)status.st_size, protection, MAP_PRIVATE, fd,
		    0);
	if (text == MAP_FAILED)
		return -errno;
	*ret_text = (struct span){ text, (size_t)status.st_size };
	return 0;
}

/* The memory behind a mapped TEXT. */
static uint8_t *memory_of(const struct span *text)
{
	union {
		const uint8_t *mapped;
		uint8_t *memory;
	} address = { text->data };

	return address.memory;
}

static void unmap_file(struct span *text)
{
	if (text->len > 0)
		munmap(memory_of(text), text->len);
	*text = (struct span){ NULL, 0 };
}

static int open_directory(const char *root, const char *release)
{
	struct utsname name;
	char path[PATH_MAX];
	int fd;

	if (!release) {
		if (uname(&name) < 0)
			return -errno;
		release = name.release;
	}
	if (text_print(path, sizeof(path), "%s/lib/modules/%s", root, release) <
	    0)
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int map_index(int directory, struct modules_index *index)
{
	const struct {
		const char *name;
		struct span *text;
		bool needed;
	} files[] = {
		{ "modules.dep", &index->dep, true },
		{ "modules.alias", &index->alias, false },
		{ "modules.softdep", &index->softdep, false },
		{ "modules.weakdep", &index->weakdep, false },
		{ "modules.builtin", &index->builtin, false },
		{ "modules.builtin.modinfo", &index->builtin_modinfo, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = map_file(directory, files[i].name, PROT_READ,
				 files[i].text);

		if (r == -ENOENT && !files[i].needed)
			continue;
		if (r < 0)
			return r;
	}
	return 0;
}

/* === modprobe.d =========================================================== */

static const char places[][25] = {
	"etc/modprobe.d",     "run/modprobe.d", "usr/local/lib/modprobe.d",
	"usr/lib/modprobe.d", "lib/modprobe.d",
};

/* The names found so far, sorted. */
struct listing {
	unsigned int place; /* that is being read */
	unsigned int n_left_out;
	unsigned int count;
	struct {
		unsigned int place;
		char name[NAME_MAX + 1];
	} files[MODULES_CONFIG_FILES_MAX];
};

static bool is_config(const char *name)
{
	static const char suffix[] = ".conf";
	size_t len = strlen(name), end = sizeof(suffix) - 1;

	return len > end && strcmp(name + len - end, suffix) == 0;
}

static int note_config(int directory UNUSED, const char *name, void *owner)
{
	struct listing *listing = owner;
	unsigned int i;

	if (name[0] == '.' || !is_config(name))
		return 0;
	for (i = 0; i < listing->count; i++) {
		int order = strcmp(name, listing->files[i].name);

		if (order == 0)
			return 0;
		if (order < 0)
			break;
	}
	if (listing->count == MODULES_CONFIG_FILES_MAX) {
		listing->n_left_out++;
		if (i == listing->count)
			return 0;
		listing->count--;
	}
	memmove(&listing->files[i + 1], &listing->files[i],
		(listing->count - i) * sizeof(listing->files[0]));
	listing->files[i].place = listing->place;
	strcpy(listing->files[i].name, name);
	listing->count++;
	return 0;
}

/* One line of a message for one of the configuration that is not heeded. */
static void complain(const char *path, unsigned int number,
		     const struct modules_line *line)
{
	char buffer[160];
	struct writer word;

	writer_init(&word, buffer, sizeof(buffer));
	text_put_escaped(&word, line->word.len > 32 ?
					(struct span){ line->word.data, 32 } :
					line->word);
	text_end(&word);
	if (line->directive == MODULES_DIRECTIVE_BAD)
		log_warning("%s:%u: \"%s\" is unknown or lacks words; ignored",
			    path, number, buffer);
	else
		log_warning("%s:%u: \"%s\" is not supported; ignored", path,
			    number, buffer);
}

static void check(const char *path, struct span text, unsigned int *n_bad)
{
	struct modules_line line;
	unsigned int number = 0;
	struct reader reader;

	reader_from_span(&reader, text);
	while (modules_config_next(&reader, &number, &line)) {
		if (line.directive < MODULES_DIRECTIVE_INSTALL)
			continue;
		if ((*n_bad)++ < COMPLAINTS_MAX)
			complain(path, number, &line);
	}
}

static void map_config(const char *root, const struct listing *listing,
		       unsigned int i, struct modules_config *config,
		       unsigned int *n_bad)
{
	const char *name = listing->files[i].name;
	char path[PATH_MAX];
	struct span text;
	int r = -ENAMETOOLONG;

	if (text_print(path, sizeof(path), "%s/%s/%s", root,
		       places[listing->files[i].place], name) == 0)
		r = map_file(AT_FDCWD, path, PROT_READ | PROT_WRITE, &text);
	/* A link to /dev/null is how a later directory's is masked. */
	if (r == -EINVAL)
		return;
	if (r < 0) {
		log_warning("%s: %s; ignored", path, strerror(-r));
		return;
	}
	modules_config_unwrap(memory_of(&text), text.len);
	check(path, text, n_bad);
	config->files[config->n_files++] = text;
	if (strcmp(name, "modules.softdep") < 0)
		config->n_before = config->n_files;
}

static void open_config(const char *root, struct modules_config *config)
{
	struct listing listing = { .count = 0 };
	unsigned int n_bad = 0;
	char path[PATH_MAX];

	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		int r = -ENAMETOOLONG;

		listing.place = i;
		if (text_print(path, sizeof(path), "%s/%s", root, places[i]) ==
		    0)
			r = dir_list(AT_FDCWD, path, note_config, &listing);
		if (r < 0 && r != -ENOENT)
			log_warning("%s: %s", path, strerror(-r));
	}
	for (unsigned int i = 0; i < listing.count; i++)
		map_config(root, &listing, i, config, &n_bad);
	if (n_bad > COMPLAINTS_MAX)
		log_warning("modprobe.d: and %u more lines like that",
			    n_bad - COMPLAINTS_MAX);
	if (listing.n_left_out > 0)
		log_warning("modprobe.d: more than %d files, the last %u are "
			    "ignored",
			    MODULES_CONFIG_FILES_MAX, listing.n_left_out);
}

/* === The whole ============================================================ */

int modules_files_open(const char *root, const char *release,
		       struct modules_index *index, struct modules_table *table)
{
	int directory AUTO_CLOSE = open_directory(root, release);
	int r;

	memset(index, 0, sizeof(*index));
	if (directory < 0)
		return directory;
	r = map_index(directory, index);
	if (r < 0) {
		modules_files_close(index);
		return r;
	}
	modules_table_build(table, index->dep);
	index->table = table;
	open_config(root, &index->config);
	return fd_take(&directory);
}

void modules_files_close(struct modules_index *index)
{
	unmap_file(&index->dep);
	unmap_file(&index->alias);
	unmap_file(&index->softdep);
	unmap_file(&index->weakdep);
	unmap_file(&index->builtin);
	unmap_file(&index->builtin_modinfo);
	for (unsigned int i = 0; i < index->config.n_files; i++)
		unmap_file(&index->config.files[i]);
	memset(index, 0, sizeof(*index));
}
