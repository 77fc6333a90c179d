/*
 * DNS names: RFC 1035 §3.1 and §4.1.4, RFC 4343 (case and escapes), RFC 6763
 * §4 (service instance names), RFC 9267 (what goes wrong in decoders).
 *
 * A name is kept as on the wire but without compression: length-prefixed
 * labels and the empty root label. Labels are bytes; nothing is assumed about
 * their character set, and they are never terminated strings.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define DNS_NAME_MAX 255 /* with the length bytes and the root label */
#define DNS_LABEL_MAX 63
/* A name has 127 labels at most; more pointers than that lead nowhere. */
#define DNS_NAME_POINTERS_MAX 127

struct dns_name {
	uint8_t len; /* 0: no name at all; 1: the root */
	uint8_t wire[DNS_NAME_MAX];
};

/*
 * Decodes the name at OFFSET of MESSAGE, a whole DNS message. Compression
 * pointers must go strictly backwards, each before everything read so far,
 * and not into the 12 bytes of the header. *RET_NEXT is the offset after the
 * name where it stands. -EBADMSG.
 */
MUST_CHECK int dns_name_decode(struct span message, size_t offset,
			       struct dns_name *ret_name, size_t *ret_next);

/* Writes the name without compression. */
void dns_name_encode(struct writer *writer, const struct dns_name *name);

/* Whether they are the same, ASCII letters compared without case. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* The first label, without its length; empty for the root. */
struct span dns_name_first_label(const struct dns_name *name);

/* Whether NAME is one label and then PARENT: an instance of a type. */
bool dns_name_is_child(const struct dns_name *name,
		       const struct dns_name *parent);

/* Whether NAME is END, or below it. */
bool dns_name_ends_with(const struct dns_name *name,
			const struct dns_name *end);

bool dns_name_is_root(const struct dns_name *name);

/* NAME without its first N labels; without any when there are no more. */
struct dns_name dns_name_after(const struct dns_name *name, unsigned int n);

/* Whether NAME is a service type and then DOMAIN: what RFC 6763 §9 lists. */
bool dns_name_is_type(const struct dns_name *name,
		      const struct dns_name *domain);

/* The same for names that are equal. SEED is random where somebody may choose
 * names to have the same. */
uint32_t dns_name_hash(const struct dns_name *name, uint32_t seed);

/*
 * Presentation form, without the last dot: a dot and a backslash inside a
 * label get a backslash, and what is not printable ASCII becomes \DDD
 * (RFC 4343 §2.1). The root is ".".
 */
void dns_name_put(struct writer *writer, const struct dns_name *name);

/* The reverse; the last dot may be there or not. -EBADMSG. */
MUST_CHECK int dns_name_parse(struct span text, struct dns_name *ret_name);
