/*
 * Records: the lines in which a child process reports to PID 1.
 *
 *	lease interface=eth0 address=10.0.2.15 prefix=24 domain=a%20b
 *
 * An event, then key=value fields, one line each. A value's bytes other than
 * letters, digits and ./:,@_+- are written %XX, so that a line is plain ASCII
 * whatever the network put into it. A record may say the same key once only;
 * the first one counts. This text is the protocol's whole definition; both
 * sides are this file.
 */
#pragma once

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define RECORD_FIELDS_MAX 24
#define RECORD_LINE_MAX 2048

struct record {
	struct span event;
	unsigned int n_fields;
	struct {
		struct span key;
		struct span value; /* still encoded */
	} fields[RECORD_FIELDS_MAX];
};

/* Writing: begin, put…, end. EVENT and KEY are ours: lower-case letters,
 * digits and '-'. */
void record_begin(struct writer *writer, const char *event);
void record_put(struct writer *writer, const char *key, struct span value);
void record_put_u64(struct writer *writer, const char *key, uint64_t value);
void record_put_ipv4(struct writer *writer, const char *key, uint32_t address);
void record_end(struct writer *writer);

/* Parses LINE, without its newline; the record points into it. -EBADMSG when
 * it is not a record, -ENOBUFS when it has more than RECORD_FIELDS_MAX. */
MUST_CHECK int record_parse(struct span line, struct record *ret_record);

/* Decodes the value of KEY into BUFFER, terminated; a decoded NUL is
 * malformed. -ENOENT when absent, -ENOBUFS when it does not fit, -EBADMSG. */
MUST_CHECK int record_get(const struct record *record, const char *key,
			  char *buffer, size_t size);

/* The value of KEY as a number of at most MAX, or as an IPv4 address in host
 * order. -ENOENT when absent, -EBADMSG. */
MUST_CHECK int record_get_u64(const struct record *record, const char *key,
			      uint64_t max, uint64_t *ret_value);
MUST_CHECK int record_get_ipv4(const struct record *record, const char *key,
			       uint32_t *ret_address);
