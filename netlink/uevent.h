/*
 * Kernel uevents: ACTION@DEVPATH, then KEY=VALUE, each terminated by a NUL
 * (lib/kobject_uevent.c). What udev sends to its own listeners begins
 * differently and is not ours.
 */
#pragma once

#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"

/* The kernel writes 2048 bytes of variables and the line before them. */
#define UEVENT_SIZE 8192

enum uevent_action {
	UEVENT_OTHER, /* one that we do not know */
	UEVENT_ADD,
	UEVENT_REMOVE,
	UEVENT_CHANGE,
	UEVENT_MOVE,
	UEVENT_ONLINE,
	UEVENT_OFFLINE,
	UEVENT_BIND,
	UEVENT_UNBIND,
};

/* Spans point into the datagram; what it does not say is empty, or 0. */
struct uevent {
	enum uevent_action action;
	struct span devpath;
	struct span subsystem;
	struct span modalias;
	struct span interface;
	struct span devname;
	unsigned int ifindex;
	uint64_t seqnum;
};

/* -ENOENT when DATAGRAM is udev's, -EBADMSG. */
MUST_CHECK int uevent_parse(struct span datagram, struct uevent *ret_uevent);
