/*
 * dhcp/arp.c, acd.c and linklocal.c with any sequence of events: both machines
 * run side by side and hear the same. The input is a script: a byte says what
 * happens, the ones after it how.
 *
 *	'+' N		N * N * 16 ms go by, both being called when due
 *	't'		they are called too early
 *	'b' 'f' 's'	acd starts in the background or with probes, or stops
 *	'l' N		linklocal starts, with a delay of N * 64 ms
 *	'x'		linklocal stops
 *	'k' O M		a packet of operation O from MAC M whose sender is acd's
 *	'K' O M		address, or linklocal's
 *	'q' O M		a probe for acd's address
 *	'Q' O M		or linklocal's
 *	'p' L bytes	a packet of these L bytes
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/linklocal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESS 0x0a00020f

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };

struct fuzz {
	struct acd acd;
	struct linklocal linklocal;
	int64_t now;
	bool may_use;	     /* acd's address */
	uint32_t configured; /* of linklocal */
	uint32_t tried;	     /* by linklocal, and since when */
	int64_t tried_at;
	unsigned int n_tried;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What leaves is a probe or an announcement of ADDRESS; whether the latter. */
static bool is_announcement(struct span payload, uint32_t address)
{
	static const uint8_t start[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	struct arp arp;

	check(payload.len == ARP_LEN && address != 0);
	check(memcmp(payload.data, start, sizeof(start)) == 0);
	check(arp_parse(payload, &arp) == 0);
	check(memcmp(arp.sender_mac, mac, sizeof(mac)) == 0);
	check(arp.target == address);
	check(arp.sender == 0 || arp.sender == address);
	return arp.sender == address;
}

static void settle_acd(struct fuzz *fuzz)
{
	struct acd_action action;
	unsigned int n = 0;

	while (acd_next(&fuzz->acd, &action)) {
		check(++n <= 2);
		check(action.address == ADDRESS);
		switch (action.type) {
		case ACD_ACTION_CONFLICT:
			check(n == 1 && acd_address(&fuzz->acd) == 0);
			check(memcmp(action.mac, mac, sizeof(mac)) != 0);
			fuzz->may_use = false;
			break;
		case ACD_ACTION_READY:
			check(!fuzz->may_use);
			fuzz->may_use = true;
			break;
		case ACD_ACTION_SEND:
			check(acd_address(&fuzz->acd) == ADDRESS);
			if (is_announcement(action.payload, ADDRESS))
				check(fuzz->may_use);
			break;
		}
	}
	check(acd_address(&fuzz->acd) != 0 ||
	      acd_due(&fuzz->acd) == CLOCK_NEVER);
}

/* RFC 3927 §2.2.1: how often another address is tried. */
static void try_address(struct fuzz *fuzz, uint32_t address)
{
	if (fuzz->tried == address)
		return;
	check(address >= 0xa9fe0100 && address <= 0xa9fefeff);
	if (++fuzz->n_tried > 10)
		check(fuzz->now - fuzz->tried_at >= 60000);
	fuzz->tried = address;
	fuzz->tried_at = fuzz->now;
}

static void settle_linklocal(struct fuzz *fuzz)
{
	struct linklocal *linklocal = &fuzz->linklocal;
	struct linklocal_action action;
	unsigned int n = 0;
	bool announces;

	while (linklocal_next(linklocal, &action)) {
		check(++n <= 2);
		switch (action.type) {
		case LINKLOCAL_ACTION_REMOVE:
			check(fuzz->configured == action.address);
			fuzz->configured = 0;
			break;
		case LINKLOCAL_ACTION_ADD:
			check(fuzz->configured == 0);
			check(action.address == fuzz->tried);
			fuzz->configured = action.address;
			break;
		case LINKLOCAL_ACTION_SEND:
			announces = is_announcement(
				action.payload, linklocal_watched(linklocal));
			check(announces == (fuzz->configured != 0));
			try_address(fuzz, linklocal_watched(linklocal));
			break;
		}
	}
	check(fuzz->configured == linklocal_address(linklocal));
	check(linklocal->state != LINKLOCAL_STATE_STOPPED ||
	      linklocal_due(linklocal) == CLOCK_NEVER);
}

static void settle(struct fuzz *fuzz)
{
	settle_acd(fuzz);
	settle_linklocal(fuzz);
}

static void tick(struct fuzz *fuzz)
{
	acd_tick(&fuzz->acd, fuzz->now);
	linklocal_tick(&fuzz->linklocal, fuzz->now);
	settle(fuzz);
}

static int64_t due(const struct fuzz *fuzz)
{
	int64_t a = acd_due(&fuzz->acd), b = linklocal_due(&fuzz->linklocal);

	return a < b ? a : b;
}

static void pass(struct fuzz *fuzz, int64_t ms)
{
	int64_t until = fuzz->now + ms;

	while (due(fuzz) <= until) {
		if (due(fuzz) > fuzz->now)
			fuzz->now = due(fuzz);
		tick(fuzz);
		check(due(fuzz) > fuzz->now);
	}
	fuzz->now = until;
}

static void hear(struct fuzz *fuzz, struct span packet)
{
	acd_recv(&fuzz->acd, packet, fuzz->now);
	linklocal_recv(&fuzz->linklocal, packet, fuzz->now);
}

static void hear_arp(struct fuzz *fuzz, struct reader *script, uint32_t sender,
		     uint32_t target)
{
	uint8_t buffer[ARP_LEN], from[6] = { 2, 0, 0, 0, 0, 0 };
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	writer_be32(&writer, 0x00010800);
	writer_be16(&writer, 0x0604);
	writer_be16(&writer, reader_u8(script));
	from[5] = reader_u8(script);
	writer_bytes(&writer, from, sizeof(from));
	writer_be32(&writer, sender);
	writer_fill(&writer, 0, sizeof(from));
	writer_be32(&writer, target);
	hear(fuzz, writer_span(&writer));
}

static void start_acd(struct fuzz *fuzz, bool in_background)
{
	fuzz->may_use = in_background;
	acd_start(&fuzz->acd, ADDRESS,
		  in_background ? ACD_BACKGROUND : ACD_PROBE_FIRST, fuzz->now);
}

static void step(struct fuzz *fuzz, struct reader *script)
{
	uint32_t theirs = linklocal_watched(&fuzz->linklocal);
	int64_t n;

	switch (reader_u8(script)) {
	case '+':
		n = reader_u8(script);
		pass(fuzz, n * n * 16);
		break;
	case 't':
		tick(fuzz);
		break;
	case 'b':
		start_acd(fuzz, true);
		break;
	case 'f':
		start_acd(fuzz, false);
		break;
	case 's':
		acd_stop(&fuzz->acd);
		break;
	case 'l':
		n = reader_u8(script);
		if (fuzz->linklocal.state == LINKLOCAL_STATE_STOPPED)
			fuzz->n_tried = fuzz->tried = 0;
		linklocal_start(&fuzz->linklocal, fuzz->now, n * 64);
		break;
	case 'x':
		linklocal_stop(&fuzz->linklocal);
		break;
	case 'k':
		hear_arp(fuzz, script, ADDRESS, 0);
		break;
	case 'K':
		hear_arp(fuzz, script, theirs, theirs);
		break;
	case 'q':
		hear_arp(fuzz, script, 0, ADDRESS);
		break;
	case 'Q':
		hear_arp(fuzz, script, 0, theirs);
		break;
	case 'p':
		hear(fuzz, reader_span(script, reader_u8(script)));
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fuzz;
	struct linklocal_conf conf = { .address = 0 };
	struct reader script;

	memcpy(conf.mac, mac, sizeof(mac));
	memset(&fuzz, 0, sizeof(fuzz));
	acd_init(&fuzz.acd, mac, size);
	linklocal_init(&fuzz.linklocal, &conf, size);
	reader_init(&script, data, size);
	while (reader_left(&script) > 0) {
		step(&fuzz, &script);
		settle(&fuzz);
	}
	return 0;
}
