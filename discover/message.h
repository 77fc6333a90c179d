/*
 * DNS messages as multicast DNS uses them: RFC 1035 §4, RFC 2782 (SRV),
 * RFC 6762 §18, RFC 6763 §6 (TXT).
 *
 * A message is checked as a whole when it is opened: counts, names, every
 * RDLENGTH against the contents. Nothing of a broken one is handed out. What
 * a good one means is not decided here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"
#include "discover/name.h"

#define DNS_MESSAGE_MAX 9000 /* RFC 6762 §17, headers of IP and UDP left out */
#define DNS_HEADER_LEN 12
/* What the names of a message may come to, without compression: or pointers to
 * one that is long would make a small message cost milliseconds. No honest one
 * comes near. */
#define DNS_MESSAGE_NAMES_MAX 36000

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NSEC = 47,
};

#define DNS_CLASS_IN 1

/* A record of one of the types below, and of class IN. */
struct dns_record {
	struct dns_name owner;
	uint16_t type; /* of enum dns_type */
	bool cache_flush;
	uint32_t ttl;			 /* seconds; 0 is a goodbye */
	struct dns_name target;		 /* PTR, SRV, CNAME, NSEC */
	uint16_t priority, weight, port; /* SRV */
	uint32_t ipv4;			 /* A, in host order */
	uint8_t ipv6[16];		 /* AAAA */
	struct span txt;  /* TXT: the whole, in the message's bytes */
	struct span nsec; /* the same, bits of the types 0 to 255 there are */
};

struct dns_asked {
	struct dns_name name;
	uint16_t type, class;
	bool unicast; /* the QU bit */
};

struct dns_message {
	struct span bytes; /* the caller's, to be kept while this is used */
	uint16_t id;
	bool is_response;
	bool truncated;
	uint8_t opcode;
	uint8_t rcode;
	unsigned int n_questions;
	unsigned int n_records; /* of all three sections */
	uint64_t types;		/* of the records: a bit for each of dns_type */
	size_t next_question;	/* offset of the one to read next */
	unsigned int questions_left;
	size_t records;	   /* offset of the first */
	size_t next;	   /* offset of the one to read next */
	unsigned int left; /* how many are still to be read */
};

/* Checks the whole of BYTES. -EBADMSG when it is malformed or over
 * DNS_MESSAGE_MAX or DNS_MESSAGE_NAMES_MAX. */
MUST_CHECK int dns_message_open(struct span bytes,
				struct dns_message *ret_message);

/* The next record of a type we know, of whichever section; the others are
 * skipped. False at the end. */
bool dns_message_next(struct dns_message *message,
		      struct dns_record *ret_record);

/* The same, of the types whose bits are set in TYPES only: what is skipped is
 * not read. */
#define DNS_TYPE_BIT(type) (UINT64_C(1) << (type))
bool dns_message_next_of(struct dns_message *message, uint64_t types,
			 struct dns_record *ret_record);

/* The next question; false at the end. */
bool dns_message_next_question(struct dns_message *message,
			       struct dns_asked *ret_asked);

/* Whether the message has records of TYPE. */
bool dns_message_has(const struct dns_message *message, enum dns_type type);

/* Whether RECORD, an NSEC one, says that there is one of TYPE. */
bool dns_nsec_has(const struct dns_record *record, enum dns_type type);

/* Goes back to the first question and the first record. */
void dns_message_rewind(struct dns_message *message);

/*
 * Writing a query, into a writer that holds nothing yet: begin, the
 * questions, the known answers, end. Names are not compressed but for known
 * answers.
 */
void dns_query_begin(struct writer *writer);

/* UNICAST sets the QU bit (RFC 6762 §5.4). */
void dns_query_question(struct writer *writer, const struct dns_name *name,
			enum dns_type type, bool unicast);

/*
 * A PTR record that QUESTION has brought already: RFC 6762 §7.1. QUESTION is
 * the first one of the packet, or, where there are only known answers, that of
 * the packet before (§7.2); the same for all of them.
 */
void dns_query_known_answer(struct writer *writer,
			    const struct dns_name *question,
			    const struct dns_name *target, uint32_t ttl);

void dns_query_end(struct writer *writer, unsigned int n_questions,
		   unsigned int n_answers);

/* After the end: the id, and that more known answers follow in another packet
 * (the TC bit, RFC 6762 §7.2). */
void dns_query_mark(struct writer *writer, uint16_t id, bool truncated);

/*
 * The next pair of a TXT record's data that RFC 6763 §6 lets us see: strings
 * that are empty or begin with '=' are skipped. *RET_VALUE is empty for a
 * string without '=', and *RET_FLAG then true. False at the end.
 */
bool dns_txt_next(struct reader *txt, struct span *ret_key,
		  struct span *ret_value, bool *ret_flag);

/* The value of KEY, compared without case; of several the first counts
 * (§6.4). -ENOENT when it is absent or has no '='. */
MUST_CHECK int dns_txt_get(struct span txt, const char *key,
			   struct span *ret_value);

/* Whether the pair whose key is the span KEY, which points into TXT, is the
 * first one of that name. */
bool dns_txt_is_first(struct span txt, struct span key);
