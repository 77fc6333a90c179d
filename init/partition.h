/*
 * The identity of a partition, as PARTUUID= names it, from the first bytes of
 * its disk. Up to 6.12 at least the kernel knows it and tells nobody. Pure.
 *
 * UEFI 2.10 §5.3 (GPT); the MBR's as the kernel makes it up
 * (block/partitions/msdos.c): its disk signature and the number.
 */
#pragma once

#include "base/compiler.h"
#include "base/reader.h"

/* So much of a disk is enough: the header, and 128 entries, in sectors of 512
 * or 4096 bytes. */
#define PARTITION_TABLE_SIZE 24576
#define PARTITION_UUID_MAX 37

/* Of partition NUMBER, from 1 on. -ENOENT when DISK has no table that says
 * so, or the entry is empty. In lower case. */
MUST_CHECK int partition_read_uuid(struct span disk, unsigned int number,
				   char ret_uuid[PARTITION_UUID_MAX]);
