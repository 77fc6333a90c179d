/* See net_manager.h. */
#include "init/net_manager.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include <linux/rtnetlink.h>

#include "base/log.h"
#include "init/net_config6.h"
#include "init/net_files.h"
#include "netlink/tasks.h"

#define METRIC_BASE 100
/* Links of all kinds that one look at the kernel's list takes in. */
#define LINKS_MAX 128

bool net_manager_has(const struct net_nic *nic)
{
	return nic->used && !nic->gone;
}

/* --- which links ------------------------------------------------------- */

static bool is_vlan_of(const struct net_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->n_vlans; i++) {
		if (strcmp(plan->vlans[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool is_named(const struct net_args *args, const char *name)
{
	for (unsigned int i = 0; i < args->n_interfaces; i++) {
		if (net_plan_fits_list(span_of(args->interfaces[i]), name))
			return true;
	}
	return false;
}

/* Those that were named; or the machine's own devices, of which some may be
 * named too. What is made of software (a bridge, a VLAN) is its maker's, who
 * may be us. */
static bool is_ours(const struct net_manager *manager,
		    const struct route_link *link)
{
	if (link->hardware != ARPHRD_ETHER || link->mac_len != DHCP_MAC_LEN)
		return false;
	if (manager->args.n_interfaces > 0)
		return is_named(&manager->args, link->name);
	return (link->kind[0] == '\0' ||
		is_vlan_of(&manager->plan, link->name)) &&
	       net_plan_wants(&manager->plan, link->name);
}

static struct net_nic *find_nic(struct net_manager *manager,
				unsigned int ifindex)
{
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (net_manager_has(&manager->nics[i]) &&
		    manager->nics[i].link.ifindex == ifindex)
			return &manager->nics[i];
	}
	return NULL;
}

/* --- what NICs need of each other -------------------------------------- */

static void nic_changed(struct net_nic *changed)
{
	struct net_manager *manager = changed->owner;
	struct net_files_names names[NET_NICS_MAX];
	unsigned int n = 0;

	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		const struct net_nic *nic = &manager->nics[i];

		if (net_manager_has(nic))
			names[n++] = (struct net_files_names){ &nic->config,
							       &nic->config6 };
	}
	if (!manager->args.no_resolv && !manager->args.no_configure)
		net_files_write_resolv(&manager->plan, names, n);
	manager->changed(manager);
}

static size_t list_macs(struct net_nic *nic, uint8_t (*macs)[6], size_t max)
{
	struct net_manager *manager = nic->owner;
	size_t n = 0;

	for (unsigned int i = 0; i < NET_NICS_MAX && n < max; i++) {
		if (net_manager_has(&manager->nics[i]))
			memcpy(macs[n++], manager->nics[i].link.mac, 6);
	}
	return n;
}

/* The last one ends it. */
static void nic_released(struct net_nic *nic)
{
	struct net_manager *manager = nic->owner;

	if (--manager->n_releasing == 0)
		manager->released(manager);
}

/* --- links that come, change and go ------------------------------------ */

static void set_up(struct net_manager *manager, const struct route_link *link)
{
	struct route_message message;
	int r;

	if (link->flags & IFF_UP || manager->args.no_configure)
		return;
	route_build_link_up(&message, link->ifindex, true);
	r = netlink_request(&manager->requests, &message);
	if (r < 0)
		log_warning("%s cannot be brought up: %s", link->name,
			    strerror(-r));
}

/* RFC 7844 §2: one that is made up, and says so. */
static void change_mac(struct net_manager *manager, struct route_link *link)
{
	uint8_t mac[DHCP_MAC_LEN];
	int r = 0;

	if (getrandom(mac, sizeof(mac), 0) != (ssize_t)sizeof(mac))
		r = -errno;
	mac[0] = (uint8_t)((mac[0] & ~1u) | 2u);
	if (r == 0)
		r = netlink_set_mac(&manager->requests, link->ifindex, mac,
				    sizeof(mac));
	if (r < 0)
		log_warning("%s keeps the MAC address that identifies it: %s",
			    link->name, strerror(-r));
	else
		memcpy(link->mac, mac, sizeof(mac));
}

/* Whether IPv6 is held. What is up already, or comes when the machine is in
 * use, has it at once. */
static bool prepare_ipv6(const struct net_manager *manager,
			 const struct route_link *link)
{
	bool is_held = net_config6_hold(
		link->name, manager->is_open || link->flags & IFF_UP);

	if (!is_held)
		net_config6_hurry(link->name);
	return is_held;
}

static void make_vlans(struct net_manager *manager,
		       const struct route_link *link)
{
	const struct net_plan *plan = &manager->plan;
	struct route_message message;
	int r;

	for (unsigned int i = 0; i < plan->n_vlans; i++) {
		const struct net_plan_vlan *vlan = &plan->vlans[i];

		if (strcmp(vlan->device, link->name) != 0)
			continue;
		r = route_build_vlan(&message, vlan->name, link->ifindex,
				     vlan->id);
		if (r == 0)
			r = netlink_request(&manager->requests, &message);
		if (r == -EOPNOTSUPP)
			log_warning("vlan=%s: this kernel has no VLANs "
				    "(CONFIG_VLAN_8021Q, module 8021q)",
				    vlan->name);
		else if (r < 0 && r != -EEXIST)
			log_warning("vlan=%s: %s", vlan->name, strerror(-r));
	}
}

static uint32_t metric_of(const struct net_manager *manager,
			  const struct route_link *link, unsigned int i)
{
	uint32_t base = manager->args.metric >= 0 ?
				(uint32_t)manager->args.metric :
				METRIC_BASE;

	if (manager->args.metric < 0 &&
	    net_plan_is_boot(&manager->plan, link->mac))
		return base - 1;
	return base + i;
}

static struct net_nic *add_nic(struct net_manager *manager,
			       const struct route_link *link, bool is_held)
{
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		struct net_nic *nic = &manager->nics[i];

		if (nic->used)
			continue;
		*nic = (struct net_nic){
			.loop = manager->loop,
			.netlink = &manager->requests,
			.hooks = &manager->hooks,
			.args = &manager->args,
			.plan = &manager->plan,
			.report = &manager->report,
			.changed = nic_changed,
			.released = nic_released,
			.list_macs = list_macs,
			.owner = manager,
		};
		net_nic_init(nic, link, metric_of(manager, link, i), is_held);
		return nic;
	}
	if (is_held)
		net_config6_begin(link->name);
	if (manager->n_over++ == 0)
		log_warning("more than %d NICs: %s and later ones are not "
			    "configured",
			    NET_NICS_MAX, link->name);
	return NULL;
}

/* The kernel answers ARP on each NIC for the addresses of all: none of their
 * MACs is a stranger's. */
static void filter_all(struct net_manager *manager)
{
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (net_manager_has(&manager->nics[i]))
			net_nic_filter(&manager->nics[i]);
	}
}

static void link_changed(struct net_manager *manager, struct route_link *link)
{
	struct net_nic *nic = find_nic(manager, link->ifindex);
	bool is_new = !nic && !link->gone && is_ours(manager, link);
	bool is_held = false, has_moved;

	if (link->gone) {
		if (nic)
			net_nic_remove(nic);
		return;
	}
	if (link->hardware == ARPHRD_LOOPBACK && !manager->has_loopback) {
		manager->has_loopback = true;
		/* Else PID 1 does, which is in no hurry. */
		if (manager->args.action != NET_ACTION_CHILD)
			set_up(manager, link);
	}
	/* Once: who takes a link down later has a reason to. */
	if (is_new) {
		if (manager->args.is_private && !manager->args.no_configure)
			change_mac(manager, link);
		/* Only where nobody else has a say in it. */
		if (manager->args.action == NET_ACTION_CHILD)
			is_held = prepare_ipv6(manager, link);
		set_up(manager, link);
		nic = add_nic(manager, link, is_held);
		make_vlans(manager, link);
	}
	if (!nic)
		return;
	has_moved = memcmp(nic->link.mac, link->mac, DHCP_MAC_LEN) != 0;
	net_nic_update(nic, link, is_new);
	if (is_new || has_moved)
		filter_all(manager);
}

/* --- rtnetlink ---------------------------------------------------------- */

struct link_list {
	unsigned int n_links;
	struct route_link links[LINKS_MAX];
};

static int link_dumped(const struct route_header *header, void *owner)
{
	struct link_list *list = owner;

	if (list->n_links == LINKS_MAX)
		return -ENOBUFS;
	if (route_parse_link(header, &list->links[list->n_links]) == 0)
		list->n_links++;
	return 0;
}

static void dump_started(void *owner)
{
	struct link_list *list = owner;

	list->n_links = 0;
}

/* Asks for all links: at the start, and when news of them were lost. What has
 * to be done about them are requests, which come after the dump. */
static int read_links(struct net_manager *manager)
{
	static struct link_list list; /* too large for a stack */
	struct route_message message;
	int r;

	route_build_get_links(&message);
	r = netlink_dump_whole(&manager->requests, &message, dump_started,
			       link_dumped, &list);
	if (r < 0 && r != -EAGAIN && r != -ENOBUFS)
		return r;
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		/* What is not written to takes no memory, here and in every
		 * client. */
		if (manager->nics[i].used)
			manager->nics[i].seen = false;
	}
	for (unsigned int i = 0; i < list.n_links; i++)
		link_changed(manager, &list.links[i]);
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (net_manager_has(&manager->nics[i]) &&
		    !manager->nics[i].seen && r == 0)
			net_nic_remove(&manager->nics[i]);
	}
	return 0;
}

static void address_changed(struct net_manager *manager,
			    const struct route_address6 *address)
{
	struct net_nic *nic = find_nic(manager, address->ifindex);

	if (nic)
		net_nic_address6(nic, address);
}

/* Handles the news that are waiting; asks for everything when some were
 * lost. */
static void read_monitor(struct net_manager *manager)
{
	static uint8_t buffer[NETLINK_RECEIVE_SIZE];
	struct route_address6 address;
	struct route_header header;
	struct route_link link;
	struct span datagram;
	struct reader reader;
	int r;

	for (;;) {
		r = netlink_receive(&manager->monitor, buffer, sizeof(buffer),
				    &datagram);
		if (r == -ENOBUFS || r == -EMSGSIZE) {
			/* What waits is older than what is asked for. */
			netlink_drain(&manager->monitor);
			r = read_links(manager);
			if (r < 0)
				log_warning("links: %s", strerror(-r));
			continue;
		}
		if (r < 0)
			return;
		reader_from_span(&reader, datagram);
		while (route_next(&reader, &header) == 0) {
			if (route_parse_link(&header, &link) == 0)
				link_changed(manager, &link);
			else if (route_parse_address6(&header, &address) == 0)
				address_changed(manager, &address);
		}
	}
}

static void monitor_ready(struct loop *loop UNUSED, struct loop_source *source,
			  short revents UNUSED)
{
	read_monitor(source->owner);
}

unsigned int net_manager_count(struct net_manager *manager)
{
	unsigned int n = 0;

	read_monitor(manager);
	for (unsigned int i = 0; i < NET_NICS_MAX; i++)
		n += net_manager_has(&manager->nics[i]);
	return n;
}

void net_manager_open(struct net_manager *manager)
{
	manager->is_open = true;
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (net_manager_has(&manager->nics[i]))
			net_nic_postpone_ipv6(&manager->nics[i]);
	}
}

void net_manager_end(struct net_manager *manager)
{
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (net_manager_has(&manager->nics[i]))
			net_nic_begin_ipv6(&manager->nics[i]);
	}
}

int net_manager_start(struct net_manager *manager)
{
	int r;

	manager->requests = (struct netlink)NETLINK_CLOSED;
	manager->monitor = (struct netlink)NETLINK_CLOSED;
	net_hooks_init(&manager->hooks, manager->loop, manager->args.hooks);
	/* The monitor first: between it and the dump nothing is missed. */
	r = netlink_open_monitor(&manager->monitor,
				 RTMGRP_LINK | RTMGRP_IPV6_IFADDR);
	if (r == 0)
		r = netlink_open_request(&manager->requests);
	if (r < 0) {
		log_error("no network: this kernel has no rtnetlink "
			  "(CONFIG_NET): %s",
			  strerror(-r));
		return r;
	}
	manager->monitor_source = (struct loop_source){ manager->monitor.fd,
							POLLIN, monitor_ready,
							manager };
	r = loop_add(manager->loop, &manager->monitor_source);
	if (r == 0)
		r = read_links(manager);
	if (r < 0)
		log_error("no network: links: %s", strerror(-r));
	return r;
}

void net_manager_release(struct net_manager *manager)
{
	if (manager->n_releasing > 0)
		return;
	/* One more than there are: until all of them have been told. */
	manager->n_releasing = 1;
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (!net_manager_has(&manager->nics[i]))
			continue;
		manager->n_releasing++;
		net_nic_release(&manager->nics[i]);
	}
	if (--manager->n_releasing == 0)
		manager->released(manager);
}

void net_manager_reaped(struct net_manager *manager, int pid, int status)
{
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		if (manager->nics[i].used &&
		    net_nic_reaped(&manager->nics[i], pid, status))
			return;
	}
	(void)net_hooks_reaped(&manager->hooks, pid, status);
}
