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

static void check_order(void)
{
	struct module *module;
	unsigned int n = 0;

	for (; (module = modules_plan_next(&plan)); n++) {
		check(modules_path_is_good(module->path));
		check(modules_plan_find(&plan, module->name) == module);
		if (module->state == MODULES_FAILED)
			continue;
		/* Every third one fails. */
		modules_plan_done(&plan, module, n % 3 == 2 ? -1 : 0);
	}
	check(plan.n_handed_out == plan.n_ordered);
	check(plan.n_ordered <= plan.n_modules);
	check(plan.n_modules <= MODULES_PLAN_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modules_index index;
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
		(void)!modules_plan_aliases(&plan, &request, 1);
		check_order();
		n_ordered = plan.n_ordered;
		(void)!modules_plan_aliases(&plan, &request, 1);
		check(plan.n_ordered == n_ordered);
		writer_init(&writer, buffer, sizeof(buffer));
		modules_options_put(cmdline, request, &writer);
	}
	return 0;
}
