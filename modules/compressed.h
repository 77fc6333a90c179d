/*
 * Compressed modules, which the kernel unpacks without asking how large they
 * become: what their own headers say about it. Formats: RFC 1952 (gzip),
 * RFC 8878 (zstd), and tukaani.org's xz-file-format.txt.
 *
 * A header that lies is not found out. The kernel then unpacks until memory
 * is short, and kills the workers first: the one that has asked for it, and
 * others, with what they are loading; see workers.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

/* No module is larger when unpacked; the largest of Debian's have 25 MB. */
#define COMPRESSED_UNPACKED_MAX (128u * 1024 * 1024)

/* What compressed_size() wants to see of a file's beginning and end. */
#define COMPRESSED_HEAD 18
#define COMPRESSED_TAIL 1024

/* Whether PATH ends as the kernel's compressed modules do. */
bool compressed_is_name(struct span path);

/*
 * The size of a file when unpacked, by what it says: HEAD are its first
 * COMPRESSED_HEAD bytes and TAIL its last COMPRESSED_TAIL, or all when it has
 * fewer. -ENODATA: it is good so far, but does not say. -EBADMSG: it is none
 * of these formats, or its end is missing.
 */
MUST_CHECK int compressed_size(struct span head, struct span tail,
			       uint64_t *ret_size);
