/*
 * What the boot has found out: NICs and their leases, providers. Filled from
 * the records of the children, which are not trusted: everything is bounded,
 * and escaped when it is shown, and each child can only speak of its own.
 * Pure.
 *
 * Records of phase-net:
 *	nic interface driver mac carrier	there is a NIC, or it changed
 *	gone interface				it was removed
 *	lease interface address prefix router dns hostname
 *	lost interface				its lease ended
 *	link-local interface address		it made 169.254.x.y up; 0.0.0.0:
 *						and has given it up
 *	address6 interface address		an IPv6 address for the world
 *	lost6 interface address			which has ended
 *	trouble interface text			why it can't be used
 *	settled nics				after "coldplugged": NICs there
 * Records of phase-discover:
 *	service, changed, lost			providers.h has them
 *	done					the search has ended
 * Records of phase-modules; times are clock_ns():
 *	module name start end [error]		it was loaded, or was not
 *	coldplugged modules failed late		what the devices want is there
 *	unserved alias				a device's, for which nothing is
 * Others, and other fields, are skipped.
 */
#pragma once

#include <stdbool.h>

#include "base/compiler.h"
#include "base/record.h"
#include "base/writer.h"
#include "init/providers.h"

#define FACTS_NICS_MAX 16
#define FACTS_NAME_MAX 16 /* IFNAMSIZ */
#define FACTS_UNSERVED_MAX 16
#define FACTS_TEXT_MAX 96
#define FACTS_ALIAS_MAX 128
#define FACTS_HOST_MAX 254

struct facts_nic {
	char name[FACTS_NAME_MAX];
	char driver[32];
	char mac[3 * 32]; /* empty without one */
	bool carrier;
	bool has_lease;
	bool lost_lease;     /* it had one, and has none now */
	char address[20];    /* with its prefix */
	char link_local[16]; /* 169.254.x.y, empty without one */
	char address6[48];   /* the last that came; empty without one */
	char gateway[16];    /* empty without one */
	char dns[64];	     /* with commas between */
	char trouble[FACTS_TEXT_MAX];
	char hostname[FACTS_HOST_MAX]; /* foreign; empty without one */
};

struct facts_module {
	char name[64];
	int64_t start_ns;
	int64_t end_ns;
	char error[16]; /* ENODEV; empty when it was loaded */
};

struct facts {
	struct facts_module module; /* the one that was told of last */
	unsigned int n_modules;	    /* that were loaded */
	unsigned int n_modules_failed;
	unsigned int n_modules_late; /* not back when the boot went on */
	unsigned int n_unserved;
	char unserved[FACTS_UNSERVED_MAX][FACTS_ALIAS_MAX]; /* modaliases */
	bool coldplugged;
	unsigned int n_nics;
	struct facts_nic nics[FACTS_NICS_MAX];
	struct providers providers;
	bool settled;		   /* the NICs of the boot are all known */
	bool searched;		   /* phase-discover has said that it is done */
	unsigned long n_malformed; /* records that were dropped */
	unsigned long n_over;	   /* NICs and others there was no room for */
};

enum facts_origin {
	FACTS_FROM_NET,
	FACTS_FROM_DISCOVER,
	FACTS_FROM_DRIVERS,
};

enum facts_change {
	FACTS_NOTHING,
	FACTS_NIC,   /* .nics[index] came, changed or has trouble */
	FACTS_GONE,  /* a NIC is no longer there */
	FACTS_LEASE, /* .nics[index] has a lease that is new */
	FACTS_LOST,  /* .nics[index] has none any more */
	/* .nics[index] has an address that no DHCP server gave */
	FACTS_ADDRESS,
	FACTS_SETTLED,
	FACTS_PROVIDER,	     /* .providers.list[index] is new or changed */
	FACTS_PROVIDER_GONE, /* .providers.gone */
	FACTS_SEARCHED,
	FACTS_MODULE, /* .module is a new one */
	FACTS_COLDPLUGGED,
	FACTS_UNSERVED, /* .unserved[index] is new */
};

/* Takes over a line of the child ORIGIN, without its newline. RET_INDEX is set
 * for the changes that have one. */
enum facts_change facts_apply(struct facts *facts, enum facts_origin origin,
			      struct span line, unsigned int *ret_index);

bool facts_have_lease(const struct facts *facts);

/* One line with no newline, safe for a terminal. */
void facts_put_nic(struct writer *writer, const struct facts_nic *nic);

/* How many providers the banner names; where the others are. */
#define FACTS_BANNER_PROVIDERS_MAX 4
#define FACTS_PROVIDERS_PATH "/run/phase/services.json"

struct facts_banner {
	const char *version;
	const char *kernel; /* its release */
	const char *machine;
	const char *mode;
	const char *channel;
	int64_t elapsed_ms;	 /* since /init was started */
	const char *net_trouble; /* why phase-net has none, or NULL */
	bool has_net;		 /* all the same: the kernel's own */
	bool searching;		 /* phase-discover is at work */
};

/* The banner, its lines ended by newlines. */
void facts_put_banner(struct writer *writer, const struct facts *facts,
		      const struct facts_banner *banner);
