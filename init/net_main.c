/*
 * See net_main.h: arguments, commands, signals and the end. What is done with
 * links and NICs is net_manager.h's.
 */
#include "init/net_main.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/cmdline.h"
#include "base/confine.h"
#include "base/confine_lists.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pages.h"
#include "base/text.h"
#include "init/ip_param.h"
#include "init/net_manager.h"

struct net {
	struct loop loop;
	struct net_manager manager;
	struct loop_source control; /* of init */
	struct lines commands;
	struct loop_timer timeout;
	bool is_child;
	bool releases; /* leases are given back at the end */
	bool ending;
	bool hurried; /* hooks are not waited for */
	enum net_exit status;
};

static void end(struct net *net, enum net_exit status)
{
	net->status = status;
	net->ending = true;
	net->loop.stopped = true;
}

/* --- commands of init --------------------------------------------------- */

static void obey(struct net *net, struct span line)
{
	if (span_is(line, "coldplugged"))
		/* The drivers are loaded, so the kernel has told of their NICs
		 * by now. */
		net_report_settled(&net->manager.report,
				   net_manager_count(&net->manager));
	else if (span_is(line, "open"))
		net_manager_open(&net->manager);
	else if (span_is(line, "release"))
		net->releases = true;
	else
		log_warning("a command that is none was ignored");
}

static void read_commands(struct net *net)
{
	struct span line;
	void *place;
	size_t room;
	ssize_t n;

	place = lines_place(&net->commands, &room);
	n = read(net->control.fd, place, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end(net, NET_EXIT_OK); /* PID 1 wants us no more */
		return;
	}
	lines_filled(&net->commands, (size_t)n);
	while (lines_next(&net->commands, &line))
		obey(net, line);
}

static void control_ready(struct loop *loop, struct loop_source *source UNUSED,
			  short revents UNUSED)
{
	read_commands(loop->owner);
}

/* --- signals ------------------------------------------------------------ */

static void reap(struct net *net)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		net_manager_reaped(&net->manager, pid, status);
	if (net->ending)
		net->loop.stopped = true; /* perhaps it was the last hook */
}

static void signalled(struct loop *loop, int signo)
{
	struct net *net = loop->owner;

	if (signo == SIGCHLD) {
		reap(net);
		return;
	}
	/* What was said before it. */
	if (net->is_child)
		read_commands(net);
	net->hurried |= net->ending || !net->releases;
	if (net->releases && !net->ending)
		net_manager_release(&net->manager);
	else
		end(net, net->status);
}

/* Without signals it works, but does not end in good order. */
static void watch_signals(struct net *net)
{
	static const int watched[] = { SIGCHLD, SIGTERM, SIGINT };

	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		int r = loop_watch_signal(&net->loop, watched[i]);

		if (r < 0)
			log_warning("signal %d is not heeded: %s", watched[i],
				    strerror(-r));
	}
	signal(SIGPIPE, SIG_IGN);
}

/* --- the end ------------------------------------------------------------ */

static void released(struct net_manager *manager)
{
	struct net *net = manager->owner;

	/* What the kernel tells of what was taken away is reported yet. */
	(void)net_manager_count(manager);
	end(net, net->status);
}

/* With --once: when every NIC has what is wanted of it. */
static void changed(struct net_manager *manager)
{
	struct net *net = manager->owner;
	unsigned int n = 0;

	if (!manager->args.once || net->ending)
		return;
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		const struct net_nic *nic = &manager->nics[i];

		if (!net_manager_has(nic))
			continue;
		if (!net_nic_is_configured(nic))
			return;
		n++;
	}
	if (n == 0)
		return;
	if (net->releases)
		net_manager_release(manager);
	else
		end(net, NET_EXIT_OK);
}

static void timed_out(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct net *net = timer->owner;
	struct net_manager *manager = &net->manager;
	bool missing = false;

	if (net->ending)
		return;
	for (unsigned int i = 0; i < NET_NICS_MAX; i++) {
		const struct net_nic *nic = &manager->nics[i];

		if (!net_manager_has(nic) || net_nic_is_configured(nic))
			continue;
		missing = true;
		log_error("%s: no lease in time: %s", nic->link.name,
			  nic->link.flags & IFF_UP && nic->link.carrier ?
				  "no DHCP server has answered" :
				  "it has no carrier");
	}
	if (!missing && net_manager_count(manager) > 0 && !manager->args.once)
		return;
	net->status = NET_EXIT_NO_LEASE;
	if (net->releases)
		net_manager_release(manager);
	else
		end(net, NET_EXIT_NO_LEASE);
}

/* --- the start ---------------------------------------------------------- */

/* What is neither done nor needed is not allowed any more; hooks included. */
static void confine_manager(void)
{
	const struct confine confinement = {
		.parts = CONFINE_CALLS,
		.filter = &confine_calls_net_manager,
	};
	char text[CONFINE_MISSING_MAX];
	struct writer writer;
	unsigned int missing;

	missing = confine(&confinement);
	if (!missing)
		return;
	writer_init(&writer, text, sizeof(text));
	confine_put_missing(&writer, missing);
	log_info("not confined: %s", text_end(&writer));
}

static void complain(const char *message)
{
	log_warning("%s", message);
}

/* Under init: what the kernel's command line says. */
static void read_plan(struct net_plan *plan)
{
	char text[CMDLINE_MAX + 1];
	size_t len;

	if (fd_read_file("/proc/cmdline", text, sizeof(text), &len) == 0)
		ip_param_parse(plan, (struct span){ (uint8_t *)text, len },
			       complain);
}

static enum net_exit not_permitted(void)
{
	log_error("configuring the network takes root, or CAP_NET_ADMIN, "
		  "CAP_NET_RAW and CAP_NET_BIND_SERVICE");
	return NET_EXIT_NOT_PERMITTED;
}

/* What it takes, before anything is changed. Capabilities count, not who has
 * them; a kernel that knows none gives everything to everybody. */
static enum net_exit check_rights(const struct net_args *args)
{
	const uint32_t wanted = 1u << CAP_NET_RAW |
				(args->no_configure ?
					 0 :
					 1u << CAP_NET_ADMIN |
						 1u << CAP_NET_BIND_SERVICE);
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	int fd;

	if (syscall(SYS_capget, &header, data) == 0 &&
	    (data[0].effective & wanted) != wanted)
		return not_permitted();
	/* There is none of this type, and the kernel says so if it has packet
	 * sockets at all. To close a real one takes it ten milliseconds. */
	fd = socket(AF_PACKET, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno == EAFNOSUPPORT) {
		log_error("this kernel has no packet sockets (CONFIG_PACKET, "
			  "module af_packet)");
		return NET_EXIT_UNSUPPORTED;
	}
	fd_close(&fd);
	return NET_EXIT_OK;
}

/* A name that is none of a link, where it is no pattern, or of one that has no
 * MAC address. */
static enum net_exit check_interfaces(const struct net_args *args)
{
	int fd AUTO_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (unsigned int i = 0; i < args->n_interfaces; i++) {
		const char *name = args->interfaces[i];
		struct ifreq request = { .ifr_name = "" };

		if (strpbrk(name, "*?,!"))
			continue;
		if (if_nametoindex(name) == 0) {
			log_error("there is no interface %s; `ip link` shows "
				  "those that there are",
				  name);
			return NET_EXIT_NO_INTERFACE;
		}
		text_print(request.ifr_name, sizeof(request.ifr_name), "%s",
			   name);
		if (ioctl(fd, SIOCGIFHWADDR, &request) == 0 &&
		    request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
			log_error("%s is no Ethernet interface", name);
			return NET_EXIT_NO_INTERFACE;
		}
	}
	return NET_EXIT_OK;
}

static enum net_exit exit_of(int error)
{
	if (error != -EPERM && error != -EACCES)
		return NET_EXIT_UNSUPPORTED;
	return not_permitted();
}

static void prepare(struct net *net, const struct net_args *args)
{
	struct net_manager *manager = &net->manager;

	net->is_child = args->action == NET_ACTION_CHILD;
	net->releases = args->release;
	manager->loop = &net->loop;
	manager->args = *args;
	if (args->no_configure)
		manager->args.hooks = NULL;
	manager->released = released;
	manager->changed = changed;
	manager->owner = net;
	manager->report.started = clock_ms();
	manager->report.form = net->is_child ? NET_REPORT_RECORDS :
			       args->quiet   ? NET_REPORT_NOTHING :
			       args->json    ? NET_REPORT_JSON :
					       NET_REPORT_LINES;
	net_plan_init(&manager->plan);
	if (net->is_child)
		read_plan(&manager->plan);
	lines_init(&net->commands);
}

static int run(const struct net_args *args)
{
	struct net *net = pages_take(sizeof(*net));
	int r;

	if (!net) {
		log_error("no network: %s", strerror(errno));
		return NET_EXIT_NO_LEASE;
	}
	prepare(net, args);
	r = loop_init(&net->loop, signalled, net);
	if (r < 0)
		log_warning("no event pipe: %s", strerror(-r));
	watch_signals(net);
	confine_manager();
	r = net_manager_start(&net->manager);
	if (r == 0 && net->is_child) {
		net->control = (struct loop_source){ STDIN_FILENO, POLLIN,
						     control_ready, NULL };
		r = loop_add(&net->loop, &net->control);
	}
	if (r < 0)
		return (int)exit_of(r);
	net->timeout = (struct loop_timer){ CLOCK_NEVER, timed_out, net };
	if (args->timeout_ms >= 0)
		loop_set_timer(&net->loop, &net->timeout,
			       net->loop.now + args->timeout_ms);
	net->hurried = net->is_child;
	r = loop_run(&net->loop);
	while (r == 0 && !net->hurried && net_hooks_busy(&net->manager.hooks)) {
		net->loop.stopped = false;
		r = loop_run(&net->loop);
	}
	net_hooks_stop(&net->manager.hooks);
	net_manager_end(&net->manager);
	return r < 0 ? NET_EXIT_NO_LEASE : (int)net->status;
}

static int print_help(void)
{
	char buffer[4096];
	struct writer text;

	writer_init(&text, buffer, sizeof(buffer));
	net_args_put_help(&text);
	return fd_write_text(STDOUT_FILENO, text_end(&text)) < 0;
}

int net_main(int argc UNUSED, char **argv)
{
	struct writer reason;
	struct net_args args;
	enum net_exit status;
	char text[256];

	log_init("phase-net", LOG_LEVEL_NOTICE);
	writer_init(&reason, text, sizeof(text));
	if (net_args_parse(argv + 1, &args, &reason) < 0) {
		log_error("%s", text_end(&reason));
		return NET_EXIT_USAGE;
	}
	if (args.log_level >= 0)
		log_set_level((enum log_level)args.log_level);
	switch (args.action) {
	case NET_ACTION_HELP:
		return print_help();
	case NET_ACTION_VERSION:
		return fd_write_text(STDOUT_FILENO,
				     "Phase Boot " PHASE_VERSION "\n") < 0;
	case NET_ACTION_CHILD:
		log_open_kmsg();
		break;
	case NET_ACTION_RUN:
		status = check_rights(&args);
		if (status == NET_EXIT_OK)
			status = check_interfaces(&args);
		if (status != NET_EXIT_OK)
			return (int)status;
		break;
	}
	return run(&args);
}
