/* See net_files.h. */
#include "init/net_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/format.h"
#include "base/log.h"
#include "base/text.h"
#include "dhcp/lease_json.h"
#include "dhcp/lease_text.h"
#include "dhcp/lease6_text.h"
#include "netlink/link.h"

#define DIRECTORY "/run/phase/net"
/* What resolvers read at most (resolv.conf(5), MAXNS). */
#define NAMESERVERS_MAX 3
#define SEARCH_MAX 2048
/* Both of a NIC's files, one after the other. */
#define FILE_MAX                                                               \
	(DHCP_LEASE_FILE_MAX > DHCP_LEASE_JSON_MAX ? DHCP_LEASE_FILE_MAX :     \
						     DHCP_LEASE_JSON_MAX)

static void put_path(const char *name, const char *suffix, char *path,
		     size_t size)
{
	text_print(path, size, DIRECTORY "/%s.%s", name, suffix);
}

static void remove_file(const char *name, const char *suffix)
{
	char path[64];

	put_path(name, suffix, path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		log_warning("%s: %s", path, strerror(errno));
}

void net_files_remove_lease(const struct net_config *config)
{
	if (config->is_idle)
		return;
	remove_file(config->name, "lease");
	remove_file(config->name, "json");
}

void net_files_remove_lease6(const struct net_config6 *config)
{
	if (config->is_idle)
		return;
	remove_file(config->name, "lease6");
	remove_file(config->name, "json6");
}

static void replace(const char *path, const struct writer *writer)
{
	struct span text = writer_span(writer);
	int r;

	if (writer_failed(writer))
		return;
	r = fd_replace_file(path, text.data, text.len);
	if (r < 0)
		log_warning("%s: %s", path, strerror(-r));
}

static bool make_directory(void)
{
	if ((mkdir("/run/phase", 0755) < 0 && errno != EEXIST) ||
	    (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)) {
		log_warning(DIRECTORY ": %s", strerror(errno));
		return false;
	}
	return true;
}

void net_files_write_lease(const struct net_config *config)
{
	char path[64], text[FILE_MAX];
	struct writer writer;

	if (config->is_idle || !make_directory())
		return;
	put_path(config->name, "lease", path, sizeof(path));
	writer_init(&writer, text, sizeof(text));
	dhcp_lease_write_file(&writer, config->name, &config->lease);
	replace(path, &writer);
	put_path(config->name, "json", path, sizeof(path));
	writer_init(&writer, text, sizeof(text));
	dhcp_lease_write_json(&writer, config->name, &config->lease);
	text_put(&writer, "\n");
	replace(path, &writer);
}

void net_files_write_lease6(const struct net_config6 *config)
{
	char path[64], text[2 * DHCP_LEASE6_FILE_MAX];
	struct writer writer;
	struct json json;

	if (config->is_idle || !config->has_lease || !make_directory())
		return;
	put_path(config->name, "lease6", path, sizeof(path));
	writer_init(&writer, text, sizeof(text));
	dhcp_lease6_write_file(&writer, config->name, &config->lease);
	replace(path, &writer);
	put_path(config->name, "json6", path, sizeof(path));
	writer_init(&writer, text, sizeof(text));
	json_begin(&json, &writer);
	dhcp_lease6_write_json(&json, config->name, &config->lease);
	text_put(&writer, "\n");
	replace(path, &writer);
}

static bool has_word(struct span words, struct span wanted)
{
	struct reader reader;

	reader_from_span(&reader, words);
	(void)reader_until(&reader, ' '); /* "search" */
	while (reader_left(&reader) > 0) {
		if (span_equal(reader_until(&reader, ' '), wanted))
			return true;
	}
	return false;
}

/* Each once: a router and a server often say the same. What is over SEARCH_MAX
 * is left out, as no resolver reads so much. */
static void put_names(struct writer *writer, const char *names)
{
	struct reader reader;
	struct span name;

	reader_from_span(&reader, span_of(names));
	while (reader_left(&reader) > 0) {
		name = reader_until(&reader, ' ');
		if (has_word(writer_span(writer), name) ||
		    writer_len(writer) + name.len > SEARCH_MAX)
			continue;
		text_put(writer, writer_len(writer) > 0 ? " " : "search ");
		writer_put(writer, name);
	}
}

static void put_search(struct writer *writer,
		       const struct net_files_names *nics, unsigned int n_nics)
{
	for (unsigned int i = 0; i < n_nics; i++) {
		const struct dhcp_lease *lease = &nics[i].config->lease;
		const struct net_config6 *config6 = nics[i].config6;

		if (nics[i].config->has_lease)
			put_names(writer, lease->search[0] ? lease->search :
							     lease->domain);
		if (config6->has_lease)
			put_names(writer, config6->lease.domain);
		for (uint32_t j = 0; j < config6->resolvers.n_domains; j++)
			put_names(writer, config6->resolvers.domains[j].name);
	}
	if (writer_len(writer) > 0)
		text_put(writer, "\n");
}

struct resolv {
	struct writer writer;
	size_t start;	/* of the servers' lines */
	unsigned int n; /* servers */
};

/* Each once, as there are few places. */
static void put_server(struct resolv *resolv, const struct writer *address)
{
	struct span text = writer_span(&resolv->writer);
	struct reader lines;

	reader_from_span(&lines, text);
	reader_skip(&lines, resolv->start);
	while (reader_left(&lines) > 0) {
		(void)reader_until(&lines, ' ');
		if (span_equal(reader_until(&lines, '\n'),
			       writer_span(address)))
			return;
	}
	if (resolv->n++ >= NAMESERVERS_MAX)
		return;
	text_put(&resolv->writer, "nameserver ");
	writer_put(&resolv->writer, writer_span(address));
	text_put(&resolv->writer, "\n");
}

static void put_ipv4(struct resolv *resolv, uint32_t address)
{
	char text[TEXT_IPV4_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	text_put_ipv4(&writer, address);
	put_server(resolv, &writer);
}

static void put_ipv6(struct resolv *resolv, const struct dhcp_ip6 *address,
		     const char *interface)
{
	char text[TEXT_IPV6_MAX + ROUTE_NAME_MAX];
	struct writer writer;

	writer_init(&writer, text, sizeof(text));
	dhcp_ip6_write(&writer, address, interface);
	put_server(resolv, &writer);
}

static void put_nic(struct resolv *resolv, const struct net_files_names *nic)
{
	const struct dhcp_lease *lease = &nic->config->lease;
	const struct net_config6 *config6 = nic->config6;

	for (uint32_t i = 0; nic->config->has_lease && i < lease->n_dns; i++)
		put_ipv4(resolv, lease->dns[i]);
	for (uint32_t i = 0; config6->has_lease && i < config6->lease.n_dns;
	     i++)
		put_ipv6(resolv, &config6->lease.dns[i], config6->name);
	for (uint32_t i = 0; i < config6->resolvers.n_dns; i++)
		put_ipv6(resolv, &config6->resolvers.dns[i].address,
			 config6->name);
}

void net_files_write_resolv(const struct net_plan *plan,
			    const struct net_files_names *nics,
			    unsigned int n_nics)
{
	struct resolv resolv = { .n = 0 };
	struct dhcp_ip6 address;
	char text[4096];

	writer_init(&resolv.writer, text, sizeof(text));
	put_search(&resolv.writer, nics, n_nics);
	resolv.start = writer_len(&resolv.writer);
	for (unsigned int i = 0; i < plan->n_dns; i++) {
		if (!plan->dns[i].is_ipv6) {
			put_ipv4(&resolv, plan->dns[i].ipv4);
			continue;
		}
		memcpy(address.bytes, plan->dns[i].ipv6, sizeof(address.bytes));
		put_ipv6(&resolv, &address, "");
	}
	for (unsigned int i = 0; i < n_nics; i++)
		put_nic(&resolv, &nics[i]);
	replace("/etc/resolv.conf", &resolv.writer);
}
