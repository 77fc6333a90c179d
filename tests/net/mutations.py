"""Packets that a responder should not send: rows M1 to M18 of what must be
survived, from a seed.

In a handler of responder.py: mutations(random.Random(7), 100).
"""

import struct

from responder import (TYPE, a, cname, instance, message, name, ptr, record,
                       service, srv, txt)

EVIL = "10.97.0.66"


def evil(random):
    """A service that is whole, of a host that is not the good one's."""
    return service(f"evil{random.randrange(40)}", host="evil", address=EVIL,
                   port=random.randrange(65536),
                   strings=(b"channel=evil", b"=x", b"", b"Channel=2",
                            b"\xff"))


def name_loop(random):
    """A pointer to itself, forward, into the header, or a circle of two."""
    at = 12
    target = random.choice((at, at + 2, at + 40, 0, 4, 0x3fff))
    owner = random.choice((b"", b"\3abc")) + struct.pack(">H", 0xc000 | target)
    return message(owner + struct.pack(">HHIH", 12, 1, 120, 2) + b"\xc0\x0c")


def name_form(random):
    """Labels of the kinds 01 and 10, names over 255 bytes, names cut short."""
    owner = random.choice((
        b"\x41" + b"x" * 65 + b"\0", b"\x80\0", b"\xbf" * 20,
        b"".join(b"\x3f" + b"y" * 63 for _ in range(5)) + b"\0",
        b"\x3f" + b"z" * 20, b"\xc0", b"\1." * 127 + b"\0"))
    return message(record(owner, random.choice((1, 12, 16, 33)), b"\0" * 4))


def counts(random):
    records = evil(random)
    return message(*records, count=random.choice((0, 1, 3, 5, 100, 65535)))


def rdlength(random):
    """Past the end, or unlike the contents."""
    who = instance(f"evil{random.randrange(40)}")
    kind, data = random.choice((
        (1, b"\1\2\3"), (1, bytes(5)), (28, bytes(15)), (33, bytes(6)),
        (33, bytes(2)), (16, b"\xff" + b"a"), (12, b"\3ab"),
        (12, b"\xc0\x0c?")))
    bad = who + struct.pack(">HHIH", kind, 0x8001, 120,
                            random.choice((len(data), 65535, 0))) + data
    return message(ptr(TYPE, who), bad)


def cut(random):
    whole = message(*evil(random))
    return whole[:random.randrange(len(whole))]


def flipped(random):
    packet = bytearray(message(*evil(random)))
    for _ in range(random.randrange(1, 8)):
        packet[random.randrange(2, len(packet))] = random.randrange(256)
    return bytes(packet)


def noise(random):
    return random.randbytes(random.randrange(600))


def huge(random):
    return message(*evil(random), record(name("x", "local"), 65280, bytes(
        random.choice((9001, 12000, 30000, 60000)))))


def aliases(random):
    """A circle over one packet or several; no record is the good one's."""
    ring = [name(f"ring{i}", "local") for i in range(5)]
    links = [cname(x, y) for x, y in zip(ring, ring[1:] + ring[:1])]
    random.shuffle(links)
    who = instance("ring")
    return message(ptr(TYPE, who), srv(who, 80, ring[0]), txt(who, b""),
                   *links[:random.randrange(1, 6)])


def flags(random):
    """A query, other opcodes, errors."""
    return message(*evil(random), flags=random.choice(
        (0x0000, 0x0400, 0x8403, 0x8405, 0xa400, 0x840f, 0xfc00)))


def goodbye(random):
    """Of services that nobody has announced."""
    return message(*service(f"never{random.randrange(40)}", host="never",
                            address=EVIL, ttl=0))


def unasked(random):
    """Of other types and of hosts that nothing leads to."""
    other = name("_other", "_tcp", "local")
    return message(ptr(other, name("x")[:-1] + other),
                   a(name(f"h{random.randrange(1000)}", "local"), EVIL),
                   record(name("y", "local"), random.randrange(65536), b"?"))


def addresses(random):
    """That no host has: 0/8, 127/8, groups; and a target of '.', port 0."""
    who = instance(f"none{random.randrange(40)}")
    host = name("none", "local")
    return message(
        ptr(TYPE, who), txt(who, b"a=b"),
        srv(who, random.choice((0, 80)), random.choice((host, b"\0"))),
        a(host, random.choice(("0.0.0.1", "127.0.0.1", "224.0.0.251",
                               "255.255.255.255"))))


KINDS = (name_loop, name_form, counts, rdlength, cut, flipped, noise, huge,
         aliases, flags, goodbye, unasked, addresses)


def mutations(random, n):
    return [random.choice(KINDS)(random) for _ in range(n)]


def flood(random, n):
    """Packets with N instances in all, ten in each."""
    start = random.randrange(1 << 30)
    for i in range(start, start + n, 10):
        yield message(*(r for j in range(i, i + 10) for r in service(
            f"flood{j}", host=f"f{j}", address=EVIL)))
