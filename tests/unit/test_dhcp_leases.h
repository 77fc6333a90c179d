/* For the tests of what is written of leases: a few of them. */
#pragma once

#include "test_dhcp_server.h"

#include "dhcp/lease.h"

static const struct dhcp_lease small UNUSED = {
	.address = ADDRESS,
	.prefix = 24,
	.server_id = SERVER,
	.lease_s = DHCP_LEASE_INFINITE,
};

UNUSED static void set_raw(struct dhcp_raw *raw, struct span value)
{
	memcpy(raw->data, value.data, value.len);
	raw->len = (uint16_t)value.len;
}

UNUSED static struct dhcp_lease usual_lease(void)
{
	struct dhcp_lease lease = small;

	lease.lease_s = 3600;
	lease.t1_s = 1800;
	lease.t2_s = 3150;
	lease.broadcast = IP(10, 0, 2, 255);
	lease.router = SERVER;
	lease.mtu = 1400;
	lease.next_server = IP(10, 0, 2, 4);
	lease.n_dns = 2;
	lease.dns[0] = IP(10, 0, 2, 3);
	lease.dns[1] = IP(1, 1, 1, 1);
	lease.n_ntp = 1;
	lease.ntp[0] = IP(10, 0, 2, 5);
	lease.n_routes = 2;
	lease.routes[0] = (struct dhcp_route){ .destination = IP(1, 2, 3, 4),
					       .prefix = 32 };
	lease.routes[1] = (struct dhcp_route){ .gateway = SERVER };
	strcpy(lease.domain, "corp.example example.com");
	strcpy(lease.hostname, "node-7");
	set_raw(&lease.boot_file, span_of("it's $(reboot)"));
	set_raw(&lease.tftp_server, span_of("boot"));
	set_raw(&lease.portal, span_of("https://p/?a=b"));
	set_raw(&lease.vendor_class, span_of("PXEClient"));
	set_raw(&lease.vendor, BYTES(0, 1, 0xfe));
	lease.classless = 1;
	strcpy(lease.search, "a.example b.example");
	strcpy(lease.fqdn, "node-7.example");
	lease.fqdn_flags = 5;
	lease.n_www = 2;
	lease.www[0] = IP(10, 0, 2, 80);
	lease.www[1] = IP(1, 2, 3, 4);
	lease.v6only_s = 1800;
	lease.max_size = 1500;
	set_raw(&lease.client_id, BYTES(1, 0x52, 0x54));
	set_raw(&lease.vendor_info, BYTES(0, 0, 0, 9, 2, 1, 0));
	set_raw(&lease.others, BYTES(17, 1, '/', 224, 0, 252, 2, 0xa, 0xff));
	return lease;
}

/* Every field as long as it can be. */
UNUSED static struct dhcp_lease largest_lease(void)
{
	struct dhcp_lease lease;

	memset(&lease, 0xff, sizeof(lease)); /* 255.255.255.255, all '%ff' */
	lease.prefix = 32;
	lease.n_routes = DHCP_LEASE_ROUTES_MAX;
	for (unsigned int i = 0; i < DHCP_LEASE_ROUTES_MAX; i++) {
		lease.routes[i].prefix = 32;
		lease.routes[i].onlink = true;
	}
	lease.n_dns = DHCP_LEASE_DNS_MAX;
	lease.n_ntp = DHCP_LEASE_NTP_MAX;
	lease.n_www = DHCP_LEASE_WWW_MAX;
	lease.classless = 1;
	memset(lease.domain, 'd', sizeof(lease.domain));
	memset(lease.hostname, 'h', sizeof(lease.hostname));
	memset(lease.search, 's', sizeof(lease.search));
	memset(lease.fqdn, 'f', sizeof(lease.fqdn));
	lease.domain[sizeof(lease.domain) - 1] = '\0';
	lease.hostname[sizeof(lease.hostname) - 1] = '\0';
	lease.search[sizeof(lease.search) - 1] = '\0';
	lease.fqdn[sizeof(lease.fqdn) - 1] = '\0';
	memset(lease.boot_file.data, '\'', sizeof(lease.boot_file.data));
	memset(lease.tftp_server.data, '\'', sizeof(lease.tftp_server.data));
	memset(lease.portal.data, '\'', sizeof(lease.portal.data));
	memset(lease.vendor_class.data, '\'', sizeof(lease.vendor_class.data));
	lease.vendor.len = lease.vendor_class.len = lease.tftp_server.len =
		lease.boot_file.len = lease.portal.len = lease.client_id.len =
			lease.vendor_info.len = lease.others.len =
				DHCP_LEASE_RAW_MAX;
	/* Nothing makes more of them than options without a value. */
	for (unsigned int i = 0; i < DHCP_LEASE_RAW_MAX; i += 2) {
		lease.others.data[i] = (uint8_t)(126 + i / 2);
		lease.others.data[i + 1] = 0;
	}
	return lease;
}
