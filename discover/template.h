/*
 * Templates of --format: text with fields in it, for scripts. Parsed once,
 * then written for each service. docs/phase-discover.8 lists the fields.
 *
 *	%i	a field		%{key}	a value of the TXT record
 *	%%	a percent sign	\n \t \\ \0	bytes
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "discover/service.h"

#define TEMPLATE_PIECES_MAX 48

enum template_field {
	TEMPLATE_LITERAL,
	TEMPLATE_TXT,
	TEMPLATE_URL,
	TEMPLATE_INSTANCE,
	TEMPLATE_HOST,
	TEMPLATE_ADDRESS,
	TEMPLATE_PORT,
	TEMPLATE_TYPE,
	TEMPLATE_DOMAIN,
	TEMPLATE_INTERFACE,
	TEMPLATE_SOURCE,
	TEMPLATE_HEALTH,
	TEMPLATE_LATENCY,
	TEMPLATE_MANIFEST,
	TEMPLATE_EVENT,
};

struct template
{
	unsigned int n_pieces;
	struct template_piece {
		enum template_field field;
		struct span text; /* of LITERAL, and TXT's key */
	} pieces[TEMPLATE_PIECES_MAX];
};

/* Parses TEXT, which the result points into. -EBADMSG for a field or an escape
 * that there is not, -ENOBUFS for too many pieces; *RET_POSITION is then how
 * many bytes of TEXT come before it. */
MUST_CHECK int template_parse(struct span text, struct template *ret_template,
			      size_t *ret_position);

/* What fields have that are no service's. */
struct template_context {
	const char *event;
	const char *asked; /* the type, of a service that knows none */
	bool is_raw;	   /* the exact bytes: nothing that a terminal shows */
};

/* Writes SERVICE, and a newline unless the template ends in \0. What there is
 * not is empty. */
void template_put(struct writer *writer, const struct template *template,
		  const struct template_context *context,
		  const struct service *service);
