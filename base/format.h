/*
 * Text by a format, as printf(3) takes it: libc's own brings stdio, wide
 * characters and floating point along, 20 KB of code on arm64 that nobody here
 * needs.
 *
 *	%s %.*s %.5s	a string, of at most so many bytes; NULL is (null)
 *	%c		a byte
 *	%d %u %x	an int; with l, ll or z before the letter its longer kin
 *	%8u %08x	filled up with blanks or zeroes at the left; %8s too
 *	%%		a percent sign
 *
 * Anything else is a mistake of ours, which an assertion finds; that the
 * arguments fit is the compiler's to check.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/writer.h"

/* Unlike other text, what does not fit is cut where the room ends, not left
 * out whole; the writer has then failed. */
void text_format(struct writer *writer, const char *format, ...)
	PRINTF_LIKE(2, 3);
void text_format_va(struct writer *writer, const char *format, va_list args)
	PRINTF_LIKE(2, 0);

/* The same into BUFFER of SIZE bytes, at least 1: a terminated string. 0, or
 * -ENOBUFS when it was cut, which not everybody has to care about. */
int text_print(char *buffer, size_t size, const char *format, ...)
	PRINTF_LIKE(3, 4);
