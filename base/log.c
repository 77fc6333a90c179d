/* See log.h. The sink is the one mutable file-scope variable we allow. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/format.h"

#define LOG_LINE_MAX 512
/* How often, and how long, a warning waits for a terminal. */
#define MOMENTS 3
#define MOMENT_NS 1000000

static struct {
	const char *name;
	enum log_level level;
	int terminal;
	int kmsg;
	void (*observe)(void *owner, enum log_level level, const char *message);
	void *owner;
} sink = { "phase", LOG_LEVEL_NOTICE, STDERR_FILENO, -1, NULL, NULL };

/* A ring. A message counts when it is whole: a handler that interrupts us
 * meanwhile does not see it. */
static struct {
	volatile unsigned int n;
	char messages[LOG_RECENT_MAX][LOG_RECENT_SIZE];
} recent;

static void keep(const char *message)
{
	char *place = recent.messages[recent.n % LOG_RECENT_MAX];
	size_t len = strnlen(message, LOG_RECENT_SIZE);

	memcpy(place, message, len);
	if (len < LOG_RECENT_SIZE)
		place[len] = '\0';
	recent.n = recent.n + 1;
}

struct span log_recent(unsigned int age)
{
	const char *message;

	if (age >= LOG_RECENT_MAX || age >= recent.n)
		return (struct span){ NULL, 0 };
	message = recent.messages[(recent.n - 1 - age) % LOG_RECENT_MAX];
	return (struct span){ (const uint8_t *)message,
			      strnlen(message, LOG_RECENT_SIZE) };
}

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

void log_set_observer(void (*observe)(void *owner, enum log_level level,
				      const char *message),
		      void *owner)
{
	sink.observe = observe;
	sink.owner = owner;
}

void log_close_kmsg(void)
{
	if (sink.kmsg >= 0)
		close(sink.kmsg);
	sink.kmsg = -1;
}

bool log_parse_level(const char *name, enum log_level *ret_level)
{
	static const char names[][8] = {
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

/* One write() a message, so that two processes' lines do not mix. A line that
 * was cut ends all the same. A terminal that another process is writing to at
 * this moment says EAGAIN, and so does one that is stuck: nobody waits long. */
static void emit(int fd, const struct writer *line, unsigned int patience)
{
	const struct timespec moment = { 0, MOMENT_NS };
	ssize_t n;

	if (writer_failed(line))
		line->end[-1] = '\n';
	do {
		n = write(fd, line->start, writer_len(line));
	} while (n < 0 &&
		 (errno == EINTR || (errno == EAGAIN && patience-- > 0 &&
				     ppoll(NULL, 0, &moment, NULL) == 0)));
}

void log_write(enum log_level level, const char *format, ...)
{
	char message[LOG_LINE_MAX - 64];
	char buffer[LOG_LINE_MAX];
	int saved = errno;
	struct writer text;
	va_list args;

	writer_init(&text, message, sizeof(message) - 1);
	va_start(args, format);
	text_format_va(&text, format, args);
	va_end(args);
	message[writer_len(&text)] = '\0';
	if (level < LOG_LEVEL_DEBUG)
		keep(message);
	if (sink.kmsg >= 0) {
		writer_init(&text, buffer, sizeof(buffer));
		text_format(&text, "<%d>%s[%d]: %s\n", (int)level, sink.name,
			    (int)getpid(), message);
		emit(sink.kmsg, &text, 0);
	}
	if (sink.terminal >= 0 && level <= sink.level) {
		writer_init(&text, buffer, sizeof(buffer));
		text_format(&text, "%s: %s\n", sink.name, message);
		emit(sink.terminal, &text,
		     level <= LOG_LEVEL_WARNING ? MOMENTS : 0);
	}
	if (sink.observe)
		sink.observe(sink.owner, level, message);
	errno = saved;
}
