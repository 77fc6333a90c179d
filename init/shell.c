/* See shell.h. */
#include "init/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/log.h"
#include "base/text.h"

/* BusyBox is a shell under the name "-sh", whatever its file is called. */
static const char places[][14] = { "/bin/sh", "/sbin/sh", "/usr/bin/sh",
				   "/bin/busybox", "/sbin/busybox" };

const char *shell_find(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (access(places[i], X_OK) == 0)
			return places[i];
	}
	return NULL;
}

struct listing {
	struct writer *writer;
	bool full;
};

static int put_name(int directory UNUSED, const char *name, void *owner)
{
	struct listing *listing = owner;
	char buffer[128];
	struct writer item;

	writer_init(&item, buffer, sizeof(buffer));
	text_put(&item, " ");
	text_put_escaped(&item, span_of(name));
	if (listing->full ||
	    writer_len(&item) + sizeof(" ...") > writer_room(listing->writer)) {
		listing->full = true;
		return -ENOBUFS;
	}
	writer_put(listing->writer, writer_span(&item));
	return 0;
}

/* As many names as there is room for. */
static void put_directory(struct writer *writer, const char *path)
{
	struct listing listing = { writer, false };
	int r;

	text_put(writer, "; ");
	text_put(writer, path);
	text_put(writer, " has");
	r = dir_list(AT_FDCWD, path, put_name, &listing);
	if (r < 0 && r != -ENOBUFS)
		text_put(writer, " nothing that can be read");
	else if (listing.full)
		text_put(writer, " ...");
}

void shell_put_missing(struct writer *writer)
{
	text_put(writer, "there is no shell:");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		text_put(writer, i > 0 ? ", " : " ");
		text_put(writer, places[i]);
	}
	text_put(writer, " cannot be executed");
	put_directory(writer, "/");
	put_directory(writer, "/bin");
}

const char *shell_choose(void)
{
	const char *shell = shell_find();
	struct writer writer;
	char buffer[384];

	if (shell)
		return shell;
	writer_init(&writer, buffer, sizeof(buffer));
	shell_put_missing(&writer);
	log_error("%s", text_end(&writer));
	return places[0];
}
