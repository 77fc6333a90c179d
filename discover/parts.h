/*
 * The parts of a name of DNS-Based Service Discovery: an instance, its type,
 * and a domain. RFC 6763 §4.1, §7 (types), §7.1 (subtypes), RFC 6335 §5.1.
 *
 *	My\.Name . _ipp._tcp . local
 *	_color._sub._ipp._tcp . example.com
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "discover/name.h"

/* Offsets in a name's wire form. */
struct dns_parts {
	size_t type;	/* 0 where there is no instance */
	size_t service; /* unlike TYPE where there is a subtype */
	size_t domain;	/* of the root label where there is none */
};

/* -ENOENT when NAME has no type in it, -EBADMSG when that type is none that
 * RFC 6763 §7.2 allows. */
MUST_CHECK int dns_parts_find(const struct dns_name *name,
			      struct dns_parts *ret_parts);

/* The label that stands at OFFSET. */
struct span dns_parts_label(const struct dns_name *name, size_t offset);

/* The labels from START up to END, an offset too, in presentation form. */
void dns_parts_put(struct writer *writer, const struct dns_name *name,
		   size_t start, size_t end);

/* Puts DOMAIN in the place of what comes from OFFSET on. -ENOBUFS when the
 * name would be too long. */
MUST_CHECK int dns_parts_set_domain(struct dns_name *name, size_t offset,
				    const struct dns_name *domain);
