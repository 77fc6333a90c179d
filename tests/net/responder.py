"""An mDNS responder whose answers a test spells out.

usage: responder.py HANDLER [ARGUMENT]...

HANDLER is Python: its handle(question, kind, reply) is called with the name
and the type of each question; reply() takes packets, which go to where the
question came from. What it may use is here.
"""

import socket
import struct
import sys

GROUP = "224.0.0.251"


def name(*labels):
    out = b""
    for label in labels:
        label = label if isinstance(label, bytes) else label.encode()
        out += bytes([len(label)]) + label
    return out + b"\0"


def record(owner, kind, data, ttl=120, flush=0x8000):
    return owner + struct.pack(">HHIH", kind, 1 | flush, ttl, len(data)) + data


def message(*records, flags=0x8400, count=None, id=0):
    count = len(records) if count is None else count
    return struct.pack(">HHHHHH", id, flags, 0, count, 0, 0) + b"".join(records)


def srv(owner, port, target, priority=0, weight=0, ttl=120):
    return record(owner, 33, struct.pack(">HHH", priority, weight, port) +
                  target, ttl)


def txt(owner, *strings, ttl=120):
    return record(owner, 16, b"".join(bytes([len(s)]) + s for s in strings),
                  ttl)


def a(owner, address, ttl=120):
    return record(owner, 1, socket.inet_aton(address), ttl)


def ptr(owner, target, ttl=120):
    return record(owner, 12, target, ttl, flush=0)


def cname(owner, target):
    return record(owner, 5, target)


TYPE = name("_phase-image", "_tcp", "local")


def instance(label):
    return name(label)[:-1] + TYPE


def service(label, host="box", address="10.97.0.1", port=9999,
            strings=(b"a=b",), ttl=120):
    host = name(host, "local")
    who = instance(label)
    return [ptr(TYPE, who, ttl), srv(who, port, host, ttl=ttl),
            txt(who, *strings, ttl=ttl), a(host, address, ttl)]


def questions(packet):
    n, at = struct.unpack(">H", packet[4:6])[0], 12
    for _ in range(n):
        start = at
        while packet[at]:
            at += packet[at] + 1
        kind = struct.unpack(">H", packet[at + 1:at + 3])[0]
        yield packet[start:at + 1], kind
        at += 5


def listen():
    """A socket on port 5353, in the group on every NIC."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # RFC 6762 §11: of the link
    made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    made.bind(("", 5353))
    for index, _ in socket.if_nameindex():
        try:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            struct.pack("=4s4si", socket.inet_aton(GROUP),
                                        bytes(4), index))
        except OSError:
            pass
    return made


if __name__ == "__main__":
    s = listen()
    exec(compile(sys.argv[1], "handler", "exec"))
    print("ready", flush=True)
    while True:
        packet, peer = s.recvfrom(9000)
        if packet[2] & 0x80:
            continue
        print("query", flush=True)
        for question, kind in questions(packet):
            handle(question, kind,  # noqa: F821
                   lambda *m, by=s: [by.sendto(x, peer) for x in m])
