/* What the network, the boot report and the filters cost: see cost.h. */
#include "tests/bench/cost.h"

#include <errno.h>
#include <string.h>

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "base/confine_lists.h"
#include "base/format.h"
#include "base/text.h"
#include "dhcp/client.h"
#include "dhcp/lease_json.h"
#include "dhcp/lease_text.h"
#include "init/facts.h"
#include "init/report.h"
#include "init/report_view.h"
#include "netlink/link.h"

#define START 1000
#define SEED 42
#define SERVER 0x0a000202u
#define ADDRESS 0x0a00020fu
#define STRAYS 16
#define DATAGRAM_MAX 16384

/* === DHCP ================================================================= */

struct exchange {
	struct dhcp_client client;
	uint8_t text[DHCP_LEASE_FILE_MAX + DHCP_LEASE_JSON_MAX];
};

static const uint8_t mac[DHCP_MAC_LEN] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

static void start_client(struct dhcp_client *client, int64_t now)
{
	struct dhcp_client_conf conf = { .mtu = 1500 };
	struct dhcp_action action;

	memcpy(conf.mac, mac, sizeof(mac));
	dhcp_client_init(client, &conf, SEED);
	dhcp_client_link_up(client, now);
	while (dhcp_client_next(client, &action))
		;
}

static void put_u32(struct writer *writer, uint8_t code, uint32_t value)
{
	writer_u8(writer, code);
	writer_u8(writer, 4);
	writer_be32(writer, value);
}

static void put_text(struct writer *writer, uint8_t code, const char *text)
{
	writer_u8(writer, code);
	writer_u8(writer, (uint8_t)strlen(text));
	text_put(writer, text);
}

/* An answer as of dnsmasq, from the IP header on. */
static void put_reply(struct cost *cost, enum dhcp_type type, uint32_t xid)
{
	struct writer *writer = &cost->input;
	size_t start = writer_len(writer);
	struct writer message;
	uint8_t buffer[600];

	writer_init(&message, buffer, sizeof(buffer));
	writer_bytes(&message, "\2\1\6", 4);
	writer_be32(&message, xid);
	writer_fill(&message, 0, 8);
	writer_be32(&message, ADDRESS);
	writer_be32(&message, SERVER);
	writer_be32(&message, 0);
	writer_bytes(&message, mac, sizeof(mac));
	writer_fill(&message, 0, 10 + DHCP_SNAME_LEN + DHCP_FILE_LEN);
	writer_be32(&message, DHCP_COOKIE);
	writer_u8(&message, 53);
	writer_u8(&message, 1);
	writer_u8(&message, (uint8_t)type);
	put_u32(&message, 54, SERVER);
	put_u32(&message, 51, 3600);
	put_u32(&message, 58, 1800);
	put_u32(&message, 59, 3150);
	put_u32(&message, 1, 0xffffff00);
	put_u32(&message, 28, 0x0a0002ff);
	put_u32(&message, 3, SERVER);
	put_u32(&message, 6, 0x0a000203);
	put_text(&message, 15, "example.net");
	put_text(&message, 12, "machine");
	writer_u8(&message, 255);
	/* As from a client, but that the ports change places: the checksum is
	 * the same. */
	dhcp_frame_write(writer, SERVER, UINT32_MAX, writer_span(&message));
	writer_patch_be16(writer, start + 20, DHCP_PORT_SERVER);
	writer_patch_be16(writer, start + 22, DHCP_PORT_CLIENT);
	cost_packet(cost, start);
}

static void make_lease(struct cost *cost)
{
	struct exchange *state = cost->state;

	start_client(&state->client, START);
	put_reply(cost, DHCP_TYPE_OFFER, state->client.xid);
	put_reply(cost, DHCP_TYPE_ACK, state->client.xid);
}

/* DISCOVER, OFFER, REQUEST, ACK, and what is written of the lease. */
static void run_lease(struct cost *cost)
{
	struct exchange *state = cost->state;

	for (unsigned int i = 0; i < cost->n; i++) {
		const struct dhcp_lease *lease;
		struct dhcp_action action;
		struct writer text;

		start_client(&state->client, START);
		for (unsigned int k = 0; k < cost->n_packets; k++) {
			dhcp_client_recv(&state->client, cost->packets[k],
					 false, START + 1);
			while (dhcp_client_next(&state->client, &action))
				;
		}
		lease = dhcp_client_lease(&state->client);
		cost_check(lease ? 0 : -ENOENT, "lease");
		if (!lease)
			return;
		writer_init(&text, state->text, sizeof(state->text));
		dhcp_lease_write_record(&text, "eth0", lease);
		dhcp_lease_write_file(&text, "eth0", lease);
		dhcp_lease_write_json(&text, "eth0", lease);
	}
}

static void make_strays(struct cost *cost)
{
	struct exchange *state = cost->state;

	start_client(&state->client, START);
	for (unsigned int i = 0; i < STRAYS; i++)
		put_reply(cost, DHCP_TYPE_OFFER, state->client.xid + 1 + i);
}

/* Answers to others. */
static void run_strays(struct cost *cost)
{
	struct exchange *state = cost->state;
	struct dhcp_action action;

	start_client(&state->client, START);
	for (unsigned int i = 0; i < cost->n; i++) {
		dhcp_client_recv(&state->client, cost->packets[i % STRAYS],
				 false, START + 1);
		while (dhcp_client_next(&state->client, &action))
			;
	}
	cost_check(state->client.state == DHCP_STATE_SELECTING ? 0 : -EINVAL,
		   "strays");
}

/* === rtnetlink ============================================================ */

/* The reader takes these in the machine's order of bytes. */
static void put_host(struct writer *writer, const void *value, size_t len)
{
	writer_bytes(writer, value, len);
}

static void put_attribute(struct writer *writer, uint16_t type,
			  const void *value, uint16_t len)
{
	const uint16_t head[2] = { (uint16_t)(len + 4), type };

	put_host(writer, head, sizeof(head));
	put_host(writer, value, len);
	writer_fill(writer, 0, (4u - len % 4u) % 4u);
}

static void put_link(struct writer *writer, unsigned int i)
{
	struct ifinfomsg info = { .ifi_type = 1,
				  .ifi_index = (int)i + 2,
				  .ifi_flags = IFF_UP | IFF_LOWER_UP };
	struct nlmsghdr head = { .nlmsg_type = RTM_NEWLINK,
				 .nlmsg_flags = NLM_F_MULTI };
	static const uint8_t zeroes[216];
	const uint32_t mtu = 1500;
	struct writer body;
	uint8_t buffer[600];
	char name[16];

	cost_check(text_print(name, sizeof(name), "eth%u", i), "name");
	writer_init(&body, buffer, sizeof(buffer));
	put_host(&body, &info, sizeof(info));
	put_attribute(&body, IFLA_IFNAME, name, (uint16_t)(strlen(name) + 1));
	put_attribute(&body, IFLA_MTU, &mtu, sizeof(mtu));
	put_attribute(&body, IFLA_ADDRESS, mac, sizeof(mac));
	put_attribute(&body, IFLA_CARRIER, "\1", 1);
	put_attribute(&body, IFLA_OPERSTATE, "\6", 1);
	/* Counters, of which the kernel sends many */
	put_attribute(&body, IFLA_STATS64, zeroes, sizeof(zeroes));
	head.nlmsg_len = (uint32_t)(sizeof(head) + writer_len(&body));
	put_host(writer, &head, sizeof(head));
	writer_put(writer, writer_span(&body));
}

static void make_links(struct cost *cost)
{
	size_t start = writer_len(&cost->input);

	for (unsigned int i = 0; i < cost->n; i++) {
		put_link(&cost->input, i);
		if (writer_len(&cost->input) - start > DATAGRAM_MAX ||
		    i == cost->n - 1) {
			struct span all = writer_span(&cost->input);

			cost_packet(cost, start);
			start = all.len;
		}
	}
}

/* The kernel's answer to who asks for all links. */
static void run_links(struct cost *cost)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < cost->n_packets; i++) {
		struct route_header header;
		struct reader datagram;
		struct route_link link;

		reader_from_span(&datagram, cost->packets[i]);
		while (route_next(&datagram, &header) == 0)
			n += route_parse_link(&header, &link) == 0;
	}
	cost_check(n == cost->n ? 0 : -EINVAL, "links");
}

/* === What is told of the boot ============================================= */

struct boot_state {
	struct facts facts;
	struct report report;
	struct report_view view;
	uint8_t text[256 * 1024];
	uint8_t row[REPORT_VIEW_ROW_MAX];
};

/* What phase-net says of each NIC. */
static void make_nics(struct cost *cost)
{
	static const char *const lines[] = {
		"nic interface=eth%u driver=virtio_net mac=52:54:00:12:34:56 "
		"carrier=yes",
		"step interface=eth%u name=offer at=1000000",
		"lease interface=eth%u address=10.0.2.15 prefix=24 "
		"router=10.0.2.2 dns=10.0.2.3 domain=example.net",
		"address6 interface=eth%u address=fec0::5054:ff:fe12:3456",
	};

	for (unsigned int i = 0; i < cost->n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(lines); k++) {
			size_t start = writer_len(&cost->input);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			text_format(&cost->input, lines[k], i);
#pragma GCC diagnostic pop
			cost_packet(cost, start);
		}
	}
}

static void run_nics(struct cost *cost)
{
	static const struct facts_banner banner = {
		.version = "1",
		.kernel = "6.12",
		.machine = "aarch64",
		.mode = "internet",
		.channel = "stable",
	};
	struct boot_state *state = cost->state;
	struct writer text;
	unsigned int index;

	memset(&state->facts, 0, sizeof(state->facts));
	report_init(&state->report, START);
	for (unsigned int i = 0; i < cost->n_packets; i++) {
		facts_apply(&state->facts, FACTS_FROM_NET, cost->packets[i],
			    &index);
		report_record(&state->report, FACTS_FROM_NET, cost->packets[i],
			      START + i);
	}
	writer_init(&text, state->text, sizeof(state->text));
	facts_put_banner(&text, &state->facts, &banner);
	cost_check(state->facts.n_nics == 0 ? -ENOENT : 0, "nics");
}

static void make_events(struct cost *cost)
{
	for (unsigned int i = 0; i < cost->n; i++) {
		size_t start = writer_len(&cost->input);

		text_format(&cost->input, "module name=mod_%u start=%u end=%u",
			    i, 1000000 * (i + 1), 1000000 * (i + 1) + 500000);
		cost_packet(cost, start);
	}
}

/* From the children's records to the JSON, and what is shown of that. */
static void run_report(struct cost *cost)
{
	static const struct report_about about = { .version = "1",
						   .kernel = "6.12",
						   .machine = "aarch64" };
	struct boot_state *state = cost->state;
	struct report_cursor cursor = { .part = 0 };
	struct writer text;

	report_init(&state->report, START);
	for (unsigned int i = 0; i < cost->n_packets; i++)
		report_record(&state->report, FACTS_FROM_DRIVERS,
			      cost->packets[i], 0);
	writer_init(&text, state->text, sizeof(state->text));
	while (report_put(&state->report, &about, &cursor, &text))
		;
	cost_check(report_view_parse(&state->view, writer_span(&text)),
		   "report_view_parse");
	report_view_layout(&state->view, 100, false);
	for (unsigned int i = 0; i < state->view.n_rows; i++) {
		writer_init(&text, state->row, sizeof(state->row));
		report_view_put_row(&text, &state->view, i, false);
	}
	cost_check(state->view.n_rows == 0 ? -ENOENT : 0, "report");
}

/* === Filters ============================================================== */

static void make_nothing(struct cost *cost UNUSED)
{
}

static void run_filters(struct cost *cost)
{
	const struct syscall_filter *const filters[] = {
		&confine_calls_net_client,
		&confine_calls_net_manager,
		&confine_calls_discover,
	};
	struct sock_filter code[SYSCALL_FILTER_LEN(SYSCALL_FILTER_RULES_MAX)];
	uint16_t len;

	for (unsigned int i = 0; i < cost->n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(filters); k++)
			cost_check(syscall_filter_build(
					   filters[k], SYSCALL_FILTER_ARCH,
					   code, ARRAY_SIZE(code), &len),
				   "syscall_filter_build");
	}
}

const struct cost_case cost_boot[] = {
	{ "dhcp-lease", 10, sizeof(struct exchange), make_lease, run_lease },
	{ "dhcp-strays", 100, sizeof(struct exchange), make_strays,
	  run_strays },
	{ "netlink-links", 64, 1, make_links, run_links },
	{ "boot-nics", 16, sizeof(struct boot_state), make_nics, run_nics },
	{ "boot-report", 64, sizeof(struct boot_state), make_events,
	  run_report },
	{ "boot-filters", 10, 1, make_nothing, run_filters },
	{ 0 },
};
