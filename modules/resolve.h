/*
 * Which modules a name or a modalias stands for, in modprobe's order of
 * looking, without what they need.
 */
#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "modules/plan.h"

/*
 * Writes the names of the modules that QUERY stands for, with `_` for `-`, a
 * line each and each once: what modprobe.d makes it an alias of; or itself,
 * where modules.dep has it; or those of modules.alias, less the blacklisted;
 * or a built-in module of that name or alias. Nothing where it is none of
 * these. PLAN has the files and the command line; it stays as it is.
 */
void modules_resolve(const struct modules_plan *plan, struct span query,
		     struct writer *names);
