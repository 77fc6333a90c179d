/* See lease6.h: a lease that came out of another process. */
#include "dhcp/lease6.h"

static bool are_peers(const struct dhcp_ip6 *hosts, uint32_t count,
		      uint32_t max)
{
	bool good = count <= max;

	for (uint32_t i = 0; good && i < count; i++)
		good = dhcp_ip6_is_peer(&hosts[i]);
	return good;
}

static bool is_text(const struct dhcp_raw *raw)
{
	return raw->len <= sizeof(raw->data) &&
	       !dhcp_text6_has_control(dhcp_raw_span(raw));
}

bool dhcp_lease6_is_valid(const struct dhcp_lease6 *lease)
{
	const struct dhcp_times6 *times = &lease->times;

	if (lease->has_address > 1 || lease->server_len == 0 ||
	    lease->server_len > DHCP_DUID_MAX)
		return false;
	if (lease->has_address &&
	    (!dhcp_ip6_is_host(&lease->address) || times->valid_s == 0 ||
	     times->preferred_s > times->valid_s ||
	     (times->t2_s > 0 && times->t1_s > times->t2_s)))
		return false;
	return are_peers(lease->dns, lease->n_dns, DHCP_LEASE6_DNS_MAX) &&
	       are_peers(lease->ntp, lease->n_ntp, DHCP_LEASE6_NTP_MAX) &&
	       dhcp_name6_is_list(lease->domain) &&
	       is_text(&lease->boot_file) && is_text(&lease->boot_params) &&
	       is_text(&lease->portal) &&
	       lease->vendor.len <= sizeof(lease->vendor.data);
}
