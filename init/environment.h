/*
 * What users expect of a machine beside its shell: a host name, /etc/hosts,
 * a machine-id, the loopback interface, limits, TERM. All of it is done in
 * process 1 without the heap, and what can't be done is no hindrance.
 *
 * Host name, the first that there is: phase.hostname=, /etc/hostname, one
 * that the kernel has already, DHCP's option 12, the MAC of the first NIC;
 * until one of these is known it is "phase". The last two may come late.
 *
 * Machine-id: phase.machine-id= or systemd.machine_id=, /etc/machine-id, the
 * UUID that the firmware has for the machine, the serial number of the device
 * tree, the MAC of the first NIC, else one for this boot only.
 */
#pragma once

#include <stdbool.h>

#include "base/reader.h"
#include "init/identity.h"
#include "init/params.h"

enum environment_source {
	ENVIRONMENT_NOBODY,
	ENVIRONMENT_MAC,
	ENVIRONMENT_DHCP,
	ENVIRONMENT_GIVEN,
};

struct environment {
	enum environment_source source; /* of the name */
	char name[IDENTITY_NAME_MAX];
	char mac[sizeof("00:00:00:00:00:00")]; /* of the first NIC, or empty */
	bool is_complete;
	char term[40]; /* "TERM=…" that the command line gave, or empty */
};

/* Once /proc is mounted: the host name, for the kernel's log, and TERM. */
void environment_init(struct environment *environment,
		      const struct params *params);

/* A NIC was seen, or a lease with a host name was had, both as the net child
 * reports them: not checked yet. An empty string is none. */
void environment_nic(struct environment *environment, const char *mac);
void environment_lease(struct environment *environment, const char *hostname);

/* Users come: the rest, of which whatever is not known by now is made up. From
 * now on /etc/hosts follows the name. */
void environment_complete(struct environment *environment,
			  const struct params *params, struct span cmdline);
