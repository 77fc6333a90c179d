/* See net_nic_part.h. */
#include "init/net_nic_part.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/log.h"
#include "dhcp/lease_env.h"
#include "init/net_files.h"

/* The first time that the NIC gets so far, for the boot report. */
void net_nic_note_at(struct net_nic *nic, enum report_step step, int64_t at)
{
	if (nic->steps & 1u << step)
		return;
	nic->steps |= 1u << step;
	net_report_step(nic->report, nic->link.name, step, at);
}

void net_nic_note(struct net_nic *nic, enum report_step step)
{
	net_nic_note_at(nic, step, clock_ns());
}

void net_nic_tell_trouble(struct net_nic *nic, const char *text)
{
	log_warning("%s: %s", nic->link.name, text);
	net_report_trouble(nic->report, nic->link.name, text);
}

void net_nic_run_hooks(struct net_nic *nic, const char *event,
		       const struct dhcp_lease *lease)
{
	char text[DHCP_LEASE_ENV_MAX];
	char *strings[DHCP_LEASE_ENV_N];
	struct writer writer;
	int r;

	if (!nic->hooks->directory)
		return;
	writer_init(&writer, text, sizeof(text));
	r = dhcp_lease_put_env(&writer, nic->link.name, lease, strings,
			       ARRAY_SIZE(strings));
	if (r >= 0)
		r = net_hooks_run(nic->hooks, nic->link.name, event,
				  writer_span(&writer));
	if (r < 0)
		log_warning("%s: %s is not told to the programs of %s: %s",
			    nic->link.name, event, nic->hooks->directory,
			    strerror(-r));
}

/* --- the configuration -------------------------------------------------- */

/* The files are there when it is reported: what PID 1 starts then may read
 * them. */
int net_nic_configure(struct net_nic *nic, const struct dhcp_lease *lease)
{
	bool had = nic->config.has_lease;
	bool same = had && dhcp_lease_same(&nic->config.lease, lease);
	char text[128];
	int r;

	r = net_config_apply(nic->netlink, &nic->config, lease, nic->link.mtu);
	if (r < 0) {
		text_print(text, sizeof(text),
			   "the kernel refuses the address: %s", strerror(-r));
		net_nic_tell_trouble(nic, text);
		return r;
	}
	net_nic_note(nic, REPORT_STEP_ADDRESS);
	net_files_write_lease(&nic->config);
	if (!same)
		nic->changed(nic); /* writes resolv.conf */
	net_report_lease(nic->report, nic->link.name, lease, same);
	if (!had)
		net_nic_await_session(nic);
	net_nic_run_hooks(nic, had ? "renew" : "bound", lease);
	return 0;
}

void net_nic_unconfigure(struct net_nic *nic)
{
	if (!nic->config.has_lease)
		return;
	net_nic_close_unicast(nic);
	net_config_remove(nic->netlink, &nic->config);
	net_files_remove_lease(&nic->config);
	nic->changed(nic);
	net_report_lost(nic->report, nic->link.name, nic->config.lease.address);
	net_nic_run_hooks(nic, "deconfig", NULL);
}

/* The kernel's work for IPv6 is not to be in the way of a lease, nor then of
 * the first session. A router may take half a second for its answer anyway (RFC
 * 4861 §6.2.6). */
#define IPV6_DELAY_MS 100
#define IPV6_SESSION_MS 500

static void ipv6_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	net_nic_begin_ipv6(timer->owner);
}

void net_nic_init_ipv6(struct net_nic *nic)
{
	nic->ipv6 = (struct loop_timer){ CLOCK_NEVER, ipv6_expired, nic };
}

static void hold_ipv6(struct net_nic *nic, int64_t ms)
{
	if (nic->conf.holds_ipv6)
		loop_set_timer(nic->loop, &nic->ipv6, nic->loop->now + ms);
}

void net_nic_postpone_ipv6(struct net_nic *nic)
{
	hold_ipv6(nic, IPV6_DELAY_MS);
}

void net_nic_await_session(struct net_nic *nic)
{
	hold_ipv6(nic, IPV6_SESSION_MS);
}

void net_nic_begin_ipv6(struct net_nic *nic)
{
	loop_set_timer(nic->loop, &nic->ipv6, CLOCK_NEVER);
	if (!nic->conf.holds_ipv6)
		return;
	nic->conf.holds_ipv6 = false;
	net_config6_begin(nic->link.name);
	net_nic_tell_ipv6(nic);
}

void net_nic_configure6(struct net_nic *nic, const struct dhcp_lease6 *lease)
{
	int r = net_config6_apply(nic->netlink, &nic->config6, lease);

	if (r < 0)
		log_warning("%s: the kernel refuses the IPv6 address: %s",
			    nic->link.name, strerror(-r));
	net_files_write_lease6(&nic->config6);
	nic->changed(nic);
}

void net_nic_unconfigure6(struct net_nic *nic)
{
	if (!nic->config6.has_lease)
		return;
	net_config6_remove(nic->netlink, &nic->config6);
	net_files_remove_lease6(&nic->config6);
	nic->changed(nic);
}
