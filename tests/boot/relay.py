"""A wire between a guest and taps: it loses packets, and knows VLANs.

usage: relay.py PORT GUEST-PORT [--loss PERCENT] ID:TAP...

The guest's frames come in datagrams, as -netdev socket,udp= sends them. Those
of VLAN ID go to TAP without their tag, and what TAP has comes to the guest
with it; ID 0 are the frames without a tag. Says "ready" when taps are there.
"""

import fcntl
import os
import random
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x1002
FRAME_MAX = 65536


def open_tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(),
                                           IFF_TAP_NO_PI))
    return fd


def untag(frame):
    """The frame's VLAN, or 0, and the frame without it."""
    if frame[12:14] != b"\x81\x00":
        return 0, frame
    return (struct.unpack("!H", frame[14:16])[0] & 0xFFF,
            frame[:12] + frame[16:])


def tag(vlan, frame):
    if vlan == 0:
        return frame
    return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def main(port, guest_port, *words):
    loss = 0
    if words[0] == "--loss":
        loss = int(words[1]) / 100
        words = words[2:]
    taps = {}
    for word in words:
        vlan, name = word.split(":")
        taps[int(vlan)] = open_tap(name)
    vlans = {fd: vlan for vlan, fd in taps.items()}
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", int(port)))
    guest = ("127.0.0.1", int(guest_port))
    # The same packets are lost each time.
    fate = random.Random(30)
    print("ready", flush=True)
    while True:
        for source in select.select([wire, *vlans], [], [])[0]:
            if source is wire:
                vlan, frame = untag(wire.recv(FRAME_MAX))
            else:
                frame = tag(vlans[source], os.read(source, FRAME_MAX))
            if fate.random() < loss:
                continue
            try:
                if source is not wire:
                    wire.sendto(frame, guest)
                elif vlan in taps:
                    os.write(taps[vlan], frame)
            except OSError:
                pass  # no guest yet, or the tap is down


if __name__ == "__main__":
    main(*sys.argv[1:])
