/* See net_nic.h. */
#include "init/net_nic.h"

#include <net/if.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/format.h"
#include "base/log.h"
#include "init/net_files.h"
#include "init/net_nic_part.h"
#include "init/net_static.h"

/* --- the link ----------------------------------------------------------- */

/* What the command line wants of it. Asked once. */
static void decide(struct net_nic *nic)
{
	struct dhcp_lease lease;

	if (nic->device)
		return;
	nic->device = net_plan_for(nic->plan, nic->link.name, nic->link.mac);
	if (!nic->device->methods)
		net_report_trouble(nic->report, nic->link.name,
				   "left alone, as ip= wants it");
	if (nic->device->mtu) {
		net_config_set_device_mtu(nic->netlink, &nic->config,
					  nic->device->mtu);
		nic->link.mtu = nic->device->mtu;
	}
	if (nic->device->methods & NET_PLAN_STATIC && !nic->args->no_ipv4) {
		net_static_lease(nic->device, &lease);
		(void)!net_nic_configure(nic, &lease);
	}
	if (!(nic->device->methods & NET_PLAN_ANY6))
		nic->conf.holds_ipv6 = false; /* for ever */
	else if (nic->device->methods & NET_PLAN_STATIC6 ||
		 !(nic->device->methods & NET_PLAN_ANY4))
		net_nic_begin_ipv6(nic);
	net_config6_limit(&nic->config6, nic->device);
	if (nic->device->methods & NET_PLAN_STATIC6 && !nic->args->no_ipv6)
		net_config6_set_static(nic->netlink, &nic->config6,
				       nic->device);
	net_nic_want_client(nic);
}

void net_nic_init(struct net_nic *nic, const struct route_link *link,
		  uint32_t metric, bool holds_ipv6)
{
	nic->used = true;
	nic->conf.holds_ipv6 = holds_ipv6;
	nic->link = *link;
	nic->unicast_fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(nic->conf.sockets); i++)
		nic->conf.sockets[i] = -1;
	nic->config = (struct net_config){
		.ifindex = link->ifindex,
		.name = nic->link.name,
		.metric = metric,
		.is_idle = nic->args->no_configure,
	};
	nic->config6 = (struct net_config6){
		.ifindex = link->ifindex,
		.name = nic->link.name,
		.metric = metric,
		.is_idle = nic->args->no_configure,
	};
	net_nic_define_client(nic);
	net_nic_init_ipv6(nic);
	net_nic_note(nic, REPORT_STEP_LINK);
	net_nic_run_hooks(nic, "deconfig", NULL);
	/* Where it is the same for all: now, as the link takes its time to
	 * come up. */
	if (nic->plan->n_devices == 0)
		decide(nic);
}

static void renamed(struct net_nic *nic, const char *name)
{
	net_files_remove_lease(&nic->config);
	net_files_remove_lease6(&nic->config6);
	net_report_gone(nic->report, nic->link.name);
	text_print(nic->link.name, sizeof(nic->link.name), "%s", name);
	text_print(nic->client_name, sizeof(nic->client_name),
		   "the client of %s", name);
	if (nic->config.has_lease)
		net_files_write_lease(&nic->config);
	net_files_write_lease6(&nic->config6);
}

/* The filters and the client's identity are of the old address: what it had is
 * given up, and asked for anew. */
static void moved(struct net_nic *nic)
{
	if (!nic->device || nic->device->methods & NET_PLAN_STATIC ||
	    nic->releasing)
		return;
	net_nic_unconfigure(nic);
	net_nic_close_sockets(nic);
	if (nic->client.supervise.pid > 0) {
		nic->again = true;
		net_nic_unwant_client(nic);
	} else {
		net_nic_want_client(nic);
	}
}

void net_nic_update(struct net_nic *nic, const struct route_link *link,
		    bool is_new)
{
	bool has_moved = !is_new &&
			 memcmp(nic->link.mac, link->mac, DHCP_MAC_LEN) != 0;
	bool is_renamed = !is_new && strcmp(nic->link.name, link->name) != 0;
	/* Gone and back in the time that the kernel takes to tell of it. */
	bool has_flapped = !is_new && net_nic_is_usable(&nic->link) &&
			   net_nic_is_usable(link) &&
			   link->carrier_changes != nic->link.carrier_changes;
	bool changed = is_new || is_renamed || has_flapped ||
		       net_nic_is_usable(&nic->link) != net_nic_is_usable(link);

	nic->seen = true;
	if (is_renamed)
		renamed(nic, link->name);
	nic->link = *link;
	if (link->flags & IFF_UP)
		net_nic_note(nic, REPORT_STEP_UP);
	if (has_moved)
		moved(nic);
	if (!has_moved && !changed)
		return;
	/* Before who is told does something about it. */
	if (net_nic_is_usable(&nic->link))
		net_nic_note(nic, REPORT_STEP_CARRIER);
	net_report_nic(nic->report, &nic->link, net_nic_is_usable(&nic->link));
	if (is_renamed && nic->config.has_lease)
		net_report_lease(nic->report, nic->link.name,
				 &nic->config.lease, false);
	if (net_nic_is_usable(&nic->link)) {
		decide(nic);
		net_nic_postpone_ipv6(nic);
	}
	if (has_flapped)
		net_nic_tell_link(nic, false);
	if (!is_new || net_nic_is_usable(&nic->link))
		net_nic_tell_link(nic, net_nic_is_usable(&nic->link));
}

void net_nic_remove(struct net_nic *nic)
{
	bool was_leaving = nic->is_leaving;

	net_nic_close_sockets(nic);
	net_nic_close_unicast(nic);
	loop_set_timer(nic->loop, &nic->ipv6, CLOCK_NEVER);
	/* They went with the link. */
	nic->config.link_local = 0;
	nic->config.has_lease = false;
	nic->config6.has_lease = false;
	net_files_remove_lease(&nic->config);
	net_files_remove_lease6(&nic->config6);
	nic->gone = true;
	nic->changed(nic);
	net_report_gone(nic->report, nic->link.name);
	net_nic_run_hooks(nic, "deconfig", NULL);
	net_nic_unwant_client(nic);
	nic->used = nic->client.supervise.pid > 0;
	/* Its client would have seen to it, but has ended before. */
	if (was_leaving && !nic->used)
		net_nic_release_end(nic);
}

bool net_nic_reaped(struct net_nic *nic, int pid, int status)
{
	return child_reaped(&nic->client, pid, status);
}

bool net_nic_is_configured(const struct net_nic *nic)
{
	static const struct dhcp_ip6 none;

	if (nic->args->no_ipv4 ||
	    (nic->device && !(nic->device->methods & NET_PLAN_ANY4)))
		return memcmp(&nic->config6.address, &none, sizeof(none)) != 0;
	return nic->config.has_lease;
}

static bool is_for_world(const struct route_address6 *address)
{
	return address->scope == RT_SCOPE_UNIVERSE && !address->gone &&
	       !(address->flags & (IFA_F_DADFAILED | IFA_F_TEMPORARY)) &&
	       (!(address->flags & IFA_F_TENTATIVE) ||
		address->flags & IFA_F_OPTIMISTIC);
}

void net_nic_address6(struct net_nic *nic, const struct route_address6 *address)
{
	struct dhcp_ip6 *known = &nic->config6.address;
	bool is_known = memcmp(known->bytes, address->address,
			       sizeof(known->bytes)) == 0;

	if (net_config6_is_refused(&nic->config6, address))
		net_nic_tell_conflict6(nic);
	if (is_known && address->gone) {
		net_report_lost6(nic->report, nic->link.name, known->bytes);
		memset(known, 0, sizeof(*known));
	} else if (!is_known && is_for_world(address)) {
		memcpy(known->bytes, address->address, sizeof(known->bytes));
		net_report_address6(nic->report, nic->link.name, address);
	} else {
		return;
	}
	nic->changed(nic);
}
