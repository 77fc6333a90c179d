/*
 * Which root file system the kernel's command line wants: root=, rootfstype=,
 * rootflags=, ro, rw, rootwait, rootdelay= and init=, as the kernel and the
 * initramfs of distributions read them. Of equal words the last one counts.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/writer.h"

#define ROOT_NAME_MAX 256
#define ROOT_TYPES_MAX 64

enum root_kind {
	ROOT_NONE,	 /* no root=, or one that names what we run from */
	ROOT_DEVICE,	 /* .name is a path below /dev */
	ROOT_FILESYSTEM, /* .name is UUID=… or LABEL=… */
	ROOT_PARTITION,	 /* .name is PARTUUID=… or PARTLABEL=… */
	ROOT_UNKNOWN,	 /* root= is there, and we can't make sense of it */
};

struct root_spec {
	enum root_kind kind;
	char name[ROOT_NAME_MAX];
	char types[ROOT_TYPES_MAX];  /* empty: to be found out */
	char options[ROOT_NAME_MAX]; /* of mount(8): "ro", "rw,noatime" */
	char init[ROOT_NAME_MAX];    /* empty: one of the usual */
	int64_t timeout_ms;	     /* -1: none was given */
	bool too_long;		     /* a word that was left out for that */
};

void root_spec_parse(struct root_spec *ret_spec, struct span cmdline);

/* Whether a uevent file of /sys/class/block/NAME says that it is the
 * partition that SPEC wants. */
bool root_spec_matches(const struct root_spec *spec, struct span uevent);

/* TYPE="…" of a line of blkid(8), into RET_TYPE; false without one. */
bool root_spec_read_type(struct span line, char ret_type[ROOT_TYPES_MAX]);

/* The block devices of the text of /proc/partitions with their sizes:
 * "vda (64 MB), vda1 (63 MB)"; nothing when there are none. */
void root_spec_put_devices(struct writer *writer, struct span partitions);
