/*
 * The text of /proc/mounts and /proc/swaps: what is mounted where, the newest
 * first, as that is the order to undo it in. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/reader.h"

struct mount_line {
	struct span target; /* escaped as the kernel does it */
	struct span type;
};

/* Takes the last line off *TEXT; false when none is left. A line with fewer
 * than three words is skipped. */
bool mount_table_pop(struct span *text, struct mount_line *ret_line);

/* Whether files of such a file system are anywhere but in memory, so that
 * there is something to lose. Types that we do not know are. */
bool mount_has_store(const struct mount_line *line);

/* A word of these files, whose blanks, newlines and backslashes are written
 * \040, as a terminated string. -ENOBUFS when SIZE is too small for it,
 * -EBADMSG when it is none that the kernel writes; DEST then holds a part. */
MUST_CHECK int mount_table_decode(char *dest, size_t size, struct span word);
