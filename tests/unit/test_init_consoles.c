/* init/consoles.c: which terminals get a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/consoles.h"

typedef void add_names(struct consoles *consoles, struct span text);

/* What ADD makes of TEXT, which sits in a heap block of exactly its size. */
static struct consoles made(add_names *add, const char *text)
{
	struct consoles consoles;
	size_t len = strlen(text);
	uint8_t *block = malloc(len > 0 ? len : 1);

	assert_non_null(block);
	memcpy(block, text, len);
	consoles_init(&consoles);
	add(&consoles, (struct span){ block, len });
	free(block);
	return consoles;
}

/* The paths, with a comma after each. */
static const char *paths(const struct consoles *consoles)
{
	static char text[CONSOLES_MAX * (CONSOLE_PATH_MAX + 1)];

	text[0] = '\0';
	for (unsigned int i = 0; i < consoles->n; i++) {
		strcat(text, consoles->paths[i]);
		strcat(text, ",");
	}
	return text;
}

static void test_listed(void **state)
{
	struct consoles consoles;

	(void)state;
	/* The preferred first; tty0 is tty1; what is no terminal is none. */
	consoles = made(consoles_add_listed,
			"tty0                 -WU (E     )    4:1\n"
			"netcon0              -W- (E  p  )\n"
			"ttyAMA0              -W- (EC a  )  204:64\n"
			"hvc0                 -W- (E  p  )  229:0\n");
	assert_string_equal(paths(&consoles),
			    "/dev/ttyAMA0,/dev/tty1,/dev/hvc0,");
	/* The last line may lack its end, and others be cut anywhere. */
	consoles = made(consoles_add_listed,
			"\n(EC)\nttyS1 -W- (E\nttyS0 -W- (EC p a)    4:64");
	assert_string_equal(paths(&consoles), "/dev/ttyS0,");
	consoles = made(consoles_add_listed, "");
	assert_int_equal(consoles.n, 0);
}

static void test_names(void **state)
{
	struct consoles consoles;

	(void)state;
	consoles = made(consoles_add_names,
			"ttyS0,/dev/hvc0,,ttyS0,pts/3,tty0,tty1");
	assert_string_equal(paths(&consoles),
			    "/dev/ttyS0,/dev/hvc0,/dev/pts/3,/dev/tty1,");
	assert_int_equal(consoles.n_bad, 0);
	consoles = made(consoles_add_names,
			"../etc/passwd,/etc/passwd,pts/../x,a//b,x/,.,tty S0,"
			"\033[2J,ttyS0");
	assert_string_equal(paths(&consoles), "/dev/ttyS0,");
	assert_int_equal(consoles.n_bad, 8);
}

static void test_names_too_long_and_too_many(void **state)
{
	struct consoles consoles;
	char name[CONSOLE_PATH_MAX];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	consoles = made(consoles_add_names, name);
	assert_int_equal(consoles.n, 0);
	assert_int_equal(consoles.n_bad, 1);
	/* /dev/ and the terminator fit with five and one less. */
	name[sizeof(name) - 1 - strlen("/dev/")] = '\0';
	consoles = made(consoles_add_names, name);
	assert_int_equal(consoles.n, 1);
	assert_int_equal(strlen(consoles.paths[0]), CONSOLE_PATH_MAX - 1);
	consoles = made(consoles_add_names, "a,b,c,d,e,f,g,h,i,j,a");
	assert_int_equal(consoles.n, CONSOLES_MAX);
	assert_int_equal(consoles.n_over, 2);
}

static void test_cmdline(void **state)
{
	struct consoles consoles;

	(void)state;
	consoles = made(consoles_add_cmdline,
			"quiet console=tty0 console=ttyS0,115200n8 console= "
			"console=null xconsole=ttyS3 -- console=ttyS1");
	assert_string_equal(paths(&consoles), "/dev/ttyS0,/dev/tty1,");
	/* Of too many the last are the preferred ones. */
	consoles = made(consoles_add_cmdline,
			"console=t0 console=t1 console=t2 console=t3 "
			"console=t4 console=t5 console=t6 console=t7 "
			"console=t8");
	assert_int_equal(consoles.n, CONSOLES_MAX);
	assert_string_equal(consoles.paths[0], "/dev/t8");
	assert_string_equal(consoles.paths[7], "/dev/t1");
	assert_int_equal(consoles.n_over, 1);
}

static void test_virtual(void **state)
{
	(void)state;
	assert_true(consoles_is_virtual("/dev/tty1"));
	assert_false(consoles_is_virtual("/dev/tty"));
	assert_false(consoles_is_virtual("/dev/ttyS0"));
	assert_false(consoles_is_virtual("/dev/console"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_too_long_and_too_many),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_virtual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
