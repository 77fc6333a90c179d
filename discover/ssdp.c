/* See ssdp.h. */
#include "discover/ssdp.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "discover/address.h"

void ssdp_init(struct ssdp *ssdp, struct span target)
{
	assert(ssdp_is_target(target));
	/* The table is not touched before somebody answers: there is one for
	 * each interface, and most are never used. */
	memset(ssdp, 0, offsetof(struct ssdp, devices));
	memcpy(ssdp->target, target.data, target.len);
	ssdp->state = SSDP_IDLE;
	ssdp->end = CLOCK_NEVER;
	schedule_stop(&ssdp->schedule);
}

static void ssdp_enter(struct ssdp *ssdp, enum ssdp_state state)
{
	ssdp->state = state;
	switch (state) {
	case SSDP_IDLE:
		break;
	case SSDP_SEARCHING:
		schedule_start(&ssdp->schedule, ssdp->now);
		break;
	case SSDP_FINISHED:
		ssdp->end = CLOCK_NEVER;
		schedule_stop(&ssdp->schedule);
		ssdp->want_ipv4 = ssdp->want_ipv6 = false;
		ssdp->want_done = true;
		break;
	}
}

void ssdp_start(struct ssdp *ssdp, int64_t now, int64_t end)
{
	assert(ssdp->state == SSDP_IDLE);
	ssdp->now = now;
	ssdp->end = end;
	ssdp_enter(ssdp, SSDP_SEARCHING);
	ssdp_tick(ssdp, now);
}

void ssdp_ask_again(struct ssdp *ssdp, int64_t now)
{
	if (ssdp->state != SSDP_SEARCHING)
		return;
	schedule_start(&ssdp->schedule, now);
	ssdp_tick(ssdp, now);
}

void ssdp_stop(struct ssdp *ssdp, int64_t now)
{
	ssdp->now = now;
	if (ssdp->state != SSDP_FINISHED)
		ssdp_enter(ssdp, SSDP_FINISHED);
}

static void drop_expired(struct ssdp *ssdp)
{
	for (unsigned int n = 0; n < ssdp->n_devices; n++) {
		struct ssdp_device *device = &ssdp->devices[n];

		if (ssdp->now >= device->expires_at)
			device->is_gone = true;
	}
}

void ssdp_tick(struct ssdp *ssdp, int64_t now)
{
	ssdp->now = now;
	if (ssdp->state != SSDP_SEARCHING)
		return;
	drop_expired(ssdp);
	if (now >= ssdp->end)
		ssdp_enter(ssdp, SSDP_FINISHED);
	else if (schedule_is_time(&ssdp->schedule, now))
		ssdp->want_ipv4 = ssdp->want_ipv6 = true;
}

/* Whether there is something about DEVICE that the user does not know. */
static bool is_news(const struct ssdp_device *device)
{
	return device->is_gone ? device->is_told :
				 !device->is_told || device->is_changed;
}

int64_t ssdp_due(const struct ssdp *ssdp)
{
	int64_t due = ssdp->end;

	if (ssdp->state != SSDP_SEARCHING)
		return CLOCK_NEVER;
	if (ssdp->schedule.due < due)
		due = ssdp->schedule.due;
	for (unsigned int n = 0; n < ssdp->n_devices; n++) {
		const struct ssdp_device *device = &ssdp->devices[n];

		if (!device->is_gone && device->expires_at < due)
			due = device->expires_at;
		if (is_news(device) && device->quiet_until < due)
			due = device->quiet_until;
	}
	return due;
}

static struct ssdp_device *find_device(struct ssdp *ssdp, struct span usn)
{
	for (unsigned int n = 0; n < ssdp->n_devices; n++) {
		if (ssdp_usn_matches(usn, span_of(ssdp->devices[n].usn)))
			return &ssdp->devices[n];
	}
	return NULL;
}

/* A place for a new device: one that is gone and told gives up its own, but
 * not before its silence is over, which a new name would get around. */
static struct ssdp_device *new_device(struct ssdp *ssdp)
{
	if (ssdp->n_devices < SSDP_DEVICES_MAX)
		return &ssdp->devices[ssdp->n_devices++];
	for (unsigned int n = 0; n < ssdp->n_devices; n++) {
		struct ssdp_device *device = &ssdp->devices[n];

		if (device->is_gone && !device->is_told &&
		    device->quiet_until <= ssdp->now)
			return device;
	}
	ssdp->counts.over_devices++;
	return NULL;
}

/* TEXT is of the message, which knows the same bounds and no NUL. */
static void set_text(char *dest, size_t size, struct span text)
{
	int r = text_copy(dest, size, text);

	assert(r == 0);
}

static void take_facts(struct ssdp_device *device,
		       const struct ssdp_message *message,
		       const struct url_address *from)
{
	/* Who does not say where it is has not moved. */
	if (message->location.len > 0 &&
	    !span_is(message->location, device->location)) {
		set_text(device->location, sizeof(device->location),
			 message->location);
		device->is_changed = true;
	}
	if (message->server.len > 0)
		set_text(device->server, sizeof(device->server),
			 message->server);
	device->from = *from;
}

/* Out of range is as near as it can be; §1.2.2 wants half an hour at least,
 * which nobody is held to. */
static int64_t lifetime_ms(const struct ssdp_message *message)
{
	int64_t s = message->has_max_age ? message->max_age_s : SSDP_AGE_S;

	if (s < SSDP_AGE_MIN_S)
		s = SSDP_AGE_MIN_S;
	if (s > SSDP_AGE_MAX_S)
		s = SSDP_AGE_MAX_S;
	return s * 1000;
}

static void take_alive(struct ssdp *ssdp, const struct ssdp_message *message,
		       const struct url_address *from)
{
	struct ssdp_device *device = find_device(ssdp, message->usn);

	if (!device) {
		device = new_device(ssdp);
		if (!device)
			return;
		memset(device, 0, sizeof(*device));
		set_text(device->usn, sizeof(device->usn), message->usn);
		set_text(device->st, sizeof(device->st), message->target);
		device->quiet_until = ssdp->now;
	}
	device->is_gone = false;
	device->expires_at = ssdp->now + lifetime_ms(message);
	take_facts(device, message, from);
}

/* §1.2.4: alive follows, and says for how long. */
static void take_update(struct ssdp *ssdp, const struct ssdp_message *message,
			const struct url_address *from)
{
	struct ssdp_device *device = find_device(ssdp, message->usn);

	if (device && !device->is_gone)
		take_facts(device, message, from);
	else
		ssdp->counts.ignored++;
}

/* §1.2.3. From another address it is somebody else's, or of a device that has
 * several; of the latter its max-age takes care. */
static void take_byebye(struct ssdp *ssdp, const struct ssdp_message *message,
			const struct url_address *from)
{
	struct ssdp_device *device = find_device(ssdp, message->usn);

	if (device && !device->is_gone && address_equal(&device->from, from))
		device->is_gone = true;
	else
		ssdp->counts.ignored++;
}

static void take(struct ssdp *ssdp, const struct ssdp_message *message,
		 const struct url_address *from)
{
	if (message->kind == SSDP_OTHER) {
		ssdp->counts.ignored++;
		return;
	}
	if (!ssdp_target_matches(ssdp->target, message->target)) {
		ssdp->counts.foreign++;
		return;
	}
	switch (message->kind) {
	case SSDP_RESPONSE:
	case SSDP_ALIVE:
		take_alive(ssdp, message, from);
		break;
	case SSDP_UPDATE:
		take_update(ssdp, message, from);
		break;
	case SSDP_BYEBYE:
		take_byebye(ssdp, message, from);
		break;
	case SSDP_OTHER:
		break;
	}
}

void ssdp_recv(struct ssdp *ssdp, struct span packet,
	       const struct url_address *from, int64_t now)
{
	struct ssdp_message message;
	int r;

	ssdp->now = now;
	if (ssdp->state != SSDP_SEARCHING)
		return;
	drop_expired(ssdp);
	ssdp->counts.packets++;
	r = ssdp_message_parse(packet, &message);
	if (r == -ENOBUFS)
		ssdp->counts.over_bounds++;
	else if (r < 0)
		ssdp->counts.malformed++;
	else
		take(ssdp, &message, from);
}

static void send(struct ssdp *ssdp, bool is_ipv6,
		 struct ssdp_action *ret_action)
{
	struct writer writer;

	writer_init(&writer, ssdp->packet, sizeof(ssdp->packet));
	ssdp_put_search(&writer, span_of(ssdp->target), is_ipv6);
	*ret_action = (struct ssdp_action){ .kind = SSDP_SEND,
					    .is_ipv6 = is_ipv6,
					    .packet = writer_span(&writer) };
}

static bool next_tale(struct ssdp *ssdp, struct ssdp_action *ret_action)
{
	for (unsigned int n = 0; n < ssdp->n_devices; n++) {
		struct ssdp_device *device = &ssdp->devices[n];

		if (!is_news(device) || (device->quiet_until > ssdp->now &&
					 ssdp->state != SSDP_FINISHED))
			continue;
		device->is_told = !device->is_gone;
		device->is_changed = false;
		device->quiet_until = ssdp->now + SSDP_QUIET_MS;
		*ret_action = (struct ssdp_action){
			.kind = device->is_gone ? SSDP_LOST : SSDP_FOUND,
			.device = device,
		};
		return true;
	}
	return false;
}

bool ssdp_next(struct ssdp *ssdp, struct ssdp_action *ret_action)
{
	if (ssdp->want_ipv4 || ssdp->want_ipv6) {
		bool is_ipv6 = !ssdp->want_ipv4;

		ssdp->want_ipv4 = false;
		ssdp->want_ipv6 = ssdp->want_ipv6 && !is_ipv6;
		send(ssdp, is_ipv6, ret_action);
		return true;
	}
	if (next_tale(ssdp, ret_action))
		return true;
	if (ssdp->want_done) {
		ssdp->want_done = false;
		*ret_action = (struct ssdp_action){ .kind = SSDP_DONE };
		return true;
	}
	return false;
}
