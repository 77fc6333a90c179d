/* modules/table.c and unserved.c: what has room of its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/index.h"
#include "modules/unserved.h"

static struct modules_table table;

static struct span text(const char *string)
{
	size_t len = strlen(string);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, string, len);
	return (struct span){ copy, len };
}

static void drop(struct span span)
{
	free((void *)(uintptr_t)span.data);
}

static void finds(const struct modules_index *index, const char *name,
		  const char *expected)
{
	struct span path, deps;
	int r = modules_index_find(index, span_of(name), &path, &deps);

	if (expected) {
		assert_int_equal(r, 0);
		assert_true(span_is(path, expected));
	} else {
		assert_int_equal(r, -ENOENT);
	}
}

static void test_p14_table_finds_what_the_search_does(void **state)
{
	static const char *const names[] = { "a-b", "a_b",  "c",    "d",
					     "",    "bad",  "e",    "gone",
					     "f",   "none", "outer" };
	struct modules_index index = {
		.dep = text("k/a-b.ko: k/c.ko\r\n"
			    "k/c.ko:\n"
			    "other/c.ko: k/d.ko\n"
			    "k/d.ko without a colon\n"
			    ":\n"
			    "\n"
			    "../bad.ko:\n"
			    "k/bad.ko:\n"
			    "k/e.ko.xz: k/c.ko : k/f.ko\n"
			    "k/f.ko:"),
	};

	(void)state;
	modules_table_build(&table, index.dep);
	assert_int_equal(table.size, 32);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct span path[2] = { { NULL, 0 }, { NULL, 0 } };
		struct span deps[2] = { { NULL, 0 }, { NULL, 0 } };
		int r[2];

		for (int j = 0; j < 2; j++) {
			index.table = j == 0 ? NULL : &table;
			r[j] = modules_index_find(&index, span_of(names[i]),
						  &path[j], &deps[j]);
		}
		assert_int_equal(r[0], r[1]);
		assert_ptr_equal(path[0].data, path[1].data);
		assert_ptr_equal(deps[0].data, deps[1].data);
	}
	finds(&index, "c", "k/c.ko");
	finds(&index, "d", NULL);
	drop(index.dep);
	index.dep = text("");
	modules_table_build(&table, index.dep);
	finds(&index, "c", NULL);
	drop(index.dep);
}

/* More lines than it is made for: there is none, and all is found. */
static void test_full_table(void **state)
{
	const unsigned int n_lines = MODULES_TABLE_MAX / 2;
	char *dep = malloc(n_lines * 16 + 64), *end = dep;
	struct modules_index index = { .table = &table };
	char path[32], name[32];

	(void)state;
	assert_non_null(dep);
	for (unsigned int i = 0; i < n_lines; i++)
		end += sprintf(end, "k/m%u.ko:\n", i);
	index.dep = text(dep);
	modules_table_build(&table, index.dep);
	assert_int_equal(table.size, MODULES_TABLE_MAX);
	for (unsigned int i = 0; i < n_lines; i++) {
		sprintf(path, "k/m%u.ko", i);
		sprintf(name, "m%u", i);
		finds(&index, name, path);
	}
	finds(&index, "one_more", NULL);
	drop(index.dep);
	strcpy(end, "k/one-more.ko:\n");
	index.dep = text(dep);
	modules_table_build(&table, index.dep);
	assert_int_equal(table.size, 0);
	finds(&index, "one_more", "k/one-more.ko");
	finds(&index, "m0", "k/m0.ko");
	drop(index.dep);
	free(dep);
}

static void test_unserved_are_listed_once(void **state)
{
	struct modules_unserved unserved;
	char modalias[32];

	(void)state;
	modules_unserved_init(&unserved);
	for (unsigned int round = 0; round < 2; round++) {
		modules_unserved_add(&unserved, span_of("acpi:PNP0001:"));
		modules_unserved_add(&unserved, span_of("pci:v1"));
	}
	assert_int_equal(unserved.n_listed, 2);
	assert_true(span_is(unserved.list[0], "acpi:PNP0001:"));
	assert_true(span_is(unserved.list[1], "pci:v1"));
	modules_unserved_add(&unserved, span_of("usb:v1"));
	modules_unserved_remove(&unserved, span_of("usb:v"));
	modules_unserved_remove(&unserved, span_of("acpi:PNP0001:"));
	assert_int_equal(unserved.n_listed, 2);
	assert_true(span_is(unserved.list[0], "pci:v1"));
	assert_true(span_is(unserved.list[1], "usb:v1"));
	for (unsigned int i = 0; i < MODULES_UNSERVED_MAX; i++) {
		sprintf(modalias, "platform:%u", i);
		modules_unserved_add(&unserved, span_of(modalias));
	}
	assert_int_equal(unserved.n_listed, MODULES_UNSERVED_MAX);
	assert_int_equal(unserved.n_left_out, 2);
	modules_unserved_add(&unserved, span_of("pci:v1"));
	assert_int_equal(unserved.n_left_out, 2);
}

static void test_unserved_have_so_much_room(void **state)
{
	struct modules_unserved unserved;
	char modalias[2048];

	(void)state;
	modules_unserved_init(&unserved);
	memset(modalias, 'x', sizeof(modalias));
	for (unsigned int i = 0; i < 4; i++) {
		modalias[0] = (char)('0' + i);
		modules_unserved_add(
			&unserved,
			(struct span){ (uint8_t *)modalias, sizeof(modalias) });
	}
	assert_int_equal(unserved.n_listed, MODULES_UNSERVED_SIZE / 2048);
	assert_int_equal(unserved.n_left_out, 1);
	modules_unserved_add(&unserved, (struct span){ NULL, 0 });
	assert_int_equal(unserved.list[3].len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p14_table_finds_what_the_search_does),
		cmocka_unit_test(test_full_table),
		cmocka_unit_test(test_unserved_are_listed_once),
		cmocka_unit_test(test_unserved_have_so_much_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
