/* See lease_check.h. */
#include "dhcp/lease_check.h"

#include <errno.h>
#include <string.h>

#include "dhcp/lease_rules.h"

static bool check_numbers(const struct dhcp_lease *lease)
{
	if (lease->prefix > 30 ?
		    lease->broadcast != 0 :
		    !dhcp_lease_has_broadcast(lease, lease->broadcast))
		return false;
	return lease->lease_s != 0 && lease->classless <= 1 &&
	       (lease->next_server == 0 || dhcp_is_host(lease->next_server)) &&
	       (lease->v6only_s == 0 ||
		lease->v6only_s >= DHCP_V6ONLY_WAIT_MIN) &&
	       (lease->mtu == 0 || lease->mtu >= DHCP_MTU_MIN) &&
	       (lease->max_size == 0 || lease->max_size >= DHCP_MAX_SIZE_MIN);
}

static bool check_routes(const struct dhcp_lease *lease)
{
	bool gateways = false;

	if (lease->n_routes > DHCP_LEASE_ROUTES_MAX)
		return false;
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		struct dhcp_route route = lease->routes[i];

		/* Those on the link stand first, and are option 121's. */
		if (route.gateway == 0 && (gateways || !lease->classless))
			return false;
		gateways |= route.gateway != 0;
		if (!dhcp_lease_may_route(lease, &route) ||
		    route.onlink != lease->routes[i].onlink)
			return false;
	}
	return lease->router == dhcp_lease_find_router(lease);
}

static bool check_hosts(const uint32_t *hosts, uint32_t count, uint32_t max)
{
	if (count > max)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!dhcp_is_host(hosts[i]))
			return false;
	}
	return true;
}

static bool check_name(const char *name, size_t size, bool several)
{
	return memchr(name, '\0', size) != NULL &&
	       (name[0] == '\0' || dhcp_is_name(span_of(name), several));
}

static bool check_raw(const struct dhcp_raw *raw)
{
	return raw->len <= sizeof(raw->data);
}

static bool check_text(const struct dhcp_raw *raw)
{
	return check_raw(raw) && dhcp_is_text(dhcp_raw_span(raw));
}

static bool check_vendor_info(const struct dhcp_raw *raw)
{
	return check_raw(raw) &&
	       (raw->len == 0 || dhcp_is_vendor_info(dhcp_raw_span(raw)));
}

int dhcp_lease_check(const struct dhcp_lease *lease)
{
	/* The subnet first: the rest is measured by it. */
	if (!dhcp_lease_has_address(lease) || !check_numbers(lease) ||
	    !check_routes(lease) ||
	    !check_hosts(lease->dns, lease->n_dns, DHCP_LEASE_DNS_MAX) ||
	    !check_hosts(lease->ntp, lease->n_ntp, DHCP_LEASE_NTP_MAX) ||
	    !check_hosts(lease->www, lease->n_www, DHCP_LEASE_WWW_MAX))
		return -EBADMSG;
	if (!check_name(lease->hostname, sizeof(lease->hostname), false) ||
	    !check_name(lease->domain, sizeof(lease->domain), true) ||
	    !check_name(lease->search, sizeof(lease->search), true) ||
	    !check_name(lease->fqdn, sizeof(lease->fqdn), false) ||
	    lease->fqdn_flags & ~(lease->fqdn[0] ? DHCP_FQDN_FLAGS : 0))
		return -EBADMSG;
	if (!check_text(&lease->vendor_class) ||
	    !check_text(&lease->tftp_server) ||
	    !check_text(&lease->boot_file) || !check_text(&lease->portal) ||
	    !check_raw(&lease->vendor) || !check_raw(&lease->client_id) ||
	    !check_vendor_info(&lease->vendor_info) ||
	    !check_raw(&lease->others) ||
	    !dhcp_is_others(dhcp_raw_span(&lease->others)))
		return -EBADMSG;
	return 0;
}
