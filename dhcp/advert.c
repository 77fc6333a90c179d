/* See advert.h. */
#include "dhcp/advert.h"

#include <errno.h>
#include <string.h>

#define TYPE_ADVERT 134
#define HOP_LIMIT 255
#define MTU_MIN 1280 /* RFC 8200 §5 */

#define FLAG_MANAGED 0x80
#define FLAG_OTHER 0x40

#define OPTION_MTU 5
#define OPTION_RDNSS 25
#define OPTION_DNSSL 31
#define OPTION_PORTAL 37

static int reject(struct dhcp_counters *counters, enum dhcp_count reason)
{
	dhcp_count(counters, reason);
	return -EBADMSG;
}

static void read_mtu(struct reader *option, struct dhcp_counters *counters,
		     struct dhcp_advert *advert)
{
	uint32_t mtu;

	reader_skip(option, 2);
	mtu = reader_be32(option);
	if (reader_left(option) > 0 || mtu < MTU_MIN)
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	else
		advert->mtu = mtu;
}

/* RFC 8106 §5.1 */
static void read_rdnss(struct reader *option, struct dhcp_counters *counters,
		       struct dhcp_advert *advert)
{
	uint32_t lifetime_s;

	reader_skip(option, 2);
	lifetime_s = reader_be32(option);
	if (reader_left(option) == 0 || reader_left(option) % 16 != 0) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		return;
	}
	while (reader_left(option) > 0) {
		struct dhcp_ip6 address = dhcp_ip6_read(option);

		if (!dhcp_ip6_is_peer(&address)) {
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		} else if (advert->n_dns == DHCP_ADVERT_DNS_MAX) {
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		} else {
			advert->dns[advert->n_dns].address = address;
			advert->dns[advert->n_dns++].lifetime_s = lifetime_s;
		}
	}
}

/* RFC 8106 §5.2. What came before a name that is cut is whole. */
static void read_dnssl(struct reader *option, struct dhcp_counters *counters,
		       struct dhcp_advert *advert)
{
	char name[DHCP_LEASE_NAME_MAX];
	uint32_t lifetime_s;
	bool bad;

	reader_skip(option, 2);
	lifetime_s = reader_be32(option);
	while (reader_left(option) > 0) {
		dhcp_name6_read(option, name, &bad);
		if (bad || reader_failed(option)) {
			dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
		} else if (!name[0]) {
			continue;
		} else if (advert->n_domains == DHCP_ADVERT_DOMAINS_MAX) {
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		} else {
			memcpy(advert->domains[advert->n_domains].name, name,
			       sizeof(name));
			advert->domains[advert->n_domains++].lifetime_s =
				lifetime_s;
		}
	}
}

/* RFC 8910 §2.3: padded with zeroes to eight bytes. */
static void read_portal(struct reader *option, struct dhcp_counters *counters,
			struct dhcp_advert *advert)
{
	struct span uri = reader_until(option, 0);

	if (uri.len > sizeof(advert->portal.data)) {
		dhcp_count(counters, DHCP_COUNT_NO_ROOM);
	} else if (uri.len == 0 || dhcp_text6_has_control(uri)) {
		dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	} else {
		memcpy(advert->portal.data, uri.data, uri.len);
		advert->portal.len = (uint16_t)uri.len;
	}
}

int dhcp_advert_read(struct span packet, const struct dhcp_ip6 *source,
		     unsigned int hop_limit, struct dhcp_counters *counters,
		     struct dhcp_advert *ret_advert)
{
	struct dhcp_advert advert;
	struct reader reader;
	uint8_t type, code, flags;

	/* The padding too: it goes to another process. */
	memset(&advert, 0, sizeof(advert));
	if (hop_limit != HOP_LIMIT || !dhcp_ip6_is_link_local(source))
		return reject(counters, DHCP_COUNT_SOURCE);
	reader_from_span(&reader, packet);
	type = reader_u8(&reader);
	code = reader_u8(&reader);
	reader_skip(&reader, 2); /* checksum */
	advert.hop_limit = reader_u8(&reader);
	flags = reader_u8(&reader);
	advert.lifetime_s = reader_be16(&reader);
	reader_skip(&reader, 8); /* of reachability: the kernel's */
	if (reader_failed(&reader))
		return reject(counters, DHCP_COUNT_CUT);
	if (type != TYPE_ADVERT || code != 0)
		return reject(counters, DHCP_COUNT_TYPE);
	memcpy(&advert.router, source, sizeof(advert.router));
	advert.managed = flags & FLAG_MANAGED;
	advert.other = flags & FLAG_OTHER;
	while (reader_left(&reader) > 0) {
		uint8_t option = reader_u8(&reader);
		uint8_t units = reader_u8(&reader);
		struct reader value;

		if (units == 0)
			reader_fail(&reader);
		value = reader_sub(&reader, 8u * units - 2u);
		if (reader_failed(&reader))
			return reject(counters, DHCP_COUNT_CUT);
		if (option == OPTION_MTU)
			read_mtu(&value, counters, &advert);
		else if (option == OPTION_RDNSS)
			read_rdnss(&value, counters, &advert);
		else if (option == OPTION_DNSSL)
			read_dnssl(&value, counters, &advert);
		else if (option == OPTION_PORTAL)
			read_portal(&value, counters, &advert);
	}
	memcpy(ret_advert, &advert, sizeof(advert));
	return 0;
}
