/*
 * The values of the command line's options, but for what is searched for,
 * which is options_goal.h's.
 */
#pragma once

#include "base/compiler.h"
#include "base/writer.h"
#include "discover/options.h"

/*
 * Each sets or adds what VALUE says, which stays the caller's and must live
 * as long as OPTIONS. -EBADMSG when it is none of its kind, -ENOBUFS when
 * there are too many or it is too long.
 */
MUST_CHECK int options_value_txt(struct options *options, const char *value);
MUST_CHECK int options_value_dns(struct options *options, const char *value);
MUST_CHECK int options_value_gateway(struct options *options,
				     const char *value);
MUST_CHECK int options_value_mode(struct options *options, const char *value);

/* Also -EPROTONOSUPPORT, for another scheme than http. */
MUST_CHECK int options_value_provider(struct options *options,
				      const char *value);

/* A sentence that says more than the error, if there is one, has been put into
 * REASON. */
MUST_CHECK int options_value_format(struct options *options, const char *value,
				    struct writer *reason);

/* One more of STRINGS, of which there are *N of MAX. */
MUST_CHECK int options_value_string(const char **strings, unsigned int *n,
				    unsigned int max, const char *value);
