/* init/consoles.c and init/window.c: the input is the kernel's list of
 * consoles, a command line, a user's list, and what a terminal sent. */
#include <stdlib.h>
#include <string.h>

#include "init/consoles.h"
#include "init/window.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Each is the path of a device, and none is there twice. */
static void check_consoles(const struct consoles *consoles)
{
	check(consoles->n <= CONSOLES_MAX);
	for (unsigned int i = 0; i < consoles->n; i++) {
		const char *path = consoles->paths[i];

		check(memchr(path, '\0', CONSOLE_PATH_MAX) != NULL);
		check(strncmp(path, "/dev/", 5) == 0 && path[5] != '\0');
		check(!strstr(path, "/.") && !strstr(path, "//"));
		check(strcmp(path, "/dev/tty0") != 0);
		for (const char *c = path; *c; c++)
			check(*c > ' ' && *c < 0x7f);
		for (unsigned int j = 0; j < i; j++)
			check(strcmp(path, consoles->paths[j]) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const adders[])(struct consoles * consoles,
				      struct span text) = {
		consoles_add_listed,
		consoles_add_cmdline,
		consoles_add_names,
		consoles_add,
	};
	struct span text = { data, size };
	struct consoles consoles;
	struct window window;
	struct span answer;

	for (size_t i = 0; i < sizeof(adders) / sizeof(*adders); i++) {
		consoles_init(&consoles);
		adders[i](&consoles, text);
		check_consoles(&consoles);
	}
	if (window_parse(text, &window) == 0)
		check(window.rows > 0 && window.rows <= WINDOW_MAX &&
		      window.columns > 0 && window.columns <= WINDOW_MAX);
	if (window_find_answer(text, &window, &answer) == 0)
		check(answer.len >= 6 && answer.data >= data &&
		      answer.data + answer.len <= data + size &&
		      answer.data[answer.len - 1] == 'R');
	return 0;
}
