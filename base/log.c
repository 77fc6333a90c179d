/* See log.h. The sink is the one mutable file-scope variable we allow. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define LOG_LINE_MAX 512

static struct {
	const char *name;
	enum log_level level;
	int terminal;
	int kmsg;
} sink = { "phase", LOG_LEVEL_NOTICE, STDERR_FILENO, -1 };

void log_init(const char *name, enum log_level level)
{
	sink.name = name;
	sink.level = level;
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

void log_set_terminal(int fd)
{
	sink.terminal = fd;
}

void log_open_kmsg(void)
{
	if (sink.kmsg < 0)
		sink.kmsg = open("/dev/kmsg",
				 O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

bool log_parse_level(const char *name, enum log_level *ret_level)
{
	static const char *const names[] = {
		[LOG_LEVEL_ERROR] = "error",   [LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_NOTICE] = "notice", [LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};

	for (unsigned int i = LOG_LEVEL_ERROR; i < ARRAY_SIZE(names); i++) {
		char digit[2] = { (char)('0' + i), '\0' };

		if (strcmp(name, names[i]) == 0 || strcmp(name, digit) == 0) {
			*ret_level = i;
			return true;
		}
	}
	return false;
}

/* One write() a message, so that two processes' lines do not mix. LEN is what
 * snprintf() wanted to write into LINE, of LOG_LINE_MAX bytes; a line that was
 * cut ends all the same. */
static void emit(int fd, char *line, size_t len)
{
	ssize_t n;

	if (len >= LOG_LINE_MAX) {
		len = LOG_LINE_MAX - 1;
		line[len - 1] = '\n';
	}
	do {
		n = write(fd, line, len);
	} while (n < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *format, ...)
{
	char message[LOG_LINE_MAX - 64];
	char line[LOG_LINE_MAX];
	int saved = errno;
	va_list args;
	int len;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (sink.kmsg >= 0) {
		len = snprintf(line, sizeof(line), "<%d>%s[%d]: %s\n", level,
			       sink.name, (int)getpid(), message);
		emit(sink.kmsg, line, (size_t)len);
	}
	if (sink.terminal >= 0 && level <= sink.level) {
		len = snprintf(line, sizeof(line), "%s: %s\n", sink.name,
			       message);
		emit(sink.terminal, line, (size_t)len);
	}
	errno = saved;
}
