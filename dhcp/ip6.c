/* See ip6.h. */
#include "dhcp/ip6.h"

#include <string.h>

#include "base/writer.h"

#define LABEL_MAX 63

struct dhcp_ip6 dhcp_ip6_read(struct reader *reader)
{
	struct dhcp_ip6 address = { { 0 } };

	reader_copy(reader, address.bytes, sizeof(address.bytes));
	return address;
}

bool dhcp_ip6_is_link_local(const struct dhcp_ip6 *address)
{
	return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

bool dhcp_ip6_is_peer(const struct dhcp_ip6 *address)
{
	/* ::, ::1, ::ffff:1.2.3.4 and ::1.2.3.4 */
	static const uint8_t zeroes[10];

	return address->bytes[0] != 0xff &&
	       memcmp(address->bytes, zeroes, sizeof(zeroes)) != 0;
}

bool dhcp_ip6_is_host(const struct dhcp_ip6 *address)
{
	return dhcp_ip6_is_peer(address) && !dhcp_ip6_is_link_local(address);
}

static bool is_name_byte(uint8_t byte, bool first)
{
	if ((byte >= '0' && byte <= '9') ||
	    ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'))
		return true;
	/* Never at the start, where '-' is an option of a tool's. */
	return !first && (byte == '-' || byte == '_' || byte == '.');
}

void dhcp_name6_read(struct reader *reader, char name[DHCP_LEASE_NAME_MAX],
		     bool *ret_bad)
{
	struct writer writer;
	bool bad = false;

	memset(name, 0, DHCP_LEASE_NAME_MAX);
	writer_init(&writer, name, DHCP_LEASE_NAME_MAX - 1);
	for (;;) {
		uint8_t len = reader_u8(reader);
		struct span label;

		if (len == 0)
			break;
		if (len > LABEL_MAX) {
			reader_fail(reader);
			break;
		}
		label = reader_span(reader, len);
		if (writer_len(&writer) > 0)
			writer_u8(&writer, '.');
		for (size_t i = 0; i < label.len; i++) {
			uint8_t byte = label.data[i];

			if (byte == '.' || !is_name_byte(byte, i == 0))
				bad = true;
		}
		writer_put(&writer, label);
	}
	*ret_bad = bad || writer_failed(&writer);
	if (*ret_bad || reader_failed(reader))
		memset(name, 0, DHCP_LEASE_NAME_MAX);
}

bool dhcp_name6_is_list(const char list[DHCP_LEASE_NAME_MAX])
{
	bool first = true;
	size_t i;

	for (i = 0; i < DHCP_LEASE_NAME_MAX && list[i]; i++) {
		uint8_t byte = (uint8_t)list[i];

		if (!is_name_byte(byte, first) && (first || byte != ' '))
			return false;
		first = byte == ' ';
	}
	return i < DHCP_LEASE_NAME_MAX && (i == 0 || !first);
}

bool dhcp_text6_has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	}
	return false;
}
