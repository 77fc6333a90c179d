/*
 * The options of a DHCP message, brought into one table: what was repeated or
 * split is joined in the order options, file, sname (RFC 3396), and then asked
 * for by code and type. RFC 2132.
 *
 * The table is a copy; it needs the packet no longer and may be moved.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "dhcp/counters.h"

enum dhcp_option {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_SUBNET_MASK = 1,
	DHCP_OPTION_ROUTER = 3,
	DHCP_OPTION_DNS = 6,
	DHCP_OPTION_HOST_NAME = 12,
	DHCP_OPTION_DOMAIN_NAME = 15,
	DHCP_OPTION_MTU = 26,
	DHCP_OPTION_BROADCAST = 28,
	DHCP_OPTION_STATIC_ROUTES = 33,
	DHCP_OPTION_NTP = 42,
	DHCP_OPTION_VENDOR = 43,
	DHCP_OPTION_REQUESTED_ADDRESS = 50,
	DHCP_OPTION_LEASE_TIME = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER_ID = 54,
	DHCP_OPTION_PARAMETERS = 55,
	DHCP_OPTION_MAX_SIZE = 57,
	DHCP_OPTION_T1 = 58,
	DHCP_OPTION_T2 = 59,
	DHCP_OPTION_VENDOR_CLASS = 60,
	DHCP_OPTION_CLIENT_ID = 61,
	DHCP_OPTION_TFTP_SERVER = 66,
	DHCP_OPTION_BOOT_FILE = 67,
	DHCP_OPTION_WWW = 72,
	DHCP_OPTION_RAPID_COMMIT = 80,
	DHCP_OPTION_FQDN = 81,
	DHCP_OPTION_IPV6_ONLY = 108,
	DHCP_OPTION_CAPTIVE_PORTAL = 114,
	DHCP_OPTION_SEARCH = 119,
	DHCP_OPTION_CLASSLESS_ROUTES = 121,
	DHCP_OPTION_VENDOR_INFO = 125,
	DHCP_OPTION_END = 255,
};

/* The bytes of all values together: not more than came in. */
#define DHCP_OPTIONS_SIZE 1500

struct dhcp_options {
	struct {
		uint16_t offset;
		uint16_t len;
		bool present;
	} table[256];
	uint8_t data[DHCP_OPTIONS_SIZE];
	/* What option 52 in the options field says: 0, or the sum of these. */
#define DHCP_OVERLOAD_FILE 1
#define DHCP_OVERLOAD_SNAME 2
	uint8_t overload;
};

/*
 * Reads the options FIELD (behind the cookie) and those of FILE and SNAME that
 * option 52 says hold more. An option that is cut short ends its field; what
 * of it came before, if it was split, is no whole value and is dropped too.
 * A missing end option does not matter.
 *
 * 0, or -EMSGSIZE when the values do not fit.
 */
MUST_CHECK int dhcp_options_parse(struct span field, struct span file,
				  struct span sname,
				  struct dhcp_counters *counters,
				  struct dhcp_options *ret_options);

bool dhcp_options_has(const struct dhcp_options *options, uint8_t code);

/* The value of CODE, empty when it is absent. Points into OPTIONS. */
struct span dhcp_options_get(const struct dhcp_options *options, uint8_t code);

/* As a number in host order. -ENOENT when absent, -EBADMSG when of another
 * size. */
MUST_CHECK int dhcp_options_get_u8(const struct dhcp_options *options,
				   uint8_t code, uint8_t *ret_value);
MUST_CHECK int dhcp_options_get_u16(const struct dhcp_options *options,
				    uint8_t code, uint16_t *ret_value);
MUST_CHECK int dhcp_options_get_u32(const struct dhcp_options *options,
				    uint8_t code, uint32_t *ret_value);

/* As a list of 32-bit values, at least one, to be read with reader_be32().
 * -ENOENT, -EBADMSG. */
MUST_CHECK int dhcp_options_get_list(const struct dhcp_options *options,
				     uint8_t code, struct reader *ret_list);

/* As text, without the zeroes that some servers put at its end (RFC 2132 §2).
 * -ENOENT when absent, -EBADMSG when empty or with a zero inside. */
MUST_CHECK int dhcp_options_get_text(const struct dhcp_options *options,
				     uint8_t code, struct span *ret_text);
