/*
 * The real root, where the command line names one (root=): a child waits for
 * its device and mounts it on /sysroot (root_main.h), so that no disk that
 * hangs holds process 1 up. Then all children are ended, and process 1 goes
 * over to its init (switch_root.h). When anything fails there is a message,
 * and the owner has its shell.
 *
 *	state	  meaning			left by
 *	NONE	  no root= for us		for good
 *	AWAITED	  the child is at work		its end, the deadline
 *	LEAVING	  mounted; children are ending	no child left, the deadline
 *	FAILED	  said why			for good
 */
#pragma once

#include <stdbool.h>

#include "base/loop.h"
#include "init/child.h"
#include "init/root_spec.h"

enum root_state {
	ROOT_STATE_NONE,
	ROOT_STATE_AWAITED,
	ROOT_STATE_LEAVING,
	ROOT_STATE_FAILED,
};

struct root {
	/* Set by the owner before root_start(). */
	struct child child; /* .spec.path, .spec.envp: this program's */
	char **argv;	    /* of /init: the new one gets what follows [0] */
	/* Mounted: the owner ends its children. */
	void (*ready)(struct root *root);
	/* There will be no other root: the shell is to come. */
	void (*failed)(struct root *root);
	void *owner;

	/* The root's own. */
	enum root_state state;
	bool killed; /* those children that did not end */
	struct loop_timer timer;
	char init[ROOT_NAME_MAX];
};

/* Starts waiting where SPEC, which the command line gave, wants one. */
void root_start(struct root *root, struct loop *loop,
		const struct root_spec *spec, int64_t timeout_ms);

/* Process 1 has no child any more. Does not return when it was for that that
 * the root was waiting, and goes well. */
void root_no_child(struct root *root);

/* The shell has to wait for it. */
bool root_is_awaited(const struct root *root);
bool root_is_leaving(const struct root *root);
