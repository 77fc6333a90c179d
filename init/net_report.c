/* See net_report.h. */
#include "init/net_report.h"

#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/record.h"
#include "base/text.h"
#include "dhcp/lease_text.h"

static void send(const struct writer *record)
{
	struct span line = writer_span(record);
	int r;

	/* PID 1 reads all the time; one that does not has died. */
	r = fd_write(STDOUT_FILENO, line.data, line.len);
	if (r < 0)
		log_debug("a record was not read: %s", strerror(-r));
}

void net_report_trouble(const char *interface, const char *text)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "trouble");
	record_put(&record, "interface", span_of(interface));
	record_put(&record, "text", span_of(text));
	record_end(&record);
	send(&record);
}

void net_report_event(const char *interface, const char *event)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, event);
	record_put(&record, "interface", span_of(interface));
	record_end(&record);
	send(&record);
}

void net_report_nic(const struct route_link *link, bool usable)
{
	char line[RECORD_LINE_MAX + 1];
	char path[64], driver[128], mac[3 * ROUTE_MAC_MAX];
	struct writer record, text;
	const char *name = "";
	ssize_t len;

	text_print(path, sizeof(path), "/sys/class/net/%s/device/driver",
		   link->name);
	len = readlink(path, driver, sizeof(driver) - 1);
	if (len > 0) {
		driver[len] = '\0';
		name = strrchr(driver, '/');
		name = name ? name + 1 : driver;
	} else {
		name = link->kind;
	}
	writer_init(&text, mac, sizeof(mac));
	text_put_hex_bytes(&text, (struct span){ link->mac, link->mac_len },
			   ':');
	writer_init(&record, line, sizeof(line));
	record_begin(&record, "nic");
	record_put(&record, "interface", span_of(link->name));
	record_put(&record, "driver", span_of(name));
	record_put(&record, "mac", writer_span(&text));
	record_put_u64(&record, "carrier", usable);
	record_end(&record);
	send(&record);
}

void net_report_lease(const char *interface, const struct dhcp_lease *lease)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	dhcp_lease_write_record(&record, interface, lease);
	send(&record);
}

void net_report_step(const char *interface, enum report_step step,
		     int64_t at_ns)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "step");
	record_put(&record, "interface", span_of(interface));
	record_put(&record, "name", span_of(report_step_name(step)));
	record_put_u64(&record, "at", (uint64_t)at_ns);
	record_end(&record);
	send(&record);
}

void net_report_settled(unsigned int n_nics)
{
	char line[RECORD_LINE_MAX + 1];
	struct writer record;

	writer_init(&record, line, sizeof(line));
	record_begin(&record, "settled");
	record_put_u64(&record, "nics", n_nics);
	record_end(&record);
	send(&record);
}
