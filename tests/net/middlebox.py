"""What is between a client and a server on a bad day: a box that loses,
repeats, delays and damages DHCP packets, by a seed. Everything else goes
through unharmed.

The fate of a packet hangs on the seed, the client, the direction and its
number alone, so that a run can be had again.
"""

import heapq
import random
import select
import socket
import struct
import threading
import time

from dhcp_wire import checksum

ETH_P_ALL = 3
LOSS, TWICE, LATE, DAMAGE = 0.30, 0.10, 0.10, 0.05
LATE_S = (0.01, 0.2)


def is_dhcp(frame):
    return (len(frame) > 14 + 28 + 240 and frame[12:14] == b"\x08\x00" and
            frame[23] == 17 and struct.unpack_from(">H", frame, 36)[0] in
            (67, 68))


def finish_checksum(frame):
    """The sender may have left the UDP checksum to its NIC."""
    at = 14 + (frame[14] & 15) * 4
    size = struct.unpack_from(">H", frame, at + 4)[0]
    udp = frame[at:at + 6] + b"\0\0" + frame[at + 8:at + size]
    total = checksum(frame[26:34] + struct.pack(">HH", 17, size) + udp)
    return (frame[:at + 6] + struct.pack(">H", total or 0xffff) +
            udp[8:])


def damage(frame, dice):
    """One bit, or the end: what a checksum or a length tells."""
    if dice.random() < 0.2:
        return frame[:dice.randrange(14, len(frame) - 1)]
    at = dice.randrange(14, len(frame))
    return (frame[:at] + bytes([frame[at] ^ 1 << dice.randrange(8)]) +
            frame[at + 1:])


class Middlebox:
    """Between NIC of NAMESPACE, where the server is, and the PORTS."""

    def __init__(self, namespace, nic, ports, seed):
        self.seed = seed
        self.numbers = {}
        self.late = []
        self.counts = {"sent": 0, "lost": 0, "twice": 0, "late": 0,
                       "damaged": 0}
        self.server = self.open(namespace, nic)
        self.ports = [self.open(namespace, port) for port in ports]
        self.macs = {}
        self.stop_fd, self.stopper = socket.socketpair()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    @staticmethod
    def open(namespace, nic):
        made = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        made.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)  # RCVBUFFORCE
        made.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        # The box takes what is for others.
        index = struct.pack("IHH8s", namespace.index(nic), 1, 0, b"")
        made.setsockopt(263, 1, index)  # PACKET_ADD_MEMBERSHIP, promiscuous
        made.bind((nic, ETH_P_ALL))
        return made

    def emit(self, to, frame):
        try:
            to.send(frame)
        except OSError:
            pass  # its other end has gone

    def forward(self, to, port, frame):
        if not is_dhcp(frame):
            self.emit(to, frame)
            return
        way = port, to is self.server
        number = self.numbers[way] = self.numbers.get(way, -1) + 1
        dice = random.Random(f"{self.seed} {way} {number}")
        frame = finish_checksum(frame)
        self.counts["sent"] += 1
        if dice.random() < LOSS:
            self.counts["lost"] += 1
            return
        if dice.random() < DAMAGE:
            self.counts["damaged"] += 1
            frame = damage(frame, dice)
        if dice.random() < TWICE:
            self.counts["twice"] += 1
            self.emit(to, frame)
        if dice.random() < LATE:
            self.counts["late"] += 1
            heapq.heappush(self.late, (time.monotonic() +
                                       dice.uniform(*LATE_S),
                                       self.counts["sent"], to, frame))
            return
        self.emit(to, frame)

    def from_server(self, frame):
        who = frame[14 + 28 + 28:][:6] if is_dhcp(frame) else frame[:6]
        if who in self.macs:
            port = self.macs[who]
            self.forward(self.ports[port], port, frame)
        elif frame[0] & 1 and not is_dhcp(frame):
            for port in self.ports:
                self.emit(port, frame)

    def work(self):
        poll = select.epoll()
        sources = {s.fileno(): (i, s) for i, s in enumerate(self.ports)}
        sources[self.server.fileno()] = (None, self.server)
        for fd in sources:
            poll.register(fd, select.EPOLLIN)
        poll.register(self.stop_fd.fileno(), select.EPOLLIN)
        while True:
            wait = (max(0, self.late[0][0] - time.monotonic())
                    if self.late else -1)
            for fd, _ in poll.poll(wait):
                if fd == self.stop_fd.fileno():
                    poll.close()
                    return
                port, source = sources[fd]
                try:
                    frame = source.recv(65536, socket.MSG_DONTWAIT)
                except OSError:
                    continue
                if port is None:
                    self.from_server(frame)
                else:
                    self.macs[frame[6:12]] = port
                    self.forward(self.server, port, frame)
            while self.late and self.late[0][0] <= time.monotonic():
                _, _, to, frame = heapq.heappop(self.late)
                self.emit(to, frame)

    def close(self):
        self.stopper.send(b"x")
        self.thread.join()
        for made in self.stop_fd, self.stopper:
            made.close()
