/*
 * A look at a manifest as it comes from the network, in pieces, without
 * keeping it: whether it is JSON (RFC 8259), in which of the two forms, for
 * what, and whether it has a signature. Nobody's signature is checked here:
 * "signed" says that there is one to check, no more.
 *
 *	form A	{"manifest_version":1, …, "signatures":[{…}, …]}
 *	form C	{"schema_version":1, "payload":{…}, "signature":"…"}
 *
 * The version, architecture and channel are those of the top in form A, of
 * the payload in form C. A key of ours that occurs twice makes it no manifest:
 * readers differ about which of the two counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

#define MANIFEST_SIZE_MAX (1 << 20)
#define MANIFEST_DEPTH_MAX 32
#define MANIFEST_WORD_MAX 32 /* of version, arch, channel; with terminator */

enum manifest_form {
	MANIFEST_FORM_NONE,
	MANIFEST_FORM_A, /* manifest_version */
	MANIFEST_FORM_C, /* schema_version */
};

/* What the next byte may be. */
enum manifest_state {
	MANIFEST_VALUE, /* the beginning of a value */
	MANIFEST_FIRST, /* a first value or key, or the end of what was opened */
	MANIFEST_KEY,	/* a key, after a comma */
	MANIFEST_COLON,	  /* after a key */
	MANIFEST_MORE,	  /* a comma or an end */
	MANIFEST_STRING,  /* inside of a key or string */
	MANIFEST_ESCAPE,  /* after a backslash */
	MANIFEST_HEX,	  /* the digits of \u */
	MANIFEST_PAIR,	  /* the backslash of the second half of a pair */
	MANIFEST_PAIR_U,  /* and its u */
	MANIFEST_NUMBER,  /* inside of a number */
	MANIFEST_LITERAL, /* inside of true, false or null */
	MANIFEST_WHOLE,	  /* after the value: blanks only */
	MANIFEST_REFUSED, /* no JSON, or over a bound; stays so */
};

struct manifest {
	/* Good once manifest_end() has said 0. Words are empty when they are
	 * absent, too long or not printable ASCII. */
	enum manifest_form form;
	bool is_signed;
	char version[MANIFEST_WORD_MAX];
	char arch[MANIFEST_WORD_MAX];
	char channel[MANIFEST_WORD_MAX];

	/* The scanner's. */
	enum manifest_state state;
	size_t len; /* of all that was read */
	unsigned int depth;
	uint32_t objects;    /* a bit for each level: it is an object */
	bool is_key;	     /* the string is one */
	const char *literal; /* the letters of it that are still to come */
	uint8_t number;	     /* the part that we are in: see manifest.c */
	uint8_t hex_left;    /* digits of \u still to come */
	uint32_t unit;	     /* what they say */
	bool is_second;	     /* it must be the second half of a pair */
	uint8_t utf8_left;   /* bytes of a character still to come */
	uint8_t utf8_least, utf8_most; /* of the next of them */

	/* What has been seen: bits of enum key, and whether there was a
	 * signature of either form. */
	uint32_t seen;
	uint8_t key;   /* of the top, that we are at or below */
	uint8_t inner; /* of the payload, the same */
	bool has_signatures, has_signature;

	/* The key, string or number at hand, decoded; longer than its array
	 * when it did not fit. */
	size_t word_len;
	char word[MANIFEST_WORD_MAX];
};

void manifest_init(struct manifest *manifest);

/* Reads on in BYTES, however they were cut. False once it is no manifest. */
bool manifest_read(struct manifest *manifest, struct span bytes);

/* There is no more. 0, or -EBADMSG when it is not a whole manifest of one of
 * the forms. */
MUST_CHECK int manifest_end(struct manifest *manifest);
