/* discover/message.c: DNS messages and TXT records. */
#include <errno.h>

#include "tests/unit/test_discover_packet.h"

static struct packet packet;

#define TYPE "_x._tcp.local"
#define WHO "one._x._tcp.local"

static void put_service(void)
{
	static const uint8_t ipv6[16] = { 0xfe, 0x80, [15] = 1 };

	packet_begin(&packet, 0x8400);
	put_ptr(&packet, TYPE, WHO, 4500);
	put_srv(&packet, WHO, 1 | FLUSH, 3, 4, 8080, "box.local", 120);
	PUT_TXT(&packet, WHO, "\3a=b");
	put_a(&packet, "box.local", 1 | FLUSH, 0x0a000001);
	put_data(&packet, "box.local", DNS_TYPE_AAAA, 1, ipv6, 16);
}

static void test_all_types(void **state)
{
	struct dns_message message;
	struct dns_record record;
	struct dns_name who = name_of(WHO);

	(void)state;
	put_service();
	/* Unknown types and classes are skipped, whatever is in them. */
	put_data(&packet, "x", 47, 1, "\1", 1);
	put_data(&packet, "x", DNS_TYPE_A, 3, "\1", 1);
	put_a(&packet, "last.local", 1, 1);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	assert_true(message.is_response);
	assert_int_equal(message.n_records, 8);
	for (unsigned int round = 0; round < 2; round++) {
		assert_true(dns_message_next(&message, &record));
		assert_int_equal(record.type, DNS_TYPE_PTR);
		assert_int_equal(record.ttl, 4500);
		assert_false(record.cache_flush);
		assert_true(dns_name_equal(&record.target, &who));
		assert_true(dns_message_next(&message, &record));
		assert_int_equal(record.type, DNS_TYPE_SRV);
		assert_int_equal(record.priority, 3);
		assert_int_equal(record.weight, 4);
		assert_int_equal(record.port, 8080);
		assert_true(record.cache_flush);
		assert_true(dns_message_next(&message, &record));
		assert_true(span_is(record.txt, "\3a=b"));
		assert_true(dns_message_next(&message, &record));
		assert_int_equal(record.ipv4, 0x0a000001);
		assert_true(dns_message_next(&message, &record));
		assert_int_equal(record.ipv6[0], 0xfe);
		assert_int_equal(record.ipv6[15], 1);
		assert_true(dns_message_next(&message, &record));
		assert_int_equal(record.type, DNS_TYPE_A);
		assert_int_equal(record.ipv4, 1);
		assert_false(dns_message_next(&message, &record));
		dns_message_rewind(&message);
	}
}

/* Whichever byte is the last: it is whole, or it is nothing. */
static void test_m4_cut_anywhere(void **state)
{
	struct dns_message message = { .n_records = 99 };
	size_t len;

	(void)state;
	put_service();
	len = writer_len(&packet.writer);
	for (size_t less = 1; less <= len; less++)
		assert_int_equal(
			dns_message_open(packet_cut(&packet, less), &message),
			-EBADMSG);
	assert_int_equal(message.n_records, 99);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
}

static void test_m3_sizes(void **state)
{
	static const uint8_t filler[9000];
	struct dns_message message;

	(void)state;
	put_service();
	put_data(&packet, "x", 65280, 1, filler,
		 DNS_MESSAGE_MAX - writer_len(&packet.writer) - 13);
	assert_int_equal(packet_end(&packet).len, DNS_MESSAGE_MAX);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	writer_u8(&packet.writer, 0);
	assert_int_equal(dns_message_open(packet_end(&packet), &message),
			 -EBADMSG);
}

static void test_m3_counts_without_bytes(void **state)
{
	struct dns_message message;

	(void)state;
	for (size_t offset = 4; offset < 12; offset += 2) {
		packet_begin(&packet, 0x8400);
		writer_patch_be16(&packet.writer, offset, 65535);
		if (offset == 6)
			packet.n_records = 65535;
		assert_int_equal(
			dns_message_open(packet_end(&packet), &message),
			-EBADMSG);
	}
}

static void expect_bad_data(uint16_t type, const void *data, size_t len)
{
	struct dns_message message;

	packet_begin(&packet, 0x8400);
	put_a(&packet, "good.local", 1, 1);
	put_data(&packet, "x", type, 1, data, len);
	put_a(&packet, "good.local", 1, 1);
	assert_int_equal(dns_message_open(packet_end(&packet), &message),
			 -EBADMSG);
}

static void test_m4_rdlength_unlike_the_contents(void **state)
{
	(void)state;
	expect_bad_data(DNS_TYPE_A, "\1\2\3", 3);
	expect_bad_data(DNS_TYPE_A, "\1\2\3\4\5", 5);
	expect_bad_data(DNS_TYPE_A, "", 0);
	expect_bad_data(DNS_TYPE_AAAA, "\1\2\3\4", 4);
	expect_bad_data(DNS_TYPE_PTR, "\1a\0z", 4);
	expect_bad_data(DNS_TYPE_PTR, "\1a", 2); /* ends in the next record */
	expect_bad_data(DNS_TYPE_PTR, "", 0);
	expect_bad_data(DNS_TYPE_SRV, "\0\0\0\0\0\1", 6);
	expect_bad_data(DNS_TYPE_SRV, "\0\0\0\0\0", 5);
	expect_bad_data(DNS_TYPE_SRV, "\0\0\0\0\0\1\0z", 8);
	expect_bad_data(DNS_TYPE_TXT, "\4abc", 4);
	expect_bad_data(DNS_TYPE_TXT, "\1a\1", 3);
}

static void test_m4_rdlength_past_the_end(void **state)
{
	struct dns_message message;

	(void)state;
	packet_begin(&packet, 0x8400);
	put_head(&packet, "x", 65280, 1, 1, 5);
	writer_be32(&packet.writer, 0);
	assert_int_equal(dns_message_open(packet_end(&packet), &message),
			 -EBADMSG);
	writer_u8(&packet.writer, 0);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
}

static void test_m7_to_m9_header(void **state)
{
	struct dns_message message;

	(void)state;
	packet_begin(&packet, 0x8000 | 5 << 11 | 0x0200 | 3);
	writer_patch_be16(&packet.writer, 0, 0xabcd);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	assert_int_equal(message.id, 0xabcd);
	assert_int_equal(message.opcode, 5);
	assert_int_equal(message.rcode, 3);
	assert_true(message.truncated);
	assert_true(message.is_response);
}

static void test_query_can_be_read(void **state)
{
	struct dns_name type = name_of(TYPE), who = name_of(WHO);
	struct dns_message message;
	struct dns_record record;
	struct writer writer;
	uint8_t buffer[512];

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_query_begin(&writer);
	dns_query_question(&writer, &type, DNS_TYPE_PTR, true);
	dns_query_known_answer(&writer, &type, &who, 99);
	dns_query_end(&writer, 1, 1);
	assert_int_equal(dns_message_open(writer_span(&writer), &message), 0);
	assert_false(message.is_response);
	assert_int_equal(message.n_questions, 1);
	assert_true(dns_message_next(&message, &record));
	assert_int_equal(record.ttl, 99);
	assert_true(dns_name_equal(&record.owner, &type));
	assert_true(dns_name_equal(&record.target, &who));
	/* The QU bit is the class's highest. */
	assert_int_equal(buffer[12 + type.len + 2], 0x80);
}

/* RFC 6762 §7.2: known answers that have a packet of their own. */
static void test_m7_known_answers_alone(void **state)
{
	struct dns_name type = name_of("_a._sub._x._tcp.local");
	struct dns_name who = name_of(WHO), two = name_of("two._x._tcp.local");
	struct dns_message message;
	struct dns_record record;
	struct writer writer;
	uint8_t buffer[200];

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_query_begin(&writer);
	dns_query_known_answer(&writer, &type, &who, 99);
	dns_query_known_answer(&writer, &type, &two, 98);
	dns_query_end(&writer, 0, 2);
	dns_query_mark(&writer, 0x1234, true);
	/* Everything but the first name is a label and a pointer. */
	assert_int_equal(writer_len(&writer),
			 12 + type.len + 10 + 6 + 2 + 10 + 6);
	assert_int_equal(dns_message_open(writer_span(&writer), &message), 0);
	assert_true(message.truncated);
	assert_int_equal(message.id, 0x1234);
	assert_int_equal(message.n_questions, 0);
	assert_true(dns_message_next(&message, &record));
	assert_true(dns_name_equal(&record.owner, &type));
	assert_true(dns_name_equal(&record.target, &who));
	assert_true(dns_message_next(&message, &record));
	assert_int_equal(record.ttl, 98);
	assert_true(dns_name_equal(&record.owner, &type));
	assert_true(dns_name_equal(&record.target, &two));
}

/* What shares nothing, and the root. */
static void test_known_answers_of_other_names(void **state)
{
	static const char *const targets[] = { "_y._udp.local", "a.b", ".",
					       "_x._tcp.local" };
	struct dns_name type = name_of(TYPE);
	struct dns_message message;
	struct dns_record record;
	struct writer writer;
	uint8_t buffer[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct dns_name target = name_of(targets[i]);

		writer_init(&writer, buffer, sizeof(buffer));
		dns_query_begin(&writer);
		dns_query_question(&writer, &type, DNS_TYPE_PTR, false);
		dns_query_known_answer(&writer, &type, &target, 1);
		dns_query_end(&writer, 1, 1);
		assert_int_equal(
			dns_message_open(writer_span(&writer), &message), 0);
		assert_true(dns_message_next(&message, &record));
		assert_true(dns_name_equal(&record.target, &target));
	}
}

static void test_questions(void **state)
{
	struct dns_name type = name_of(TYPE), who = name_of(WHO);
	struct dns_message message;
	struct dns_asked asked;
	struct writer writer;
	uint8_t buffer[200];

	(void)state;
	writer_init(&writer, buffer, sizeof(buffer));
	dns_query_begin(&writer);
	dns_query_question(&writer, &type, DNS_TYPE_PTR, true);
	dns_query_question(&writer, &who, DNS_TYPE_SRV, false);
	dns_query_end(&writer, 2, 0);
	assert_int_equal(dns_message_open(writer_span(&writer), &message), 0);
	for (unsigned int round = 0; round < 2; round++) {
		assert_true(dns_message_next_question(&message, &asked));
		assert_true(dns_name_equal(&asked.name, &type));
		assert_int_equal(asked.type, DNS_TYPE_PTR);
		assert_int_equal(asked.class, DNS_CLASS_IN);
		assert_true(asked.unicast);
		assert_true(dns_message_next_question(&message, &asked));
		assert_true(dns_name_equal(&asked.name, &who));
		assert_int_equal(asked.type, DNS_TYPE_SRV);
		assert_false(asked.unicast);
		assert_false(dns_message_next_question(&message, &asked));
		dns_message_rewind(&message);
	}
}

static void test_m15_cname(void **state)
{
	struct dns_name to = name_of("other.local");
	struct dns_message message;
	struct dns_record record;

	(void)state;
	packet_begin(&packet, 0x8400);
	put_data(&packet, "box.local", DNS_TYPE_CNAME, 1, to.wire, to.len);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	assert_true(dns_message_has(&message, DNS_TYPE_CNAME));
	assert_false(dns_message_has(&message, DNS_TYPE_A));
	assert_true(dns_message_next(&message, &record));
	assert_int_equal(record.type, DNS_TYPE_CNAME);
	assert_true(dns_name_equal(&record.target, &to));
	/* The name must fill its data. */
	packet_begin(&packet, 0x8400);
	put_data(&packet, "box.local", DNS_TYPE_CNAME, 1, to.wire, to.len + 1u);
	assert_int_equal(dns_message_open(packet_end(&packet), &message),
			 -EBADMSG);
}

static void test_nsec(void **state)
{
	/* A and AAAA; of another name; two windows; cut; none at all. */
	static const char good[] = "\3box\5local\0\0\4\x40\0\0\x08";
	static const char *const bad[] = {
		"\3bix\5local\0\0\4\x40\0\0\x08",
		"\3box\5local\0\0\3\x40\0\0\x08",
		"\3box\5local\0\1\4\x40\0\0\x08",
		"\3box\5local\0\0\5\x40\0\0\x08",
		"\3box\5local\0\0\4\x40\0\0\x08",
	};
	struct dns_message message;
	struct dns_record record;

	(void)state;
	packet_begin(&packet, 0x8400);
	put_data(&packet, "Box.local", DNS_TYPE_NSEC, 1 | FLUSH, good,
		 sizeof(good) - 1);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	assert_true(dns_message_next(&message, &record));
	assert_true(dns_nsec_has(&record, DNS_TYPE_A));
	assert_true(dns_nsec_has(&record, DNS_TYPE_AAAA));
	assert_false(dns_nsec_has(&record, DNS_TYPE_TXT));
	assert_false(dns_nsec_has(&record, DNS_TYPE_SRV)); /* not that long */
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		packet_begin(&packet, 0x8400);
		put_data(&packet, "box.local", DNS_TYPE_NSEC, 1, bad[i],
			 i == 4 ? 8 : sizeof(good) - 1);
		put_a(&packet, "last.local", 1, 1);
		assert_int_equal(
			dns_message_open(packet_end(&packet), &message), 0);
		assert_true(dns_message_next(&message, &record));
		assert_int_equal(record.type, DNS_TYPE_A);
	}
}

/* Pointers to a long name: little that is read costs much. */
static void test_m21_names_that_are_too_much(void **state)
{
	struct dns_name name = { .len = 0 };
	struct dns_message message;
	struct writer writer;

	(void)state;
	writer_init(&writer, name.wire, sizeof(name.wire));
	for (unsigned int i = 0; i < 127; i++)
		writer_be16(&writer, 1 << 8 | 'a');
	writer_u8(&writer, 0);
	name.len = 255;
	for (unsigned int n = 69; n <= 71; n++) {
		packet_begin(&packet, 0x8400);
		dns_name_encode(&packet.writer, &name);
		writer_bytes(&packet.writer, "\0\x0c\0\1\0\0\0\1\0\2\xc0\x0c",
			     12);
		/* Owner and target: 510 bytes each time. */
		for (packet.n_records = 1; packet.n_records < n;
		     packet.n_records++)
			writer_bytes(&packet.writer,
				     "\xc0\x0c\0\x0c\0\1\0\0\0\1\0\2\xc0\x0c",
				     14);
		assert_int_equal(
			dns_message_open(packet_end(&packet), &message),
			n * 510 > DNS_MESSAGE_NAMES_MAX ? -EBADMSG : 0);
	}
	/* Questions as well. */
	packet_begin(&packet, 0);
	dns_name_encode(&packet.writer, &name);
	writer_be32(&packet.writer, 0x000c0001);
	for (unsigned int n = 1; n < 142; n++)
		writer_bytes(&packet.writer, "\xc0\x0c\0\x0c\0\1", 6);
	writer_patch_be16(&packet.writer, 4, 142);
	assert_int_equal(dns_message_open(packet_end(&packet), &message),
			 -EBADMSG);
	writer_patch_be16(&packet.writer, 4, 141);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
}

/* What is skipped unread is what would be skipped read. */
static void test_next_of_some_types(void **state)
{
	struct dns_message message;
	struct dns_record record;

	(void)state;
	put_service();
	put_ptr(&packet, ".", "a.local", 1);
	put_data(&packet, "x", 64, 1, "\1", 1);
	put_a(&packet, "last.local", 1, 1);
	assert_int_equal(dns_message_open(packet_end(&packet), &message), 0);
	assert_true(dns_message_next_of(&message, DNS_TYPE_BIT(DNS_TYPE_A),
					&record));
	assert_int_equal(record.ipv4, 0x0a000001);
	assert_true(dns_message_next_of(&message, DNS_TYPE_BIT(DNS_TYPE_A),
					&record));
	assert_int_equal(record.ipv4, 1);
	assert_false(dns_message_next_of(&message, UINT64_MAX, &record));
}

static void test_m5_txt(void **state)
{
	static const char data[] = "\0\2=x\4flag\5Key=1\5kEY=2\4nul=\5b=\0\377="
				   "\2\377\1";
	struct span txt = { (const uint8_t *)data, sizeof(data) - 1 };
	struct span key, value;
	struct reader reader;
	bool flag;

	(void)state;
	reader_from_span(&reader, txt);
	assert_true(dns_txt_next(&reader, &key, &value, &flag));
	assert_true(span_is(key, "flag") && flag && value.len == 0);
	assert_true(dns_txt_next(&reader, &key, &value, &flag));
	assert_true(span_is(key, "Key") && !flag && span_is(value, "1"));
	assert_true(dns_txt_is_first(txt, key));
	assert_true(dns_txt_next(&reader, &key, &value, &flag));
	assert_true(span_is(key, "kEY"));
	assert_false(dns_txt_is_first(txt, key));
	assert_true(dns_txt_next(&reader, &key, &value, &flag));
	assert_true(span_is(key, "nul") && !flag && value.len == 0);
	assert_true(dns_txt_next(&reader, &key, &value, &flag));
	assert_true(span_is(key, "b"));
	assert_int_equal(value.len, 3);
	assert_memory_equal(value.data, "\0\377=", 3);
	assert_true(dns_txt_next(&reader, &key, &value, &flag));
	assert_true(flag);
	assert_int_equal(key.len, 2);
	assert_false(dns_txt_next(&reader, &key, &value, &flag));

	assert_int_equal(dns_txt_get(txt, "KEY", &value), 0);
	assert_true(span_is(value, "1"));
	assert_int_equal(dns_txt_get(txt, "flag", &value), -ENOENT);
	assert_int_equal(dns_txt_get(txt, "none", &value), -ENOENT);
	assert_int_equal(dns_txt_get((struct span){ NULL, 0 }, "a", &value),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_m4_cut_anywhere),
		cmocka_unit_test(test_m3_sizes),
		cmocka_unit_test(test_m3_counts_without_bytes),
		cmocka_unit_test(test_m4_rdlength_unlike_the_contents),
		cmocka_unit_test(test_m4_rdlength_past_the_end),
		cmocka_unit_test(test_m7_to_m9_header),
		cmocka_unit_test(test_query_can_be_read),
		cmocka_unit_test(test_m7_known_answers_alone),
		cmocka_unit_test(test_known_answers_of_other_names),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_m15_cname),
		cmocka_unit_test(test_nsec),
		cmocka_unit_test(test_m21_names_that_are_too_much),
		cmocka_unit_test(test_next_of_some_types),
		cmocka_unit_test(test_m5_txt),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(packet.block);
	return failed;
}
