/* What modules/ costs: see cost.h. */
#include "tests/bench/cost.h"

#include <errno.h>

#include "base/format.h"
#include "base/text.h"
#include "modules/plan.h"
#include "modules/resolve.h"

#define NAMES 64   /* that are asked for, spread over all */
#define DEVICES 32 /* of a machine */

struct tree {
	struct modules_index index;
	struct modules_table table;
	struct modules_plan plan;
	struct span devices[MODULES_PLAN_MAX];
	uint8_t names[4096];
};

/* modules.dep as depmod writes it: what a module needs, the nearest first. */
static struct span put_dep(struct cost *cost, unsigned int n)
{
	size_t start = writer_len(&cost->input);

	for (unsigned int i = 0; i < n; i++) {
		text_format(&cost->input,
			    "kernel/drivers/net/d%u/mod_%u.ko:", i % 97, i);
		for (unsigned int k = i % 4; k > 0 && i >= 8; k--)
			text_format(&cost->input,
				    " kernel/drivers/net/d%u/mod_%u.ko",
				    (i / 8 + k) % 97, i / 8 + k);
		text_put(&cost->input, "\n");
	}
	return span_skip(writer_span(&cost->input), start);
}

/* modules.alias, of the buses that real ones are mostly of. */
static struct span put_aliases(struct cost *cost, unsigned int n)
{
	static const char *const forms[] = {
		"pci:v00008086d%08xsv*sd*bc*sc*i*", "of:N*T*Cvendor,dev%x*",
		"usb:v0BDAp%04xd*dc*dsc*dp*ic*isc*ip*in*", "virtio:d%08xv*"
	};
	size_t start = writer_len(&cost->input);

	for (unsigned int form = 0; form < ARRAY_SIZE(forms); form++) {
		for (unsigned int i = form; i < n; i += ARRAY_SIZE(forms)) {
			text_put(&cost->input, "alias ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			text_format(&cost->input, forms[form], i);
#pragma GCC diagnostic pop
			text_format(&cost->input, " mod_%u\n", i % 1000);
		}
	}
	return span_skip(writer_span(&cost->input), start);
}

/* Devices of all those buses; three of four are known. */
static void put_devices(struct cost *cost, unsigned int n_devices,
			unsigned int n)
{
	struct tree *tree = cost->state;

	for (unsigned int i = 0; i < n_devices; i++) {
		unsigned int which = (i * 997) % (n + n / 3 + 1);
		size_t start = writer_len(&cost->input);

		switch (which % 4) {
		case 0:
			text_format(&cost->input,
				    "pci:v00008086d%08xsv00001AF4sd0000bc02",
				    which);
			break;
		case 1:
			text_format(&cost->input, "of:NethTnetCvendor,dev%x",
				    which);
			break;
		case 2:
			text_format(&cost->input, "usb:v0BDAp%04xd3000dc00",
				    which);
			break;
		default:
			text_format(&cost->input, "virtio:d%08xv00001AF4",
				    which);
		}
		cost_packet(cost, start);
		tree->devices[i] = cost->packets[i];
	}
}

static void begin(struct cost *cost)
{
	struct tree *tree = cost->state;

	modules_plan_init(&tree->plan, &tree->index, span_of("quiet"));
}

/* === Names ================================================================ */

static void make_dep(struct cost *cost)
{
	struct tree *tree = cost->state;

	tree->index.dep = put_dep(cost, cost->n);
}

static void run_table(struct cost *cost)
{
	struct tree *tree = cost->state;

	modules_table_build(&tree->table, tree->index.dep);
}

static void make_names(struct cost *cost)
{
	struct tree *tree = cost->state;

	make_dep(cost);
	run_table(cost);
	tree->index.table = &tree->table;
	for (unsigned int i = 0; i < NAMES; i++) {
		size_t start = writer_len(&cost->input);

		text_format(&cost->input, "mod_%u",
			    (i * (cost->n / NAMES + 1)) % cost->n);
		cost_packet(cost, start);
	}
}

static void run_names(struct cost *cost)
{
	struct tree *tree = cost->state;

	for (unsigned int i = 0; i < NAMES; i++) {
		begin(cost);
		cost_check(modules_plan_name(&tree->plan, cost->packets[i]),
			   "modules_plan_name");
	}
}

/* === Modaliases =========================================================== */

static void make_aliases(struct cost *cost)
{
	struct tree *tree = cost->state;

	tree->index.dep = put_dep(cost, 1000);
	run_table(cost);
	tree->index.table = &tree->table;
	tree->index.alias = put_aliases(cost, cost->n);
	put_devices(cost, DEVICES, cost->n);
}

static void run_aliases(struct cost *cost)
{
	struct tree *tree = cost->state;

	begin(cost);
	cost_check(modules_plan_aliases(&tree->plan, tree->devices,
					cost->n_packets, NULL),
		   "modules_plan_aliases");
}

/* As many devices, with the aliases of a full kernel. */
static void make_devices(struct cost *cost)
{
	unsigned int n = cost->n;

	cost->n = 20000;
	make_aliases(cost);
	cost->n_packets = 0;
	put_devices(cost, n, cost->n);
}

/* === Built-in ============================================================= */

static void make_builtin(struct cost *cost)
{
	struct tree *tree = cost->state;
	size_t start = writer_len(&cost->input);

	for (unsigned int i = 0; i < cost->n; i++)
		text_format(&cost->input, "kernel/lib/d%u/part_%u.ko\n", i % 97,
			    i);
	tree->index.builtin = span_skip(writer_span(&cost->input), start);
	start = writer_len(&cost->input);
	for (unsigned int i = 0; i < cost->n; i++) {
		text_format(&cost->input, "part_%u.license=GPL", i);
		writer_u8(&cost->input, 0);
		text_format(&cost->input, "part_%u.alias=platform:part-%x*", i,
			    i);
		writer_u8(&cost->input, 0);
	}
	tree->index.builtin_modinfo = span_skip(writer_span(&cost->input),
						start);
}

static void run_builtin(struct cost *cost)
{
	struct tree *tree = cost->state;
	struct writer names;

	begin(cost);
	writer_init(&names, tree->names, sizeof(tree->names));
	modules_resolve(&tree->plan, span_of("platform:part-1f"), &names);
	modules_resolve(&tree->plan, span_of("part_1"), &names);
	cost_check(writer_len(&names) == 0 ? -ENOENT : 0, "modules_resolve");
}

/* === A plan of many ======================================================= */

/* The last of them, and with each what it needs: nearly all there are. */
static void make_plan(struct cost *cost)
{
	make_dep(cost);
	run_table(cost);
	((struct tree *)cost->state)->index.table =
		&((struct tree *)cost->state)->table;
	for (unsigned int i = 0; i < cost->n; i++) {
		size_t start = writer_len(&cost->input);

		text_format(&cost->input, "mod_%u", cost->n - 1 - i);
		cost_packet(cost, start);
	}
}

/* All are wanted, and each is handed out and done. */
static void run_plan(struct cost *cost)
{
	struct tree *tree = cost->state;
	struct module *module;
	unsigned int n = 0;

	begin(cost);
	for (unsigned int i = 0; i < cost->n_packets; i++)
		cost_check(modules_plan_name(&tree->plan, cost->packets[i]),
			   "modules_plan_name");
	for (; (module = modules_plan_next(&tree->plan)); n++)
		modules_plan_done(&tree->plan, module, 0);
	cost_check(n == cost->n ? 0 : -EINVAL, "modules_plan_next");
}

const struct cost_case cost_modules[] = {
	{ "modules-table", 1000, sizeof(struct tree), make_dep, run_table },
	{ "modules-names", 1000, sizeof(struct tree), make_names, run_names },
	{ "modules-aliases", 2000, sizeof(struct tree), make_aliases,
	  run_aliases },
	{ "modules-devices", 2, sizeof(struct tree), make_devices,
	  run_aliases },
	{ "modules-builtin", 1000, sizeof(struct tree), make_builtin,
	  run_builtin },
	{ "modules-plan", 256, sizeof(struct tree), make_plan, run_plan },
	{ 0 },
};
