/* See environment.h. */
#include "init/environment.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cmdline.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

/* Of a machine that runs from memory nobody's disk space is at stake, and 1024
 * is little for a server; the soft limit stays, as select() knows no more. */
#define FILES_SOFT 1024
#define FILES_HARD 524288

/* Host name and /etc/hosts. */

/* Writes /etc/hosts, unless there is one that is not what we wrote for the
 * name OLD; empty: none of ours. */
static void write_hosts(const char *old, const char *name)
{
	char buffer[256], there[sizeof(buffer)];
	struct writer hosts;
	size_t len;
	int r;

	r = fd_read_file("/etc/hosts", there, sizeof(there), &len);
	writer_init(&hosts, buffer, sizeof(buffer));
	identity_put_hosts(&hosts, old);
	if (r != -ENOENT &&
	    (r < 0 || old[0] == '\0' || !span_is(writer_span(&hosts), there)))
		return;
	writer_init(&hosts, buffer, sizeof(buffer));
	identity_put_hosts(&hosts, name);
	r = fd_replace_file("/etc/hosts", buffer, writer_len(&hosts));
	if (r < 0)
		log_debug("/etc/hosts: %s", strerror(-r));
}

/* The better source wins; of equal ones the first. */
static void set_name(struct environment *environment,
		     enum environment_source source, const char *name)
{
	if (source <= environment->source && environment->name[0])
		return;
	if (sethostname(name, strlen(name)) < 0)
		log_write(errno == ENOSYS ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
			  "the host name does not become %s: %s", name,
			  strerror(errno));
	if (environment->is_complete)
		write_hosts(environment->name, name);
	environment->source = source;
	strcpy(environment->name, name);
	log_info("this machine is %s", name);
}

/* A file's text without its newline, or nothing. */
static struct span read_text(const char *path, char *buffer, size_t size)
{
	size_t len;

	if (fd_read_file(path, buffer, size, &len) < 0)
		return (struct span){ NULL, 0 };
	return span_trim(span_of(buffer));
}

static void find_name(struct environment *environment,
		      const struct params *params)
{
	char name[IDENTITY_NAME_MAX], text[256];
	struct utsname kernel;

	if (params->hostname[0] &&
	    identity_read_name(span_of(params->hostname), name) == 0) {
		set_name(environment, ENVIRONMENT_GIVEN, name);
		return;
	}
	if (params->hostname[0])
		log_warning("phase.hostname=: not a host name; ignored");
	if (identity_read_name(read_text("/etc/hostname", text, sizeof(text)),
			       name) == 0) {
		set_name(environment, ENVIRONMENT_GIVEN, name);
		return;
	}
	if (uname(&kernel) == 0 && strcmp(kernel.nodename, "(none)") != 0 &&
	    strcmp(kernel.nodename, "localhost") != 0 &&
	    identity_read_name(span_of(kernel.nodename), name) == 0) {
		set_name(environment, ENVIRONMENT_GIVEN, name);
		return;
	}
	set_name(environment, ENVIRONMENT_NOBODY, "phase");
}

/* Machine-id. */

static void write_id(const char *id, const char *source)
{
	char text[IDENTITY_ID_MAX + 1];
	struct writer line;
	int r;

	writer_init(&line, text, sizeof(text));
	text_put(&line, id);
	text_put(&line, "\n");
	r = fd_replace_file("/run/machine-id", text, writer_len(&line));
	if (r < 0) {
		log_debug("/run/machine-id: %s", strerror(-r));
		return;
	}
	log_debug("machine-id %s, from %s", id, source);
	if (symlink("/run/machine-id", "/etc/machine-id") < 0 &&
	    errno != EEXIST)
		log_debug("/etc/machine-id: %s", strerror(errno));
}

/* The last good word that gives one, phase.machine-id= before systemd's. */
static bool find_given_id(const struct params *params, struct span cmdline,
			  char *ret_id)
{
	struct cmdline_word word;
	struct reader reader;
	bool found = false;

	if (params->machine_id[0]) {
		if (identity_read_id(span_of(params->machine_id), ret_id) == 0)
			return true;
		log_warning("phase.machine-id=: not 32 hexadecimal digits; "
			    "ignored");
	}
	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		if (span_is(word.name, "systemd.machine_id") &&
		    identity_read_id(word.value, ret_id) == 0)
			found = true;
	}
	return found;
}

/* The first that there is; where it is from, or NULL. */
static const char *find_id(const struct environment *environment,
			   const struct params *params, struct span cmdline,
			   char *ret_id)
{
	char text[128];
	struct span serial;

	if (find_given_id(params, cmdline, ret_id))
		return "the command line";

	if (identity_read_id(read_text("/etc/machine-id", text, sizeof(text)),
			     ret_id) == 0)
		return "/etc/machine-id";

	if (identity_read_id(read_text("/sys/class/dmi/id/product_uuid", text,
				       sizeof(text)),
			     ret_id) == 0)
		return "the firmware";

	serial = read_text("/proc/device-tree/serial-number", text,
			   sizeof(text));
	if (serial.len > 0) {
		identity_make_id("serial", serial, ret_id);
		return "the serial number";
	}
	if (environment->mac[0]) {
		identity_make_id("mac", span_of(environment->mac), ret_id);
		return "the first NIC";
	}
	/* Random, and never waits for entropy as getrandom() may. */
	if (identity_read_id(read_text("/proc/sys/kernel/random/boot_id", text,
				       sizeof(text)),
			     ret_id) == 0)
		return "this boot";
	return NULL;
}

/* The rest. */

/* By now: the kernel takes a while for it, and the NIC has gone first. */
static void raise_loopback(void)
{
	int fd AUTO_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0) {
		log_debug("lo: %s", strerror(errno));
		return;
	}
	if (request.ifr_flags & IFF_UP)
		return;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		log_debug("lo: %s", strerror(errno));
}

/* The kernel hands a word without a dot on to init; its own TERM is "linux"
 * whatever the console is, and says nothing. */
static void find_term(struct environment *environment)
{
	const char *term = getenv("TERM");
	struct writer writer;

	if (!term || !*term || strcmp(term, "linux") == 0)
		return;
	writer_init(&writer, environment->term, sizeof(environment->term) - 1);
	text_put(&writer, "TERM=");
	text_put(&writer, term);
	if (writer_failed(&writer))
		environment->term[0] = '\0';
}

/* Not setrlimit(): musl's would do it for all threads, and brings what that
 * takes, 3 KB, along. */
static void set_limits(void)
{
	const struct rlimit files = { FILES_SOFT, FILES_HARD };

	if (prlimit(0, RLIMIT_NOFILE, &files, NULL) < 0)
		log_debug("open files: %s", strerror(errno));
}

void environment_init(struct environment *environment,
		      const struct params *params)
{
	*environment = (struct environment){ .is_complete = false };
	find_name(environment, params);
	find_term(environment);
}

void environment_nic(struct environment *environment, const char *mac)
{
	char name[IDENTITY_NAME_MAX];

	if (identity_name_of_mac(span_of(mac), name) < 0)
		return;
	set_name(environment, ENVIRONMENT_MAC, name);
	if (!environment->mac[0])
		memcpy(environment->mac, mac, sizeof(environment->mac));
}

void environment_lease(struct environment *environment, const char *hostname)
{
	char name[IDENTITY_NAME_MAX];

	if (identity_read_foreign_name(span_of(hostname), name) == 0)
		set_name(environment, ENVIRONMENT_DHCP, name);
}

void environment_complete(struct environment *environment,
			  const struct params *params, struct span cmdline)
{
	char id[IDENTITY_ID_MAX];
	const char *source;

	if (environment->is_complete)
		return;
	environment->is_complete = true;
	source = find_id(environment, params, cmdline, id);
	if (source)
		write_id(id, source);
	write_hosts("", environment->name);
	set_limits();
	raise_loopback();
}
