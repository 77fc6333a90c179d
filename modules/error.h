/*
 * Why a module could not be loaded, for people: the cause behind the errno
 * that the kernel gives, and what can be done about it.
 */
#pragma once

#include <stdbool.h>

enum modules_stage {
	MODULES_STAGE_OPEN, /* open(2) of its file */
	MODULES_STAGE_LOAD, /* finit_module(2) */
};

/* ERROR is positive or negative; COMPRESSED tells how the file is stored. One
 * sentence without an end; never NULL. */
const char *modules_error_text(enum modules_stage stage, int error,
			       bool compressed);
