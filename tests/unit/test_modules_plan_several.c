/* modules/plan.c: several modules on their way at once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/plan.h"

static struct modules_index index_of;
static struct modules_plan plan;
static char names[256];

static void start(const char *dep, const char *softdep)
{
	index_of = (struct modules_index){
		.dep = span_of(dep),
		.softdep = span_of(softdep),
	};
	modules_plan_init(&plan, &index_of, (struct span){ 0 });
}

static void want(const char *name)
{
	assert_int_equal(modules_plan_name(&plan, span_of(name)), 0);
}

static struct module *find(const char *name)
{
	for (unsigned int i = 0; i < plan.n_modules; i++) {
		if (span_is(plan.modules[i].name, name))
			return &plan.modules[i];
	}
	fail_msg("no module %s", name);
	return NULL;
}

/* All that can be handed out now; a cancelled one has a '!'. */
static const char *ready(void)
{
	struct module *module;

	names[0] = '\0';
	while ((module = modules_plan_next(&plan))) {
		if (names[0])
			strcat(names, " ");
		if (module->state == MODULES_FAILED)
			strcat(names, "!");
		strncat(names, (const char *)module->name.data,
			module->name.len);
	}
	return names;
}

static void done(const char *name, int result)
{
	struct module *module = find(name);

	assert_true(module->state == MODULES_LOADING ||
		    module->state == MODULES_LATE);
	modules_plan_done(&plan, module, result);
}

static void test_what_is_independent_goes_together(void **state)
{
	(void)state;
	start("k/net.ko: k/fail.ko k/core.ko k/ring.ko\n"
	      "k/fail.ko: k/core.ko\nk/core.ko:\nk/ring.ko:\n"
	      "k/disk.ko: k/ring.ko\n",
	      "");
	want("net");
	want("disk");
	assert_string_equal(ready(), "ring core");
	assert_string_equal(ready(), "");
	done("ring", 0);
	assert_string_equal(ready(), "disk");
	done("core", 0);
	assert_string_equal(ready(), "fail");
	done("disk", 0);
	assert_string_equal(ready(), "");
	done("fail", 0);
	assert_string_equal(ready(), "net");
	done("net", 0);
	assert_string_equal(ready(), "");
	assert_int_equal(plan.n_settled, 5);
}

static void test_the_network_goes_first(void **state)
{
	const char *dep = "kernel/drivers/rng.ko: kernel/drivers/ring.ko\n"
			  "kernel/drivers/ring.ko:\n"
			  "kernel/drivers/net/nic.ko: kernel/lib/fail.ko "
			  "kernel/drivers/ring.ko\n"
			  "kernel/lib/fail.ko: kernel/drivers/ring.ko\n"
			  "kernel/net/packet/af_packet.ko:\n"
			  "kernel/drivers/netless.ko:\n"
			  "kernel/drivers/virtio/virtio_pci.ko:\n"
			  "updates/drivers/net/new.ko:\n";

	(void)state;
	start(dep, "");
	plan.network_first = true;
	want("netless");
	want("rng");
	want("nic");
	want("af_packet");
	want("new");
	want("virtio_pci");
	/* What a NIC needs is the network's, though it was wanted before. */
	assert_string_equal(ready(), "ring af_packet new virtio_pci netless");
	done("ring", 0);
	assert_string_equal(ready(), "fail rng");
	done("fail", 0);
	assert_string_equal(ready(), "nic");

	/* Else the order is modprobe's. */
	start(dep, "");
	want("netless");
	want("rng");
	want("nic");
	assert_string_equal(ready(), "netless ring");
	done("ring", 0);
	assert_string_equal(ready(), "rng fail");
}

static void test_a_failure_cancels_what_needs_it_alone(void **state)
{
	(void)state;
	start("k/a.ko: k/b.ko k/c.ko\nk/b.ko: k/c.ko\nk/c.ko:\n"
	      "k/d.ko: k/e.ko\nk/e.ko:\nk/f.ko: k/e.ko k/c.ko\n",
	      "");
	want("a");
	want("d");
	want("f");
	assert_string_equal(ready(), "c e");
	done("c", -ENODEV);
	/* f is not kept waiting for e. */
	assert_string_equal(ready(), "!b !a !f");
	assert_true(span_is(find("a")->culprit, "b") ||
		    span_is(find("a")->culprit, "c"));
	assert_int_equal(find("f")->error, -ECANCELED);
	done("e", 0);
	assert_string_equal(ready(), "d");
	assert_int_equal(plan.n_failed, 4);
}

static void test_softdeps_are_an_order(void **state)
{
	(void)state;
	start("k/a.ko:\nk/pre.ko:\nk/post.ko:\nk/other.ko:\n",
	      "softdep a pre: pre post: post\n");
	want("a");
	want("other");
	assert_string_equal(ready(), "pre other");
	/* It can do without. */
	done("pre", -ENOEXEC);
	assert_string_equal(ready(), "a");
	done("other", 0);
	assert_string_equal(ready(), "");
	done("a", -ENODEV);
	assert_string_equal(ready(), "post");
}

static void test_a_late_one_holds_up_what_needs_it_alone(void **state)
{
	(void)state;
	start("k/a.ko: k/b.ko\nk/b.ko:\nk/c.ko:\nk/d.ko:\n",
	      "softdep c pre: b\n");
	want("a");
	want("c");
	want("d");
	assert_string_equal(ready(), "b d");
	modules_plan_late(find("b"));
	assert_int_equal(find("b")->state, MODULES_LATE);
	/* A soft dependency is not waited for any longer. */
	assert_string_equal(ready(), "c");
	/* What is done is not late. */
	done("c", 0);
	modules_plan_late(find("c"));
	assert_int_equal(find("c")->state, MODULES_LOADED);
	want("a");
	assert_string_equal(ready(), "");
	done("b", 0);
	assert_string_equal(ready(), "a");
}

static void test_p14_cycles_do_not_wait_for_each_other(void **state)
{
	(void)state;
	start("k/a.ko: k/b.ko k/c.ko\nk/b.ko: k/a.ko k/c.ko\n"
	      "k/c.ko: k/b.ko k/a.ko k/c.ko\n"
	      "k/d.ko:\nk/e.ko:\n",
	      "softdep d pre: e post: e\nsoftdep e pre: d post: d\n");
	want("b");
	want("d");
	for (unsigned int n = 0; n < 5; n++) {
		struct module *module = modules_plan_next(&plan);

		assert_non_null(module);
		modules_plan_done(&plan, module, 0);
	}
	assert_null(modules_plan_next(&plan));
	assert_int_equal(plan.n_settled, 5);
}

static void test_later_requests_join_in(void **state)
{
	(void)state;
	start("k/a.ko: k/b.ko\nk/b.ko:\nk/c.ko: k/b.ko\n", "");
	want("a");
	assert_string_equal(ready(), "b");
	want("c");
	assert_string_equal(ready(), "");
	done("b", 0);
	assert_string_equal(ready(), "a c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_independent_goes_together),
		cmocka_unit_test(test_the_network_goes_first),
		cmocka_unit_test(test_a_failure_cancels_what_needs_it_alone),
		cmocka_unit_test(test_softdeps_are_an_order),
		cmocka_unit_test(test_a_late_one_holds_up_what_needs_it_alone),
		cmocka_unit_test(test_p14_cycles_do_not_wait_for_each_other),
		cmocka_unit_test(test_later_requests_join_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
