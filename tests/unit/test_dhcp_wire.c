/* dhcp/wire.c: what a client, which may be anybody's by now, may ask of the
 * manager. Rows D29 to D33 and D42, asked of the struct. */
#include "test_dhcp6.h"
#include "test_dhcp_leases.h"

#include <errno.h>

#include "base/clock.h"
#include "dhcp/wire.h"

static struct dhcp_wire wire;

/* Of exactly its size */
static int check_of(size_t len)
{
	struct dhcp_wire *copy = malloc(sizeof(*copy));
	int r;

	assert_non_null(copy);
	memcpy(copy, &wire, sizeof(*copy));
	r = dhcp_wire_check(copy, len);
	free(copy);
	return r;
}

static void taken(void)
{
	assert_int_equal(check_of(sizeof(wire)), 0);
}

static void refused(void)
{
	assert_int_equal(check_of(sizeof(wire)), -EBADMSG);
}

static void begin(enum dhcp_wire_type type)
{
	memset(&wire, 0, sizeof(wire));
	wire.type = type;
}

static void begin_lease(enum dhcp_wire_type type)
{
	begin(type);
	wire.lease = usual_lease();
	taken();
}

/* One that is good, with what each type takes. */
static void begin_good(enum dhcp_wire_type type)
{
	begin(type);
	switch (type) {
	case DHCP_WIRE_LEASE:
	case DHCP_WIRE_INFORMED:
		wire.lease = usual_lease();
		break;
	case DHCP_WIRE_SEND:
		wire.datagram.source = ADDRESS;
		wire.datagram.destination = SERVER;
		wire.datagram.len = sizeof(wire.datagram.payload);
		break;
	case DHCP_WIRE_WATCH:
		wire.watch.n = DHCP_WIRE_WATCHED_MAX;
		break;
	case DHCP_WIRE_LEASE6:
		wire.lease6.server_len = 10;
		break;
	case DHCP_WIRE_LINK_LOCAL:
	case DHCP_WIRE_RESOLVERS6:
	case DHCP_WIRE_LOST:
	case DHCP_WIRE_LOST6:
	case DHCP_WIRE_CONFLICT:
	case DHCP_WIRE_SILENCE:
	case DHCP_WIRE_LINK:
	case DHCP_WIRE_IPV6:
	case DHCP_WIRE_CONFIGURED:
	case DHCP_WIRE_UNSENT:
	case DHCP_WIRE_CONFLICT6:
	case DHCP_WIRE_RELEASE:
	case DHCP_WIRE_N:
		break;
	}
}

static bool is_of_the_manager(uint32_t type)
{
	return type == DHCP_WIRE_LINK || type == DHCP_WIRE_IPV6 ||
	       type == DHCP_WIRE_CONFIGURED || type == DHCP_WIRE_UNSENT ||
	       type == DHCP_WIRE_CONFLICT6 || type == DHCP_WIRE_RELEASE;
}

static void test_types(void **state UNUSED)
{
	static const uint32_t none[] = { DHCP_WIRE_N, DHCP_WIRE_N + 1,
					 255,	      256,
					 0x10000,     INT32_MAX,
					 0x80000000u, UINT32_MAX };

	for (uint32_t type = 0; type < DHCP_WIRE_N; type++) {
		begin_good((enum dhcp_wire_type)type);
		if (is_of_the_manager(type))
			refused();
		else
			taken();
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		/* Good as anything else. */
		begin_good(DHCP_WIRE_LEASE);
		wire.type = none[i];
		refused();
	}
}

/* All of it, and nothing more. */
static void test_lengths(void **state UNUSED)
{
	for (uint32_t type = 0; type < DHCP_WIRE_N; type++) {
		begin_good((enum dhcp_wire_type)type);
		for (size_t len = 0; len <= 4096; len++) {
			if (len != sizeof(wire))
				assert_int_equal(check_of(len), -EBADMSG);
		}
		assert_int_equal(check_of(SIZE_MAX), -EBADMSG);
	}
}

/* Of dhcp_lease_check(), whose own test has all of them. */
static void test_d29_d33_d42_leases(void **state UNUSED)
{
	static const enum dhcp_wire_type types[] = { DHCP_WIRE_LEASE,
						     DHCP_WIRE_INFORMED };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		begin_lease(types[i]);
		wire.lease.address = IP(127, 0, 0, 1);
		refused();
		begin_lease(types[i]);
		wire.lease.prefix = 33;
		refused();
		begin_lease(types[i]);
		wire.lease.n_routes = UINT32_MAX;
		refused();
		begin_lease(types[i]);
		wire.lease.mtu = 67;
		refused();
		begin_lease(types[i]);
		strcpy(wire.lease.hostname, "$(reboot)");
		refused();
		begin_lease(types[i]);
		memset(wire.lease.search, 'a', sizeof(wire.lease.search));
		refused();
		begin_lease(types[i]);
		wire.lease.boot_file.len = UINT16_MAX;
		refused();
	}
	begin_good(DHCP_WIRE_LEASE);
	memset(&wire.lease, 0, sizeof(wire.lease));
	refused();
}

static void send(uint32_t source, uint32_t destination, uint32_t len)
{
	begin(DHCP_WIRE_SEND);
	wire.datagram.source = source;
	wire.datagram.destination = destination;
	wire.datagram.len = len;
}

static void test_d29_datagrams(void **state UNUSED)
{
	static const uint32_t bad[] = {
		0,
		IP(0, 1, 2, 3),
		IP(127, 0, 0, 1),
		IP(127, 255, 0, 1),
		IP(224, 0, 0, 1),
		IP(239, 1, 2, 3),
		IP(240, 0, 0, 1),
		EVERYBODY,
	};
	static const uint32_t good[] = { IP(1, 0, 0, 1), IP(126, 0, 0, 1),
					 IP(128, 0, 0, 1),
					 IP(223, 255, 255, 1) };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		send(bad[i], SERVER, 1);
		refused();
		send(ADDRESS, bad[i], 1);
		refused();
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		send(good[i], SERVER, 1);
		taken();
		send(ADDRESS, good[i], 1);
		taken();
	}
	send(ADDRESS, SERVER, 0);
	taken();
	send(ADDRESS, SERVER, DHCP_OUTGOING_MAX);
	taken();
	send(ADDRESS, SERVER, DHCP_OUTGOING_MAX + 1);
	refused();
	send(ADDRESS, SERVER, UINT32_MAX);
	refused();
}

static void test_watch(void **state UNUSED)
{
	static const uint32_t numbers[] = { DHCP_WIRE_WATCHED_MAX + 1, 256,
					    0x80000000u, UINT32_MAX };

	for (uint32_t n = 0; n <= DHCP_WIRE_WATCHED_MAX; n++) {
		begin(DHCP_WIRE_WATCH);
		wire.watch.n = n;
		/* It only lets ARP packets through: any will do. */
		memset(wire.watch.addresses, 0xff,
		       sizeof(wire.watch.addresses));
		taken();
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		begin(DHCP_WIRE_WATCH);
		wire.watch.n = numbers[i];
		refused();
	}
}

/* D40, RFC 3927 §2.1: without the first and the last 256. */
static void test_d40_link_local(void **state UNUSED)
{
	static const uint32_t good[] = { 0, IP(169, 254, 1, 0),
					 IP(169, 254, 7, 7),
					 IP(169, 254, 254, 255) };
	static const uint32_t bad[] = {
		1,
		IP(169, 254, 0, 255),
		IP(169, 254, 255, 0),
		IP(169, 253, 1, 1),
		IP(169, 255, 1, 1),
		ADDRESS,
		IP(254, 169, 1, 1),
		IP(1, 1, 254, 169),
		EVERYBODY,
	};

	begin(DHCP_WIRE_LINK_LOCAL);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		wire.address = good[i];
		taken();
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		wire.address = bad[i];
		refused();
	}
}

static void test_d29_d42_lease6(void **state UNUSED)
{
	begin_good(DHCP_WIRE_LEASE6);
	wire.lease6.has_address = 1;
	wire.lease6.address = ip6_address;
	wire.lease6.times = (struct dhcp_times6){ 10, 20, 3, 4, 0 };
	taken();
	wire.lease6.address = ip6_router;
	refused();
	wire.lease6.address = ip6_address;
	strcpy(wire.lease6.domain, "a\nnameserver b");
	refused();
	begin_good(DHCP_WIRE_LEASE6);
	wire.lease6.n_dns = UINT32_MAX;
	refused();
	begin_good(DHCP_WIRE_LEASE6);
	wire.lease6.server_len = 0;
	refused();
}

static void test_d42_resolvers6(void **state UNUSED)
{
	struct dhcp_resolvers6 *resolvers = &wire.resolvers6;

	begin(DHCP_WIRE_RESOLVERS6);
	taken();
	resolvers->n_dns = resolvers->n_domains = DHCP_RESOLVERS6_MAX;
	for (unsigned int i = 0; i < DHCP_RESOLVERS6_MAX; i++) {
		resolvers->dns[i].address = ip6_router;
		resolvers->dns[i].expires = CLOCK_NEVER;
		strcpy(resolvers->domains[i].name, "six.example");
	}
	taken();
	resolvers->dns[3].address.bytes[0] = 0xff;
	refused();
	resolvers->n_dns = 3;
	taken();
	resolvers->n_dns = DHCP_RESOLVERS6_MAX + 1;
	refused();
	resolvers->n_dns = 0;
	strcpy(resolvers->domains[3].name, "a\nnameserver b");
	refused();
	resolvers->n_domains = 3;
	taken();
	resolvers->n_domains = UINT32_MAX;
	refused();
	resolvers->n_domains = 0;
	resolvers->portal.len = DHCP_LEASE_RAW_MAX + 1;
	refused();
	resolvers->portal.len = 1;
	resolvers->portal.data[0] = '\n';
	refused();
	resolvers->portal.data[0] = 'h';
	taken();
}

/* What is for people says nothing that could do harm. */
static void test_any_bytes(void **state UNUSED)
{
	static const enum dhcp_wire_type types[] = { DHCP_WIRE_LOST,
						     DHCP_WIRE_LOST6,
						     DHCP_WIRE_CONFLICT,
						     DHCP_WIRE_SILENCE };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		memset(&wire, 0xff, sizeof(wire));
		wire.type = types[i];
		taken();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_d29_d33_d42_leases),
		cmocka_unit_test(test_d29_datagrams),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_d40_link_local),
		cmocka_unit_test(test_d29_d42_lease6),
		cmocka_unit_test(test_d42_resolvers6),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests_name("dhcp_wire", tests, NULL, NULL);
}
