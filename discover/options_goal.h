/*
 * What the command line asks for: --type, --types, --resolve, --lookup.
 */
#pragma once

#include "base/compiler.h"
#include "base/writer.h"
#include "discover/options.h"

/*
 * Each sets goal, asked, name, labels_len, is_local_name, is_unicast_name,
 * is_provider_type, takes_unannounced and is_http of OPTIONS. VALUE stays the caller's and must
 * live as long. -EBADMSG when it is no such thing; a sentence that says more
 * than that, if there is one, has been put into REASON.
 */
MUST_CHECK int options_goal_type(struct options *options, const char *value,
				 struct writer *reason);
MUST_CHECK int options_goal_types(struct options *options);
MUST_CHECK int options_goal_resolve(struct options *options, const char *value,
				    struct writer *reason);
MUST_CHECK int options_goal_lookup(struct options *options, const char *value,
				   struct writer *reason);

/* A domain other than .local. -ENOBUFS when there are too many. */
MUST_CHECK int options_goal_add_domain(struct options *options,
				       const char *value,
				       struct writer *reason);

/* Makes the domain of a name that has its own the only one. -EEXIST when
 * others have been named as well, or it is .local and others have. */
MUST_CHECK int options_goal_finish(struct options *options);
