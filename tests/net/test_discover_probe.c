/*
 * discover/probe.c against servers that do as they please, in a namespace of
 * this machine's kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/text.h"
#include "discover/probe.h"
#include "test_netlink_world.h"

#define PORT 8080
#define AGES 60000 /* ms: more than any check takes */
#define OK "HTTP/1.1 200 OK\r\n"
#define HEALTHY OK "Content-Length: 2\r\n\r\n{}"
#define UNSIGNED "{\"manifest_version\":1,\"version\":\"7\",\"signatures\":[]}"
#define SIGNED "{\"schema_version\":1,\"payload\":{},\"signature\":\"00\"}"

enum manner {
	CLOSE, /* says it, and ends */
	HOLD,  /* says it, and waits for our end */
	RESET, /* says it, and aborts */
	DRIP,  /* a byte every 10 ms */
	FLOOD, /* says it, and blanks for ever */
};

struct script {
	const char *text;
	enum manner manner;
};

static int listener;
static pid_t server = -1;
static struct loop loop;
static struct probe probe;
static struct loop_timer watchdog;
static unsigned int n_done, n_manifest_done;
static int health_status;
static int64_t health_at, manifest_at;
static bool was_busy;

/* In the server's processes: what fails there ends them. */
static void say(int fd, const struct script *script)
{
	const struct timespec drip = { .tv_nsec = 10000000 };
	const struct linger abort_it = { .l_onoff = 1 };
	static char blanks[65536];
	size_t len = strlen(script->text);
	char byte;

	if (script->manner == DRIP) {
		for (size_t i = 0; i < len; i++) {
			if (send(fd, script->text + i, 1, MSG_NOSIGNAL) != 1)
				return;
			nanosleep(&drip, NULL);
		}
		return;
	}
	if (send(fd, script->text, len, MSG_NOSIGNAL) != (ssize_t)len)
		return;
	memset(blanks, ' ', sizeof(blanks));
	while (script->manner == FLOOD &&
	       send(fd, blanks, sizeof(blanks), MSG_NOSIGNAL) > 0)
		continue;
	if (script->manner == HOLD)
		(void)!read(fd, &byte, 1);
	if (script->manner == RESET)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it,
				 sizeof(abort_it));
}

/* One connection: the request tells which of both is wanted. */
static void serve(int fd, const struct script *health,
		  const struct script *manifest)
{
	char text[2048] = "";
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			return;
		len += (size_t)n;
		text[len] = '\0';
	} while (!strstr(text, "\r\n\r\n"));
	if (strncmp(text, "GET /health HTTP/1.1\r\n", 22) == 0)
		say(fd, health);
	else if (strncmp(text, "GET /m.json HTTP/1.1\r\n", 22) == 0)
		say(fd, manifest);
}

/* One for all servers: what one has left in its queue, its peer has closed. */
static int open_listener(void)
{
	const struct sockaddr_in6 at = { .sin6_family = AF_INET6,
					 .sin6_port = htons(PORT) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, 64) < 0)
		return -1;
	return fd;
}

static void start_server(const struct script *health,
			 const struct script *manifest)
{
	server = fork();
	assert_true(server >= 0);
	if (server > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int peer = accept(listener, NULL, NULL);

		if (peer < 0)
			_exit(1);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(peer, health, manifest);
			_exit(0);
		}
		close(peer);
	}
}

static int stop_server(void **state UNUSED)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = -1;
	return 0;
}

static void stop(struct loop *of, struct loop_timer *timer UNUSED)
{
	of->stopped = true;
}

static void done(struct loop *of, struct probe *about, int status,
		 int64_t latency_ms)
{
	assert_ptr_equal(about, &probe);
	assert_true(latency_ms >= 0 && latency_ms < 5000);
	health_status = status;
	health_at = clock_ms();
	was_busy = probe.is_busy;
	n_done++;
	of->stopped = !probe.is_busy;
}

static void manifest_done(struct loop *of, struct probe *about UNUSED)
{
	assert_int_equal(n_done, 1);
	assert_false(probe.is_busy);
	manifest_at = clock_ms();
	n_manifest_done++;
	of->stopped = true;
}

static struct service service_at(const char *url)
{
	struct service service;

	assert_int_equal(service_from_url(span_of(url), &service), 0);
	return service;
}

static void prepare(void)
{
	assert_int_equal(loop_init(&loop, NULL, NULL), 0);
	memset(&probe, 0, sizeof(probe));
	probe.done = done;
	probe.manifest_done = manifest_done;
	n_done = n_manifest_done = 0;
	watchdog = (struct loop_timer){ .expired = stop };
	loop_set_timer(&loop, &watchdog, clock_ms() + 2 * AGES);
}

/* A check for DUE ms at most, to its end. */
static void check(const char *url, int64_t due)
{
	struct service service = service_at(url);

	prepare();
	assert_int_equal(probe_start(&probe, &loop, &service, clock_ms() + due),
			 0);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_done, 1);
	assert_int_equal(n_manifest_done, was_busy);
	assert_false(probe.is_busy);
	assert_int_equal(loop.n_sources, loop.wake.fd >= 0);
}

static void check_with(const struct script *health,
		       const struct script *manifest, int64_t due)
{
	start_server(health, manifest);
	check("http://127.0.0.1:8080/m.json", due);
	(void)stop_server(NULL);
}

static const struct script healthy = { HEALTHY, HOLD };

static void test_manifests(void **state UNUSED)
{
	static const struct {
		struct script script;
		enum service_manifest expected;
	} rows[] = {
		{ { OK "\r\n" UNSIGNED, CLOSE }, SERVICE_MANIFEST_UNSIGNED },
		{ { "HTTP/1.0 200 OK\n\n" SIGNED, CLOSE },
		  SERVICE_MANIFEST_SIGNED },
		{ { OK "Content-Length: 50\r\n\r\n" SIGNED, HOLD },
		  SERVICE_MANIFEST_SIGNED },
		{ { OK "Transfer-Encoding: chunked\r\n\r\n32;x\r\n" SIGNED
		       "\r\n0\r\n\r\n",
		    HOLD },
		  SERVICE_MANIFEST_SIGNED },
		{ { OK "Transfer-Encoding: chunked\r\n\r\n32;x\r\n" SIGNED
		       "\r\n0\r\n\r\n",
		    DRIP },
		  SERVICE_MANIFEST_SIGNED },
		/* Its form is what is looked at, not whether all of it came. */
		{ { OK "Content-Length: 51\r\n\r\n" SIGNED, CLOSE },
		  SERVICE_MANIFEST_UNCHECKED },
		{ { OK "Content-Length: 51\r\n\r\n" SIGNED, RESET },
		  SERVICE_MANIFEST_UNCHECKED },
		{ { OK "Transfer-Encoding: chunked\r\n\r\n32\r\n" SIGNED,
		    CLOSE },
		  SERVICE_MANIFEST_UNCHECKED },
		{ { OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", HOLD },
		  SERVICE_MANIFEST_UNCHECKED },
		{ { "", CLOSE }, SERVICE_MANIFEST_UNCHECKED },
		{ { "SSH-2.0-x\r\n", HOLD }, SERVICE_MANIFEST_UNCHECKED },
		{ { "HTTP/1.1 500 No\r\n\r\n" SIGNED, CLOSE },
		  SERVICE_MANIFEST_UNCHECKED },
		{ { "HTTP/1.1 404 No\r\n\r\n" SIGNED, HOLD },
		  SERVICE_MANIFEST_ABSENT },
		{ { "HTTP/1.1 204 No\r\n\r\n" SIGNED, HOLD },
		  SERVICE_MANIFEST_ABSENT },
		{ { "HTTP/1.1 302 Found\r\nLocation: /health\r\n\r\n", HOLD },
		  SERVICE_MANIFEST_ABSENT },
		{ { OK "\r\n<html>", HOLD }, SERVICE_MANIFEST_ABSENT },
		{ { OK "\r\n" UNSIGNED "x", HOLD }, SERVICE_MANIFEST_ABSENT },
		{ { OK "Content-Length: 3\r\n\r\n" SIGNED, HOLD },
		  SERVICE_MANIFEST_ABSENT },
		{ { OK "Content-Length: 0\r\n\r\n", HOLD },
		  SERVICE_MANIFEST_ABSENT },
		{ { OK "\r\n" SIGNED, FLOOD }, SERVICE_MANIFEST_ABSENT },
	};

	assert_int_equal(strlen(SIGNED), 50);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_with(&healthy, &rows[i].script, AGES);
		assert_int_equal(health_status, 200);
		if (probe.manifest_state != rows[i].expected)
			fail_msg("row %zu: %s", i,
				 service_manifest_name(probe.manifest_state));
	}
}

static void test_health(void **state UNUSED)
{
	static const struct {
		struct script script;
		int expected;
	} rows[] = {
		{ { HEALTHY, CLOSE }, 200 },
		{ { "HTTP/1.0 503 No\n\n", CLOSE }, 503 },
		{ { "HTTP/1.1 301 Moved\r\nLocation: /m.json\r\n\r\n", HOLD },
		  301 },
		/* The head is enough, whatever becomes of the body. */
		{ { OK "Content-Length: 9999999\r\n\r\n", HOLD }, 200 },
		{ { OK "Transfer-Encoding: chunked\r\n\r\nx", HOLD }, 200 },
		{ { OK "\r\n", FLOOD }, 200 },
		{ { OK "\r\n", DRIP }, 200 },
		{ { "", CLOSE }, -EPROTO },
		{ { "HTTP/1.1 200", CLOSE }, -EPROTO },
		{ { "SSH-2.0-x\r\n", HOLD }, -EPROTO },
		{ { OK, FLOOD }, -EPROTO },
	};
	static const struct script manifest = { OK "\r\n" SIGNED, CLOSE };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_with(&rows[i].script, &manifest, AGES);
		if (health_status != rows[i].expected)
			fail_msg("row %zu: %d", i, health_status);
		if (health_status < 0)
			assert_false(was_busy);
		else
			assert_int_equal(probe.manifest_state,
					 SERVICE_MANIFEST_SIGNED);
	}
}

static void test_nobody_there(void **state UNUSED)
{
	check("http://127.0.0.1:81/m.json", AGES);
	assert_int_equal(health_status, -ECONNREFUSED);
	assert_false(was_busy);
	assert_int_equal(probe.manifest_state, SERVICE_MANIFEST_UNCHECKED);
}

/* Health is told when it is known; the manifest's time ends with the check's. */
static void test_slow_manifest(void **state UNUSED)
{
	static const struct script slow = { OK "Content-Length: 50\r\n\r\n{",
					    HOLD };
	int64_t started = clock_ms();

	check_with(&healthy, &slow, 3000);
	assert_int_equal(health_status, 200);
	assert_true(was_busy);
	assert_int_equal(probe.manifest_state, SERVICE_MANIFEST_UNCHECKED);
	assert_true(manifest_at - started >= 3000);
	assert_true(health_at < manifest_at);
}

static void test_slow_health(void **state UNUSED)
{
	/* Two seconds and a half: there is time for a manifest. */
	static const struct script slow = {
		"HTTP/1.1 200 OK and a long explanation of why\r\n"
		"X-A: 12345678901234567890123456789012345678901234567890\r\n"
		"X-B: 12345678901234567890123456789012345678901234567890\r\n"
		"X-C: 12345678901234567890123456789012345678901234567890\r\n"
		"X-D: 12345678901234567890123456789012345678901234567890\r\n"
		"\r\n",
		DRIP
	};
	static const struct script manifest = { OK "\r\n" SIGNED, CLOSE };
	int64_t started = clock_ms();

	check_with(&slow, &manifest, 200);
	assert_int_equal(health_status, -ETIMEDOUT);
	assert_false(was_busy);
	assert_true(health_at - started >= 200);
	/* A manifest that was there first is told with the health. */
	check_with(&slow, &manifest, AGES);
	assert_int_equal(health_status, 200);
	assert_false(was_busy);
	assert_int_equal(probe.manifest_state, SERVICE_MANIFEST_SIGNED);
	assert_int_equal(probe.manifest.form, MANIFEST_FORM_C);
}

static void test_without_a_manifest(void **state UNUSED)
{
	static const struct script manifest = { OK "\r\n" SIGNED, CLOSE };
	struct service service = service_at("http://127.0.0.1:8080/m.json");

	start_server(&healthy, &manifest);
	for (unsigned int i = 0; i < 3; i++) {
		prepare();
		probe.no_manifest = i == 0;
		if (i == 1)
			service.manifest[0] = '\0';
		if (i == 2)
			strcpy(service.manifest, "http://boot.example/m.json");
		assert_int_equal(
			probe_start(&probe, &loop, &service, clock_ms() + AGES),
			0);
		assert_int_equal(loop_run(&loop), 0);
		assert_int_equal(n_done, 1);
		assert_false(was_busy);
		assert_int_equal(probe.manifest_state,
				 SERVICE_MANIFEST_UNCHECKED);
	}
}

static void test_cancelled(void **state UNUSED)
{
	struct service service = service_at("http://127.0.0.1:8080/m.json");

	start_server(&healthy, &healthy);
	prepare();
	assert_int_equal(
		probe_start(&probe, &loop, &service, clock_ms() + AGES), 0);
	assert_true(probe.is_busy);
	probe_cancel(&probe, &loop);
	probe_cancel(&probe, &loop);
	assert_false(probe.is_busy);
	loop_set_timer(&loop, &watchdog, clock_ms() + 50);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_done + n_manifest_done, 0);
}

static unsigned int n_again;

/* As the finder does: on to the next, with the same probe. */
static void done_again(struct loop *of, struct probe *about, int status,
		       int64_t latency_ms UNUSED)
{
	struct service service = service_at("http://127.0.0.1:8080/m.json");

	assert_int_equal(status, 200);
	probe_cancel(about, of);
	if (++n_again == 20)
		of->stopped = true;
	else
		assert_int_equal(
			probe_start(about, of, &service, clock_ms() + AGES), 0);
}

static void test_again_from_within(void **state UNUSED)
{
	struct service service = service_at("http://127.0.0.1:8080/m.json");

	start_server(&healthy, &healthy);
	prepare();
	probe.done = done_again;
	n_again = 0;
	assert_int_equal(
		probe_start(&probe, &loop, &service, clock_ms() + AGES), 0);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_again, 20);
	assert_int_equal(n_manifest_done, 0);
}

/* What is_local allows, and what it does not. */
static void test_on_the_link_only(void **state UNUSED)
{
	static const struct script manifest = { OK "\r\n" SIGNED, CLOSE };
	struct service far4 = service_at("http://192.0.2.1:8080/m.json");
	struct service far6 = service_at("http://[2001:db8:5::1]:8080/m.json");
	struct service near = service_at("http://10.9.0.1:8080/m.json");
	int hops = 0;
	socklen_t len = sizeof(hops);

	prepare();
	assert_int_equal(probe_start(&probe, &loop, &far4, clock_ms() + AGES),
			 0);
	probe_cancel(&probe, &loop);
	probe.is_local = true;
	assert_int_equal(probe_start(&probe, &loop, &far4, clock_ms() + AGES),
			 -ENETUNREACH);
	assert_false(probe.is_busy);
	/* Nothing that a router would forward. */
	assert_int_equal(probe_start(&probe, &loop, &far6, clock_ms() + AGES),
			 0);
	assert_int_equal(getsockopt(probe.health.source.fd, IPPROTO_IPV6,
				    IPV6_UNICAST_HOPS, &hops, &len),
			 0);
	assert_int_equal(hops, 1);
	probe_cancel(&probe, &loop);
	/* A manifest from elsewhere is not asked for, the health is. */
	strcpy(near.manifest, far4.manifest);
	start_server(&healthy, &manifest);
	assert_int_equal(probe_start(&probe, &loop, &near, clock_ms() + AGES),
			 0);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(health_status, 200);
	assert_false(was_busy);
	assert_int_equal(probe.manifest_state, SERVICE_MANIFEST_UNCHECKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_manifests, stop_server),
		cmocka_unit_test_teardown(test_health, stop_server),
		cmocka_unit_test_teardown(test_nobody_there, stop_server),
		cmocka_unit_test_teardown(test_slow_manifest, stop_server),
		cmocka_unit_test_teardown(test_slow_health, stop_server),
		cmocka_unit_test_teardown(test_without_a_manifest, stop_server),
		cmocka_unit_test_teardown(test_cancelled, stop_server),
		cmocka_unit_test_teardown(test_again_from_within, stop_server),
		cmocka_unit_test_teardown(test_on_the_link_only, stop_server),
	};

	enter_namespace();
	if (system("ip link set lo up && "
		   "ip link add ve0 type veth peer ve1 && "
		   "ip link set ve0 up && ip link set ve1 up && "
		   "ip addr add 10.9.0.1/24 dev ve0 && "
		   "ip addr add 2001:db8:9::1/64 dev ve0 nodad && "
		   "ip route add 192.0.2.0/24 via 10.9.0.2 && "
		   "ip route add 2001:db8:5::/64 via 2001:db8:9::2") != 0)
		return 1;
	listener = open_listener();
	if (listener < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
