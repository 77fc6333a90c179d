/* modules/index.c: the files that depmod writes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/aliases.h"
#include "modules/index.h"

/* A copy in a block of exactly its size; the caller frees it. */
static struct span heap(const void *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return (struct span){ copy, len };
}

static struct span text(const char *string)
{
	return heap(string, strlen(string));
}

static void drop(struct span span)
{
	free((void *)(uintptr_t)span.data);
}

static bool glob(const char *pattern, const char *string)
{
	struct span p = text(pattern), t = text(string);
	bool matches = modules_glob(p, t);

	drop(p);
	drop(t);
	return matches;
}

static void test_names(void **state)
{
	(void)state;
	assert_true(modules_name_equal(span_of("net-failover"),
				       span_of("net_failover")));
	assert_false(
		modules_name_equal(span_of("virtio"), span_of("virtio_net")));
	assert_false(modules_name_equal(span_of("a.b"), span_of("a_b")));
	assert_true(span_is(
		modules_path_name(span_of("kernel/net/core/failover.ko.xz")),
		"failover"));
	assert_true(span_is(modules_path_name(span_of("x.ko")), "x"));
	assert_true(span_is(modules_path_name(span_of("a.b/x.ko")), "x"));
	assert_int_equal(modules_path_name(span_of("kernel/")).len, 0);
	assert_int_equal(modules_path_name(span_of("")).len, 0);
}

static void test_p14_paths_outside_the_tree(void **state)
{
	(void)state;
	assert_true(modules_path_is_good(span_of("kernel/a/x.ko")));
	assert_true(modules_path_is_good(span_of("x.ko")));
	assert_true(modules_path_is_good(span_of("kernel/..a/x..ko")));
	assert_false(modules_path_is_good(span_of("/lib/x.ko")));
	assert_false(modules_path_is_good(span_of("../x.ko")));
	assert_false(modules_path_is_good(span_of("kernel/../../x.ko")));
	assert_false(modules_path_is_good(span_of("kernel/..")));
	assert_false(modules_path_is_good(span_of("")));
	assert_false(modules_path_is_good(span_of("kernel/")));
	assert_false(modules_path_is_good(
		(struct span){ (const uint8_t *)"kernel/x\0.ko", 12 }));
}

static void test_glob_matches_as_fnmatch(void **state)
{
	(void)state;
	assert_true(glob("virtio:d00000001v*", "virtio:d00000001v00001AF4"));
	assert_false(glob("virtio:d00000001v*", "virtio:d00000002v00001AF4"));
	assert_true(glob("pci:v00001AF4d*sv*sd*bc*sc*i*",
			 "pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i"
			 "00"));
	assert_true(glob("*", ""));
	assert_true(glob("", ""));
	assert_true(glob("**a*", "bca"));
	assert_false(glob("", "a"));
	assert_false(glob("a", ""));
	assert_true(glob("a?c", "abc"));
	assert_false(glob("a?c", "ac"));
	assert_false(glob("a?", "a"));
	/* A star takes slashes and leading dots too. */
	assert_true(glob("of:N*T*Ca,b*", "of:Nx/yT<NULL>Ca,bCd"));
	assert_true(glob("*x*yz", "axbxyyz"));
	assert_false(glob("*x*yz", "axbxyy"));
	/* depmod turns the dashes of names into underscores. */
	assert_true(glob("fs_ext4", "fs-ext4"));
	assert_true(glob("fs-ext4", "fs_ext4"));
}

static void test_glob_brackets(void **state)
{
	(void)state;
	assert_true(glob("usb:d*dc[0-3]x", "usb:d1dc2x"));
	assert_false(glob("usb:d*dc[0-3]x", "usb:d1dc4x"));
	assert_true(glob("[!a-c]", "d"));
	assert_true(glob("[^a-c]", "d"));
	assert_false(glob("[!a-c]", "b"));
	assert_true(glob("[]a]", "]"));
	assert_true(glob("[]a]", "a"));
	assert_true(glob("[!]a]", "b"));
	assert_false(glob("[!]a]", "]"));
	assert_true(glob("[0-9A-F]*[0-9]", "Fx7"));
	assert_true(glob("[a-]", "a"));
	assert_true(glob("[\\]]", "]"));
	/* One that is never closed is a bracket, no more. */
	assert_true(glob("[ab", "[ab"));
	assert_false(glob("[ab", "a"));
	assert_true(glob("[", "["));
	assert_true(glob("[!", "[!"));
	assert_false(glob("[a-", "a"));
	assert_true(glob("\\*", "*"));
	assert_false(glob("\\*", "a"));
	assert_true(glob("a\\", "a\\"));
}

/* A matcher that tries each star anew needs 2^30 steps for this. */
static void test_p14_glob_is_bounded(void **state)
{
	char pattern[MODULES_PATTERN_MAX + 2], string[MODULES_ALIAS_MAX + 2];

	(void)state;
	memset(string, 'a', MODULES_ALIAS_MAX);
	string[MODULES_ALIAS_MAX] = '\0';
	for (size_t i = 0; i < MODULES_PATTERN_MAX; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[MODULES_PATTERN_MAX - 1] = 'b';
	pattern[MODULES_PATTERN_MAX] = '\0';
	assert_false(glob(pattern, string));
	pattern[MODULES_PATTERN_MAX - 1] = '*';
	assert_true(glob(pattern, string));
	/* Over the limits nothing matches. */
	pattern[MODULES_PATTERN_MAX] = '*';
	pattern[MODULES_PATTERN_MAX + 1] = '\0';
	assert_false(glob(pattern, string));
	strcpy(string + MODULES_ALIAS_MAX, "a");
	assert_false(glob("*", string));
}

static void test_find(void **state)
{
	struct modules_index index = {
		.dep = text(
			"no colon at all\n"
			":\n"
			"\n"
			"kernel/drivers/net/virtio_net.ko: kernel/net/net_failover.ko "
			"kernel/net/failover.ko\r\n"
			"kernel/net/failover.ko:\n"
			"kernel/net/net-failover.ko.xz:\tkernel/net/failover.ko")
	};
	struct span path, deps, dep;

	(void)state;
	assert_int_equal(
		modules_index_find(&index, span_of("virtio-net"), &path, &deps),
		0);
	assert_true(span_is(path, "kernel/drivers/net/virtio_net.ko"));
	assert_true(modules_last_dep(&deps, &dep));
	assert_true(span_is(dep, "kernel/net/failover.ko"));
	assert_true(modules_last_dep(&deps, &dep));
	assert_true(span_is(dep, "kernel/net/net_failover.ko"));
	assert_false(modules_last_dep(&deps, &dep));

	assert_int_equal(
		modules_index_find(&index, span_of("failover"), &path, &deps),
		0);
	assert_false(modules_last_dep(&deps, &dep));
	assert_int_equal(modules_index_find(&index, span_of("net_failover"),
					    &path, &deps),
			 0);
	assert_true(modules_last_dep(&deps, &dep));
	assert_false(modules_last_dep(&deps, &dep));
	path = span_of("untouched");
	assert_int_equal(
		modules_index_find(&index, span_of("virtio"), &path, &deps),
		-ENOENT);
	assert_int_equal(modules_index_find(&index, span_of(""), &path, &deps),
			 -EBADMSG);
	assert_true(span_is(path, "untouched"));
	drop(index.dep);
}

static void test_p14_find_rejects_bad_paths(void **state)
{
	struct modules_index index = { .dep = text("/lib/a.ko:\n"
						   "kernel/../../b.ko:\n"
						   "kernel/c.ko:\n") };
	struct span path, deps;

	(void)state;
	assert_int_equal(modules_index_find(&index, span_of("a"), &path, &deps),
			 -EBADMSG);
	assert_int_equal(modules_index_find(&index, span_of("b"), &path, &deps),
			 -EBADMSG);
	assert_int_equal(modules_index_find(&index, span_of("c"), &path, &deps),
			 0);
	drop(index.dep);
}

static void test_p14_line_of_one_mebibyte(void **state)
{
	const size_t len = 1024 * 1024;
	static const char head[] = "kernel/a.ko:", tail[] = "\nkernel/b.ko:\n";
	char *line = malloc(len + sizeof(head) + sizeof(tail));
	struct modules_index index;
	struct span path, deps, dep;
	size_t n = 0, at;

	(void)state;
	assert_non_null(line);
	at = sizeof(head) - 1;
	memcpy(line, head, at);
	while (at + 8 <= len) {
		memcpy(line + at, " k/xx.ko", 8);
		at += 8;
	}
	memcpy(line + at, tail, sizeof(tail) - 1);
	index = (struct modules_index){ .dep = heap(line,
						    at + sizeof(tail) - 1) };
	free(line);
	assert_int_equal(modules_index_find(&index, span_of("a"), &path, &deps),
			 0);
	while (modules_last_dep(&deps, &dep)) {
		assert_true(span_is(dep, "k/xx.ko"));
		n++;
	}
	assert_int_equal(n, (at - (sizeof(head) - 1)) / 8);
	assert_int_equal(modules_index_find(&index, span_of("b"), &path, &deps),
			 0);
	drop(index.dep);
}

static void test_builtin(void **state)
{
	struct modules_index index = {
		.builtin = text(
			"kernel/fs/ext4/ext4.ko\r\n\nkernel/\nkernel/net/af-x.ko")
	};

	(void)state;
	assert_true(modules_index_is_builtin(&index, span_of("ext4")));
	assert_true(modules_index_is_builtin(&index, span_of("af_x")));
	assert_false(modules_index_is_builtin(&index, span_of("ext")));
	assert_false(modules_index_is_builtin(&index, span_of("")));
	drop(index.builtin);
}

static void test_aliases(void **state)
{
	struct span file = text("# Aliases extracted from modules.\n"
				"alias virtio:d00000001v* virtio_net\r\n"
				"alias pci:v1* not_near\n"
				"alias virt*:x wild\n"
				"alias only_a_pattern\n"
				"alias\n"
				"options x y\n"
				"alias virtio:d2 of_another\n"
				"alias   two   blanks");
	static const char *const names[] = { "virtio_net", "wild", "of_another",
					     "blanks" };
	struct span texts[] = { span_of("virtio:d00000001v1"),
				span_of("pci:v1"), span_of("acpi:x") };
	const bool closed[] = { false, true, false };
	struct span pattern, name;
	struct modules_pass pass;

	(void)state;
	modules_pass_begin(&pass, file, texts, 3, closed);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(modules_pass_next(&pass, &pattern, &name));
		assert_true(span_is(name, names[i]));
		/* One that has no bus of its own is near to all. */
		assert_int_equal(pass.n_near, i % 2 == 0 ? 1 : 2);
		assert_int_equal(pass.near[0], 0);
	}
	assert_true(span_is(pattern, "two"));
	assert_false(modules_pass_next(&pass, &pattern, &name));
	drop(file);
}

static void softdeps_are(const struct modules_index *index, const char *name,
			 const char *expected)
{
	enum modules_softdep kind = MODULES_SOFTDEP_NONE;
	struct reader words;
	struct span word;
	char result[128] = "";

	if (!modules_index_softdeps(index, span_of(name), &words))
		reader_init(&words, NULL, 0);
	while (modules_next_softdep_word(&words, &kind, &word)) {
		strcat(result, kind == MODULES_SOFTDEP_PRE ? "<" : ">");
		strncat(result, (const char *)word.data, word.len);
	}
	assert_string_equal(result, expected);
}

static void test_softdeps(void **state)
{
	struct modules_index index = {
		.softdep = text("# Soft dependencies\n"
				"softdep cifs gcm\n"
				"softdep\n"
				"softdep a x pre: b c post: d pre: e\r\n"
				"softdep a pre: second\n"
				"softdep early pre: x\n"
				"softdep late pre: x\n"),
		.config = { .n_files = 2,
			    .n_before = 1,
			    .files = { text("softdep ear* post: y\n"),
				       text("softdep late post: y\n"
					    "softdep only-late post: z\n") } },
	};

	(void)state;
	softdeps_are(&index, "cifs", "");
	softdeps_are(&index, "nothing", "");
	softdeps_are(&index, "a", "<b<c>d<e");
	/* The order of files decides, as with modprobe. */
	softdeps_are(&index, "early", ">y");
	softdeps_are(&index, "late", "<x");
	softdeps_are(&index, "only_late", ">z");
	drop(index.softdep);
	drop(index.config.files[0]);
	drop(index.config.files[1]);
}

static void test_weakdeps(void **state)
{
	struct modules_index index = {
		.weakdep = text("# Weak dependencies\nweakdep a-b c d\r\n"),
		.config = { .n_files = 1,
			    .files = { text("weakdep e f\nweakdep a_b g") } },
	};
	struct reader words;

	(void)state;
	assert_true(modules_index_weakdeps(&index, span_of("a_b"), &words));
	assert_true(span_is(reader_word(&words), "c"));
	assert_true(span_is(reader_word(&words), "d"));
	assert_int_equal(reader_word(&words).len, 0);
	assert_true(modules_index_weakdeps(&index, span_of("e"), &words));
	assert_true(span_is(reader_word(&words), "f"));
	assert_false(modules_index_weakdeps(&index, span_of("c"), &words));
	drop(index.weakdep);
	drop(index.config.files[0]);
}

static void test_builtin_aliases(void **state)
{
	static const char modinfo[] = "8250.alias=acpi:PNP0501:*\0"
				      "8250.alias=\0"
				      "x.description=alias=pci:*\0"
				      "ext4.alias=fs-ext4\0"
				      "no key at all\0"
				      ".alias\0"
				      "end.alias=of:N*T*Cend";
	struct modules_index index = { .builtin_modinfo = heap(
					       modinfo, sizeof(modinfo) - 1) };

	(void)state;
	assert_true(
		modules_index_builtin_serves(&index, span_of("acpi:PNP0501:")));
	assert_true(modules_index_builtin_serves(&index, span_of("fs_ext4")));
	assert_true(
		modules_index_builtin_serves(&index, span_of("of:NxTyCend")));
	assert_false(modules_index_builtin_serves(&index, span_of("pci:v1")));
	assert_false(modules_index_builtin_serves(&index, span_of("acpi:")));
	drop(index.builtin_modinfo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_p14_paths_outside_the_tree),
		cmocka_unit_test(test_glob_matches_as_fnmatch),
		cmocka_unit_test(test_glob_brackets),
		cmocka_unit_test(test_p14_glob_is_bounded),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_p14_find_rejects_bad_paths),
		cmocka_unit_test(test_p14_line_of_one_mebibyte),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_softdeps),
		cmocka_unit_test(test_weakdeps),
		cmocka_unit_test(test_builtin_aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
