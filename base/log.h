/*
 * Messages for people. Only programs and I/O shells log; pure code returns
 * what it found. Bytes that came from outside are escaped by the caller
 * (text_put_escaped()) before they get here.
 *
 * A message goes to the terminal (standard error, or the console in PID 1)
 * when it is at least as important as the level, and always to /dev/kmsg
 * when that is open. Neither may block: what does not go out at once is lost
 * there. The last ones are kept in memory, for who has to tell why the process
 * came to its end.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/reader.h"

/* The kernel's numbers. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* NAME is the prefix of every message and must live as long as the process. */
void log_init(const char *name, enum log_level level);
void log_set_level(enum log_level level);

/* Where the terminal's copy goes; -1 for nowhere. The caller's to keep. */
void log_set_terminal(int fd);

/* Opens /dev/kmsg, quietly doing without it where there is none. */
void log_open_kmsg(void);

/* Every message is shown to OBSERVE as well, which logs nothing itself. */
void log_set_observer(void (*observe)(void *owner, enum log_level level,
				      const char *message),
		      void *owner);

/* Closes it: in a process that goes on without exec. */
void log_close_kmsg(void);

/* error|warning|notice|info|debug or 3 to 7; false when it is none. */
bool log_parse_level(const char *name, enum log_level *ret_level);

void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* How many messages are kept, and how much of each. */
#define LOG_RECENT_MAX 16
#define LOG_RECENT_SIZE 128

/* The message that AGE others followed, 0 for the last, without its newline;
 * empty when there is none, or none any more. Those for debugging are not
 * kept. It takes no lock and follows no pointer, so that a signal handler may
 * call it in a process whose memory is damaged. */
struct span log_recent(unsigned int age);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
