/* modules/devices.c: a sysfs, made up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "modules/devices.h"

/* What there is; the last path is the first to go. */
static const struct {
	const char *path;
	const char *text; /* NULL: a directory */
} entries[] = {
	{ "bus", NULL },
	{ "bus/pci", NULL },
	{ "bus/pci/devices", NULL },
	{ "bus/pci/devices/0000:00:01.0", NULL },
	{ "bus/pci/devices/0000:00:01.0/modalias", "pci:v1\n" },
	{ "bus/pci/devices/0000:00:01.0/driver", NULL },
	{ "bus/pci/devices/0000:00:02.0", NULL },
	{ "bus/pci/devices/0000:00:02.0/modalias", "pci:v2\n\npci:v3\n" },
	{ "bus/acpi", NULL },
	{ "bus/acpi/devices", NULL },
	{ "bus/acpi/devices/none", NULL },
	{ "bus/acpi/devices/empty", NULL },
	{ "bus/acpi/devices/empty/modalias", "" },
	{ "bus/acpi/devices/error", NULL },
	{ "bus/acpi/devices/error/modalias", "bad" },
	{ "bus/odd", NULL },
};
static char root[64];

static const char *path_of(size_t i)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, entries[i].path);
	return path;
}

static int make(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_modules_devices.XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const char *text = entries[i].text;

		if (!text)
			assert_int_equal(mkdir(path_of(i), 0755), 0);
		else
			assert_int_equal(
				fd_replace_file(path_of(i), text, strlen(text)),
				0);
	}
	return 0;
}

static int clear(void **state)
{
	(void)state;
	for (size_t i = ARRAY_SIZE(entries); i > 0; i--)
		remove(path_of(i - 1));
	return rmdir(root);
}

static unsigned int n_seen, n_driven;

static int seen(void *owner, struct span modalias,
		const struct modules_device *device)
{
	bool driven = modules_device_has_driver(device);

	assert_ptr_equal(owner, root);
	n_seen++;
	if (span_is(modalias, "bad"))
		return -ENOBUFS;
	if (span_is(modalias, "pci:v1")) {
		n_driven++;
		assert_true(driven);
		return 0;
	}
	assert_true(span_is(modalias, "pci:v2") || span_is(modalias, "pci:v3"));
	assert_false(driven);
	return 0;
}

static void test_devices(void **state)
{
	(void)state;
	n_seen = 0;
	n_driven = 0;
	/* One that fails is told of, and the others are seen. */
	assert_int_equal(modules_devices_list(root, seen, root), -ENOBUFS);
	assert_int_equal(n_seen, 4);
	assert_int_equal(n_driven, 1);
}

static void test_one_bus(void **state)
{
	(void)state;
	n_seen = 0;
	assert_int_equal(modules_devices_list_bus(root, "pci", seen, root), 0);
	assert_int_equal(n_seen, 3);
	assert_int_equal(modules_devices_list_bus(root, "acpi", seen, root),
			 -ENOBUFS);
	assert_int_equal(n_seen, 4);
	/* One without devices, and none. */
	assert_int_equal(modules_devices_list_bus(root, "odd", seen, root), 0);
	assert_int_equal(modules_devices_list_bus(root, "usb", seen, root), 0);
	assert_int_equal(n_seen, 4);
}

static void test_no_sysfs(void **state)
{
	(void)state;
	assert_int_equal(modules_devices_list("/does/not/exist", seen, root),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_one_bus),
		cmocka_unit_test(test_no_sysfs),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
