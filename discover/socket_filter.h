/*
 * What the kernel lets through to the sockets of a search: of a flood only
 * what could be an answer is ever copied, and wakes us.
 *
 * Linux Documentation/networking/filter.rst; of a UDP socket the filter sees
 * the UDP header and what follows. It is given before the socket is bound, so
 * that nothing comes before it.
 *
 * It only saves work. Everything that it asks is asked again of what has come,
 * so that a kernel that takes no filter is no fault; what it drops is not
 * counted. It is not locked (SO_LOCK_FILTER): who could take it away, by having
 * made this process run other code, could as well open a socket without.
 */
#pragma once

enum socket_filter {
	SOCKET_FILTER_NONE,
	/* From port 5353, no more than DNS_MESSAGE_MAX: RFC 6762 §6, §17.
	 * Queries too: others' count as well as ours (§7.3). */
	SOCKET_FILTER_MDNS,
	/* The same, responses only: nobody asks an ephemeral port. */
	SOCKET_FILTER_MDNS_ANSWERS,
	/* HTTP responses: UPnP Device Architecture §1.3.3. */
	SOCKET_FILTER_SSDP_ANSWERS,
	/* NOTIFY: §1.2. */
	SOCKET_FILTER_SSDP,
	/* Responses from port 53. */
	SOCKET_FILTER_DNS,
};

void socket_filter_attach(int fd, enum socket_filter filter);
