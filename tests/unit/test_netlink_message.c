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

/* D37, D38: what the kernel says, and what it comes to. */
static void test_d37_d38_outcomes(void **state)
{
	static const struct {
		int error;
		enum route_outcome made, deleted;
	} cases[] = {
		{ 0, ROUTE_DONE, ROUTE_DONE },
		{ -EEXIST, ROUTE_ALREADY, ROUTE_REFUSED },
		{ -EADDRNOTAVAIL, ROUTE_REFUSED, ROUTE_ALREADY },
		{ -ESRCH, ROUTE_REFUSED, ROUTE_ALREADY },
		{ -ENOENT, ROUTE_REFUSED, ROUTE_ALREADY },
		{ -ENODEV, ROUTE_NO_LINK, ROUTE_ALREADY },
		{ -ENXIO, ROUTE_NO_LINK, ROUTE_ALREADY },
		{ -EPERM, ROUTE_DENIED, ROUTE_DENIED },
		{ -EACCES, ROUTE_UNSUPPORTED, ROUTE_UNSUPPORTED },
		{ -EOPNOTSUPP, ROUTE_UNSUPPORTED, ROUTE_UNSUPPORTED },
		{ -EAFNOSUPPORT, ROUTE_UNSUPPORTED, ROUTE_UNSUPPORTED },
		{ -EPROTONOSUPPORT, ROUTE_UNSUPPORTED, ROUTE_UNSUPPORTED },
		{ -ENETDOWN, ROUTE_LATER, ROUTE_LATER },
		{ -ENOBUFS, ROUTE_LATER, ROUTE_LATER },
		{ -ENOMEM, ROUTE_LATER, ROUTE_LATER },
		{ -EBUSY, ROUTE_LATER, ROUTE_LATER },
		{ -EAGAIN, ROUTE_LATER, ROUTE_LATER },
		{ -EINVAL, ROUTE_REFUSED, ROUTE_REFUSED },
		{ -ENETUNREACH, ROUTE_REFUSED, ROUTE_REFUSED },
		/* No errors of the kernel's. */
		{ EEXIST, ROUTE_REFUSED, ROUTE_REFUSED },
		{ -4095, ROUTE_REFUSED, ROUTE_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(route_outcome(ROUTE_ADD, cases[i].error),
				 cases[i].made);
		assert_int_equal(route_outcome(ROUTE_REPLACE, cases[i].error),
				 cases[i].made);
		assert_int_equal(route_outcome(ROUTE_DELETE, cases[i].error),
				 cases[i].deleted);
	}
}

/* A header that lies about its length is no message to send. */
static void test_span_of_a_lie(void **state)
{
	struct route_message lie = { { 0 } };
	uint32_t len = sizeof(lie.bytes);

	(void)state;
	memcpy(lie.bytes, &len, sizeof(len));
	assert_int_equal(route_message_span(&lie).len, len);
	len++;
	memcpy(lie.bytes, &len, sizeof(len));
	assert_int_equal(route_message_span(&lie).len, 0);
}

/* Cut in its header, and in its body. */
static void test_message_cut_anywhere(void **state)
{
	struct bytes bytes = message(RTM_NEWLINK, 0);

	(void)state;
	put(&bytes, "12345678", 8);
	end(&bytes);
	for (size_t len = 0; len <= bytes.len; len++) {
		uint8_t *copy = exact(bytes.data, len);
		struct route_header header;
		struct reader reader;

		reader_init(&reader, copy, len);
		assert_int_equal(route_next(&reader, &header),
				 len == 0	  ? -ENOENT :
				 len == bytes.len ? 0 :
						    -EBADMSG);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datagram_of_several),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_errors_malformed),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_d37_d38_outcomes),
		cmocka_unit_test(test_span_of_a_lie),
		cmocka_unit_test(test_message_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
