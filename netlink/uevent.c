/* See uevent.h. */
#include "netlink/uevent.h"

#include <errno.h>
#include <limits.h>

#include "base/text.h"

static enum uevent_action action_of(struct span name)
{
	static const struct {
		char name[8];
		enum uevent_action action;
	} actions[] = {
		{ "add", UEVENT_ADD },	     { "remove", UEVENT_REMOVE },
		{ "change", UEVENT_CHANGE }, { "move", UEVENT_MOVE },
		{ "online", UEVENT_ONLINE }, { "offline", UEVENT_OFFLINE },
		{ "bind", UEVENT_BIND },     { "unbind", UEVENT_UNBIND },
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (span_is(name, actions[i].name))
			return actions[i].action;
	}
	return UEVENT_OTHER;
}

static int put_variable(struct uevent *uevent, struct span key,
			struct span value)
{
	uint64_t number;

	if (span_is(key, "SUBSYSTEM")) {
		uevent->subsystem = value;
	} else if (span_is(key, "MODALIAS")) {
		uevent->modalias = value;
	} else if (span_is(key, "INTERFACE")) {
		uevent->interface = value;
	} else if (span_is(key, "DEVNAME")) {
		uevent->devname = value;
	} else if (span_is(key, "IFINDEX")) {
		if (text_parse_u64(value, INT_MAX, &number) < 0)
			return -EBADMSG;
		uevent->ifindex = (unsigned int)number;
	} else if (span_is(key, "SEQNUM")) {
		if (text_parse_u64(value, UINT64_MAX, &number) < 0)
			return -EBADMSG;
		uevent->seqnum = number;
	}
	return 0;
}

int uevent_parse(struct span datagram, struct uevent *ret_uevent)
{
	struct span action, devpath, key, variable;
	struct uevent uevent = { 0 };
	struct reader reader, part;

	/* A last variable without its end may be half of one. */
	if (datagram.len == 0 || datagram.data[datagram.len - 1] != '\0')
		return -EBADMSG;
	reader_from_span(&reader, datagram);
	reader_from_span(&part, reader_until(&reader, '\0'));
	action = reader_until(&part, '@');
	if (span_is(action, "libudev"))
		return -ENOENT;
	devpath = reader_rest(&part);
	if (action.len == 0 || !span_starts(devpath, "/"))
		return -EBADMSG;
	uevent.action = action_of(action);
	uevent.devpath = devpath;
	while (reader_left(&reader) > 0) {
		variable = reader_until(&reader, '\0');
		reader_from_span(&part, variable);
		key = reader_until(&part, '=');
		if (key.len == 0 || key.len == variable.len)
			return -EBADMSG;
		/* Said twice and differently: one of them is not the
		 * kernel's. */
		if ((span_is(key, "ACTION") &&
		     !span_equal(reader_rest(&part), action)) ||
		    (span_is(key, "DEVPATH") &&
		     !span_equal(reader_rest(&part), devpath)))
			return -EBADMSG;
		if (put_variable(&uevent, key, reader_rest(&part)) < 0)
			return -EBADMSG;
	}
	*ret_uevent = uevent;
	return 0;
}
