/* See plan.h: whose turn it is. The plan is made in plan.c. */
#include "modules/plan.h"

#include <errno.h>

#define STATE(state) (1u << (state))

/* Whether one of DEPS that goes before POSITION is in one of STATES. */
static bool find_state(const struct modules_plan *plan, struct span deps,
		       unsigned int position, unsigned int states,
		       unsigned int *ret_place)
{
	struct span dep;

	while (modules_last_dep(&deps, &dep)) {
		const struct module *module =
			modules_plan_find(plan, modules_path_name(dep));
		unsigned int place;

		if (!module)
			continue;
		place = (unsigned int)(module - plan->modules);
		if (plan->marks[place] & MODULES_MARK_ORDERED &&
		    module->position < position &&
		    states & STATE(module->state)) {
			*ret_place = place;
			return true;
		}
	}
	return false;
}

static bool is_settled(const struct module *module)
{
	return module->state == MODULES_LOADED ||
	       module->state == MODULES_FAILED;
}

/* Whether the module at PLACE is late, or waits for one that is. What blocks
 * goes before in the order, so this ends. */
static bool is_stuck(const struct modules_plan *plan, unsigned int place)
{
	const struct module *module = &plan->modules[place];

	while (module->state == MODULES_WANTED && module->blocked_by != place) {
		place = module->blocked_by;
		module = &plan->modules[place];
	}
	return module->state == MODULES_LATE;
}

/* Whether MODULE has to wait for its soft dependencies: for whatever goes
 * before, as nobody notes which they are. */
static bool waits_softly(const struct modules_plan *plan,
			 const struct module *module, unsigned int place)
{
	if (!(plan->marks[place] & MODULES_MARK_AFTER))
		return false;
	for (unsigned int i = plan->n_settled; i < module->position; i++) {
		if (!is_settled(&plan->modules[plan->order[i]]) &&
		    !is_stuck(plan, plan->order[i]))
			return true;
	}
	return false;
}

/* Whether MODULE can be handed out: with a culprit, to be cancelled. */
static bool is_ready(struct modules_plan *plan, unsigned int place)
{
	struct module *module = &plan->modules[place];
	struct span path, deps;
	unsigned int other;

	/* Mostly it still waits for what it has waited for before. */
	if (module->blocked_by != place &&
	    !is_settled(&plan->modules[module->blocked_by]))
		return false;
	if (modules_index_find(plan->index, module->name, &path, &deps) < 0)
		deps = (struct span){ NULL, 0 };
	if (find_state(plan, deps, module->position, STATE(MODULES_FAILED),
		       &other)) {
		module->culprit = plan->modules[other].name;
		return true;
	}
	if (find_state(plan, deps, module->position,
		       STATE(MODULES_WANTED) | STATE(MODULES_LOADING) |
			       STATE(MODULES_LATE),
		       &other)) {
		module->blocked_by = (uint16_t)other;
		return false;
	}
	return !waits_softly(plan, module, place);
}

/* The first one in the order that is ready, of the network's or of all. */
static struct module *find_ready(struct modules_plan *plan, bool network_only)
{
	for (unsigned int i = plan->n_settled; i < plan->n_ordered; i++) {
		struct module *module = &plan->modules[plan->order[i]];

		if (module->state == MODULES_WANTED &&
		    (module->is_network || !network_only) &&
		    is_ready(plan, plan->order[i]))
			return module;
	}
	return NULL;
}

struct module *modules_plan_next(struct modules_plan *plan)
{
	struct module *module = NULL;

	while (plan->n_settled < plan->n_ordered &&
	       is_settled(&plan->modules[plan->order[plan->n_settled]]))
		plan->n_settled++;
	if (plan->n_handed_out == plan->n_ordered)
		return NULL;
	if (plan->network_first)
		module = find_ready(plan, true);
	if (!module)
		module = find_ready(plan, false);
	if (module) {
		plan->n_handed_out++;
		module->state = MODULES_LOADING;
		if (module->culprit.len > 0)
			modules_plan_done(plan, module, -ECANCELED);
	}
	return module;
}

void modules_plan_late(struct module *module)
{
	if (module->state == MODULES_LOADING)
		module->state = MODULES_LATE;
}

void modules_plan_done(struct modules_plan *plan, struct module *module,
		       int result)
{
	module->state = result < 0 ? MODULES_FAILED : MODULES_LOADED;
	module->error = result < 0 ? result : 0;
	if (result < 0)
		plan->n_failed++;
}
