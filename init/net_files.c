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

#define DIRECTORY "/run/phase/net"
/* What resolvers read at most (resolv.conf(5), MAXNS). */
#define NAMESERVERS_MAX 3
/* Both of a NIC's files, one after the other. */
#define FILE_MAX                                                               \
	(DHCP_LEASE_FILE_MAX > DHCP_LEASE_JSON_MAX ? DHCP_LEASE_FILE_MAX :     \
						     DHCP_LEASE_JSON_MAX)

static void put_path(const struct net_config *config, const char *suffix,
		     char *path, size_t size)
{
	text_print(path, size, DIRECTORY "/%s.%s", config->name, suffix);
}

static void remove_file(const struct net_config *config, const char *suffix)
{
	char path[64];

	put_path(config, suffix, path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		log_warning("%s: %s", path, strerror(errno));
}

void net_files_remove_lease(const struct net_config *config)
{
	if (config->is_idle)
		return;
	remove_file(config, "lease");
	remove_file(config, "json");
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

void net_files_write_lease(const struct net_config *config)
{
	char path[64], text[FILE_MAX];
	struct writer writer;

	if (config->is_idle)
		return;
	if ((mkdir("/run/phase", 0755) < 0 && errno != EEXIST) ||
	    (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)) {
		log_warning(DIRECTORY ": %s", strerror(errno));
		return;
	}
	put_path(config, "lease", path, sizeof(path));
	writer_init(&writer, text, sizeof(text));
	dhcp_lease_write_file(&writer, config->name, &config->lease);
	replace(path, &writer);
	put_path(config, "json", path, sizeof(path));
	writer_init(&writer, text, sizeof(text));
	dhcp_lease_write_json(&writer, config->name, &config->lease);
	text_put(&writer, "\n");
	replace(path, &writer);
}

static void put_search(struct writer *writer,
		       const struct net_config *const *configs,
		       unsigned int n_configs)
{
	const char *before = "search ";

	for (unsigned int i = 0; i < n_configs; i++) {
		const struct dhcp_lease *lease = &configs[i]->lease;
		const char *names = lease->search[0] ? lease->search :
						       lease->domain;

		if (!configs[i]->has_lease || names[0] == '\0')
			continue;
		text_put(writer, before);
		text_put(writer, names);
		before = " ";
	}
	if (before[0] == ' ')
		text_put(writer, "\n");
}

static void put_server(struct writer *writer, bool is_ipv6, uint32_t ipv4,
		       const uint8_t *ipv6, unsigned int *n)
{
	if (*n == NAMESERVERS_MAX)
		return;
	++*n;
	text_put(writer, "nameserver ");
	if (is_ipv6)
		text_put_ipv6(writer, ipv6);
	else
		text_put_ipv4(writer, ipv4);
	text_put(writer, "\n");
}

void net_files_write_resolv(const struct net_plan *plan,
			    const struct net_config *const *configs,
			    unsigned int n_configs)
{
	struct writer writer;
	unsigned int n = 0;
	char text[4096];

	writer_init(&writer, text, sizeof(text));
	put_search(&writer, configs, n_configs);
	for (unsigned int i = 0; i < plan->n_dns; i++)
		put_server(&writer, plan->dns[i].is_ipv6, plan->dns[i].ipv4,
			   plan->dns[i].ipv6, &n);
	for (unsigned int i = 0; i < n_configs; i++) {
		const struct dhcp_lease *lease = &configs[i]->lease;

		for (uint32_t j = 0; configs[i]->has_lease && j < lease->n_dns;
		     j++)
			put_server(&writer, false, lease->dns[j], NULL, &n);
	}
	replace("/etc/resolv.conf", &writer);
}
