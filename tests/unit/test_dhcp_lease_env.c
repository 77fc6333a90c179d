/* dhcp/lease_env.c: what scripts for udhcpc find in their environment. */
#include "test_dhcp_leases.h"

#include <errno.h>

#include "dhcp/lease_env.h"

static char *env[DHCP_LEASE_ENV_N];
static uint8_t buffer[DHCP_LEASE_ENV_MAX];

static int put(const char *interface, const struct dhcp_lease *lease)
{
	struct writer writer;

	memset(buffer, 0xee, sizeof(buffer));
	memset(env, 0xee, sizeof(env));
	writer_init(&writer, buffer, sizeof(buffer));
	return dhcp_lease_put_env(&writer, interface, lease, env,
				  ARRAY_SIZE(env));
}

static void assert_strings(const char *const *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(env[i], expected[i]);
	assert_null(env[count]);
}

static void test_nothing_but_the_interface(void **state UNUSED)
{
	static const char *const expected[] = { "interface=eth0" };

	assert_int_equal(put("eth0", NULL), 1);
	assert_strings(expected, ARRAY_SIZE(expected));
}

static void test_smallest(void **state UNUSED)
{
	static const char *const expected[] = {
		"interface=eth0",    "ip=10.0.2.15",	 "mask=24",
		"serverid=10.0.2.2", "lease=4294967295", "subnet=255.255.255.0",
		"opt53=05",
	};

	assert_int_equal(put("eth0", &small), ARRAY_SIZE(expected));
	assert_strings(expected, ARRAY_SIZE(expected));
}

static void test_everything(void **state UNUSED)
{
	static const char *const expected[] = {
		"interface=eth0",
		"ip=10.0.2.15",
		"mask=24",
		"serverid=10.0.2.2",
		"lease=3600",
		"opt58=00000708",
		"opt59=00000c4e",
		"broadcast=10.0.2.255",
		"router=10.0.2.2",
		"mtu=1400",
		"siaddr=10.0.2.4",
		"dns=10.0.2.3 1.1.1.1",
		"ntpsrv=10.0.2.5",
		"staticroutes=1.2.3.4/32 0.0.0.0 0.0.0.0/0 10.0.2.2",
		"domain=corp.example example.com",
		"hostname=node-7",
		"bootfile=it's $(reboot)",
		"tftp=boot",
		"opt114=68747470733a2f2f702f3f613d62",
		"vendor=PXEClient",
		"opt43=0001fe",
		"search=a.example b.example",
		"opt125=00000009020100",
		"fqdn=node-7.example",
		"fqdn_flags=5",
		"opt72=0a00025001020304",
		"opt108=00000708",
		"opt57=05dc",
		"opt61=015254",
		"subnet=255.255.255.0",
		"boot_file=it's $(reboot)",
		"sname=boot",
		"opt53=05",
		"opt17=2f",
		"opt224=",
		"opt252=0aff",
	};
	struct dhcp_lease lease = usual_lease();

	assert_int_equal(put("eth0", &lease), ARRAY_SIZE(expected));
	assert_strings(expected, ARRAY_SIZE(expected));
}

static const char *find(const char *name)
{
	for (size_t i = 0; env[i]; i++) {
		if (strncmp(env[i], name, strlen(name)) == 0)
			return env[i];
	}
	return NULL;
}

static void test_routes_of_option_33(void **state UNUSED)
{
	struct dhcp_lease lease = small;

	lease.router = SERVER;
	lease.n_routes = 1;
	lease.routes[0] = (struct dhcp_route){ .gateway = SERVER };
	assert_true(put("eth0", &lease) > 0);
	/* The default route is no more than the router. */
	assert_string_equal(find("router="), "router=10.0.2.2");
	assert_null(find("routes="));
	assert_null(find("staticroutes="));
	lease.n_routes = 3;
	for (unsigned int i = 1; i < 3; i++)
		lease.routes[i] =
			(struct dhcp_route){ .destination = IP(172, 16, i, 0),
					     .gateway = SERVER,
					     .prefix = 24 };
	assert_true(put("eth0", &lease) > 0);
	assert_string_equal(find("routes="),
			    "routes=172.16.1.0/10.0.2.2 172.16.2.0/10.0.2.2");
	assert_null(find("staticroutes="));
}

static void test_d42_control_characters_are_replaced(void **state UNUSED)
{
	struct dhcp_lease lease = small;

	/* No lease that was checked has them; the name of a NIC may. */
	set_raw(&lease.boot_file, BYTES('a', 0, '\n', 0x7f, 0x1b, 0xff));
	assert_true(put("e\nth", &lease) > 0);
	assert_string_equal(env[0], "interface=e?th");
	assert_string_equal(find("bootfile="), "bootfile=a????\xff");
	assert_string_equal(find("boot_file="), "boot_file=a????\xff");
}

static void test_largest_fits(void **state UNUSED)
{
	struct dhcp_lease lease = largest_lease();
	int n = put("abcdefghijklmno", &lease);

	assert_true(n > 128);
	assert_null(env[n]);
	assert_string_equal(find("opt253="), "opt253=");
	/* No more pointers than there may have to be. */
	assert_int_equal(n + 1, DHCP_LEASE_ENV_N);
}

static void test_no_room(void **state UNUSED)
{
	struct dhcp_lease lease = usual_lease();
	int whole = put("eth0", &lease);
	struct writer writer;
	size_t len;

	assert_true(whole > 0);
	len = (size_t)(env[whole - 1] + strlen(env[whole - 1]) + 1 -
		       (char *)buffer);
	for (size_t size = 0; size <= len; size++) {
		uint8_t *exact = malloc(size + 1);
		char *strings[DHCP_LEASE_ENV_N];

		assert_non_null(exact);
		writer_init(&writer, exact, size);
		assert_int_equal(dhcp_lease_put_env(&writer, "eth0", &lease,
						    strings,
						    ARRAY_SIZE(strings)),
				 size == len ? whole : -ENOBUFS);
		free(exact);
	}
	for (size_t max = 1; max <= (size_t)whole + 1; max++) {
		char **strings = malloc(max * sizeof(*strings));

		assert_non_null(strings);
		writer_init(&writer, buffer, sizeof(buffer));
		assert_int_equal(dhcp_lease_put_env(&writer, "eth0", &lease,
						    strings, max),
				 max == (size_t)whole + 1 ? whole : -ENOBUFS);
		free(strings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_but_the_interface),
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_routes_of_option_33),
		cmocka_unit_test(test_d42_control_characters_are_replaced),
		cmocka_unit_test(test_largest_fits),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests_name("dhcp_lease_env", tests, NULL, NULL);
}
