/* See net_report.h. */
#include "init/net_report.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/record.h"
#include "base/text.h"
#include "dhcp/lease_text.h"

static void send(const struct writer *text)
{
	struct span line = writer_span(text);
	int r;

	r = fd_write(STDOUT_FILENO, line.data, line.len);
	if (r < 0)
		log_debug("a report was not read: %s", strerror(-r));
}

/* As a line or an object. */
static void show(const struct net_report *report, struct net_event *event)
{
	char line[NET_SHOW_LINE_MAX];
	struct writer writer;

	event->elapsed_ms = clock_ms() - report->started;
	writer_init(&writer, line, sizeof(line));
	switch (report->form) {
	case NET_REPORT_LINES:
		net_show_line(&writer, event);
		break;
	case NET_REPORT_JSON:
		net_show_json(&writer, event);
		break;
	case NET_REPORT_RECORDS:
	case NET_REPORT_NOTHING:
		return;
	}
	send(&writer);
}

/* EVENT interface=INTERFACE, and KEY=VALUE where there is one. */
static void record(const char *event, const char *interface, const char *key,
		   struct span value)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer writer;

	writer_init(&writer, line, sizeof(line));
	record_begin(&writer, event);
	record_put(&writer, "interface", span_of(interface));
	if (key)
		record_put(&writer, key, value);
	record_end(&writer);
	send(&writer);
}

static struct span driver_of(const struct route_link *link, char *buffer,
			     size_t size)
{
	const char *name;
	char path[64];
	ssize_t len;

	text_print(path, sizeof(path), "/sys/class/net/%s/device/driver",
		   link->name);
	len = readlink(path, buffer, size - 1);
	if (len <= 0)
		return span_of(link->kind);
	buffer[len] = '\0';
	name = strrchr(buffer, '/');
	return span_of(name ? name + 1 : buffer);
}

void net_report_nic(const struct net_report *report,
		    const struct route_link *link, bool usable)
{
	char line[RECORD_LINE_MAX + 1];
	char driver[128], mac[3 * ROUTE_MAC_MAX];
	struct net_event event = { .type = usable ? NET_EVENT_CARRIER :
						    NET_EVENT_NO_CARRIER,
				   .interface = link->name };
	struct writer writer, text;

	if (report->form != NET_REPORT_RECORDS) {
		memcpy(event.mac, link->mac, sizeof(event.mac));
		show(report, &event);
		return;
	}
	writer_init(&text, mac, sizeof(mac));
	text_put_hex_bytes(&text, (struct span){ link->mac, link->mac_len },
			   ':');
	writer_init(&writer, line, sizeof(line));
	record_begin(&writer, "nic");
	record_put(&writer, "interface", span_of(link->name));
	record_put(&writer, "driver", driver_of(link, driver, sizeof(driver)));
	record_put(&writer, "mac", writer_span(&text));
	record_put_u64(&writer, "carrier", usable);
	record_end(&writer);
	send(&writer);
}

void net_report_gone(const struct net_report *report, const char *interface)
{
	struct net_event event = { .type = NET_EVENT_GONE,
				   .interface = interface };

	if (report->form == NET_REPORT_RECORDS)
		record("gone", interface, NULL, span_of(""));
	else
		show(report, &event);
}

void net_report_lease(const struct net_report *report, const char *interface,
		      const struct dhcp_lease *lease, bool renewed)
{
	struct net_event event = {
		.type = !lease->server_id ? NET_EVENT_STATIC :
			renewed		  ? NET_EVENT_RENEWED :
					    NET_EVENT_LEASE,
		.interface = interface,
		.address = lease->address,
		.prefix = lease->prefix,
		.server = lease->server_id,
		.gateway = lease->router,
		.seconds = lease->lease_s,
		.n_dns = lease->n_dns,
		.text = span_of(lease->domain),
	};
	char line[RECORD_LINE_MAX + 1];
	struct writer writer;

	_Static_assert(DHCP_LEASE_DNS_MAX <= NET_SHOW_LIST_MAX, "room for all");
	if (report->form != NET_REPORT_RECORDS) {
		memcpy(event.dns, lease->dns, sizeof(lease->dns));
		show(report, &event);
		return;
	}
	writer_init(&writer, line, sizeof(line));
	dhcp_lease_write_record(&writer, interface, lease);
	send(&writer);
}

void net_report_lost(const struct net_report *report, const char *interface,
		     uint32_t address)
{
	struct net_event event = { .type = NET_EVENT_LOST,
				   .interface = interface,
				   .address = address };

	if (report->form == NET_REPORT_RECORDS)
		record("lost", interface, NULL, span_of(""));
	else
		show(report, &event);
}

void net_report_link_local(const struct net_report *report,
			   const char *interface, uint32_t address)
{
	struct net_event event = { .type = address ? NET_EVENT_LINK_LOCAL :
						     NET_EVENT_LOST,
				   .interface = interface,
				   .address = address,
				   .prefix = 16 };
	char text[TEXT_IPV4_MAX];
	struct writer writer;

	if (report->form != NET_REPORT_RECORDS) {
		if (address)
			show(report, &event);
		return;
	}
	writer_init(&writer, text, sizeof(text));
	text_put_ipv4(&writer, address);
	record("link-local", interface, "address",
	       address ? span_of(text_end(&writer)) : span_of("0.0.0.0"));
}

void net_report_conflict(const struct net_report *report, const char *interface,
			 uint32_t address, const uint8_t mac[NET_SHOW_MAC_LEN])
{
	struct net_event event = { .type = NET_EVENT_CONFLICT,
				   .interface = interface,
				   .address = address };
	char text[NET_SHOW_LINE_MAX];
	struct writer writer;

	memcpy(event.mac, mac, sizeof(event.mac));
	if (report->form != NET_REPORT_RECORDS) {
		show(report, &event);
		return;
	}
	writer_init(&writer, text, sizeof(text));
	text_put_ipv4(&writer, address);
	text_put(&writer, " is also used by ");
	text_put_hex_bytes(&writer, (struct span){ mac, NET_SHOW_MAC_LEN },
			   ':');
	net_report_trouble(report, interface, text_end(&writer));
}

static void record6(const char *event, const char *interface,
		    const uint8_t address[16])
{
	char text[TEXT_IPV6_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	text_put_ipv6(&writer, address);
	record(event, interface, "address", span_of(text_end(&writer)));
}

void net_report_address6(const struct net_report *report, const char *interface,
			 const struct route_address6 *address)
{
	struct net_event event = { .type = NET_EVENT_ADDRESS6,
				   .interface = interface,
				   .prefix = (uint8_t)address->prefix,
				   .seconds = address->valid };

	if (report->form == NET_REPORT_RECORDS) {
		record6("address6", interface, address->address);
		return;
	}
	memcpy(event.address6, address->address, sizeof(event.address6));
	show(report, &event);
}

void net_report_lost6(const struct net_report *report, const char *interface,
		      const uint8_t address[16])
{
	struct net_event event = { .type = NET_EVENT_LOST6,
				   .interface = interface };

	if (report->form == NET_REPORT_RECORDS) {
		record6("lost6", interface, address);
		return;
	}
	memcpy(event.address6, address, sizeof(event.address6));
	show(report, &event);
}

void net_report_silence(const struct net_report *report, const char *interface)
{
	struct net_event event = { .type = NET_EVENT_WAITING,
				   .interface = interface };

	event.seconds = (uint32_t)((clock_ms() - report->started) / 1000);
	show(report, &event);
}

void net_report_trouble(const struct net_report *report, const char *interface,
			const char *text)
{
	struct net_event event = { .type = NET_EVENT_TROUBLE,
				   .interface = interface,
				   .text = span_of(text) };

	if (report->form == NET_REPORT_RECORDS)
		record("trouble", interface, "text", span_of(text));
	else
		show(report, &event);
}

void net_report_step(const struct net_report *report, const char *interface,
		     enum report_step step, int64_t at_ns)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer writer;

	if (report->form != NET_REPORT_RECORDS)
		return;
	writer_init(&writer, line, sizeof(line));
	record_begin(&writer, "step");
	record_put(&writer, "interface", span_of(interface));
	record_put(&writer, "name", span_of(report_step_name(step)));
	record_put_u64(&writer, "at", (uint64_t)at_ns);
	record_end(&writer);
	send(&writer);
}

void net_report_settled(const struct net_report *report, unsigned int n_nics)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer writer;

	if (report->form != NET_REPORT_RECORDS)
		return;
	writer_init(&writer, line, sizeof(line));
	record_begin(&writer, "settled");
	record_put_u64(&writer, "nics", n_nics);
	record_end(&writer);
	send(&writer);
}
