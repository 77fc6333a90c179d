/* modules/plan.c: what is loaded, and in which order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/aliases.h"
#include "modules/plan.h"

struct fixture {
	struct modules_index index;
	struct modules_plan plan;
	char names[1024];
};

static struct fixture fixture;

static struct span text(const char *string)
{
	size_t len = strlen(string);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, string, len);
	return (struct span){ copy, len };
}

static void drop(struct span span)
{
	free((void *)(uintptr_t)span.data);
}

static void start(const char *dep, const char *alias, const char *softdep,
		  const char *cmdline)
{
	fixture.index = (struct modules_index){
		.dep = text(dep),
		.alias = text(alias),
		.softdep = text(softdep),
		.builtin = text("kernel/fs/ext4.ko\nkernel/lib/crc32.ko\n"),
	};
	modules_plan_init(&fixture.plan, &fixture.index, text(cmdline));
}

/* One file of modprobe.d, which comes before modules.softdep. */
static void configure(const char *config)
{
	fixture.index.config.files[0] = text(config);
	fixture.index.config.n_files = 1;
	fixture.index.config.n_before = 1;
}

static void stop(void)
{
	for (unsigned int i = 0; i < fixture.index.config.n_files; i++)
		drop(fixture.index.config.files[i]);
	drop(fixture.index.dep);
	drop(fixture.index.alias);
	drop(fixture.index.softdep);
	drop(fixture.index.builtin);
	drop(fixture.plan.cmdline);
}

static int want(const char *name)
{
	return modules_plan_name(&fixture.plan, span_of(name));
}

/* Hands out what is wanted and lets it all succeed; the names, in order. */
static const char *loaded(void)
{
	struct module *module;

	fixture.names[0] = '\0';
	while ((module = modules_plan_next(&fixture.plan))) {
		assert_int_equal(module->state, MODULES_LOADING);
		if (fixture.names[0])
			strcat(fixture.names, " ");
		strncat(fixture.names, (const char *)module->name.data,
			module->name.len);
		modules_plan_done(&fixture.plan, module, 0);
		assert_int_equal(module->state, MODULES_LOADED);
	}
	return fixture.names;
}

/* Debian's 6.1 cloud kernel. */
static const char virtio_dep[] =
	"kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko"
	"\n"
	"kernel/drivers/virtio/virtio_ring.ko:\n"
	"kernel/drivers/virtio/virtio_pci_modern_dev.ko:\n"
	"kernel/drivers/virtio/virtio_pci_legacy_dev.ko:\n"
	"kernel/drivers/virtio/virtio_pci.ko: "
	"kernel/drivers/virtio/virtio_pci_legacy_dev.ko "
	"kernel/drivers/virtio/virtio_pci_modern_dev.ko "
	"kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko\n"
	"kernel/net/core/failover.ko:\n"
	"kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko\n"
	"kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko "
	"kernel/net/core/failover.ko kernel/drivers/virtio/virtio.ko "
	"kernel/drivers/virtio/virtio_ring.ko\n";

static void test_dependencies_come_first(void **state)
{
	(void)state;
	start(virtio_dep, "", "", "");
	assert_int_equal(want("virtio_net"), 0);
	assert_string_equal(loaded(),
			    "virtio_ring virtio failover net_failover "
			    "virtio_net");
	/* Later requests bring what is missing, and nothing twice. */
	assert_int_equal(want("virtio-pci"), 0);
	assert_int_equal(want("virtio_net"), 0);
	assert_string_equal(loaded(), "virtio_pci_modern_dev "
				      "virtio_pci_legacy_dev virtio_pci");
	assert_string_equal(loaded(), "");
	stop();
}

static void test_builtin_and_unknown(void **state)
{
	(void)state;
	start(virtio_dep, "alias crc32 virtio\nalias net-pf-17 af_packet\n", "",
	      "");
	assert_int_equal(want("ext4"), 0);
	assert_string_equal(loaded(), "");
	assert_int_equal(want("nothing"), -ENOENT);
	assert_int_equal(want(""), -ENOENT);
	/* Its module is not there. */
	assert_int_equal(want("net-pf-17"), -ENOENT);
	/* A built-in one that modules are an alias of. */
	assert_int_equal(want("crc32"), 0);
	assert_string_equal(loaded(), "virtio_ring virtio");
	stop();
}

static void test_modaliases_together(void **state)
{
	const struct span modaliases[] = {
		span_of("virtio:d00000001v00001AF4"),
		span_of("acpi:PNP0C0C:"),
		span_of("pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00"),
	};

	(void)state;
	start(virtio_dep,
	      "alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci\n"
	      "alias virtio:d00000001v* virtio_net\n"
	      "alias virtio:d00000001v* not_there\n"
	      "alias virtio:d00000002v* failover\n",
	      "", "");
	assert_int_equal(
		modules_plan_aliases(&fixture.plan, modaliases, 3, NULL), 0);
	assert_string_equal(loaded(),
			    "virtio_ring virtio virtio_pci_modern_dev "
			    "virtio_pci_legacy_dev virtio_pci failover "
			    "net_failover virtio_net");
	assert_int_equal(
		modules_plan_aliases(&fixture.plan, modaliases, 3, NULL), 0);
	assert_string_equal(loaded(), "");
	stop();
}

static void test_softdeps_before_and_after(void **state)
{
	(void)state;
	start("k/a.ko:\nk/b.ko:\nk/c.ko: k/d.ko\nk/d.ko:\nk/e.ko:\n",
	      "alias crypto-x e\n",
	      "softdep a pre: crypto-x none post: c\n"
	      "softdep a pre: b\n"
	      "softdep d pre: b\n",
	      "");
	assert_int_equal(want("a"), 0);
	/* Of two lines for one module the first counts; what d wants goes
	 * before it though d is only a dependency. */
	assert_string_equal(loaded(), "e a b d c");
	stop();
}

static void test_p14_cycles_end(void **state)
{
	(void)state;
	start("k/a.ko: k/b.ko k/a.ko\nk/b.ko: k/a.ko\n"
	      "k/c.ko:\nk/d.ko: k/c.ko\n",
	      "", "softdep a pre: a b\nsoftdep c pre: d post: d\n", "");
	assert_int_equal(want("a"), 0);
	assert_string_equal(loaded(), "b a");
	/* d needs c, so c goes first, whatever its soft dependency says. */
	assert_int_equal(want("c"), 0);
	assert_string_equal(loaded(), "c d");
	stop();
}

static void test_p14_missing_entries(void **state)
{
	(void)state;
	start("k/a.ko: k/gone.ko\n", "", "softdep a pre: gone2 post: gone3\n",
	      "");
	assert_int_equal(want("a"), 0);
	assert_int_equal(want("gone"), 0);
	assert_string_equal(loaded(), "gone a");
	stop();
}

static void test_p14_paths_outside_the_tree(void **state)
{
	(void)state;
	start("k/a.ko: k/b.ko ../evil.ko\nk/b.ko:\nk/c.ko: /evil.ko\n"
	      "/srv/d.ko:\nk/e.ko: k/b.ko\n",
	      "alias al a\nalias al e\n", "softdep e pre: c\n", "");
	assert_int_equal(want("a"), -EBADMSG);
	assert_int_equal(want("c"), -EBADMSG);
	assert_int_equal(want("d"), -EBADMSG);
	assert_int_equal(fixture.plan.n_rejected, 3);
	assert_int_equal(fixture.plan.n_modules, 0);
	assert_string_equal(loaded(), "");
	/* The control: what is good is taken still. */
	assert_int_equal(want("al"), 0);
	assert_string_equal(loaded(), "b e");
	stop();
}

static void test_blacklist(void **state)
{
	const struct span modalias = span_of("virtio:d1");

	(void)state;
	start(virtio_dep, "alias virtio:* virtio_net\nalias x virtio\n",
	      "softdep virtio pre: failover\n",
	      "quiet modprobe.blacklist=virtio-net,failover "
	      "module_blacklist=virtio_pci");
	assert_int_equal(want("virtio_net"), -EPERM);
	assert_int_equal(want("virtio-pci"), -EPERM);
	assert_int_equal(
		modules_plan_aliases(&fixture.plan, &modalias, 1, NULL), 0);
	assert_int_equal(fixture.plan.n_modules, 0);
	/* Nor as a soft dependency … */
	assert_int_equal(want("x"), 0);
	assert_string_equal(loaded(), "virtio_ring virtio");
	/* … but where one is needed. */
	assert_int_equal(want("net_failover"), 0);
	assert_string_equal(loaded(), "failover net_failover");
	stop();
}

static const char four_dep[] = "k/a.ko:\nk/b.ko:\nk/c.ko: k/d.ko\nk/d.ko:\n";

static void test_configured_aliases_come_first(void **state)
{
	(void)state;
	start(four_dep, "alias x* c\n", "", "");
	configure("alias a b\n"
		  "alias xy missing\n"
		  "alias xz missing\n"
		  "alias xz a\n"
		  "alias old ext4\n"
		  "alias off-1 off\n");
	/* In the place of a module … */
	assert_int_equal(want("a"), 0);
	assert_string_equal(loaded(), "b");
	/* … and of what modules.alias says; there is no second step. */
	assert_int_equal(want("xy"), -ENOENT);
	assert_int_equal(want("xz"), 0);
	assert_string_equal(loaded(), "a");
	assert_int_equal(want("off-1"), -ENOENT);
	assert_int_equal(want("old"), 0);
	assert_int_equal(want("x"), 0);
	assert_string_equal(loaded(), "d c");
	stop();
}

static void test_configured_softdeps_and_blacklists(void **state)
{
	(void)state;
	start(four_dep, "alias x b\nalias y b\nalias y d\n",
	      "softdep a pre: d\nsoftdep b pre: d\n", "");
	configure("softdep a pre: x b post: c\nblacklist b\n");
	assert_int_equal(want("b"), -EPERM);
	assert_int_equal(want("x"), -EPERM);
	assert_int_equal(want("y"), 0);
	assert_string_equal(loaded(), "d");
	assert_int_equal(want("a"), 0);
	assert_string_equal(loaded(), "a c");
	stop();
}

/* The kernel takes the last one that is said. */
static void test_options_of_the_command_line_come_last(void **state)
{
	char buffer[64];
	struct writer writer;

	(void)state;
	start(four_dep, "", "", "a.x=3");
	configure("options a x=1\noptions b x=2\n");
	writer_init(&writer, buffer, sizeof(buffer));
	modules_plan_put_options(&fixture.plan, span_of("a"), &writer);
	assert_true(span_is(writer_span(&writer), "x=1 x=3"));
	stop();
}

static void test_what_came_of_each_alias(void **state)
{
	static const struct {
		const char *modalias;
		enum modules_served served;
	} cases[] = {
		{ "acpi:nobody", MODULES_SERVED_BY_NOTHING },
		{ "pci:v1", MODULES_SERVED_MODULE },
		{ "pci:v2", MODULES_SERVED_MISSING },
		{ "pci:v3", MODULES_SERVED_BLACKLISTED },
		{ "pci:v4", MODULES_SERVED_REFUSED },
		{ "pci:v5", MODULES_SERVED_BUILTIN },
		{ "pci:v6", MODULES_SERVED_BUILTIN },
		{ "usb:v1", MODULES_SERVED_MODULE },
		{ "usb:v2", MODULES_SERVED_MISSING },
		{ "", MODULES_SERVED_BY_NOTHING },
		{ "pci:v1", MODULES_SERVED_MODULE },
	};
	enum modules_served served[2 * MODULES_PASS_MAX];
	struct span modaliases[2 * MODULES_PASS_MAX];
	const unsigned int count = 2 * MODULES_PASS_MAX;
	static const char modinfo[] = "x.alias=pci:v5\0x.alias=pci:v6\0"
				      "x.alias=pci:v1\0x.alias=usb:*";

	(void)state;
	start("k/a.ko:\nk/b.ko:\nk/../c.ko:\n",
	      "alias pci:v1 gone\nalias pci:v1 a\nalias pci:v2* gone\n"
	      "alias pci:v3 b\nalias p*:v4 c\nalias pci:v6 b\n"
	      "alias usb:v2 a\n",
	      "", "module_blacklist=b");
	configure("alias usb:v1 a\nalias usb:v2 gone\n");
	fixture.index.builtin_modinfo = (struct span){ (const uint8_t *)modinfo,
						       sizeof(modinfo) - 1 };
	for (unsigned int i = 0; i < count; i++)
		modaliases[i] = span_of(cases[i % ARRAY_SIZE(cases)].modalias);
	/* More than one pass takes. */
	assert_int_equal(
		modules_plan_aliases(&fixture.plan, modaliases, count, served),
		0);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(served[i],
				 cases[i % ARRAY_SIZE(cases)].served);
	assert_string_equal(loaded(), "a");
	/* Those of the plan are served also the next time. */
	assert_int_equal(
		modules_plan_aliases(&fixture.plan, modaliases, 2, served), 0);
	assert_int_equal(served[1], MODULES_SERVED_MODULE);
	assert_string_equal(loaded(), "");
	stop();
}

static void test_p14_crlf(void **state)
{
	const struct span modalias = span_of("pci:v1");
	enum modules_served served;

	(void)state;
	start("k/a.ko: k/b.ko k/c.ko\r\nk/b.ko:\r\nk/c.ko:\r\nk/d.ko:\r\n",
	      "alias pci:v1 a\r\n", "softdep a pre: d\r\n", "");
	configure("alias x a\r\nblacklist y\r\n");
	assert_int_equal(
		modules_plan_aliases(&fixture.plan, &modalias, 1, &served), 0);
	assert_int_equal(served, MODULES_SERVED_MODULE);
	assert_int_equal(want("x"), 0);
	assert_string_equal(loaded(), "c b d a");
	assert_int_equal(want("y"), -EPERM);
	stop();
}

/* A plan without room refuses a request whole, and goes on. */
static void test_full_plan(void **state)
{
	char *dep = malloc(MODULES_PLAN_MAX * 32);
	struct module *module;
	char line[32];
	unsigned int n;

	(void)state;
	assert_non_null(dep);
	dep[0] = '\0';
	for (n = 0; n + 1 < MODULES_PLAN_MAX; n++) {
		snprintf(line, sizeof(line), "k/m%u.ko:\n", n);
		strcat(dep, line);
	}
	strcat(dep, "k/two.ko: k/one.ko\nk/one.ko:\n");
	start(dep, "alias al two\n", "softdep one pre: two\n", "");
	free(dep);
	for (n = 0; n + 1 < MODULES_PLAN_MAX; n++) {
		snprintf(line, sizeof(line), "m%u", n);
		assert_int_equal(want(line), 0);
	}
	assert_int_equal(want("two"), -ENOBUFS);
	const struct span modalias = span_of("al");

	assert_int_equal(
		modules_plan_aliases(&fixture.plan, &modalias, 1, NULL),
		-ENOBUFS);
	assert_int_equal(fixture.plan.n_refused, 2);
	assert_int_equal(want("m7"), 0);
	/* What was taken back is not found, whatever has the same hash is. */
	assert_null(modules_plan_find(&fixture.plan, span_of("one")));
	assert_null(modules_plan_find(&fixture.plan, span_of("two")));
	for (n = 0; n + 1 < MODULES_PLAN_MAX; n++) {
		snprintf(line, sizeof(line), "m%u", n);
		assert_ptr_equal(
			modules_plan_find(&fixture.plan, span_of(line)),
			&fixture.plan.modules[n]);
	}
	for (n = 0; (module = modules_plan_next(&fixture.plan)); n++)
		modules_plan_done(&fixture.plan, module, 0);
	assert_int_equal(n, MODULES_PLAN_MAX - 1);
	stop();
}

static void test_deep_softdeps_are_left_out(void **state)
{
	char dep[4096] = "", softdep[4096] = "", line[64];
	unsigned int n;

	(void)state;
	for (n = 0; n <= MODULES_PLAN_DEPTH_MAX + 1; n++) {
		snprintf(line, sizeof(line), "k/m%u.ko:\n", n);
		strcat(dep, line);
		snprintf(line, sizeof(line), "softdep m%u pre: m%u\n", n,
			 n + 1);
		strcat(softdep, line);
	}
	start(dep, "", softdep, "");
	assert_int_equal(want("m0"), 0);
	assert_int_equal(fixture.plan.n_too_deep, 1);
	assert_int_equal(fixture.plan.n_ordered, MODULES_PLAN_DEPTH_MAX + 1);
	stop();
}

static void test_p13_failure_is_told_once(void **state)
{
	struct module *module;

	(void)state;
	start(virtio_dep, "", "", "");
	assert_int_equal(want("virtio_net"), 0);
	module = modules_plan_next(&fixture.plan);
	assert_true(span_is(module->name, "virtio_ring"));
	modules_plan_done(&fixture.plan, module, -ENOEXEC);
	assert_int_equal(module->state, MODULES_FAILED);
	assert_int_equal(module->error, -ENOEXEC);
	/* What needs it is not tried, and knows why. */
	module = modules_plan_next(&fixture.plan);
	assert_true(span_is(module->name, "virtio"));
	assert_int_equal(module->state, MODULES_FAILED);
	assert_int_equal(module->error, -ECANCELED);
	assert_true(span_is(module->culprit, "virtio_ring"));
	/* What does not need it is. */
	module = modules_plan_next(&fixture.plan);
	assert_true(span_is(module->name, "failover"));
	assert_int_equal(module->state, MODULES_LOADING);
	modules_plan_done(&fixture.plan, module, 0);
	module = modules_plan_next(&fixture.plan);
	assert_true(span_is(module->name, "net_failover"));
	modules_plan_done(&fixture.plan, module, 0);
	module = modules_plan_next(&fixture.plan);
	assert_true(span_is(module->name, "virtio_net"));
	assert_int_equal(module->error, -ECANCELED);
	assert_null(modules_plan_next(&fixture.plan));
	assert_int_equal(fixture.plan.n_failed, 3);
	/* Nor again, for the next device of its kind. */
	assert_int_equal(want("virtio_net"), 0);
	assert_null(modules_plan_next(&fixture.plan));
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dependencies_come_first),
		cmocka_unit_test(test_builtin_and_unknown),
		cmocka_unit_test(test_modaliases_together),
		cmocka_unit_test(test_softdeps_before_and_after),
		cmocka_unit_test(test_p14_cycles_end),
		cmocka_unit_test(test_p14_missing_entries),
		cmocka_unit_test(test_p14_paths_outside_the_tree),
		cmocka_unit_test(test_blacklist),
		cmocka_unit_test(test_configured_aliases_come_first),
		cmocka_unit_test(test_configured_softdeps_and_blacklists),
		cmocka_unit_test(test_options_of_the_command_line_come_last),
		cmocka_unit_test(test_what_came_of_each_alias),
		cmocka_unit_test(test_p14_crlf),
		cmocka_unit_test(test_full_plan),
		cmocka_unit_test(test_deep_softdeps_are_left_out),
		cmocka_unit_test(test_p13_failure_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
