/*
 * DNS names in options: RFC 1035 §3.1 and §4.1.4 (wire form, compression),
 * RFC 3397 (in option 119), RFC 4702 §2.3.1 (in option 81), RFC 9267 (what
 * goes wrong in decoders).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

/* The longest text of a name of 255 bytes. */
#define DHCP_NAME_TEXT_MAX 253

/*
 * Writes the name at OFFSET of LIST into TEXT, with dots between its labels
 * and none at its end; the root is empty. Whatever no host's name has, in
 * labels, is written as '?'. *RET_NEXT is the offset behind the name where it
 * stands, and may be NULL.
 *
 * Compression pointers count from the start of LIST and go strictly backwards,
 * each before everything of this name read so far. A LONE name has none, and
 * may end without its root, as it does in option 81.
 *
 * -EBADMSG; TEXT is then undefined.
 */
MUST_CHECK int dhcp_name_read(struct span list, size_t offset, bool lone,
			      struct writer *text, size_t *ret_next);
