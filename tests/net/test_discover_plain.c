/*
 * discover/ on a kernel that has plain UDP and no more: no recvmsg(2), and no
 * request about interfaces. A filter makes this one such a kernel, for all of
 * this program.
 */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/compiler.h"
#include "discover/interfaces.h"
#include "discover/socket.h"
#include "test_loopback.h"

#define SIOC 0x8900
#define SIOC_MASK 0xff00

static const struct interface any = { .index = 0 };

static int forget_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args) +
				 sizeof(uint64_t)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SIOC_MASK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOC, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* A network of our own, whose loopback is up; the calls go last. */
static int enter(void **state UNUSED)
{
	int r = enter_loopback();

	return r < 0 ? r : forget_calls();
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static void test_answer(void **state UNUSED)
{
	/* What the filter of the socket lets through: an answer of port 53. */
	static const uint8_t answer[] = {
		0, 7, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0
	};
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(53) };
	struct sockaddr_in to = from;
	struct socket_sender sender = { .on_link = true };
	uint8_t packet[64];
	size_t len = 99;
	int server, fd;

	assert_int_equal(socket_open_dns(false, &fd), 0);
	assert_int_equal(socket_recv(fd, packet, sizeof(packet), &len, &sender),
			 -EAGAIN);
	assert_int_equal(len, 99);
	assert_true(sender.on_link);

	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server, (struct sockaddr *)&from, sizeof(from)),
			 0);
	to.sin_port = htons(port_of(fd));
	assert_int_equal(sendto(server, answer, sizeof(answer), 0,
				(struct sockaddr *)&to, sizeof(to)),
			 sizeof(answer));
	assert_int_equal(socket_recv(fd, packet, sizeof(packet), &len, &sender),
			 0);
	assert_int_equal(len, sizeof(answer));
	assert_memory_equal(packet, answer, sizeof(answer));
	assert_false(sender.address.is_ipv6);
	assert_int_equal(sender.address.ipv4, INADDR_LOOPBACK);
	assert_int_equal(sender.port, 53);
	/* Nobody tells of a hop limit or an interface. */
	assert_false(sender.on_link);
	assert_int_equal(sender.ifindex, 0);
	close(server);
	close(fd);
}

/* /proc/net/dev lists lo, of which nothing can be asked. */
static void test_interfaces(void **state UNUSED)
{
	struct interface interfaces[4] = { { .index = 7 } };
	struct interface found;
	size_t count = 0;

	assert_int_equal(
		interfaces_list(interfaces, ARRAY_SIZE(interfaces), &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(interfaces[0].index, 0);
	assert_string_equal(interfaces[0].name, "");
	assert_int_equal(interfaces_find("lo", &found), -ENOTTY);
}

static void test_interface_that_the_kernel_chooses(void **state UNUSED)
{
	int fd;

	assert_int_equal(socket_open_ephemeral(&any, false, &socket_mdns, &fd),
			 0);
	assert_true(port_of(fd) != 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_interface_that_the_kernel_chooses),
	};

	return cmocka_run_group_tests(tests, enter, NULL);
}
