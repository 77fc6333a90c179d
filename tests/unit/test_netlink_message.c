/* netlink/message.c: what rtnetlink messages have in common. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>

#include "netlink/message.h"
#include "test_netlink_bytes.h"

static void test_datagram_of_several(void **state)
{
	struct bytes bytes = message(RTM_NEWLINK, NLM_F_MULTI);
	struct bytes datagram = { 0 };
	struct route_header header;
	struct reader reader;
	uint32_t bad = 15;

	(void)state;
	put(&bytes, "12345678", 8);
	end(&bytes);
	put(&datagram, bytes.data, bytes.len);
	put(&datagram, bytes.data, bytes.len);
	reader_init(&reader, datagram.data, datagram.len);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(header.type, RTM_NEWLINK);
	assert_int_equal(header.flags, NLM_F_MULTI);
	assert_int_equal(header.seq, 7);
	assert_int_equal(header.port, 9);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(route_next(&reader, &header), -ENOENT);
	/* A second one that says it is shorter than its header. */
	memcpy(datagram.data + bytes.len, &bad, sizeof(bad));
	reader_init(&reader, datagram.data, datagram.len);
	assert_int_equal(route_next(&reader, &header), 0);
	assert_int_equal(route_next(&reader, &header), -EBADMSG);
	assert_int_equal(route_next(&reader, &header), -EBADMSG);
}

static int parse_error(struct bytes *bytes, int *ret_error, char *ret_reason)
{
	struct route_header header;
	struct reader reader;
	struct span reason;
	int r;

	end(bytes);
	reader_init(&reader, bytes->data, bytes->len);
	assert_int_equal(route_next(&reader, &header), 0);
	r = route_parse_error(&header, ret_error, &reason);
	if (r == 0 && reason.len > 0)
		memcpy(ret_reason, reason.data, reason.len);
	if (r == 0)
		ret_reason[reason.len] = '\0';
	return r;
}

static void test_errors(void **state)
{
	struct nlmsghdr request = { .nlmsg_len = sizeof(request) + 5 };
	struct bytes bytes = message(NLMSG_ERROR, 0);
	char reason[1024] = "";
	int32_t value = 0;
	int error = 1;

	(void)state;
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, 0);

	/* With its reason, after the request, which is padded. */
	value = -EEXIST;
	bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS);
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	put(&bytes, "12345\0\0\0", 8);
	put_u32(&bytes, NLMSGERR_ATTR_OFFS, 3);
	put_string(&bytes, NLMSGERR_ATTR_MSG, "File there");
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, -EEXIST);
	assert_string_equal(reason, "File there");

	/* The request left out. */
	bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	put_string(&bytes, NLMSGERR_ATTR_MSG, "Capped");
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_string_equal(reason, "Capped");

	/* A broken reason does not take the verdict away. */
	bytes = message(NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	put(&bytes, &value, 4);
	put(&bytes, &request, sizeof(request));
	put(&bytes, "\377\377\1\0", 4);
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, -EEXIST);
	assert_string_equal(reason, "");
}

static void test_errors_malformed(void **state)
{
	static const int32_t bad[] = { 1, -4096, INT32_MIN, INT32_MAX };
	struct bytes bytes = message(NLMSG_ERROR, 0);
	char reason[1024];
	int error = 77;

	(void)state;
	assert_int_equal(parse_error(&bytes, &error, reason), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		bytes = message(NLMSG_ERROR, 0);
		put(&bytes, &bad[i], 4);
		assert_int_equal(parse_error(&bytes, &error, reason), -EBADMSG);
	}
	bytes = message(NLMSG_NOOP, 0);
	put(&bytes, "\0\0\0\0", 4);
	assert_int_equal(parse_error(&bytes, &error, reason), -EBADMSG);
	assert_int_equal(error, 77);
}

static void test_done(void **state)
{
	struct bytes bytes = message(NLMSG_DONE, NLM_F_MULTI);
	int32_t value = -EOPNOTSUPP;
	char reason[1024];
	int error = 1;

	(void)state;
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, 0);
	put(&bytes, &value, 4);
	assert_int_equal(parse_error(&bytes, &error, reason), 0);
	assert_int_equal(error, -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datagram_of_several),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_errors_malformed),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
