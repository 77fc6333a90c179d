/*
 * What the kernel's command line says about modules, as modprobe(8) reads it:
 *
 *	virtio_net.napi_tx=0		a parameter of a module
 *	modprobe.blacklist=a,b		not to be loaded
 *	module_blacklist=a,b		the same, enforced by the kernel too
 *	phase.modules=a,b		to be loaded, asked for or not
 *
 * and, as dracut's initramfs has it, rd.driver.blacklist= and rd.driver.pre=
 * for the first and the last of these. All words of a kind add up.
 *
 * Words are cut by the kernel's rules (lib/cmdline.c, next_arg()); what comes
 * after `--` is not for us.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"
#include "base/writer.h"

/* Whether NAME is in one of the blacklists. */
bool modules_options_forbid(struct span cmdline, struct span name);

/* Writes the parameters of module NAME, separated by blanks, in the form
 * that finit_module(2) takes; not terminated. */
void modules_options_put(struct span cmdline, struct span name,
			 struct writer *writer);

/* Goes through the modules that are to be loaded, asked for or not; WANTED
 * starts with modules_options_wanted(). */
struct modules_wanted {
	struct reader words;
	struct reader names;
};

void modules_options_wanted(struct modules_wanted *wanted, struct span cmdline);
bool modules_options_next_wanted(struct modules_wanted *wanted,
				 struct span *ret_name);
