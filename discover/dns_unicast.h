/*
 * What unicast DNS has and multicast DNS has not: queries with an id and EDNS,
 * answers that must quote their question, aliases, and the reverse tree.
 * RFC 1035 §4, RFC 5452 §9, RFC 6891, RFC 6763 §11.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "discover/message.h"
#include "discover/name.h"
#include "discover/url.h"

/* A header, a question with the longest name, an OPT record. */
#define DNS_UNICAST_QUERY_MAX (DNS_HEADER_LEN + DNS_NAME_MAX + 4 + 11)
#define DNS_UNICAST_PAYLOAD 1232 /* passes every link without fragments */
#define DNS_UNICAST_ALIASES_MAX 8

enum dns_rcode {
	DNS_RCODE_OK = 0,
	DNS_RCODE_FORMAT = 1,
	DNS_RCODE_NO_NAME = 3, /* NXDOMAIN */
};

struct dns_question {
	const struct dns_name *name;
	enum dns_type type;
	uint16_t id;
};

/* An address of ours, and how many bits of it are its subnet's. */
struct dns_subnet {
	struct url_address address;
	uint8_t prefix;
};

/* A query, recursion desired, into a writer that may hold something already:
 * its length over TCP. */
void dns_unicast_put_query(struct writer *writer,
			   const struct dns_question *question, bool edns);

/* Whether MESSAGE answers QUESTION: its id, and that question and no other,
 * but for case. Who cannot read a question cannot quote it: an error of format
 * may do without. */
bool dns_unicast_is_answer(const struct dns_message *message,
			   const struct dns_question *question);

/*
 * The name whose records answer for NAME: itself, or what MESSAGE says that it
 * is an alias of, through at most DNS_UNICAST_ALIASES_MAX of them. -ELOOP when
 * there are more, or they go round in a circle.
 */
MUST_CHECK int dns_unicast_follow(const struct dns_message *message,
				  const struct dns_name *name,
				  struct dns_name *ret_name);

/* The labels LABELS, without a root, before DOMAIN. -ENOBUFS when that is too
 * long. */
MUST_CHECK int dns_unicast_join(struct span labels,
				const struct dns_name *domain,
				struct dns_name *ret_name);

/* Whether the name is in ".local": RFC 6762 §3. */
bool dns_unicast_is_local(const struct dns_name *name);

/* The base address of SUBNET in the reverse tree: RFC 6763 §11. -EINVAL for a
 * prefix that is longer than the address. */
MUST_CHECK int dns_unicast_reverse(const struct dns_subnet *subnet,
				   struct dns_name *ret_name);
