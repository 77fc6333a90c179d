/* discover/ssdp.c: what is searched, kept and told, and when. */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "discover/ssdp.h"
#include "tests/unit/test_discover_packet.h"

#define T0 1000000
#define TV "urn:x:device:TV:1"
#define ONE "http://10.0.0.1/a"
#define TWO "http://10.0.0.1/b"

static const struct url_address here = { .ipv4 = 0x0a000001 };
static const struct url_address there = { .ipv4 = 0x0a000002 };
static struct ssdp ssdp;

/* What was pulled of it last. */
static struct {
	unsigned int n_ipv4, n_ipv6, n_found, n_lost, n_done;
	char packet[SSDP_SEARCH_MAX];
	struct ssdp_device device;
} seen;

static void drain(void)
{
	struct ssdp_action action;

	memset(&seen, 0, sizeof(seen));
	while (ssdp_next(&ssdp, &action)) {
		assert_int_equal(seen.n_done, 0);
		switch (action.kind) {
		case SSDP_SEND:
			assert_int_equal(text_copy(seen.packet,
						   sizeof(seen.packet),
						   action.packet),
					 0);
			if (action.is_ipv6)
				seen.n_ipv6++;
			else
				seen.n_ipv4++;
			break;
		case SSDP_FOUND:
			seen.device = *action.device;
			seen.n_found++;
			break;
		case SSDP_LOST:
			seen.device = *action.device;
			seen.n_lost++;
			break;
		case SSDP_DONE:
			seen.n_done++;
			break;
		}
	}
}

static void expect(unsigned int n_found, unsigned int n_lost)
{
	assert_int_equal(seen.n_found, n_found);
	assert_int_equal(seen.n_lost, n_lost);
}

/* A search that has sent its first question at T0. */
static void begin(const char *target, int64_t end)
{
	/* The devices are not looked at before there are some. */
	memset(&ssdp, 0xa5, sizeof(ssdp));
	ssdp_init(&ssdp, span_of(target));
	assert_true(ssdp_due(&ssdp) == CLOCK_NEVER);
	ssdp_start(&ssdp, T0, end);
	drain();
	assert_int_equal(seen.n_ipv4, 1);
	assert_int_equal(seen.n_ipv6, 1);
}

static void recv_text(const char *text, const struct url_address *from,
		      int64_t now)
{
	size_t len = strlen(text);
	uint8_t *block = malloc(len);

	assert_non_null(block);
	memcpy(block, text, len);
	ssdp_recv(&ssdp, (struct span){ block, len }, from, now);
	free(block);
	drain();
}

/* A response of TV named USN; without LOCATION when it is NULL. */
static void response(const char *usn, const char *location, unsigned int age,
		     int64_t now)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=%u\r\n"
		 "ST: " TV "\r\nUSN: %s\r\nSERVER: s\r\n%s%s\r\n\r\n",
		 age, usn,
		 location ? "LOCATION: " : "X:", location ? location : "");
	recv_text(text, &here, now);
}

static void notify(const char *nts, const char *usn, const char *location,
		   const struct url_address *from, int64_t now)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "NOTIFY * HTTP/1.1\r\nNTS: ssdp:%s\r\nNT: " TV "\r\n"
		 "USN: %s\r\nLOCATION: %s\r\n\r\n",
		 nts, usn, location);
	recv_text(text, from, now);
}

static void tick(int64_t now)
{
	assert_true(ssdp_due(&ssdp) <= now);
	ssdp_tick(&ssdp, now);
	drain();
	/* Nothing is left to do that was due. */
	assert_true(ssdp_due(&ssdp) > now);
}

static void test_schedule(void **state)
{
	static const int64_t at[] = { 250, 1000, 61000, 121000 };

	(void)state;
	begin(TV, T0 + 150000);
	assert_non_null(strstr(seen.packet, "ST: " TV "\r\n"));
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(ssdp_due(&ssdp), T0 + at[i]);
		ssdp_tick(&ssdp, T0 + at[i] - 1);
		drain();
		assert_int_equal(seen.n_ipv4 + seen.n_ipv6, 0);
		tick(T0 + at[i]);
		assert_int_equal(seen.n_ipv4, 1);
		assert_int_equal(seen.n_ipv6, 1);
	}
	assert_int_equal(ssdp_due(&ssdp), T0 + 150000);
	tick(T0 + 150000);
	assert_int_equal(seen.n_ipv4, 0);
	assert_int_equal(seen.n_done, 1);
	assert_true(ssdp_due(&ssdp) == CLOCK_NEVER);
}

static void test_found_once(void **state)
{

	(void)state;
	begin(TV, T0 + 3000);
	response("uuid:1", ONE, 1800, T0 + 5);
	expect(1, 0);
	assert_string_equal(seen.device.usn, "uuid:1");
	assert_string_equal(seen.device.st, TV);
	assert_string_equal(seen.device.location, ONE);
	assert_string_equal(seen.device.server, "s");
	assert_int_equal(seen.device.from.ipv4, here.ipv4);
	response("uuid:1", ONE, 1800, T0 + 300);
	expect(0, 0);
	/* Another USN is another device. */
	response("uuid:12", ONE, 1800, T0 + 301);
	expect(1, 0);
	tick(T0 + 3000);
	expect(0, 0);
	assert_int_equal(seen.n_done, 1);
	response("uuid:2", ONE, 1800, T0 + 3001);
	expect(0, 0);
	assert_int_equal(ssdp.counts.packets, 3);
}

static void test_location_changes(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	response("uuid:1", ONE, 1800, T0);
	response("uuid:1", TWO, 1800, T0 + 2000);
	expect(1, 0);
	assert_string_equal(seen.device.location, TWO);
	/* Who leaves it out has not moved. */
	response("uuid:1", NULL, 1800, T0 + 4000);
	expect(0, 0);
	assert_string_equal(ssdp.devices[0].location, TWO);
	notify("update", "uuid:1", ONE, &there, T0 + 6000);
	expect(1, 0);
	assert_string_equal(seen.device.location, ONE);
	assert_int_equal(seen.device.from.ipv4, there.ipv4);
	/* It came without one at first. */
	response("uuid:2", NULL, 1800, T0 + 7000);
	expect(1, 0);
	assert_string_equal(seen.device.location, "");
	response("uuid:2", ONE, 1800, T0 + 8000);
	expect(1, 0);
}

static void test_alive_and_byebye(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	notify("alive", "uuid:1", ONE, &here, T0);
	expect(1, 0);
	assert_string_equal(seen.device.server, "");
	notify("byebye", "uuid:1", "", &here, T0 + 1000);
	expect(0, 1);
	assert_string_equal(seen.device.usn, "uuid:1");
	/* What is not there does not go, and does not change. */
	notify("byebye", "uuid:1", "", &here, T0 + 3000);
	notify("update", "uuid:1", TWO, &here, T0 + 3000);
	notify("byebye", "uuid:2", "", &here, T0 + 3000);
	notify("update", "uuid:2", TWO, &here, T0 + 3000);
	expect(0, 0);
	assert_int_equal(ssdp.counts.ignored, 4);
	notify("alive", "uuid:1", TWO, &here, T0 + 4000);
	expect(1, 0);
	assert_string_equal(seen.device.location, TWO);
	assert_int_equal(ssdp.n_devices, 1);
}

/* As gssdp does it: the response has the version that was searched for, and
 * what the device sends of itself has its own. */
static void test_one_device_with_two_versions(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	response("uuid:1::" TV, ONE, 1800, T0);
	expect(1, 0);
	recv_text("NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n"
		  "NT: urn:x:device:TV:2\r\nLOCATION: " ONE "\r\n"
		  "USN: uuid:1::urn:x:device:TV:2\r\n\r\n",
		  &here, T0 + 2000);
	expect(0, 0);
	assert_int_equal(ssdp.n_devices, 1);
	recv_text("NOTIFY * HTTP/1.1\r\nNTS: ssdp:byebye\r\n"
		  "NT: urn:x:device:TV:2\r\n"
		  "USN: uuid:1::urn:x:device:TV:2\r\n\r\n",
		  &here, T0 + 3000);
	expect(0, 1);
	/* Named as it was found. */
	assert_string_equal(seen.device.usn, "uuid:1::" TV);
	assert_string_equal(seen.device.st, TV);
}

static void test_byebye_of_another(void **state)
{
	static const struct url_address link_local = { .is_ipv6 = true,
						       .ipv6 = { 0xfe, 0x80 } };

	(void)state;
	begin(TV, CLOCK_NEVER);
	notify("alive", "uuid:1", ONE, &here, T0);
	notify("byebye", "uuid:1", "", &there, T0 + 2000);
	notify("byebye", "uuid:1", "", &link_local, T0 + 2000);
	expect(0, 0);
	assert_int_equal(ssdp.counts.ignored, 2);
	notify("byebye", "uuid:1", "", &here, T0 + 3000);
	expect(0, 1);
}

static void test_max_age(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	tick(T0 + 250);
	tick(T0 + 1000);
	response("uuid:1", ONE, 10, T0 + 2000);
	assert_int_equal(ssdp_due(&ssdp), T0 + 12000);
	response("uuid:1", ONE, 10, T0 + 5000);
	assert_int_equal(ssdp_due(&ssdp), T0 + 15000);
	ssdp_tick(&ssdp, T0 + 14999);
	drain();
	expect(0, 0);
	tick(T0 + 15000);
	expect(0, 1);
	/* An update says nothing about how long. */
	response("uuid:1", ONE, 10, T0 + 20000);
	notify("update", "uuid:1", TWO, &here, T0 + 25000);
	expect(1, 0);
	assert_int_equal(ssdp_due(&ssdp), T0 + 30000);
	/* Over before somebody looks: the packet of another shows it. */
	response("uuid:2", ONE, 30, T0 + 40000);
	expect(1, 1);
}

static void test_max_age_out_of_range(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	response("uuid:0", ONE, 0, T0);
	assert_int_equal(ssdp.devices[0].expires_at, T0 + 1000);
	response("uuid:1", ONE, 4294967295u, T0);
	assert_int_equal(ssdp.devices[1].expires_at, T0 + 86400 * 1000);
	/* It does not say. */
	notify("alive", "uuid:2", ONE, &here, T0);
	assert_int_equal(ssdp.devices[2].expires_at, T0 + 1800 * 1000);
}

/* Who comes and goes all the time is told about once a second. */
static void test_m21_no_storm_of_news(void **state)
{
	unsigned int n_told = 0;
	int64_t now;

	(void)state;
	begin(TV, CLOCK_NEVER);
	for (now = T0; now < T0 + 10000; now++) {
		notify("alive", "uuid:1", now % 2 ? ONE : TWO, &here, now);
		n_told += seen.n_found + seen.n_lost;
		notify("byebye", "uuid:1", "", &here, now);
		n_told += seen.n_found + seen.n_lost;
		if (ssdp_due(&ssdp) <= now) {
			ssdp_tick(&ssdp, now);
			drain();
			n_told += seen.n_found + seen.n_lost;
		}
	}
	assert_in_range(n_told, 2, 11);
	/* What is true in the end is told, once it is quiet: it is gone. */
	while (ssdp.devices[0].is_told)
		tick(ssdp_due(&ssdp));
	assert_true(ssdp.devices[0].is_gone);
	assert_true(ssdp_due(&ssdp) > now);
}

static void test_quiet_then_told(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	response("uuid:1", ONE, 1800, T0);
	expect(1, 0);
	response("uuid:1", TWO, 1800, T0 + 200);
	expect(0, 0);
	tick(T0 + 250);
	expect(0, 0);
	tick(T0 + 1000);
	expect(1, 0);
	assert_string_equal(seen.device.location, TWO);
	/* Away and back in that time: nothing has happened. */
	notify("byebye", "uuid:1", "", &here, T0 + 1100);
	assert_int_equal(ssdp_due(&ssdp), T0 + 2000);
	notify("alive", "uuid:1", TWO, &here, T0 + 1200);
	expect(0, 0);
	assert_true(ssdp_due(&ssdp) > T0 + 2000);
	/* Moved, away and back: it has moved. */
	notify("alive", "uuid:1", ONE, &here, T0 + 1300);
	notify("byebye", "uuid:1", "", &here, T0 + 1400);
	notify("alive", "uuid:1", ONE, &here, T0 + 1500);
	tick(T0 + 2000);
	expect(1, 0);
	assert_string_equal(seen.device.location, ONE);
}

static void test_told_at_the_end(void **state)
{
	(void)state;
	begin(TV, CLOCK_NEVER);
	response("uuid:1", ONE, 1800, T0);
	response("uuid:2", ONE, 1800, T0);
	response("uuid:1", TWO, 1800, T0 + 100);
	notify("byebye", "uuid:2", "", &here, T0 + 100);
	expect(0, 0);
	ssdp_stop(&ssdp, T0 + 200);
	drain();
	expect(1, 1);
	assert_int_equal(seen.n_done, 1);
	ssdp_stop(&ssdp, T0 + 300);
	ssdp_tick(&ssdp, T0 + 300);
	ssdp_ask_again(&ssdp, T0 + 300);
	drain();
	expect(0, 0);
	assert_int_equal(seen.n_done + seen.n_ipv4, 0);
}

static void test_m19_more_devices_than_fit(void **state)
{
	char usn[32];

	(void)state;
	begin(TV, CLOCK_NEVER);
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(usn, sizeof(usn), "uuid:%u", i);
		response(usn, ONE, 1800, T0);
		assert_int_equal(seen.n_found, i < SSDP_DEVICES_MAX);
	}
	assert_int_equal(ssdp.n_devices, SSDP_DEVICES_MAX);
	assert_int_equal(ssdp.counts.over_devices, 10000 - SSDP_DEVICES_MAX);
	/* One that goes makes room, but not before a second has passed. */
	notify("byebye", "uuid:7", "", &here, T0 + 1000);
	expect(0, 1);
	response("uuid:new", ONE, 1800, T0 + 1999);
	expect(0, 0);
	response("uuid:new", ONE, 1800, T0 + 2000);
	expect(1, 0);
	assert_string_equal(ssdp.devices[7].usn, "uuid:new");
	/* Those that are known are heard all the same. */
	response("uuid:8", TWO, 1800, T0 + 2000);
	expect(1, 0);
}

static void test_ask_again(void **state)
{
	(void)state;
	ssdp_init(&ssdp, span_of(TV));
	ssdp_ask_again(&ssdp, T0);
	drain();
	assert_int_equal(seen.n_ipv4, 0);
	begin(TV, CLOCK_NEVER);
	tick(T0 + 250);
	tick(T0 + 1000);
	response("uuid:1", ONE, 1800, T0 + 1010);
	ssdp_ask_again(&ssdp, T0 + 5000);
	drain();
	assert_int_equal(seen.n_ipv4, 1);
	assert_int_equal(seen.n_ipv6, 1);
	expect(0, 0);
	assert_int_equal(ssdp_due(&ssdp), T0 + 5250);
	response("uuid:1", ONE, 1800, T0 + 5100);
	expect(0, 0);
}

static void test_not_used(void **state)
{
	char big[SSDP_MESSAGE_MAX + 2];

	(void)state;
	begin(TV, CLOCK_NEVER);
	recv_text("NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: urn:x:TV:1\r\n"
		  "USN: uuid:1\r\n\r\n",
		  &here, T0);
	assert_int_equal(ssdp.counts.foreign, 1);
	recv_text("M-SEARCH * HTTP/1.1\r\n\r\n", &here, T0);
	recv_text("HTTP/1.1 404 x\r\n\r\n", &here, T0);
	assert_int_equal(ssdp.counts.ignored, 2);
	recv_text("HTTP/1.1 200 OK\r\nST: " TV "\r\n\r\n", &here, T0);
	assert_int_equal(ssdp.counts.malformed, 1);
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	recv_text(big, &here, T0);
	assert_int_equal(ssdp.counts.over_bounds, 1);
	assert_int_equal(ssdp.counts.packets, 5);
	assert_int_equal(ssdp.n_devices, 0);
}

static void test_not_started(void **state)
{
	(void)state;
	ssdp_init(&ssdp, span_of(TV));
	ssdp_tick(&ssdp, T0);
	response("uuid:1", ONE, 1800, T0);
	expect(0, 0);
	assert_int_equal(ssdp.counts.packets, 0);
	assert_true(ssdp_due(&ssdp) == CLOCK_NEVER);
	/* What is not pulled before the end is not sent after it. */
	ssdp_start(&ssdp, T0, T0 + 1000);
	ssdp_stop(&ssdp, T0);
	drain();
	assert_int_equal(seen.n_ipv4 + seen.n_ipv6, 0);
	assert_int_equal(seen.n_done, 1);
	/* An end that has passed already. */
	ssdp_init(&ssdp, span_of(TV));
	ssdp_start(&ssdp, T0, T0);
	drain();
	assert_int_equal(seen.n_ipv4 + seen.n_ipv6, 0);
	assert_int_equal(seen.n_done, 1);
}

static void test_longest_target(void **state)
{
	char target[SSDP_TARGET_MAX] = "urn:";

	(void)state;
	memset(target + 4, 'x', sizeof(target) - 5);
	begin(target, CLOCK_NEVER);
	assert_non_null(strstr(seen.packet, target));
	assert_non_null(strstr(seen.packet, "\r\n\r\n"));
}

static void test_m25_location_that_is_no_url(void **state)
{
	static const char *const all[] = {
		"https://10.0.0.1/",
		"file:///etc/passwd",
		"http://10.0.0.1/../x",
		"http://10.0.0.1/ HTTP/1.1",
		"10.0.0.1",
		"",
		"http://127.0.0.1/x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		/* It is found, whatever it says of itself. */
		begin("ssdp:all", CLOCK_NEVER);
		response("uuid:1", all[i], 1800, T0);
		expect(1, 0);
		assert_string_equal(seen.device.location, all[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_found_once),
		cmocka_unit_test(test_location_changes),
		cmocka_unit_test(test_alive_and_byebye),
		cmocka_unit_test(test_one_device_with_two_versions),
		cmocka_unit_test(test_byebye_of_another),
		cmocka_unit_test(test_max_age),
		cmocka_unit_test(test_max_age_out_of_range),
		cmocka_unit_test(test_m21_no_storm_of_news),
		cmocka_unit_test(test_quiet_then_told),
		cmocka_unit_test(test_told_at_the_end),
		cmocka_unit_test(test_m19_more_devices_than_fit),
		cmocka_unit_test(test_ask_again),
		cmocka_unit_test(test_not_used),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_longest_target),
		cmocka_unit_test(test_m25_location_that_is_no_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
