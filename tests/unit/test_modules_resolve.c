/* modules/resolve.c: which modules a name or an alias stands for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "modules/resolve.h"

static const char dep[] = "kernel/net/virtio-net.ko.xz:\n"
			  "kernel/net/e1000.ko: kernel/lib/mii.ko\n"
			  "kernel/lib/mii.ko:\n";
static const char alias[] = "# of depmod\n"
			    "alias pci:v8086d1* e1000\n"
			    "alias pci:v8086* e1000\n"
			    "alias pci:v*d10* mii\n"
			    "alias pci:v80* virtio-net\n";
static const char builtin[] = "kernel/fs/ext4.ko\n";
static const char modinfo[] = "ext4.alias=fs-ext[34]\0"
			      "ext4.license=GPL\0"
			      "ext4.alias=fs-*4\0"
			      "ata-piix.alias=pci:v7*";

static char result[256];

/* A block of exactly that size, the caller's. */
static struct span block(const char *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return (struct span){ copy, len };
}

static void drop(struct span span)
{
	free((void *)(uintptr_t)span.data);
}

static const char *resolve(const char *config, const char *cmdline,
			   const char *query)
{
	static struct modules_plan plan;
	struct modules_index index = {
		.dep = block(dep, strlen(dep)),
		.alias = block(alias, strlen(alias)),
		.builtin = block(builtin, strlen(builtin)),
		.builtin_modinfo = block(modinfo, sizeof(modinfo)),
		.config = {
			.n_files = 1,
			.files = { block(config, strlen(config)) },
		},
	};
	struct span words = block(cmdline, strlen(cmdline));
	struct span text = block(query, strlen(query));
	struct writer writer;

	modules_plan_init(&plan, &index, words);
	writer_init(&writer, result, sizeof(result));
	modules_resolve(&plan, text, &writer);
	drop(index.dep);
	drop(index.alias);
	drop(index.builtin);
	drop(index.builtin_modinfo);
	drop(index.config.files[0]);
	drop(words);
	drop(text);
	assert_false(writer_failed(&writer));
	return text_end(&writer);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(resolve("", "", "virtio_net"), "virtio_net\n");
	assert_string_equal(resolve("", "", "virtio-net"), "virtio_net\n");
	/* What it needs is not meant. */
	assert_string_equal(resolve("", "", "e1000"), "e1000\n");
	assert_string_equal(resolve("", "", "e100"), "");
	assert_string_equal(resolve("", "", ""), "");
	/* A blacklist is about aliases. */
	assert_string_equal(resolve("", "modprobe.blacklist=mii", "mii"),
			    "mii\n");
}

static void test_aliases(void **state)
{
	(void)state;
	/* Each once, in the order of modules.alias. */
	assert_string_equal(resolve("", "", "pci:v8086d1000"),
			    "e1000\nmii\nvirtio_net\n");
	assert_string_equal(resolve("", "", "pci:v9d1000"), "mii\n");
	assert_string_equal(resolve("", "", "pci:v9"), "");
	assert_string_equal(resolve("", "modprobe.blacklist=virtio_net,mii",
				    "pci:v8086d1000"),
			    "e1000\n");
	assert_string_equal(resolve("blacklist e1000\n", "", "pci:v8086d1000"),
			    "mii\nvirtio_net\n");
}

static void test_configured(void **state)
{
	static const char config[] = "alias eth* virtio-net\n"
				     "alias eth0 e1000\n"
				     "alias mii other\n";

	(void)state;
	assert_string_equal(resolve(config, "", "eth0"), "virtio_net\ne1000\n");
	/* It goes before a module of that name. */
	assert_string_equal(resolve(config, "", "mii"), "other\n");
	assert_string_equal(resolve(config, "", "e1000"), "e1000\n");
}

static void test_builtin(void **state)
{
	(void)state;
	assert_string_equal(resolve("", "", "ext4"), "ext4\n");
	assert_string_equal(resolve("", "", "fs-ext4"), "ext4\n");
	assert_string_equal(resolve("", "", "fs-ext2"), "");
	assert_string_equal(resolve("", "", "GPL"), "");
	/* The last entry lacks its end, or has two. */
	assert_string_equal(resolve("", "", "pci:v7"), "ata_piix\n");
}

static void test_no_room(void **state)
{
	static struct modules_plan plan;
	struct modules_index index = { .alias = block(alias, strlen(alias)) };
	struct writer writer;
	char small[8];

	(void)state;
	modules_plan_init(&plan, &index, (struct span){ NULL, 0 });
	writer_init(&writer, small, sizeof(small));
	modules_resolve(&plan, span_of("pci:v8086d1000"), &writer);
	assert_true(writer_failed(&writer));
	drop(index.alias);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
