/*
 * init/root_spec.c: the words of the command line about the root, and what is
 * shown and compared for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "init/root_spec.h"

/* TEXT in a block of exactly its size, until the next call. */
static struct span block(const char *text)
{
	static uint8_t *bytes;
	size_t len = strlen(text);

	free(bytes);
	bytes = malloc(len ? len : 1);
	assert_non_null(bytes);
	memcpy(bytes, text, len);
	return (struct span){ bytes, len };
}

static const struct root_spec *parse(const char *cmdline)
{
	static struct root_spec spec;

	memset(&spec, 0xee, sizeof(spec));
	root_spec_parse(&spec, block(cmdline));
	return &spec;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *cmdline;
		enum root_kind kind;
		const char *name;
	} cases[] = {
		{ "", ROOT_NONE, "" },
		{ "quiet console=ttyS0", ROOT_NONE, "" },
		{ "root=", ROOT_NONE, "" },
		{ "root", ROOT_NONE, "" },
		{ "root=none", ROOT_NONE, "none" },
		{ "root=rootfs", ROOT_NONE, "rootfs" },
		{ "root=/dev/ram0", ROOT_NONE, "/dev/ram0" },
		{ "root=/dev/vda1", ROOT_DEVICE, "/dev/vda1" },
		{ "root=/dev/mapper/a-b", ROOT_DEVICE, "/dev/mapper/a-b" },
		{ "root=UUID=1-2", ROOT_FILESYSTEM, "UUID=1-2" },
		{ "root=\"LABEL=a b\"", ROOT_FILESYSTEM, "LABEL=a b" },
		{ "root=PARTUUID=1", ROOT_PARTITION, "PARTUUID=1" },
		{ "root=PARTLABEL=x", ROOT_PARTITION, "PARTLABEL=x" },
		{ "root=/dev/disk/by-uuid/1", ROOT_FILESYSTEM, "UUID=1" },
		{ "root=/dev/disk/by-label/x", ROOT_FILESYSTEM, "LABEL=x" },
		{ "root=/dev/disk/by-partuuid/1", ROOT_PARTITION,
		  "PARTUUID=1" },
		{ "root=/dev/disk/by-partlabel/x", ROOT_PARTITION,
		  "PARTLABEL=x" },
		{ "root=/dev/nfs", ROOT_UNKNOWN, "/dev/nfs" },
		{ "root=/dev/", ROOT_UNKNOWN, "/dev/" },
		{ "root=UUID=", ROOT_UNKNOWN, "UUID=" },
		{ "root=ZFS=pool", ROOT_UNKNOWN, "ZFS=pool" },
		{ "root=0801", ROOT_UNKNOWN, "0801" },
		/* the last one counts, and "--" ends it */
		{ "root=/dev/sda root=LABEL=x", ROOT_FILESYSTEM, "LABEL=x" },
		{ "root=LABEL=x root=none", ROOT_NONE, "none" },
		{ "root=/dev/sda -- root=LABEL=x", ROOT_DEVICE, "/dev/sda" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct root_spec *spec = parse(cases[i].cmdline);

		assert_int_equal(spec->kind, cases[i].kind);
		assert_string_equal(spec->name, cases[i].name);
		assert_false(spec->too_long);
	}
}

static void test_words(void **state)
{
	const struct root_spec *spec;

	(void)state;
	spec = parse("root=/dev/vda");
	assert_string_equal(spec->options, "ro");
	assert_string_equal(spec->types, "");
	assert_string_equal(spec->init, "");
	assert_int_equal(spec->timeout_ms, -1);
	spec = parse("ro rootfstype=ext4,xfs rw rootflags=noatime,data=ordered "
		     "init=/lib/systemd/systemd rootdelay=30 rootwait");
	assert_string_equal(spec->options, "rw,noatime,data=ordered");
	assert_string_equal(spec->types, "ext4,xfs");
	assert_string_equal(spec->init, "/lib/systemd/systemd");
	assert_int_equal(spec->timeout_ms, 30000);
	spec = parse("rw ro rootwait=5 ro=1 rw=1");
	assert_string_equal(spec->options, "ro");
	assert_int_equal(spec->timeout_ms, 5000);
	spec = parse("rootflags= rootdelay=x");
	assert_string_equal(spec->options, "ro");
	assert_int_equal(spec->timeout_ms, -1);
}

static void test_too_long(void **state)
{
	static const char *const names[] = { "root", "rootfstype", "rootflags",
					     "init" };
	char cmdline[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		memset(cmdline, 'x', sizeof(cmdline));
		memcpy(cmdline, names[i], len);
		cmdline[len] = '=';
		cmdline[len + 1 + 256] = '\0';
		assert_true(parse(cmdline)->too_long);
		assert_int_equal(parse(cmdline)->kind, ROOT_NONE);
		assert_string_equal(parse(cmdline)->options, "ro");
		/* What fits does. */
		cmdline[len + 1 + (i == 1 ? 63 : i == 2 ? 251 : 255)] = '\0';
		assert_false(parse(cmdline)->too_long);
	}
}

static void test_partitions(void **state)
{
	static const char uevent[] = "MAJOR=254\nMINOR=1\nDEVNAME=vda1\n"
				     "DEVTYPE=partition\nPARTN=1\n"
				     "PARTNAME=System A\nPARTUUID=ab-CD\n";
	struct root_spec spec;

	(void)state;
	spec = *parse("\"root=PARTLABEL=System A\"");
	assert_true(root_spec_matches(&spec, block(uevent)));
	spec = *parse("\"root=PARTLABEL=system a\"");
	assert_false(root_spec_matches(&spec, block(uevent)));
	spec = *parse("root=PARTLABEL=System");
	assert_false(root_spec_matches(&spec, block(uevent)));
	spec = *parse("root=PARTUUID=AB-cd");
	assert_true(root_spec_matches(&spec, block(uevent)));
	assert_false(root_spec_matches(&spec, block("PARTNAME=AB-cd\n")));
	assert_false(root_spec_matches(&spec, block("PARTUUID=")));
	assert_false(root_spec_matches(&spec, block("")));
}

static void check_type(const char *line, const char *wanted)
{
	char type[ROOT_TYPES_MAX] = "-";

	assert_int_equal(root_spec_read_type(block(line), type),
			 wanted[0] != 0);
	assert_string_equal(type, wanted[0] ? wanted : "-");
}

static void test_types(void **state)
{
	(void)state;
	check_type("/dev/vda: LABEL=\"a\" UUID=\"1\" TYPE=\"ext4\"\n", "ext4");
	check_type("/dev/vda: TYPE=\"vfat\"", "vfat");
	/* A label that looks like one. */
	check_type("/dev/vda: LABEL=\" TYPE=\" TYPE=\"xfs\"", "xfs");
	check_type("/dev/vda: LABEL=\" TYPE=x\"", "");
	check_type("/dev/vda: PTTYPE=\"dos\"", "");
	check_type("/dev/vda: TYPE=\"\"", "");
	check_type("/dev/vda: TYPE=", "");
	check_type("", "");
}

static void test_devices(void **state)
{
	static const char partitions[] = "major minor  #blocks  name\n\n"
					 " 254        0      24576 vda\n"
					 " 254        1       1023 vda1\n"
					 "   8        0 1953514584 sda\n"
					 "   8        x          1 sdb\n"
					 "   8        0          1\n";
	struct writer writer;
	char text[256];

	(void)state;
	writer_init(&writer, text, sizeof(text));
	root_spec_put_devices(&writer, block(partitions));
	assert_string_equal(text_end(&writer),
			    "vda (24 MB), vda1 (1023 KB), sda (1863 GB)");
	/* As many as have room. */
	writer_init(&writer, text, 20);
	root_spec_put_devices(&writer, block(partitions));
	assert_string_equal(text_end(&writer), "vda (24 MB)");
	writer_init(&writer, text, sizeof(text));
	root_spec_put_devices(&writer, block("major minor  #blocks  name\n\n"));
	assert_string_equal(text_end(&writer), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_devices),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	block("");
	return failed;
}
