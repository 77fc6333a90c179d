/* For the tests of leases: a reply, and the lease that becomes of it. */
#pragma once

#include "test_dhcp_server.h"

#include <errno.h>

#include "dhcp/lease.h"
#include "dhcp/lease_check.h"

#define MASK_24 0xffffff00u

static struct dhcp_counters counters UNUSED;
static struct dhcp_lease lease UNUSED;

/* A reply that is being made, each part of which a test may replace. */
struct reply {
	uint32_t yiaddr, server, mask, seconds; /* 0 leaves the option out */
	uint8_t data[1472];
	struct writer more;
	uint8_t more_data[1000];
};

UNUSED static struct reply *new_reply(void)
{
	static struct reply reply;

	reply = (struct reply){ ADDRESS, SERVER, MASK_24, 3600,
				{ 0 },	 { 0 },	 { 0 } };
	writer_init(&reply.more, reply.more_data, sizeof(reply.more_data));
	return &reply;
}

UNUSED static int read_lease(struct reply *reply)
{
	struct dhcp_message message;
	struct writer writer;
	struct span copy;
	int r;

	writer_init(&writer, reply->data, sizeof(reply->data));
	put_reply(&writer, 1, reply->yiaddr);
	put_option(&writer, 53, BYTES(5));
	if (reply->server)
		put_u32(&writer, 54, reply->server);
	if (reply->mask)
		put_u32(&writer, 1, reply->mask);
	if (reply->seconds)
		put_u32(&writer, 51, reply->seconds);
	writer_put(&writer, writer_span(&reply->more));
	assert_false(writer_failed(&reply->more));
	assert_false(writer_failed(&writer));
	copy = on_heap(writer_span(&writer));
	memset(&counters, 0, sizeof(counters));
	memset(&lease, 0xee, sizeof(lease));
	assert_int_equal(dhcp_message_read(copy, &counters, &message), 0);
	r = dhcp_lease_read(&message, 1500, &counters, &lease);
	free_span(copy);
	/* What is read is what another process would take. */
	if (r == 0)
		assert_int_equal(dhcp_lease_check(&lease), 0);
	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		assert_int_equal(lease.address, 0xeeeeeeee); /* untouched */
	}
	return r;
}

UNUSED static void accept(struct reply *reply)
{
	assert_int_equal(read_lease(reply), 0);
}

UNUSED static void reject(struct reply *reply, enum dhcp_count reason)
{
	assert_int_equal(read_lease(reply), -EBADMSG);
	assert_int_equal(counters.n[reason], 1);
}

UNUSED static void assert_nothing_counted(void)
{
	for (unsigned int i = 0; i < DHCP_COUNT_N; i++)
		assert_int_equal(counters.n[i], 0);
}
