/* netlink/uevent.c: what the kernel says about devices. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "netlink/uevent.h"

static uint8_t *block;

/* Keeps the datagram, in a block of exactly its size, until the next call. */
static int parse(const char *data, size_t len, struct uevent *ret_uevent)
{
	free(block);
	block = malloc(len > 0 ? len : 1);
	assert_non_null(block);
	if (len > 0)
		memcpy(block, data, len);
	return uevent_parse((struct span){ block, len }, ret_uevent);
}

/* A literal's own terminator is the last variable's. */
#define PARSE(literal, ret) parse(literal, sizeof(literal), ret)

static void test_virtio_device(void **state)
{
	struct uevent uevent;

	(void)state;
	assert_int_equal(
		PARSE("add@/devices/pci0000:00/0000:00:02.0/virtio0\0"
		      "ACTION=add\0"
		      "DEVPATH=/devices/pci0000:00/0000:00:02.0/virtio0\0"
		      "SUBSYSTEM=virtio\0"
		      "MODALIAS=virtio:d00000001v00001AF4\0"
		      "SEQNUM=1234567890123",
		      &uevent),
		0);
	assert_int_equal(uevent.action, UEVENT_ADD);
	assert_true(span_is(uevent.devpath,
			    "/devices/pci0000:00/0000:00:02.0/virtio0"));
	assert_true(span_is(uevent.subsystem, "virtio"));
	assert_true(span_is(uevent.modalias, "virtio:d00000001v00001AF4"));
	assert_int_equal(uevent.seqnum, 1234567890123);
	assert_int_equal(uevent.interface.len, 0);
	assert_int_equal(uevent.ifindex, 0);
}

static void test_network_interface(void **state)
{
	struct uevent uevent;

	(void)state;
	assert_int_equal(PARSE("remove@/devices/virtual/net/veth0\0"
			       "ACTION=remove\0"
			       "DEVPATH=/devices/virtual/net/veth0\0"
			       "SUBSYSTEM=net\0"
			       "INTERFACE=veth0\0"
			       "IFINDEX=12\0"
			       "SEQNUM=7",
			       &uevent),
			 0);
	assert_int_equal(uevent.action, UEVENT_REMOVE);
	assert_true(span_is(uevent.interface, "veth0"));
	assert_int_equal(uevent.ifindex, 12);
	assert_int_equal(PARSE("add@/devices/virtual/tty/tty1\0"
			       "DEVNAME=tty1",
			       &uevent),
			 0);
	assert_true(span_is(uevent.devname, "tty1"));
}

static void test_actions(void **state)
{
	struct uevent uevent;

	(void)state;
	assert_int_equal(PARSE("change@/a", &uevent), 0);
	assert_int_equal(uevent.action, UEVENT_CHANGE);
	assert_int_equal(PARSE("bind@/a", &uevent), 0);
	assert_int_equal(uevent.action, UEVENT_BIND);
	assert_int_equal(PARSE("new@/a\0X=", &uevent), 0);
	assert_int_equal(uevent.action, UEVENT_OTHER);
	/* What a value holds is not looked into. */
	assert_int_equal(PARSE("add@/a@b\0MODALIAS=of:N=x@y", &uevent), 0);
	assert_true(span_is(uevent.devpath, "/a@b"));
	assert_true(span_is(uevent.modalias, "of:N=x@y"));
}

static void test_udev_is_ignored(void **state)
{
	struct uevent uevent = { .seqnum = 77 };

	(void)state;
	assert_int_equal(PARSE("libudev\0\xfe\xed\xca\xfe\x28\0\0\0\x28\0\0\0"
			       "SEQNUM=1",
			       &uevent),
			 -ENOENT);
	assert_int_equal(uevent.seqnum, 77);
}

static void test_malformed(void **state)
{
	struct uevent uevent = { .seqnum = 77 };

	(void)state;
	assert_int_equal(PARSE("add@/a\0SEQNUM=1", &uevent), 0);
	uevent.seqnum = 77;
	assert_int_equal(parse("", 0, &uevent), -EBADMSG);
	assert_int_equal(PARSE("", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@", &uevent), -EBADMSG);
	assert_int_equal(PARSE("@/a", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@a", &uevent), -EBADMSG);
	/* Without its end: half of a variable would be taken for one. */
	assert_int_equal(parse("add@/a\0SEQNUM=12", 16, &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0SEQNUM", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0=1", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0\0SEQNUM=1", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0SEQNUM=1x", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0SEQNUM=18446744073709551616", &uevent),
			 -EBADMSG);
	assert_int_equal(PARSE("add@/a\0IFINDEX=-1", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0IFINDEX=2147483648", &uevent),
			 -EBADMSG);
	assert_int_equal(PARSE("add@/a\0ACTION=remove", &uevent), -EBADMSG);
	assert_int_equal(PARSE("add@/a\0DEVPATH=/b", &uevent), -EBADMSG);
	assert_int_equal(uevent.seqnum, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_virtio_device),
		cmocka_unit_test(test_network_interface),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_udev_is_ignored),
		cmocka_unit_test(test_malformed),
	};
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(block);
	return n_failed;
}
