/* discover/service_rank.c: ranks, identity, filters. */
#include "tests/unit/test_discover_services.h"

static const struct service_wish wish = { .arch = "aarch64",
					  .channel = "stable" };

static void test_architectures(void **state)
{
	(void)state;
	assert_true(span_is(service_arch(span_of("AArch64")), "arm64"));
	assert_true(span_is(service_arch(span_of("amd64")), "x86_64"));
	assert_true(span_is(service_arch(span_of("riscv64")), "riscv64"));
}

static void test_suits(void **state)
{
	const struct service_wish anything = { NULL, NULL };
	struct service service;

	(void)state;
	service = make("a", "");
	assert_true(service_suits(&service, &wish));
	service = make("a", "arch=arm64|channel=stable");
	assert_true(service_suits(&service, &wish));
	service.health = SERVICE_UNHEALTHY;
	assert_false(service_suits(&service, &wish));
	service.health = SERVICE_UNREACHABLE;
	assert_false(service_suits(&service, &wish));
	service = make("a", "arch=amd64");
	assert_false(service_suits(&service, &wish));
	assert_true(service_suits(&service, &anything));
	service = make("a", "channel=testing");
	assert_false(service_suits(&service, &wish));
}

static struct service signed_one(const char *label, const char *txt)
{
	struct service service = make(label, txt);

	service.manifest_state = SERVICE_MANIFEST_SIGNED;
	return service;
}

/* Each one ranks before all that follow it. */
static void test_ranking(void **state)
{
	struct service order[24];
	size_t n = 0;

	(void)state;
	assert_int_equal(
		service_from_url(span_of("http://10.1.1.1"), &order[n++]), 0);
	/* Suits; certain; signed, whatever else. */
	order[n++] = signed_one("z", "arch=arm64");
	order[n++] = signed_one("z", "");
	/* The architecture, before the channel, before the health. */
	order[n] = make("z", "arch=arm64|channel=stable");
	order[n++].health = SERVICE_OK;
	order[n] = make("z", "arch=arm64|channel=stable");
	order[n++].is_near = true;
	order[n] = make("b", "arch=arm64|channel=stable");
	order[n++].manifest_state = SERVICE_MANIFEST_UNSIGNED;
	order[n] = make("a", "arch=arm64|channel=stable");
	order[n++].priority = 1;
	order[n] = make("b", "arch=arm64");
	order[n++].health = SERVICE_OK;
	order[n] = make("b", "arch=arm64");
	order[n++].weight = 9;
	order[n++] = make("a", "arch=arm64");
	order[n++] = make("b", "arch=arm64");
	order[n++] = make("a", "channel=stable");
	/* Named by DHCP, without a name. */
	order[n++] = from_lease("http://10.0.0.7");
	order[n++] = make("a", "");
	/* Guesses, the neighbour's last, whatever they have. */
	order[n] = from_gateway();
	order[n].manifest_state = SERVICE_MANIFEST_SIGNED;
	order[n++].health = SERVICE_OK;
	order[n++] = from_gateway();
	order[n] = from_neighbour();
	order[n].manifest_state = SERVICE_MANIFEST_SIGNED;
	order[n++].health = SERVICE_OK;
	order[n++] = from_neighbour();
	/* What does not suit, in the same order. */
	order[n++] = signed_one("a", "arch=x86_64|channel=stable");
	order[n] = make("a", "arch=arm64|channel=stable");
	order[n++].health = SERVICE_UNHEALTHY;
	order[n] = make("b", "arch=arm64|channel=testing");
	order[n++].health = SERVICE_OK;
	order[n] = make("b", "arch=x86_64|channel=stable");
	order[n++].health = SERVICE_UNREACHABLE;
	order[n] = from_gateway();
	order[n++].health = SERVICE_UNREACHABLE;
	order[n] = from_neighbour();
	order[n++].health = SERVICE_UNREACHABLE;
	assert_int_equal(n, ARRAY_SIZE(order));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(service_compare(&order[i], &order[i], &wish),
				 0);
		for (size_t j = i + 1; j < n; j++) {
			if (service_compare(&order[i], &order[j], &wish) >= 0 ||
			    service_compare(&order[j], &order[i], &wish) <= 0)
				fail_msg("%zu and %zu", i, j);
		}
	}
}

/* A rule's number and two services that differ in it alone, the first one
 * better; and in all later rules the second one is better. */
static void make_pair(unsigned int rule, struct service *a, struct service *b)
{
	*a = make("b", rule < 5 ? "" : "arch=arm64");
	*b = make("a", rule < 5 ? "arch=arm64|channel=stable" :
		       rule < 6 ? "channel=stable" :
				  "arch=arm64|channel=stable");
	if (rule == 6)
		*a = make("b", "arch=arm64|channel=stable");
	if (rule == 6)
		*b = make("a", "arch=arm64");
	if (rule > 6)
		*a = make("b", "arch=arm64|channel=stable");
	if (rule < 9) {
		a->priority = 1;
		b->weight = 1;
	}
	b->is_near = rule < 8;
	a->is_near = rule == 8;
	if (rule < 7)
		b->health = SERVICE_OK;
	if (rule < 4)
		b->manifest_state = SERVICE_MANIFEST_SIGNED;
	switch (rule) {
	case 1:
		a->source = SERVICE_EXPLICIT;
		a->health = SERVICE_UNREACHABLE;
		break;
	case 2:
		a->source = SERVICE_NEIGHBOUR;
		b->health = SERVICE_UNHEALTHY;
		break;
	case 3:
		b->source = SERVICE_GATEWAY;
		break;
	case 4:
		a->manifest_state = SERVICE_MANIFEST_SIGNED;
		break;
	case 7:
		a->health = SERVICE_OK;
		break;
	case 9:
		b->priority = 1;
		b->weight = 9;
		break;
	case 10:
		memcpy(a->instance, "A", 1);
		break;
	default:
		break;
	}
}

static void test_each_rule_decides(void **state)
{
	struct service a, b;

	(void)state;
	for (unsigned int rule = 1; rule <= 10; rule++) {
		make_pair(rule, &a, &b);
		if (service_compare(&a, &b, &wish) >= 0 ||
		    service_compare(&b, &a, &wish) <= 0)
			fail_msg("rule %u", rule);
	}
	/* What is the same in name and interface still has an order. */
	a = make("a", "");
	b = a;
	b.source = SERVICE_DNS;
	assert_true(service_compare(&a, &b, &wish) < 0);
	b = a;
	b.host = name_of("boy.local");
	assert_true(service_compare(&a, &b, &wish) < 0);
	b = a;
	strcpy(b.interface, "eth1");
	assert_true(service_compare(&a, &b, &wish) < 0);
	b = a;
	strcpy(b.url, "http://10.0.1.9:8080");
	assert_true(service_compare(&a, &b, &wish) < 0);
}

static void test_identity(void **state)
{
	const struct dns_name type = name_of("_a._tcp.local");
	const struct dns_name same_type = name_of("_A._tcp.local");
	const struct dns_name other_type = name_of("_a._tcp.example");
	struct service a = make("a", ""), b = make("A", "");

	(void)state;
	assert_true(service_is_same(&a, &b));
	a.type = &type;
	assert_false(service_is_same(&a, &b));
	b.type = &same_type;
	assert_true(service_is_same(&a, &b));
	b.type = &other_type;
	assert_false(service_is_same(&a, &b));
	b = a;
	b.source = SERVICE_DNS;
	assert_false(service_is_same(&a, &b));
	a.source = b.source = SERVICE_SSDP;
	assert_true(service_is_same(&a, &b));
	b.instance[0] ^= 0x20;
	assert_false(service_is_same(&a, &b));
	b.instance_len = 0;
	assert_false(service_is_same(&a, &b));
	a.source = b.source = SERVICE_MDNS;
	assert_false(service_is_same(&a, &b));
	b = make("[", "");
	a = make("{", "");
	assert_false(service_is_same(&a, &b));
	a = from_lease("http://10.1.1.1");
	b = from_lease("http://10.1.1.1/m.json");
	assert_true(service_is_same(&a, &b));
	b = from_lease("http://10.1.1.2");
	assert_false(service_is_same(&a, &b));
}

/* Every change that is shown, and the one that is not. */
static void test_equal(void **state)
{
	const struct service a = make("a", "k=v");
	struct service changed[14], b = a;
	size_t n = 0;

	(void)state;
	b.latency_ms = 99;
	assert_true(service_equal(&a, &b));
	for (size_t i = 0; i < ARRAY_SIZE(changed); i++)
		changed[i] = a;
	changed[n++].instance[0] = 'A';
	changed[n++].host = name_of("boy.local");
	changed[n++].n_addresses = 2;
	changed[n++].addresses[0].ipv4++;
	changed[n++].addresses[0].is_ipv6 = true;
	changed[n++].address = 1;
	changed[n++].port++;
	changed[n++].priority++;
	changed[n++].weight++;
	changed[n++].txt[3] = 'w';
	changed[n++].health = SERVICE_OK;
	changed[n++].manifest_state = SERVICE_MANIFEST_ABSENT;
	changed[n++].manifest[0] = 'H';
	changed[n++].is_near = true;
	assert_int_equal(n, ARRAY_SIZE(changed));
	for (size_t i = 0; i < n; i++) {
		if (service_equal(&a, &changed[i]))
			fail_msg("change %zu", i);
	}
	b = a;
	b.url[0] = 'H';
	assert_false(service_equal(&a, &b));
}

static bool matches(const struct service *service, const char *key,
		    const char *value)
{
	const struct service_filter filter = {
		.key = span_of(key),
		.has_value = value,
		.value = span_of(value ? value : ""),
	};

	return service_matches_txt(service, &filter, 1);
}

static void test_txt_filters(void **state)
{
	struct service service = make("a", "Channel=stable|flag|empty=|=x|"
					   "flag=y|CHANNEL=other");
	const struct service_filter both[] = {
		{ .key = span_of("channel"),
		  .has_value = true,
		  .value = span_of("stable") },
		{ .key = span_of("none") },
	};

	(void)state;
	assert_true(matches(&service, "channel", NULL));
	assert_true(matches(&service, "CHANNEL", "stable"));
	assert_false(matches(&service, "channel", "Stable"));
	assert_false(matches(&service, "channel", "stabl"));
	/* The first one of a key counts. */
	assert_false(matches(&service, "channel", "other"));
	assert_true(matches(&service, "flag", NULL));
	assert_false(matches(&service, "flag", ""));
	assert_false(matches(&service, "flag", "y"));
	assert_true(matches(&service, "empty", ""));
	assert_false(matches(&service, "", "x"));
	assert_false(matches(&service, "chan", NULL));
	assert_true(service_matches_txt(&service, NULL, 0));
	assert_true(service_matches_txt(&service, both, 1));
	assert_false(service_matches_txt(&service, both, 2));
}

static void test_m20_same(void **state)
{
	struct service a = make("a", ""), b = make("a", "arch=arm64");
	struct service lost;

	(void)state;
	assert_true(service_is_same(&a, &b));
	service_from_lost(&instance, &origin, &lost);
	assert_true(service_is_same(&a, &lost));
	origin.interface = "eth1";
	service_from_lost(&instance, &origin, &lost);
	origin.interface = "eth0";
	assert_false(service_is_same(&a, &lost));
}

/* In whatever order they come. */
static void test_rank_keeps_the_order(void **state)
{
	struct service services[26];
	const struct service *ranked[26];
	const struct service_wish any = { NULL, NULL };
	char name[2] = "";

	(void)state;
	for (unsigned int i = 0; i < 26; i++) {
		name[0] = (char)('a' + i);
		services[i] = make(name, "");
	}
	for (unsigned int step = 1; step < 26; step += 2) {
		if (step == 13)
			continue;
		for (unsigned int i = 0; i < 26; i++)
			service_rank(ranked, i, &services[i * step % 26], &any);
		for (unsigned int i = 0; i < 26; i++)
			assert_ptr_equal(ranked[i], &services[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_suits),
		cmocka_unit_test(test_ranking),
		cmocka_unit_test(test_each_rule_decides),
		cmocka_unit_test(test_rank_keeps_the_order),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_txt_filters),
		cmocka_unit_test(test_m20_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
