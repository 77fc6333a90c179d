/*
 * File descriptors that close themselves, and whole files at once.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "base/reader.h"

/* int fd AUTO_CLOSE = open(…); is closed when it goes out of scope. */
#define AUTO_CLOSE CLEANUP(fd_close)

/* Closes *FD unless it is negative, and makes it -1; errno is kept. */
void fd_close(int *fd);

/* Hands *FD on to the caller: the variable gives it up. */
int fd_take(int *fd);

/* A non-blocking, close-on-exec pipe: [0] reads, [1] writes. */
MUST_CHECK int fd_pipe(int ret_fds[2]);

/* Writes all of DATA, through EINTR and short writes. 0 or -errno. */
MUST_CHECK int fd_write(int fd, const void *data, size_t len);

/* The same of a string, for standard output and such. */
MUST_CHECK int fd_write_text(int fd, const char *text);

/* Reads the first SIZE bytes of a file, or all that it has; the result is in
 * BUFFER. 0 or -errno. */
MUST_CHECK int fd_read_beginning(const char *path, void *buffer, size_t size,
				 struct span *ret_text);

/* Reads a file that fits into BUFFER; -EFBIG when it does not. The result is
 * terminated, *RET_LEN does not count that. 0 or -errno. */
MUST_CHECK int fd_read_file(const char *path, char *buffer, size_t size,
			    size_t *ret_len);

/* Makes or replaces a file of mode 0644 by rename. 0 or -errno. */
MUST_CHECK int fd_replace_file(const char *path, const void *data, size_t len);

/* The same piece by piece: opens a new file, which fd_replace_end() puts in
 * PATH's place, or removes if R, what came of the writing, is an error. R, 0 or
 * -errno. */
MUST_CHECK int fd_replace_begin(const char *path, int *ret_fd);
MUST_CHECK int fd_replace_end(const char *path, int r);

/* Writes to a file that is there already, such as one of sysfs, with one
 * write(). 0 or -errno. */
MUST_CHECK int fd_write_file(const char *path, const char *text);
