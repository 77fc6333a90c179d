/*
 * The names in a directory, without the heap that opendir() takes.
 */
#pragma once

#include "base/compiler.h"

/* Calls SEEN for each name in the directory PARENT/NAME but "." and "..",
 * with a descriptor of that directory that is open during the call. Names
 * that come or go meanwhile may be seen or not. 0, the first negative number
 * that SEEN returned, which stops nothing, or -errno. */
MUST_CHECK int dir_list(int parent, const char *name,
			int (*seen)(int directory, const char *name,
				    void *owner),
			void *owner);
