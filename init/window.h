/*
 * The size of a terminal's window, which no serial line tells: from the user,
 * or from the terminal's own answer. Pure.
 */
#pragma once

#include "base/compiler.h"
#include "base/reader.h"

#define WINDOW_MAX 9999 /* columns, rows */

/* Puts the cursor as far down and right as it goes, asks where that is, and
 * puts it back (DECSC, CUP, DSR 6, DECRC of ECMA-48 and the VT100). */
#define WINDOW_QUESTION "\0337\033[9999;9999H\033[6n\0338"

struct window {
	unsigned int columns; /* 0: not known */
	unsigned int rows;
};

/* "120x40". -EBADMSG when it is no size. */
MUST_CHECK int window_parse(struct span text, struct window *ret_window);

/* Finds the answer to WINDOW_QUESTION, ESC [ rows ; columns R, in what the
 * terminal sent; RET_ANSWER is the bytes of TEXT that it takes, as a user may
 * have typed before and after it. -ENOENT when it is not there (yet). */
MUST_CHECK int window_find_answer(struct span text, struct window *ret_window,
				  struct span *ret_answer);
