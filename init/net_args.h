/*
 * The arguments of phase-net(8).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/writer.h"

#define NET_ARGS_INTERFACES_MAX 8
/* RFC 2132 §9.14: at least a type and a byte. */
#define NET_ARGS_CLIENT_ID_MAX 64

enum net_action {
	NET_ACTION_RUN,
	NET_ACTION_CHILD, /* of init(8): records on standard output */
	NET_ACTION_HELP,
	NET_ACTION_VERSION,
};

/* Strings are the caller's. */
struct net_args {
	enum net_action action;
	/* Patterns as of net_plan_fits(). */
	const char *interfaces[NET_ARGS_INTERFACES_MAX];
	unsigned int n_interfaces;
	int64_t timeout_ms;  /* -1: none */
	int log_level;	     /* the kernel's numbers; -1: as by default */
	int64_t metric;	     /* -1: as by default */
	uint32_t request_ip; /* 0: none */
	/* How long an offer that says nothing of booting waits for a better
	 * one; 0: not at all */
	int64_t boot_wait_ms;
	bool once;
	bool json;
	bool no_configure;
	bool no_resolv;
	bool release;
	bool is_private;
	bool no_ipv4; /* -6 */
	bool no_ipv6; /* -4 */
	bool quiet;
	const char *hooks;    /* a directory, absolute; NULL: none */
	const char *hostname; /* NULL: none is sent */
	size_t client_id_len; /* 0: as by default */
	uint8_t client_id[NET_ARGS_CLIENT_ID_MAX];
};

#define NET_ARGS_HOOKS "/etc/phase/net.d"

/*
 * Parses ARGV, which ends with NULL and does not begin with the program's
 * name. -EINVAL with one line for people in REASON, without an end.
 */
MUST_CHECK int net_args_parse(char **argv, struct net_args *ret_args,
			      struct writer *reason);

void net_args_put_help(struct writer *writer);
