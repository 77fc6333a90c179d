/*
 * dhcp/advert.c, resolvers6.c and ip6.c with any bytes: several router
 * advertisements, each with its length before it in two bytes and then the
 * seconds that pass after it in one. What is kept must be possible, and end.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/advert.h"
#include "dhcp/resolvers6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_advert(const struct dhcp_advert *advert)
{
	check(advert->mtu == 0 || advert->mtu >= 1280);
	check(advert->n_dns <= DHCP_ADVERT_DNS_MAX);
	check(advert->n_domains <= DHCP_ADVERT_DOMAINS_MAX);
	for (unsigned int i = 0; i < advert->n_dns; i++)
		check(dhcp_ip6_is_peer(&advert->dns[i].address));
	for (unsigned int i = 0; i < advert->n_domains; i++) {
		check(advert->domains[i].name[0] != '\0');
		check(dhcp_name6_is_list(advert->domains[i].name));
		check(strchr(advert->domains[i].name, ' ') == NULL);
	}
	check(!dhcp_text6_has_control(dhcp_raw_span(&advert->portal)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dhcp_ip6 router = { { 0xfe, 0x80, [15] = 1 } };
	static struct dhcp_resolvers6 table;
	static struct dhcp_advert advert;
	struct dhcp_counters counters = { { 0 } };
	struct reader script;
	int64_t now = 0, due;

	dhcp_resolvers6_init(&table);
	reader_init(&script, data, size);
	while (reader_left(&script) > 2) {
		size_t len = reader_be16(&script);
		struct span packet;
		uint8_t *copy;

		if (len > reader_left(&script))
			len = reader_left(&script);
		packet = reader_span(&script, len);
		copy = malloc(len ? len : 1);
		check(copy != NULL);
		if (len)
			memcpy(copy, packet.data, len);
		packet.data = copy;
		if (dhcp_advert_read(packet, &router, 255, &counters,
				     &advert) == 0) {
			check_advert(&advert);
			(void)dhcp_resolvers6_add(&table, &advert, &counters,
						  now);
		}
		free(copy);
		check(dhcp_resolvers6_is_valid(&table));
		check(dhcp_resolvers6_due(&table) > now);
		now += 1000 * reader_u8(&script);
		(void)dhcp_resolvers6_tick(&table, now);
	}
	while ((due = dhcp_resolvers6_due(&table)) != CLOCK_NEVER) {
		check(due > now);
		now = due;
		check(dhcp_resolvers6_tick(&table, now));
	}
	return 0;
}
