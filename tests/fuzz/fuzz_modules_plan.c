/*
 * modules/: the input is modules.dep, modules.alias, modules.softdep,
 * modules.builtin, a command line and requests, with NULs between them.
 */
#include <stdlib.h>

#include "modules/options.h"
#include "modules/plan.h"

static struct modules_plan plan;

static void check(bool good)
{
	if (!good)
		abort();
}

/* What is on its way, the oldest first. */
static struct module *flying[4];
static unsigned int n_flying;

static void land(unsigned int which, int result)
{
	modules_plan_done(&plan, flying[which], result);
	flying[which] = flying[--n_flying];
}

/* Up to four at once; every third one fails, every fifth is late. */
static void check_order(void)
{
	unsigned int n = 0;

	for (;;) {
		struct module *module = NULL;

		if (n_flying < 4)
			module = modules_plan_next(&plan);
		if (!module && n_flying == 0)
			break;
		if (!module) {
			land(n % n_flying, n % 3 == 2 ? -1 : 0);
			n++;
			continue;
		}
		check(modules_path_is_good(module->path));
		check(modules_plan_find(&plan, module->name) == module);
		if (module->state == MODULES_FAILED)
			continue;
		check(module->state == MODULES_LOADING);
		if (n++ % 5 == 4)
			modules_plan_late(module);
		flying[n_flying++] = module;
	}
	check(plan.n_handed_out == plan.n_ordered);
	check(plan.n_settled == plan.n_ordered);
	check(plan.n_ordered <= plan.n_modules);
	check(plan.n_modules <= MODULES_PLAN_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modules_index index = { .table = NULL };
	struct reader reader;
	struct span cmdline;
	uint8_t buffer[256];

	reader_init(&reader, data, size);
	index.dep = reader_until(&reader, 0);
	index.alias = reader_until(&reader, 0);
	index.softdep = reader_until(&reader, 0);
	index.builtin = reader_until(&reader, 0);
	cmdline = reader_until(&reader, 0);
	modules_plan_init(&plan, &index, cmdline);
	while (reader_left(&reader) > 0) {
		struct span request = reader_until(&reader, 0);
		unsigned int n_modules = plan.n_modules;
		unsigned int n_ordered = plan.n_ordered;
		struct writer writer;

		if (modules_plan_name(&plan, request) < 0) {
			check(plan.n_modules == n_modules);
			check(plan.n_ordered == n_ordered);
		}
		(void)!modules_plan_aliases(&plan, &request, 1, NULL);
		check_order();
		n_ordered = plan.n_ordered;
		(void)!modules_plan_aliases(&plan, &request, 1, NULL);
		check(plan.n_ordered == n_ordered);
		writer_init(&writer, buffer, sizeof(buffer));
		modules_options_put(cmdline, request, &writer);
	}
	return 0;
}
