/* discover/neighbours.c: what is asked, who is believed, and when. */
#include "base/clock.h"
#include "discover/neighbours.h"
#include "tests/unit/test_discover_packet.h"

#define T0 1000000
#define SEED 0x0123456789abcdefull

static struct neighbours neighbours;

/* What was pulled of it last. */
static struct {
	unsigned int n_sent, n_found, n_done;
	uint8_t request[NEIGHBOURS_PACKET];
	uint8_t address[16];
} seen;

/* The reply to the request that was sent last. */
static uint8_t reply[NEIGHBOURS_PACKET];

static void drain(void)
{
	struct neighbours_action action;

	memset(&seen, 0, sizeof(seen));
	while (neighbours_next(&neighbours, &action)) {
		assert_int_equal(seen.n_done, 0);
		switch (action.kind) {
		case NEIGHBOURS_SEND:
			assert_int_equal(action.packet.len, sizeof(reply));
			memcpy(seen.request, action.packet.data, sizeof(reply));
			memcpy(reply, seen.request, sizeof(reply));
			reply[0] = 129;
			reply[2] = 0x12; /* some checksum */
			seen.n_sent++;
			break;
		case NEIGHBOURS_FOUND:
			memcpy(seen.address, action.address, 16);
			seen.n_found++;
			break;
		case NEIGHBOURS_DONE:
			seen.n_done++;
			break;
		}
	}
}

/* Asks, and has sent the first request at T0. */
static void begin(int64_t end)
{
	neighbours_init(&neighbours, SEED);
	assert_true(neighbours_due(&neighbours) == CLOCK_NEVER);
	neighbours_start(&neighbours, T0, end);
	drain();
	assert_int_equal(seen.n_sent, 1);
}

static void deliver(const void *bytes, size_t len, const uint8_t from[16],
		    int64_t now)
{
	uint8_t *block = malloc(len);

	assert_true(block || len == 0);
	if (len > 0)
		memcpy(block, bytes, len);
	neighbours_recv(&neighbours, (struct span){ block, len }, from, now);
	free(block);
	drain();
}

/* fe80::N and its good reply */
static void answer(unsigned int n, int64_t now)
{
	uint8_t from[16] = { 0xfe, 0x80 };

	from[14] = (uint8_t)(n >> 8);
	from[15] = (uint8_t)n;
	deliver(reply, sizeof(reply), from, now);
}

static void tick(int64_t now)
{
	assert_true(neighbours_due(&neighbours) <= now);
	neighbours_tick(&neighbours, now);
	drain();
	assert_true(neighbours_due(&neighbours) > now);
}

static void test_schedule(void **state)
{
	static const int64_t at[] = { 250, 1000, 61000, 121000 };

	(void)state;
	begin(T0 + 150000);
	/* Type, code, no checksum, identifier, sequence number. */
	assert_memory_equal(seen.request, "\x80\0\0\0\xcd\xef\0\1", 8);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(neighbours_due(&neighbours), T0 + at[i]);
		neighbours_tick(&neighbours, T0 + at[i] - 1);
		drain();
		assert_int_equal(seen.n_sent, 0);
		tick(T0 + at[i]);
		assert_int_equal(seen.n_sent, 1);
		assert_int_equal(seen.request[7], i + 2);
	}
	tick(T0 + 150000);
	assert_int_equal(seen.n_sent, 0);
	assert_int_equal(seen.n_done, 1);
	assert_true(neighbours_due(&neighbours) == CLOCK_NEVER);
}

static void test_seed(void **state)
{
	uint8_t first[NEIGHBOURS_PACKET];

	(void)state;
	begin(CLOCK_NEVER);
	memcpy(first, seen.request, sizeof(first));
	neighbours_init(&neighbours, 0);
	neighbours_start(&neighbours, T0, CLOCK_NEVER);
	drain();
	assert_memory_not_equal(first + 4, seen.request + 4, 2);
	assert_memory_not_equal(first + 8, seen.request + 8, 8);
}

static void test_found_once(void **state)
{
	(void)state;
	begin(T0 + 2000);
	answer(1, T0 + 1);
	assert_int_equal(seen.n_found, 1);
	assert_memory_equal(seen.address, "\xfe\x80\0\0\0\0\0\0", 8);
	assert_int_equal(seen.address[15], 1);
	answer(1, T0 + 2);
	assert_int_equal(seen.n_found, 0);
	answer(2, T0 + 3);
	assert_int_equal(seen.n_found, 1);
	tick(T0 + 250);
	answer(1, T0 + 251);
	assert_int_equal(seen.n_found, 0);
	/* After the end, whether it has been looked at yet or not. */
	answer(3, T0 + 2000);
	assert_int_equal(seen.n_found, 0);
	tick(T0 + 2000);
	assert_int_equal(seen.n_done, 1);
	answer(3, T0 + 2001);
	assert_int_equal(seen.n_found, 0);
	assert_int_equal(neighbours.counts.packets, 4);
}

static void test_not_a_reply_to_us(void **state)
{
	static const uint8_t from[16] = { 0xfe, 0x80, [15] = 1 };
	uint8_t bad[NEIGHBOURS_PACKET + 1];
	unsigned long foreign = 0;

	(void)state;
	begin(CLOCK_NEVER);
	/* One bit of identifier, sequence number or data is another. */
	for (size_t bit = 4 * 8; bit < 8 * sizeof(reply); bit++) {
		memcpy(bad, reply, sizeof(reply));
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		deliver(bad, sizeof(reply), from, T0 + 1);
		assert_int_equal(neighbours.counts.foreign, ++foreign);
	}
	/* More data than was sent, and less. */
	memcpy(bad, reply, sizeof(reply));
	bad[sizeof(reply)] = 0;
	deliver(bad, sizeof(bad), from, T0 + 1);
	for (size_t len = 8; len < sizeof(reply); len++)
		deliver(bad, len, from, T0 + 1);
	assert_int_equal(neighbours.counts.foreign, foreign + 9);
	/* No whole header; no reply. */
	for (size_t len = 0; len < 8; len++)
		deliver(bad, len, from, T0 + 1);
	for (unsigned int type = 0; type < 256; type++) {
		bad[0] = (uint8_t)type;
		if (type != 129)
			deliver(bad, sizeof(reply), from, T0 + 1);
	}
	bad[0] = 129;
	bad[1] = 1;
	deliver(bad, sizeof(reply), from, T0 + 1);
	assert_int_equal(neighbours.counts.malformed, 8 + 255 + 1);
	assert_int_equal(neighbours.n_addresses, 0);
	answer(1, T0 + 1);
	assert_int_equal(seen.n_found, 1);
}

static void test_m18_from_no_host(void **state)
{
	static const uint8_t bad[][16] = {
		{ 0 },
		{ [15] = 1 },
		{ 0xff, 2, [15] = 1 },
		{ [10] = 0xff, 0xff, 10, 0, 0, 1 },
	};
	static const uint8_t good[][16] = {
		{ 0xfe, 0x80, [15] = 1 },
		{ 0xfd, [15] = 1 },
		{ 0x20, 1, 0x0d, 0xb8, [15] = 1 },
	};

	(void)state;
	begin(CLOCK_NEVER);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		deliver(reply, sizeof(reply), bad[i], T0 + 1);
		assert_int_equal(seen.n_found, 0);
	}
	assert_int_equal(neighbours.counts.foreign, ARRAY_SIZE(bad));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		deliver(reply, sizeof(reply), good[i], T0 + 1);
		assert_int_equal(seen.n_found, 1);
		assert_memory_equal(seen.address, good[i], 16);
	}
}

static void test_window(void **state)
{
	static const uint8_t from[16] = { 0xfe, 0x80, [15] = 1 };
	uint8_t old[NEIGHBOURS_PACKET];

	(void)state;
	begin(CLOCK_NEVER);
	/* Not sent yet; 0 and those before it never were. */
	memcpy(old, reply, sizeof(old));
	old[7] = 2;
	deliver(old, sizeof(old), from, T0 + 1);
	old[7] = 0;
	deliver(old, sizeof(old), from, T0 + 1);
	old[6] = old[7] = 0xff;
	deliver(old, sizeof(old), from, T0 + 1);
	assert_int_equal(neighbours.counts.foreign, 3);
	memcpy(old, reply, sizeof(old));
	tick(T0 + 250);
	tick(T0 + 1000);
	/* The first of three; then it is too old. */
	deliver(old, sizeof(old), from, T0 + 1001);
	assert_int_equal(seen.n_found, 1);
	tick(T0 + 61000);
	deliver(old, sizeof(old), from, T0 + 61001);
	assert_int_equal(neighbours.counts.foreign, 4);
}

/* Sequence numbers start over after 45 days. */
static void test_sequence_wraps(void **state)
{
	static const uint8_t from[16] = { 0xfe, 0x80, [15] = 9 };
	uint8_t before[NEIGHBOURS_PACKET];

	(void)state;
	begin(CLOCK_NEVER);
	for (unsigned int n = 2; n <= 65535; n++)
		tick(neighbours_due(&neighbours));
	assert_memory_equal(seen.request + 6, "\xff\xff", 2);
	memcpy(before, reply, sizeof(before));
	tick(neighbours_due(&neighbours));
	assert_memory_equal(seen.request + 6, "\0\0", 2);
	answer(1, neighbours_due(&neighbours) - 1);
	assert_int_equal(seen.n_found, 1);
	deliver(before, sizeof(before), from, neighbours_due(&neighbours) - 1);
	assert_int_equal(seen.n_found, 1);
}

static void test_m19_more_than_fit(void **state)
{
	(void)state;
	begin(CLOCK_NEVER);
	for (unsigned int n = 1; n <= 10000; n++) {
		answer(n, T0 + 1);
		assert_int_equal(seen.n_found, n <= NEIGHBOURS_MAX);
	}
	assert_int_equal(neighbours.counts.over_addresses,
			 10000 - NEIGHBOURS_MAX);
	answer(1, T0 + 1);
	assert_int_equal(neighbours.counts.over_addresses,
			 10000 - NEIGHBOURS_MAX);
}

static void test_ask_again(void **state)
{
	(void)state;
	neighbours_init(&neighbours, SEED);
	neighbours_ask_again(&neighbours, T0);
	drain();
	assert_int_equal(seen.n_sent, 0);
	begin(CLOCK_NEVER);
	tick(T0 + 250);
	tick(T0 + 1000);
	answer(1, T0 + 1001);
	neighbours_ask_again(&neighbours, T0 + 5000);
	drain();
	assert_int_equal(seen.n_sent, 1);
	assert_int_equal(neighbours_due(&neighbours), T0 + 5250);
	answer(1, T0 + 5001);
	assert_int_equal(seen.n_found, 0);
	answer(2, T0 + 5001);
	assert_int_equal(seen.n_found, 1);
}

static void test_not_started_and_stopped(void **state)
{
	(void)state;
	neighbours_init(&neighbours, SEED);
	neighbours_tick(&neighbours, T0);
	answer(1, T0);
	assert_int_equal(seen.n_sent + seen.n_found, 0);
	assert_int_equal(neighbours.counts.packets, 0);
	/* What is not pulled before the end is not sent after it. */
	neighbours_start(&neighbours, T0, CLOCK_NEVER);
	neighbours_stop(&neighbours, T0);
	drain();
	assert_int_equal(seen.n_sent, 0);
	assert_int_equal(seen.n_done, 1);
	begin(CLOCK_NEVER);
	/* Heard, but not pulled yet: told before the end. */
	neighbours_recv(&neighbours, (struct span){ reply, sizeof(reply) },
			(const uint8_t[16]){ 0xfe, 0x80, [15] = 1 }, T0 + 1);
	neighbours_stop(&neighbours, T0 + 2);
	drain();
	assert_int_equal(seen.n_found, 1);
	assert_int_equal(seen.n_done, 1);
	neighbours_stop(&neighbours, T0 + 3);
	neighbours_tick(&neighbours, T0 + 3);
	neighbours_ask_again(&neighbours, T0 + 3);
	drain();
	assert_int_equal(seen.n_sent + seen.n_done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_found_once),
		cmocka_unit_test(test_not_a_reply_to_us),
		cmocka_unit_test(test_m18_from_no_host),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_sequence_wraps),
		cmocka_unit_test(test_m19_more_than_fit),
		cmocka_unit_test(test_ask_again),
		cmocka_unit_test(test_not_started_and_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
