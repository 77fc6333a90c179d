"""DHCPv4 on the wire, for servers that a test plays itself (RFC 2131, 2132).

A Server reads and writes whole frames through a packet socket: whatever a
real server would never send, this one can.
"""

import errno
import ipaddress
import socket
import struct
import time

from namespaces import PATIENCE

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
COOKIE = bytes.fromhex("63825363")
BROADCAST = "255.255.255.255"
ETH_P_ALL, ETH_P_ARP = 3, 0x0806
SO_TIMESTAMPNS = 35
PADDING, MASK, ROUTER, DNS, HOSTNAME, DOMAIN, MTU = 0, 1, 3, 6, 12, 15, 26
ASKED, LEASE_TIME, OVERLOAD, TYPE, SERVER_ID = 50, 51, 52, 53, 54
MAX_SIZE, T1, T2, CLIENT_ID, RAPID, ROUTES, END = 57, 58, 59, 61, 80, 121, 255


def receive(made):
    """A frame, and when the kernel had it, on the monotonic clock: that a test
    is late makes no packet late."""
    frame, extra, *_ = made.recvmsg(65536, 64)
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            s, ns = struct.unpack("@ll", data)
            return frame, time.monotonic() - (time.time() - s - ns / 1e9)
    raise AssertionError("the kernel does not say when")


def ip(text):
    return ipaddress.IPv4Address(text).packed


def u32(number):
    return struct.pack(">I", number)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def options_bytes(options):
    out = b""
    for code, value in options:
        out += bytes([code, len(value)]) + value
    return out


def read_options(data):
    """Joined by code."""
    options, at = {}, 0
    while at < len(data) and data[at] != END:
        if data[at] == PADDING:
            at += 1
            continue
        code, length = data[at], data[at + 1]
        options[code] = (options.get(code, b"") +
                         data[at + 2:at + 2 + length])
        at += 2 + length
    return options


def udp_frame(payload, source, destination, from_mac, to_mac, ports=(67, 68),
              bad_ip=False, bad_udp=False, no_udp=False, fragment=0, vlan=None):
    """An Ethernet frame, with checksums that are right unless told not to."""
    pseudo = ip(source) + ip(destination) + struct.pack(
        ">HH", 17, 8 + len(payload))
    udp = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    total = checksum(pseudo + udp) or 0xffff
    if bad_udp:
        total = total ^ 0x0100 or 0x0101
    if no_udp:
        total = 0
    udp = udp[:6] + struct.pack(">H", total) + udp[8:]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, fragment,
                       64, 17, 0, ip(source), ip(destination))
    total = checksum(head) ^ (0x0100 if bad_ip else 0)
    head = head[:10] + struct.pack(">H", total) + head[12:]
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    return to_mac + from_mac + tag + b"\x08\x00" + head + udp


class Message:
    """A client's, out of a frame; None where it is not one."""

    def __init__(self, frame, at):
        self.to_mac, self.from_mac = frame[:6], frame[6:12]
        packet = frame[14:]
        self.source = str(ipaddress.IPv4Address(packet[12:16]))
        self.destination = str(ipaddress.IPv4Address(packet[16:20]))
        payload = packet[(packet[0] & 15) * 4 + 8:]
        (self.op, self.htype, self.hlen, self.hops, self.xid, self.secs,
         self.flags) = struct.unpack(">BBBBIHH", payload[:12])
        self.ciaddr, self.yiaddr, self.siaddr, self.giaddr = (
            str(ipaddress.IPv4Address(payload[i:i + 4]))
            for i in range(12, 28, 4))
        self.chaddr = payload[28:34]
        self.options = read_options(payload[240:])
        self.type = self.options.get(TYPE, b"\0")[0]
        self.at = at

    @classmethod
    def parse(cls, frame, when):
        at = 14 + (frame[14] & 15) * 4 if len(frame) > 14 else 0
        if (len(frame) < at + 248 or frame[12:14] != b"\x08\x00" or
                frame[23] != 17 or frame[at:at + 4] not in (
                    b"\0\x44\0\x43", b"\0\x43\0\x44") or
                frame[at + 8 + 236:at + 8 + 240] != COOKIE):
            return None
        return cls(frame, when)

    def broadcast(self):
        return bool(self.flags & 0x8000)


class Wire:
    """Sees all DHCP that goes through a NIC, both ways."""

    def __init__(self, namespace, nic):
        self.socket = namespace.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)  # RCVBUFFORCE
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((nic, ETH_P_ALL))
        self.seen = []

    def next(self, timeout=PATIENCE, wanted=lambda message: True):
        """The next message that is WANTED; all are kept in seen."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    "no such message; seen: " +
                    str([(m.op, m.type) for m in self.seen]))
            self.socket.settimeout(left)
            try:
                message = Message.parse(*receive(self.socket))
            except (BlockingIOError, TimeoutError):
                continue
            except OSError as error:
                if error.errno == errno.ENETDOWN:
                    continue
                raise
            if message:
                self.seen.append(message)
                if wanted(message):
                    return message

    def drain(self):
        """What has come by now."""
        self.socket.setblocking(False)
        while True:
            try:
                message = Message.parse(*receive(self.socket))
            except BlockingIOError:
                return self.seen
            except OSError as error:
                # Told once when the cable is pulled.
                if error.errno == errno.ENETDOWN:
                    continue
                raise
            if message:
                self.seen.append(message)

    def types(self):
        return [message.type for message in self.drain()]


class Server:
    """A server that does what the test says, and nothing else. ADDRESS is of
    the namespace's NIC, whose kernel answers ARP."""

    def __init__(self, namespace, nic, address, pool="10.96.0.50", prefix=24,
                 mac=None):
        self.socket = namespace.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((nic, 0x0800))
        self.mac = mac or self.socket.getsockname()[4]
        self.address = address
        self.pool = pool
        self.options = {
            SERVER_ID: ip(address),
            LEASE_TIME: u32(3600),
            MASK: u32(0xffffffff << (32 - prefix) & 0xffffffff),
            ROUTER: ip(address),
        }
        self.seen = []
        self.refused = set()  # xids

    def expect(self, kind, timeout=PATIENCE, xid=None):
        """The next message of KIND from a client; all are kept in seen."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    f"no message of type {kind}; seen: "
                    f"{[m.type for m in self.seen]}")
            self.socket.settimeout(left)
            try:
                message = Message.parse(*receive(self.socket))
            except (BlockingIOError, TimeoutError):
                continue
            if not message or message.op != 1:
                continue
            self.seen.append(message)
            if kind in (None, message.type) and xid in (None, message.xid):
                return message

    def drain(self):
        """What has come by now, and was not expected."""
        fresh = []
        self.socket.setblocking(False)
        try:
            while True:
                message = Message.parse(*receive(self.socket))
                if message and message.op == 1:
                    fresh.append(message)
        except BlockingIOError:
            self.seen += fresh
            return fresh

    def message(self, to, kind, options=None, **fields):
        """A reply's payload. OPTIONS replace the usual ones, None leaves one
        out; FIELDS are those of the header, and "raw": bytes for the whole
        option field, "file" and "sname"."""
        chosen = {TYPE: bytes([kind]), **self.options, **(options or {})}
        field = fields.get("raw")
        if field is None:
            field = options_bytes((code, value) for code, value
                                  in chosen.items() if value is not None)
            field += bytes([END])
        return struct.pack(
            ">BBBBIHH4s4s4s4s16s64s128s4s",
            fields.get("op", 2), fields.get("htype", 1),
            fields.get("hlen", 6), 0, fields.get("xid", to.xid), 0,
            fields.get("flags", to.flags), ip(fields.get("ciaddr", "0.0.0.0")),
            ip(fields.get("yiaddr", self.pool if kind != NAK else "0.0.0.0")),
            ip(fields.get("siaddr", "0.0.0.0")),
            ip(fields.get("giaddr", "0.0.0.0")),
            fields.get("chaddr", to.chaddr), fields.get("sname", b""),
            fields.get("file", b""), fields.get("cookie", COOKIE)) + field

    def frame(self, payload, to, destination=None, broadcast=None, **wire):
        if broadcast is None:
            broadcast = to.broadcast() or to.ciaddr == "0.0.0.0"
        return udp_frame(
            payload, self.address,
            destination or (BROADCAST if broadcast else self.pool),
            self.mac, b"\xff" * 6 if broadcast else to.chaddr, **wire)

    def send(self, to, kind, options=None, wire=None, **fields):
        payload = self.message(to, kind, options, **fields)
        if kind == NAK:
            self.refused.add(to.xid)
        self.socket.setblocking(True)
        self.socket.send(self.frame(payload, to, **(wire or {})))

    def offer(self, discover=None):
        """Offers until it is taken: one that has just refused is left alone
        for a while. The REQUEST; what a slow machine has sent again before it
        was refused is none."""
        def next_one(*kinds):
            while True:
                message = self.expect(None)
                if message.type in kinds and message.xid not in self.refused:
                    return message

        while True:
            discover = discover or next_one(DISCOVER)
            self.send(discover, OFFER)
            message = next_one(DISCOVER, REQUEST)
            if message.type == REQUEST and message.xid == discover.xid:
                return message
            discover = message if message.type == DISCOVER else None

    def bind(self, options=None, **fields):
        """A whole exchange; the REQUEST."""
        discover = self.expect(DISCOVER)
        self.send(discover, OFFER, options, **fields)
        request = self.expect(REQUEST, xid=discover.xid)
        assert request.options[SERVER_ID] == ip(self.address)
        assert request.options[ASKED] == ip(self.pool)
        self.send(request, ACK, options, **fields)
        return request


class Resolver:
    """Answers ARP about ADDRESS when the test says so, and as nobody else does:
    the kernel of the namespace keeps still from here on."""

    def __init__(self, namespace, nic, address):
        namespace.run("sh", "-c",
                      f"echo 8 >/proc/sys/net/ipv4/conf/{nic}/arp_ignore")
        self.socket = namespace.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
        self.socket.bind((nic, ETH_P_ARP))
        self.socket.settimeout(PATIENCE)
        self.mac = self.socket.getsockname()[4]
        self.address = ip(address)

    def asked(self):
        """Waits for the next question; who asks it."""
        while True:
            frame = self.socket.recv(2048)
            if frame[20:22] == b"\0\1" and frame[38:42] == self.address:
                return frame[22:32]

    def answer(self, asker):
        self.socket.send(asker[:6] + self.mac +
                         struct.pack(">HHHBBH", ETH_P_ARP, 1, 0x0800, 6, 4, 2) +
                         self.mac + self.address + asker)
