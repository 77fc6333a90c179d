"""Another machine on a guest's link, with addresses that the guest gets.

usage: rival.py INTERFACE

Reads "answer ADDRESS", from when on it answers ARP about ADDRESS, and "claim
ADDRESS", whereupon it tells everybody once that it has it. Prints "probe
ADDRESS" and "claim ADDRESS" for what others do.
"""

import select
import socket
import struct
import sys

ETH_P_ARP = 0x0806
MAC = bytes.fromhex("02aabbccddee")
ALL = b"\xff" * 6


def packet(operation, address, target, target_mac):
    """ARP from MAC and ADDRESS."""
    return (target_mac + MAC + struct.pack("!H", ETH_P_ARP) +
            struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + MAC + address +
            (target_mac if operation == 2 else bytes(6)) + target)


def hear(link, owned):
    frame = link.recv(2048)
    if len(frame) < 42 or frame[6:12] == MAC:
        return
    operation, = struct.unpack("!H", frame[20:22])
    mac, sender, target = frame[22:28], frame[28:32], frame[38:42]
    if operation == 1 and target in owned:
        link.send(packet(2, target, sender, mac))
    if sender == bytes(4):
        print("probe", socket.inet_ntoa(target), flush=True)
    elif sender == target:
        print("claim", socket.inet_ntoa(target), flush=True)


def main(interface):
    owned = set()
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                         socket.htons(ETH_P_ARP))
    link.bind((interface, ETH_P_ARP))
    print("ready", flush=True)
    while True:
        for source in select.select([link, sys.stdin], [], [])[0]:
            if source is link:
                hear(link, owned)
                continue
            words = sys.stdin.readline().split()
            if not words:
                return
            address = socket.inet_aton(words[1])
            if words[0] == "answer":
                owned.add(address)
            else:
                link.send(packet(1, address, address, ALL))


if __name__ == "__main__":
    main(*sys.argv[1:])
