/*
 * Why a module could not be loaded, for people: the cause behind the errno
 * that the kernel gives, and what can be done about it.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"

enum modules_stage {
	MODULES_STAGE_OPEN,   /* open(2) of its file */
	MODULES_STAGE_UNPACK, /* what its compressed file says of itself */
	MODULES_STAGE_LOAD,   /* finit_module(2) */
};

/* ERROR is positive or negative; COMPRESSED tells how the file is stored. One
 * sentence without an end; never NULL. */
const char *modules_error_text(enum modules_stage stage, int error,
			       bool compressed);

/* ENODEV for an error number of that name, positive or negative; "E" for those
 * that no module fails with. */
const char *modules_error_name(int error);

/*
 * Whether RECORD, as read from /dev/kmsg, is one in which the kernel itself
 * may say why module NAME was refused: it begins with the name, or is of
 * those that name none. RET_TEXT points into it, not escaped.
 */
bool modules_error_from_log(struct span record, struct span name,
			    struct span *ret_text);
