/* See console.h. */
#include "init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/reader.h"

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A kernel without devtmpfs, or an initramfs without nodes. */
	if (fd < 0 && mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fd;
}

int console_open(void)
{
	int fd, r = 0;

	fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		/* What the kernel gave us may work all the same. */
		if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
			return r;
		fd = open_null();
		if (fd < 0)
			return r;
	}
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fd != i)
			dup2(fd, i);
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return r;
}

/* A terminal that can be read: an 8250 port without hardware opens, and then
 * fails whatever is done with it. */
static int try_terminal(const char *path)
{
	int fd AUTO_CLOSE = open(path,
				 O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios settings;

	if (fd < 0 || tcgetattr(fd, &settings) < 0)
		return -errno;
	return 0;
}

/* Those that fail join FAILED, and each is told of once. */
static void leave_out_what_fails(struct consoles *consoles,
				 struct consoles *failed)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < consoles->n; i++) {
		const char *path = consoles->paths[i];
		int r = try_terminal(path);

		if (r == 0) {
			if (n != i)
				memcpy(consoles->paths[n], path,
				       CONSOLE_PATH_MAX);
			n++;
		} else {
			unsigned int before = failed->n;

			consoles_add(failed, span_of(path));
			if (failed->n > before || failed->n_over > 0)
				log_warning("no shell on %s: %s", path,
					    strerror(-r));
		}
	}
	consoles->n = n;
}

/* Adds what the kernel lists. */
static void add_listed(struct consoles *consoles)
{
	char text[2048];
	size_t len;

	if (fd_read_file("/proc/consoles", text, sizeof(text), &len) == 0)
		consoles_add_listed(consoles,
				    (struct span){ (uint8_t *)text, len });
	/* An older way to tell, without which of them are terminals; the
	 * preferred comes last. */
	if (consoles->n == 0 && fd_read_file("/sys/class/tty/console/active",
					     text, sizeof(text), &len) == 0) {
		struct span last = { NULL, 0 };
		struct reader reader;

		reader_init(&reader, text, len);
		while (reader_left(&reader) > 0) {
			struct span word = reader_word(&reader);

			if (word.len > 0)
				last = word;
		}
		if (last.len > 0)
			consoles_add(consoles, last);
	}
}

void console_find(struct consoles *consoles, const char *list,
		  struct span cmdline)
{
	struct consoles failed;

	consoles_init(&failed);
	consoles_init(consoles);
	consoles_add_names(consoles, span_of(list));
	if (consoles->n_bad > 0)
		log_warning("phase.console= has names that are none");
	leave_out_what_fails(consoles, &failed);
	if (consoles->n > 0)
		return;
	add_listed(consoles);
	leave_out_what_fails(consoles, &failed);
	if (consoles->n > 0)
		return;
	consoles_add_cmdline(consoles, cmdline);
	leave_out_what_fails(consoles, &failed);
	if (consoles->n == 0)
		consoles_add(consoles, span_of("console"));
}

bool console_is_absent(const char *list, struct span cmdline)
{
	struct consoles consoles;

	consoles_init(&consoles);
	consoles_add_names(&consoles, span_of(list));
	consoles_add_cmdline(&consoles, cmdline);
	for (unsigned int i = 0; i < consoles.n; i++) {
		if (access(consoles.paths[i], F_OK) < 0)
			return true;
	}
	return false;
}

bool console_is_main(const char *path)
{
	unsigned int device;
	struct stat status;

	if (strcmp(path, "/dev/console") == 0)
		return true;
	return ioctl(STDOUT_FILENO, TIOCGDEV, &device) == 0 &&
	       stat(path, &status) == 0 &&
	       status.st_rdev ==
		       makedev((device >> 8) & 0xfff,
			       (device & 0xff) | ((device >> 12) & 0xfff00));
}

int console_take(const char *path)
{
	int fd;

	setsid();
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0)
		return -errno;
	/* 1: take it from whoever has it, such as a shell that was killed and
	 * left children behind. /dev/console itself can't be had. */
	(void)ioctl(fd, TIOCSCTTY, 1);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (dup2(fd, i) < 0)
			return -errno;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

int console_write(const char *path, struct span text)
{
	int fd AUTO_CLOSE = open(path,
				 O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd_write(fd, text.data, text.len);
}

/* --- the size of the window -------------------------------------------- */

/* Whether FD is a terminal whose size is not known. */
static bool has_no_size(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row == 0 &&
	       size.ws_col == 0;
}

static void set_size(int fd, const struct window *window)
{
	struct winsize size = {
		.ws_row = (unsigned short)window->rows,
		.ws_col = (unsigned short)window->columns,
	};

	(void)ioctl(fd, TIOCSWINSZ, &size);
}

/* The answer is no line, and not for people to see. */
static int set_raw(int fd)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) < 0)
		return -errno;
	settings.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	return tcsetattr(fd, TCSANOW, &settings) < 0 ? -errno : 0;
}

static void set_cooked(int fd)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) < 0)
		return;
	settings.c_lflag |= ICANON | ECHO;
	(void)tcsetattr(fd, TCSANOW, &settings);
}

static int64_t ask(int fd)
{
	if (!has_no_size(fd) || set_raw(fd) < 0)
		return 0;
	if (fd_write(fd, WINDOW_QUESTION, strlen(WINDOW_QUESTION)) < 0) {
		set_cooked(fd);
		return 0;
	}
	return clock_ms();
}

int64_t console_ask(void)
{
	return ask(STDOUT_FILENO);
}

void console_ask_no_more(void)
{
	set_cooked(STDOUT_FILENO);
}

/* Reads until the answer is there or DUE has come. What a user typed goes
 * back to where it came from. */
static void collect(int fd, int64_t due)
{
	uint8_t text[256];
	size_t len = 0;
	struct window window;
	struct span answer = { text, 0 };

	while (len < sizeof(text)) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t left = due - clock_ms();
		ssize_t n;

		if (poll(&ready, 1, left > 0 ? (int)left : 0) <= 0)
			break;
		n = read(fd, text + len, sizeof(text) - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		if (window_find_answer((struct span){ text, len }, &window,
				       &answer) == 0) {
			set_size(fd, &window);
			break;
		}
	}
	set_cooked(fd);
	for (size_t i = 0; i < len; i++) {
		char byte = (char)text[i];

		if (answer.len == 0 || text + i < answer.data ||
		    text + i >= answer.data + answer.len)
			(void)ioctl(fd, TIOCSTI, &byte);
	}
}

void console_fit(const struct window *told, int64_t asked)
{
	if (told->columns > 0 && has_no_size(STDIN_FILENO))
		set_size(STDIN_FILENO, told);
	if (asked == 0 && has_no_size(STDIN_FILENO))
		asked = ask(STDIN_FILENO);
	if (asked > 0)
		collect(STDIN_FILENO, asked + CONSOLE_ANSWER_MS);
}
