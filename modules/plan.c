/*
 * See plan.h. The order is that of kmod's kmod_module_probe_insert_module(),
 * which it has always had; a module that comes up twice there keeps its first
 * place here.
 */
#include "modules/plan.h"

#include <errno.h>
#include <string.h>

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

static bool find_place(const struct modules_plan *plan, struct span name,
		       unsigned int *ret_place)
{
	for (unsigned int i = 0; i < plan->n_modules; i++) {
		if (modules_name_equal(plan->modules[i].name, name)) {
			*ret_place = i;
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
	};
	*ret_place = plan->n_modules++;
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

/* NAME is a module's, or else an alias. */
static int plan_lookup(struct modules_plan *plan, struct span name,
		       unsigned int depth)
{
	struct span pattern, module;
	struct reader aliases;
	int result = -ENOENT;
	int r;

	if (modules_options_forbid(plan->cmdline, name))
		return -EPERM;
	r = plan_name(plan, name, depth);
	if (r != -ENOENT)
		return r;
	reader_from_span(&aliases, plan->index->alias);
	while (modules_next_alias(&aliases, &pattern, &module)) {
		if (!modules_glob(pattern, name))
			continue;
		if (modules_options_forbid(plan->cmdline, module)) {
			result = result < 0 ? -EPERM : result;
			continue;
		}
		r = plan_name(plan, module, depth);
		if (r == -ENOBUFS)
			return r;
		/* One that can be loaded makes the alias a good one. */
		if (r == 0 || result == -ENOENT)
			result = r;
	}
	/* Last, as a built-in name may also be the alias of modules that are
	 * faster: crc32. */
	if (result == -ENOENT && modules_index_is_builtin(plan->index, name))
		return 0;
	return result;
}

static int plan_softdeps(struct modules_plan *plan, unsigned int place,
			 enum modules_softdep wanted, unsigned int depth)
{
	struct reader softdeps, words;
	struct span name, word;

	reader_from_span(&softdeps, plan->index->softdep);
	while (modules_next_softdep(&softdeps, &name, &words)) {
		enum modules_softdep kind = MODULES_SOFTDEP_NONE;

		if (!modules_name_equal(name, plan->modules[place].name))
			continue;
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
		/* modprobe reads the first line for a module only, though
		 * depmod writes one for each MODULE_SOFTDEP(). */
		break;
	}
	return 0;
}

/* The module with its soft dependencies, what it needs being there. */
static int plan_one(struct modules_plan *plan, unsigned int place,
		    unsigned int depth)
{
	int r;

	if (plan->marks[place] & MODULES_MARK_FILLED)
		return 0;
	r = plan_softdeps(plan, place, MODULES_SOFTDEP_PRE, depth);
	if (r < 0)
		return r;
	if (!(plan->marks[place] & MODULES_MARK_ORDERED)) {
		plan->marks[place] |= MODULES_MARK_ORDERED;
		plan->order[plan->n_ordered++] = (uint16_t)place;
	}
	r = plan_softdeps(plan, place, MODULES_SOFTDEP_POST, depth);
	if (r < 0)
		return r;
	plan->marks[place] |= MODULES_MARK_FILLED;
	return 0;
}

static int plan_module(struct modules_plan *plan, unsigned int place,
		       struct span deps, unsigned int depth)
{
	struct span dep;

	plan->marks[place] |= MODULES_MARK_VISITED;
	while (modules_last_dep(&deps, &dep)) {
		unsigned int needed;
		int r;

		r = place_of_path(plan, dep, &needed);
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
	plan->n_modules = checkpoint->n_modules;
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

	if (modules_options_forbid(plan->cmdline, name))
		return -EPERM;
	keep(plan, &checkpoint);
	return finish(plan, &checkpoint, plan_name(plan, name, 0));
}

int modules_plan_aliases(struct modules_plan *plan,
			 const struct span *modaliases, unsigned int count)
{
	struct span pattern, name;
	struct reader aliases;
	int result = 0;

	reader_from_span(&aliases, plan->index->alias);
	while (modules_next_alias(&aliases, &pattern, &name)) {
		for (unsigned int i = 0; i < count; i++) {
			if (!modules_glob(pattern, modaliases[i]))
				continue;
			if (plan_aliased(plan, name) == -ENOBUFS)
				result = -ENOBUFS;
			break;
		}
	}
	return result;
}

/* Whether something that MODULE needs has failed. */
static bool lacks(const struct modules_plan *plan, const struct module *module,
		  struct span *ret_culprit)
{
	struct span path, deps, dep;
	unsigned int place;

	if (plan->n_failed == 0 ||
	    modules_index_find(plan->index, module->name, &path, &deps) < 0)
		return false;
	while (modules_last_dep(&deps, &dep)) {
		if (find_place(plan, modules_path_name(dep), &place) &&
		    plan->modules[place].state == MODULES_FAILED) {
			*ret_culprit = plan->modules[place].name;
			return true;
		}
	}
	return false;
}

struct module *modules_plan_next(struct modules_plan *plan)
{
	struct module *module;

	if (plan->n_handed_out == plan->n_ordered)
		return NULL;
	module = &plan->modules[plan->order[plan->n_handed_out++]];
	module->state = MODULES_LOADING;
	if (lacks(plan, module, &module->culprit))
		modules_plan_done(plan, module, -ECANCELED);
	return module;
}

void modules_plan_done(struct modules_plan *plan, struct module *module,
		       int result)
{
	module->state = result < 0 ? MODULES_FAILED : MODULES_LOADED;
	module->error = result < 0 ? result : 0;
	if (result < 0)
		plan->n_failed++;
}
