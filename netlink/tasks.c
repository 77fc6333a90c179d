/* See tasks.h. */
#include "netlink/tasks.h"

#include <errno.h>

#include <linux/neighbour.h>

#define DUMP_TRIES 5

int netlink_dump_whole(struct netlink *netlink, struct route_message *message,
		       void (*start)(void *owner),
		       int (*got)(const struct route_header *header,
				  void *owner),
		       void *owner)
{
	int r = -EAGAIN;

	for (int i = 0; i < DUMP_TRIES && r == -EAGAIN; i++) {
		start(owner);
		r = netlink_dump(netlink, message, got, owner);
	}
	return r;
}

int netlink_set_mac(struct netlink *netlink, unsigned int ifindex,
		    const uint8_t *mac, size_t len)
{
	struct route_message messages[3];
	int results[3];
	int r;

	route_build_link_mac(&messages[1], ifindex, mac, len);
	r = netlink_request(netlink, &messages[1]);
	if (r != -EBUSY)
		return r;
	/* Only one that is up refuses so. It comes up again whatever becomes
	 * of the address. */
	route_build_link_up(&messages[0], ifindex, false);
	route_build_link_up(&messages[2], ifindex, true);
	r = netlink_request_many(netlink, messages, 3, results);
	for (int i = 0; i < 3 && r == 0; i++)
		r = results[i];
	return r;
}

struct neighbours {
	unsigned int ifindex;
	unsigned int max;
	int n;
	struct route_neighbour *list;
};

static void neighbours_start(void *owner)
{
	((struct neighbours *)owner)->n = 0;
}

static int neighbours_got(const struct route_header *header, void *owner)
{
	struct neighbours *neighbours = owner;
	struct route_neighbour neighbour;

	/* What we cannot read is no neighbour to us; nor is a multicast
	 * group, which the kernel has in the same table. */
	if (route_parse_neighbour(header, &neighbour) < 0 ||
	    neighbour.ifindex != neighbours->ifindex ||
	    (neighbour.state & NUD_NOARP))
		return 0;
	if ((unsigned int)neighbours->n < neighbours->max)
		neighbours->list[neighbours->n] = neighbour;
	neighbours->n++;
	return 0;
}

int netlink_read_neighbours(struct netlink *netlink, uint8_t family,
			    unsigned int ifindex,
			    struct route_neighbour *ret_neighbours,
			    unsigned int max)
{
	struct neighbours neighbours = {
		.ifindex = ifindex,
		.max = max,
		.list = ret_neighbours,
	};
	struct route_message message;
	int r;

	route_build_get_neighbours(&message, family);
	r = netlink_dump_whole(netlink, &message, neighbours_start,
			       neighbours_got, &neighbours);
	return r < 0 ? r : neighbours.n;
}
