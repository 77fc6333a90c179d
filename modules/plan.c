/*
 * See plan.h. The order is that of kmod's kmod_module_probe_insert_module(),
 * which it has always had; a module that comes up twice there keeps its first
 * place here.
 */
#include "modules/plan.h"

#include <errno.h>
#include <string.h>

#include "modules/aliases.h"
#include "modules/options.h"

/* Modules and soft dependencies want each other in turn. */
static int plan_module(struct modules_plan *plan, unsigned int place,
		       struct span deps, unsigned int depth);

void modules_plan_init(struct modules_plan *plan,
		       const struct modules_index *index, struct span cmdline)
{
	memset(plan, 0, sizeof(*plan));
	plan->index = index;
	plan->cmdline = cmdline;
}

static uint16_t chain_of(struct span name)
{
	return modules_name_hash(name) % MODULES_PLAN_CHAINS;
}

static bool find_place(const struct modules_plan *plan, struct span name,
		       unsigned int *ret_place)
{
	unsigned int next = plan->chains[chain_of(name)];

	for (; next > 0; next = plan->modules[next - 1].chained) {
		if (modules_name_equal(plan->modules[next - 1].name, name)) {
			*ret_place = next - 1;
			return true;
		}
	}
	return false;
}

const struct module *modules_plan_find(const struct modules_plan *plan,
				       struct span name)
{
	unsigned int place;

	return find_place(plan, name, &place) ? &plan->modules[place] : NULL;
}

static int place_of_path(struct modules_plan *plan, struct span path,
			 unsigned int *ret_place)
{
	struct span name = modules_path_name(path);
	uint16_t *chain = &plan->chains[chain_of(name)];

	if (find_place(plan, name, ret_place))
		return 0;
	if (!modules_path_is_good(path))
		return -EBADMSG;
	if (plan->n_modules == MODULES_PLAN_MAX)
		return -ENOBUFS;
	plan->marks[plan->n_modules] = 0;
	plan->modules[plan->n_modules] = (struct module){
		.path = path,
		.name = name,
		.state = MODULES_WANTED,
		.blocked_by = (uint16_t)plan->n_modules,
		.chained = *chain,
	};
	*ret_place = plan->n_modules++;
	*chain = (uint16_t)plan->n_modules;
	return 0;
}

/* NAME is a module's own. */
static int plan_name(struct modules_plan *plan, struct span name,
		     unsigned int depth)
{
	struct span path, deps = { NULL, 0 };
	bool known;
	unsigned int place;
	int r;

	known = find_place(plan, name, &place);
	/* Also what ends a cycle. */
	if (known && plan->marks[place] & MODULES_MARK_VISITED)
		return 0;
	r = modules_index_find(plan->index, name, &path, &deps);
	if (r == 0)
		r = place_of_path(plan, path, &place);
	/* Named as what another one needs, it may lack its own line. */
	if (r < 0 && !(r == -ENOENT && known))
		return r;
	return plan_module(plan, place, deps, depth);
}

static bool is_forbidden(const struct modules_plan *plan, struct span name)
{
	return modules_options_forbid(plan->cmdline, name) ||
	       modules_config_forbids(&plan->index->config, name);
}

/* MODULE is what a name is an alias of. Of several one that can be loaded
 * makes *RESULT, what came of those before, a good one; true when the plan has
 * no room to go on. */
static bool plan_target(struct modules_plan *plan, struct span module,
			unsigned int depth, int *result)
{
	int r = -EPERM;

	if (!is_forbidden(plan, module))
		r = plan_name(plan, module, depth);
	if (r == 0 || r == -ENOBUFS || *result == -ENOENT)
		*result = r;
	return r == -ENOBUFS;
}

/* What modprobe.d makes NAME an alias of. False when that is nothing. */
static bool plan_configured(struct modules_plan *plan, struct span name,
			    unsigned int depth, int *ret_result)
{
	struct modules_config_aliases aliases;
	struct span module;
	int result = -ENOENT;
	bool any = false;

	modules_config_aliases(&aliases, &plan->index->config, name);
	while (modules_config_next_alias(&aliases, &module)) {
		any = true;
		if (plan_target(plan, module, depth, &result))
			break;
		if (result == -ENOENT &&
		    modules_index_is_builtin(plan->index, module))
			result = 0;
	}
	*ret_result = result;
	return any;
}

/* NAME is a module's, or else an alias. */
static int plan_lookup(struct modules_plan *plan, struct span name,
		       unsigned int depth)
{
	struct span pattern, module;
	struct modules_pass pass;
	int result;

	if (plan_configured(plan, name, depth, &result))
		return result;
	if (is_forbidden(plan, name))
		return -EPERM;
	result = plan_name(plan, name, depth);
	if (result != -ENOENT)
		return result;
	modules_pass_begin(&pass, plan->index->alias, &name, 1, NULL);
	while (modules_pass_next(&pass, &pattern, &module)) {
		if (modules_glob(pattern, name) &&
		    plan_target(plan, module, depth, &result))
			return result;
	}
	/* Last, as a built-in name may also be the alias of modules that are
	 * faster: crc32. */
	if (result == -ENOENT &&
	    (modules_index_is_builtin(plan->index, name) ||
	     modules_index_builtin_serves(plan->index, name)))
		return 0;
	return result;
}

/* Those of WORDS that are WANTED. */
static int plan_softdeps(struct modules_plan *plan, struct reader words,
			 enum modules_softdep wanted, unsigned int depth)
{
	enum modules_softdep kind = MODULES_SOFTDEP_NONE;
	struct span word;

	while (modules_next_softdep_word(&words, &kind, &word)) {
		if (kind != wanted)
			continue;
		if (depth == MODULES_PLAN_DEPTH_MAX) {
			plan->n_too_deep++;
			continue;
		}
		/* It can do without, but for a plan without room. */
		if (plan_lookup(plan, word, depth + 1) == -ENOBUFS)
			return -ENOBUFS;
	}
	return 0;
}

/* The module with its soft dependencies, what it needs being there. */
static int plan_one(struct modules_plan *plan, unsigned int place,
		    unsigned int depth)
{
	struct reader words;
	unsigned int n_ordered;
	int r;

	if (plan->marks[place] & MODULES_MARK_FILLED)
		return 0;
	if (!modules_index_softdeps(plan->index, plan->modules[place].name,
				    &words))
		reader_init(&words, NULL, 0);
	r = plan_softdeps(plan, words, MODULES_SOFTDEP_PRE, depth);
	if (r < 0)
		return r;
	if (reader_left(&words) > 0)
		plan->marks[place] |= MODULES_MARK_AFTER;
	if (!(plan->marks[place] & MODULES_MARK_ORDERED)) {
		plan->marks[place] |= MODULES_MARK_ORDERED;
		plan->modules[place].position = (uint16_t)plan->n_ordered;
		plan->order[plan->n_ordered++] = (uint16_t)place;
	}
	n_ordered = plan->n_ordered;
	r = plan_softdeps(plan, words, MODULES_SOFTDEP_POST, depth);
	if (r < 0)
		return r;
	for (; n_ordered < plan->n_ordered; n_ordered++)
		plan->marks[plan->order[n_ordered]] |= MODULES_MARK_AFTER;
	plan->marks[place] |= MODULES_MARK_FILLED;
	return 0;
}

/* Whether PATH, below the release's directory, says that it is a protocol or a
 * driver of the network, or one of virtio's transports: the driver of a NIC
 * does not name what it is reached by. */
static bool is_network(struct span path)
{
	static const char directory[] = "drivers/";

	if (span_starts(path, "kernel/net/"))
		return true;
	while (path.len >= sizeof(directory) && !span_starts(path, directory))
		path = span_skip(path, 1);
	path = span_skip(path, sizeof(directory) - 1);
	return span_starts(path, "net/") ||
	       span_starts(path, "virtio/virtio_pci") ||
	       span_starts(path, "virtio/virtio_mmio");
}

static int plan_module(struct modules_plan *plan, unsigned int place,
		       struct span deps, unsigned int depth)
{
	struct module *module = &plan->modules[place];
	struct span dep;

	plan->marks[place] |= MODULES_MARK_VISITED;
	if (is_network(module->path))
		module->is_network = true;
	while (modules_last_dep(&deps, &dep)) {
		unsigned int needed;
		int r;

		r = place_of_path(plan, dep, &needed);
		if (r == 0 && module->is_network)
			plan->modules[needed].is_network = true;
		if (r == 0 && needed != place)
			r = plan_one(plan, needed, depth);
		if (r < 0)
			return r;
	}
	return plan_one(plan, place, depth);
}

/* Where a request began, to go back to when it fails. */
struct checkpoint {
	unsigned int n_modules;
	unsigned int n_ordered;
	uint8_t marks[MODULES_PLAN_MAX];
};

static void keep(const struct modules_plan *plan, struct checkpoint *checkpoint)
{
	checkpoint->n_modules = plan->n_modules;
	checkpoint->n_ordered = plan->n_ordered;
	memcpy(checkpoint->marks, plan->marks, plan->n_modules);
}

static void go_back(struct modules_plan *plan,
		    const struct checkpoint *checkpoint)
{
	/* The last that came is the first of its chain. */
	while (plan->n_modules > checkpoint->n_modules) {
		const struct module *last = &plan->modules[--plan->n_modules];

		plan->chains[chain_of(last->name)] = last->chained;
	}
	plan->n_ordered = checkpoint->n_ordered;
	memcpy(plan->marks, checkpoint->marks, checkpoint->n_modules);
}

static int finish(struct modules_plan *plan,
		  const struct checkpoint *checkpoint, int result)
{
	if (result < 0)
		go_back(plan, checkpoint);
	if (result == -ENOBUFS)
		plan->n_refused++;
	if (result == -EBADMSG)
		plan->n_rejected++;
	return result;
}

int modules_plan_name(struct modules_plan *plan, struct span name)
{
	struct checkpoint checkpoint;

	keep(plan, &checkpoint);
	return finish(plan, &checkpoint, plan_lookup(plan, name, 0));
}

/* NAME is what a line of modules.alias ends with. */
static int plan_aliased(struct modules_plan *plan, struct span name)
{
	struct checkpoint checkpoint;

	if (is_forbidden(plan, name))
		return -EPERM;
	keep(plan, &checkpoint);
	return finish(plan, &checkpoint, plan_name(plan, name, 0));
}

static enum modules_served served_by(int result)
{
	switch (result) {
	case 0:
		return MODULES_SERVED_MODULE;
	case -EPERM:
		return MODULES_SERVED_BLACKLISTED;
	case -ENOENT:
		return MODULES_SERVED_MISSING;
	default:
		return MODULES_SERVED_REFUSED;
	}
}

/* A line of modules.alias that may be of those of PASS that are near. */
static void plan_line(struct modules_plan *plan,
		      const struct modules_pass *pass, struct span pattern,
		      struct span name, enum modules_served *served)
{
	enum modules_served by_this = MODULES_SERVED_BY_NOTHING;

	for (unsigned int i = 0; i < pass->n_near; i++) {
		unsigned int place = pass->near[i];

		if (!modules_glob(pattern, pass->texts[place]))
			continue;
		if (by_this == MODULES_SERVED_BY_NOTHING)
			by_this = served_by(plan_aliased(plan, name));
		if (by_this > served[place])
			served[place] = by_this;
	}
}

/* At most MODULES_PASS_MAX of them. */
static void plan_batch(struct modules_plan *plan, const struct span *modaliases,
		       unsigned int count, enum modules_served *served)
{
	bool closed[MODULES_PASS_MAX];
	struct checkpoint checkpoint;
	struct span pattern, name;
	struct modules_pass pass;
	struct reader modinfo;
	int r;

	for (unsigned int i = 0; i < count; i++) {
		keep(plan, &checkpoint);
		closed[i] = plan_configured(plan, modaliases[i], 0, &r);
		served[i] = MODULES_SERVED_BY_NOTHING;
		if (closed[i])
			served[i] = served_by(finish(plan, &checkpoint, r));
	}
	modules_pass_begin(&pass, plan->index->alias, modaliases, count,
			   closed);
	while (modules_pass_next(&pass, &pattern, &name))
		plan_line(plan, &pass, pattern, name, served);
	reader_from_span(&modinfo, plan->index->builtin_modinfo);
	while (modules_next_builtin_alias(&modinfo, &pattern)) {
		for (unsigned int i = 0; i < count; i++) {
			if (!closed[i] && served[i] < MODULES_SERVED_BUILTIN &&
			    modules_glob(pattern, modaliases[i]))
				served[i] = MODULES_SERVED_BUILTIN;
		}
	}
}

int modules_plan_aliases(struct modules_plan *plan,
			 const struct span *modaliases, unsigned int count,
			 enum modules_served *ret_served)
{
	unsigned int n_refused = plan->n_refused;
	unsigned int done, n;

	for (done = 0; done < count; done += n) {
		enum modules_served served[MODULES_PASS_MAX];

		n = count - done;
		if (n > MODULES_PASS_MAX)
			n = MODULES_PASS_MAX;
		plan_batch(plan, modaliases + done, n, served);
		if (ret_served)
			memcpy(ret_served + done, served,
			       n * sizeof(served[0]));
	}
	return plan->n_refused > n_refused ? -ENOBUFS : 0;
}

void modules_plan_put_options(const struct modules_plan *plan, struct span name,
			      struct writer *writer)
{
	modules_config_put_options(&plan->index->config, name, writer);
	modules_options_put(plan->cmdline, name, writer);
}
