/* See lease6.h. */
#include "dhcp/lease6.h"

#include <errno.h>
#include <string.h>

#define NTP_ADDRESS 1 /* RFC 5908 §4.1 */

/* The IA_NA of IAID: what stands before its options, and these. */
static bool find_ia(const struct dhcp_message6 *message, uint32_t iaid,
		    uint32_t *ret_t1_s, uint32_t *ret_t2_s,
		    struct span *ret_options)
{
	struct reader options, ia;
	struct span value;
	uint16_t code;

	reader_from_span(&options, message->options);
	while (dhcp_option6_next(&options, &code, &value)) {
		uint32_t id;

		reader_from_span(&ia, value);
		id = reader_be32(&ia);
		*ret_t1_s = reader_be32(&ia);
		*ret_t2_s = reader_be32(&ia);
		*ret_options = reader_rest(&ia);
		if (code == DHCP_OPTION6_IA_NA && id == iaid &&
		    !reader_failed(&ia))
			return true;
	}
	return false;
}

uint16_t dhcp_lease6_status(const struct dhcp_message6 *message,
			    const uint32_t *iaid)
{
	uint16_t status = dhcp_option6_status(message->options);
	struct span options;
	uint32_t t1_s, t2_s;

	if (status == DHCP_STATUS6_SUCCESS && iaid &&
	    find_ia(message, *iaid, &t1_s, &t2_s, &options))
		status = dhcp_option6_status(options);
	return status;
}

/* §21.6. Whether VALUE is an address that may be used; one that may be used
 * no longer sets *RET_ENDED. */
static bool read_address(struct span value, bool *ret_ended,
			 struct dhcp_lease6 *lease)
{
	struct dhcp_ip6 address;
	struct reader reader;
	uint32_t preferred_s, valid_s;

	reader_from_span(&reader, value);
	address = dhcp_ip6_read(&reader);
	preferred_s = reader_be32(&reader);
	valid_s = reader_be32(&reader);
	if (reader_failed(&reader) || !dhcp_ip6_is_host(&address) ||
	    preferred_s > valid_s ||
	    dhcp_option6_status(reader_rest(&reader)) != 0)
		return false;
	if (valid_s == 0) {
		*ret_ended = true;
		return false;
	}
	lease->address = address;
	lease->times.preferred_s = preferred_s;
	lease->times.valid_s = valid_s;
	return true;
}

static int read_ia(const struct dhcp_message6 *message, uint32_t iaid,
		   struct dhcp_counters *counters, struct dhcp_lease6 *lease)
{
	struct dhcp_times6 *times = &lease->times;
	struct span options, value;
	struct reader reader;
	bool ended = false;
	uint16_t code;

	if (!find_ia(message, iaid, &times->t1_s, &times->t2_s, &options)) {
		dhcp_count(counters, DHCP_COUNT_BAD_ADDRESS);
		return -EBADMSG;
	}
	/* §21.4: as if the option were not there. */
	if (times->t2_s > 0 && times->t1_s > times->t2_s) {
		dhcp_count(counters, DHCP_COUNT_BAD_LEASE_TIME);
		return -EBADMSG;
	}
	reader_from_span(&reader, options);
	while (dhcp_option6_next(&reader, &code, &value)) {
		if (code != DHCP_OPTION6_ADDRESS)
			continue;
		if (lease->has_address)
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		else if (read_address(value, &ended, lease))
			lease->has_address = 1;
		else
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
	}
	if (lease->has_address)
		return 0;
	dhcp_count(counters, DHCP_COUNT_BAD_ADDRESS);
	return ended ? -EADDRNOTAVAIL : -EBADMSG;
}

/* The addresses of VALUE; whether it was nothing but addresses. */
static bool add_hosts(struct span value, struct dhcp_counters *counters,
		      struct dhcp_ip6 *hosts, unsigned int max, uint32_t *count)
{
	struct reader reader;

	if (value.len == 0 || value.len % 16 != 0)
		return false;
	reader_from_span(&reader, value);
	while (reader_left(&reader) > 0) {
		struct dhcp_ip6 host = dhcp_ip6_read(&reader);

		if (!dhcp_ip6_is_peer(&host))
			dhcp_count(counters, DHCP_COUNT_ADDRESS_SKIPPED);
		else if (*count == max)
			dhcp_count(counters, DHCP_COUNT_NO_ROOM);
		else
			hosts[(*count)++] = host;
	}
	return true;
}

/* RFC 3646 §4; false when it is malformed, which leaves out what follows. */
static bool read_domains(struct span value, struct dhcp_lease6 *lease)
{
	char name[DHCP_LEASE_NAME_MAX];
	struct reader reader;
	struct writer list;
	bool good = true, bad;

	reader_from_span(&reader, value);
	writer_init(&list, lease->domain, sizeof(lease->domain) - 1);
	while (reader_left(&reader) > 0) {
		struct writer before = list;

		dhcp_name6_read(&reader, name, &bad);
		good = good && !bad && !reader_failed(&reader);
		if (!name[0])
			continue;
		if (writer_len(&list) > 0)
			writer_u8(&list, ' ');
		writer_put(&list, span_of(name));
		if (writer_failed(&list)) {
			list = before;
			good = false;
		}
	}
	/* The rest is zero: dhcp_lease6_same() compares bytes. */
	memset(lease->domain + writer_len(&list), 0,
	       sizeof(lease->domain) - writer_len(&list));
	return good;
}

static bool keep(struct span value, struct dhcp_raw *raw)
{
	if (value.len == 0 || value.len > sizeof(raw->data))
		return false;
	memcpy(raw->data, value.data, value.len);
	raw->len = (uint16_t)value.len;
	return true;
}

/* RFC 5970 §3.2: each with its length before it. */
static bool read_params(struct span value, struct dhcp_raw *raw)
{
	uint8_t text[DHCP_LEASE_RAW_MAX];
	struct reader reader;
	struct writer writer;

	reader_from_span(&reader, value);
	writer_init(&writer, text, sizeof(text));
	while (reader_left(&reader) > 0) {
		if (writer_len(&writer) > 0)
			writer_u8(&writer, ' ');
		writer_put(&writer, reader_span(&reader, reader_be16(&reader)));
	}
	return !reader_failed(&reader) &&
	       !dhcp_text6_has_control(writer_span(&writer)) &&
	       keep(writer_span(&writer), raw);
}

static bool read_ntp(struct span value, struct dhcp_counters *counters,
		     struct dhcp_lease6 *lease)
{
	struct reader reader;
	struct span address;
	uint16_t code;
	bool good = true;

	reader_from_span(&reader, value);
	while (dhcp_option6_next(&reader, &code, &address)) {
		if (code == NTP_ADDRESS)
			good &= add_hosts(address, counters, lease->ntp,
					  DHCP_LEASE6_NTP_MAX, &lease->n_ntp);
	}
	return good && !reader_failed(&reader);
}

/* Whether what option CODE says could be used. */
static bool read_option(uint16_t code, struct span value,
			struct dhcp_counters *counters,
			struct dhcp_lease6 *lease)
{
	bool is_text = !dhcp_text6_has_control(value);
	struct reader reader;

	switch (code) {
	case DHCP_OPTION6_DNS:
		return add_hosts(value, counters, lease->dns,
				 DHCP_LEASE6_DNS_MAX, &lease->n_dns);
	case DHCP_OPTION6_DOMAINS:
		return read_domains(value, lease);
	case DHCP_OPTION6_NTP:
		return read_ntp(value, counters, lease);
	case DHCP_OPTION6_BOOT_FILE:
		return is_text && keep(value, &lease->boot_file);
	case DHCP_OPTION6_PORTAL:
		return is_text && keep(value, &lease->portal);
	case DHCP_OPTION6_BOOT_PARAMS:
		return read_params(value, &lease->boot_params);
	case DHCP_OPTION6_VENDOR:
		return value.len >= 4 && keep(value, &lease->vendor);
	case DHCP_OPTION6_REFRESH:
		reader_from_span(&reader, value);
		lease->times.refresh_s = reader_be32(&reader);
		return value.len == 4;
	default:
		return true;
	}
}

int dhcp_lease6_read(const struct dhcp_message6 *message, const uint32_t *iaid,
		     struct dhcp_counters *counters,
		     struct dhcp_lease6 *ret_lease)
{
	struct dhcp_lease6 lease;
	struct reader reader;
	struct span value;
	uint64_t seen[2] = { 0 };
	uint16_t code;
	int r;

	/* The padding too: dhcp_lease6_same() compares bytes. */
	memset(&lease, 0, sizeof(lease));
	if (message->server_id.len == 0) {
		dhcp_count(counters, DHCP_COUNT_SERVER_ID);
		return -EBADMSG;
	}
	lease.server_len = (uint8_t)message->server_id.len;
	memcpy(lease.server, message->server_id.data, message->server_id.len);
	if (iaid) {
		r = read_ia(message, *iaid, counters, &lease);
		if (r < 0)
			return r;
	}
	reader_from_span(&reader, message->options);
	while (dhcp_option6_next(&reader, &code, &value)) {
		/* The first of each counts; all that we know are under 128. */
		if (code >= 128 || seen[code / 64] >> code % 64 & 1)
			continue;
		seen[code / 64] |= UINT64_C(1) << code % 64;
		if (!read_option(code, value, counters, &lease))
			dhcp_count(counters, DHCP_COUNT_OPTION_BAD);
	}
	memcpy(ret_lease, &lease, sizeof(lease));
	return 0;
}

bool dhcp_lease6_same(const struct dhcp_lease6 *a, const struct dhcp_lease6 *b)
{
	return memcmp(a, b, offsetof(struct dhcp_lease6, times)) == 0;
}
