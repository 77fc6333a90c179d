"""phase-net and others that have its address: RFC 5227, D23, D24, D36, D40."""

import errno
import ipaddress
import socket
import struct
import threading

from dhcp_wire import ACK, ASKED, DECLINE, DISCOVER, SERVER_ID, ip
from namespaces import PATIENCE
from servers import NIC, SERVER4

GOOD = "10.96.0.50"
OTHER_MAC = bytes.fromhex("020000000077")
ETH_P_ARP, ETH_P_ALL = 0x0806, 3
RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x10, 0x100


class Arp:
    """ARP on the server's side of the cable."""

    def __init__(self, lab, nic=NIC):
        self.socket = lab.server.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
        self.socket.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        self.socket.bind((nic, ETH_P_ARP))
        self.socket.settimeout(PATIENCE)

    def send(self, operation, sender, target, mac=OTHER_MAC):
        self.socket.send(b"\xff" * 6 + mac + struct.pack(
            ">HHHBBH6s4s6s4s", ETH_P_ARP, 1, 0x0800, 6, 4, operation, mac,
            ip(sender), bytes(6), ip(target)))

    def next(self):
        """(operation, sender's MAC, sender, target)"""
        try:
            packet = self.socket.recv(2048)[14:42]
        except OSError as error:
            # Told once when the cable is pulled.
            if error.errno != errno.ENETDOWN:
                raise
            return self.next()
        operation, mac, sender, _, target = struct.unpack(
            ">6xH6s4s6s4s", packet)
        return (operation, mac, str(ipaddress.IPv4Address(sender)),
                str(ipaddress.IPv4Address(target)))

    def announcement(self, address):
        """RFC 5227 §2.3: a request for the sender's own address."""
        while True:
            operation, mac, sender, target = self.next()
            if (operation, sender, target) == (1, address, address):
                return mac


def until(lab, good):
    """Until GOOD is true; looked at again whenever an IPv4 address of the
    client's changes."""
    events = lab.client.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    events.bind((0, RTMGRP_IPV4_IFADDR))
    events.settimeout(PATIENCE)
    while not good():
        events.recv(65536)


def is_decline(message, address):
    """RFC 2131 table 5."""
    assert message.options[ASKED] == ip(address)
    assert message.options[SERVER_ID] == ip(SERVER4)
    assert message.ciaddr == message.source == "0.0.0.0"
    assert message.destination == "255.255.255.255"


def test_d23_address_in_use(lab):
    """It is used at once, and found out in the background: declined, taken
    away, and another one asked for 10 s later."""
    lab.server.run("ip", "addr", "add", GOOD + "/24", "dev", NIC)
    server = lab.play()
    net = lab.phase_net()
    server.bind()
    assert net.bound()["address"] == GOOD
    decline = server.expect(DECLINE)
    is_decline(decline, GOOD)
    conflict = net.wait("conflict", interface=NIC)
    assert conflict["address"] == GOOD
    assert conflict["mac"] == server.mac.hex(":")
    net.wait("lost", interface=NIC)
    assert net.address() is None and net.routes() == {}
    assert not net.lease_path().exists()
    discover = server.expect(DISCOVER)
    # RFC 2131 §3.1.5. Waited for: only a DECLINE that is sent late makes this
    # shorter.
    assert discover.at - decline.at > 8
    assert ASKED not in discover.options
    server.pool = "10.96.0.51"
    server.send(server.offer(discover), ACK)
    assert net.bound()["address"] == "10.96.0.51" == net.address()


def test_d24_conflict_later(lab):
    """Once in 10 s it is defended, by an announcement; then it is given up."""
    server = lab.play()
    arp = Arp(lab)
    net = lab.phase_net()
    server.bind()
    net.bound()
    # The second one is the end of the check.
    mac = arp.announcement(GOOD)
    assert arp.announcement(GOOD) == mac != OTHER_MAC
    # A probe is answered by the kernel, and is no conflict.
    arp.send(1, "0.0.0.0", GOOD)
    arp.send(1, GOOD, "10.96.0.77")
    assert arp.announcement(GOOD) == mac
    assert net.address() == GOOD and not net.events("conflict", "lost")
    arp.send(2, GOOD, "10.96.0.77")
    conflict = net.wait("conflict", interface=NIC)
    assert (conflict["address"], conflict["mac"]) == (GOOD,
                                                      OTHER_MAC.hex(":"))
    net.wait("lost", interface=NIC)
    decline = server.expect(DECLINE)
    is_decline(decline, GOOD)
    assert net.address() is None
    assert all(m.at - decline.at > 8 for m in server.drain()
               if m.type == DISCOVER)
    assert [e["event"] for e in net.events()][:4] == ["carrier", "lease",
                                                      "conflict", "lost"]


def test_d24_no_conflicts(lab):
    """Who only asks for the address, or has another one, is none."""
    server = lab.play()
    arp = Arp(lab)
    net = lab.phase_net()
    server.bind()
    net.bound()
    arp.announcement(GOOD)
    for n in range(1, 50):
        for operation in 1, 2:
            arp.send(operation, f"10.96.0.{n + 100}", GOOD)
            arp.send(operation, "0.0.0.0", GOOD)
    arp.announcement(GOOD)
    assert net.address() == GOOD
    assert not net.events("conflict", "lost")


def test_d23_two_nics_in_one_network(lab):
    """The kernel answers ARP on each for the addresses of both: neither is a
    stranger's, the one that comes later included."""
    lab.server.run("ip", "addr", "flush", "dev", NIC)
    lab.server.run("ip", "link", "add", "dhbr", "type", "bridge")
    lab.server.run("ip", "link", "set", NIC, "master", "dhbr")
    lab.server.run("ip", "addr", "add", SERVER4 + "/24", "dev", "dhbr")
    lab.server.run("ip", "link", "set", "dhbr", "up")
    lab.server.wait_for_carrier("dhbr")
    lab.dnsmasq(nic="dhbr")
    arp = Arp(lab, "dhbr")
    net = lab.phase_net(nics=["dhc*"])
    net.first(NIC)
    # While the address of the first one is still being checked.
    lab.cable(None)
    lab.server.run("ip", "link", "set", "dhc1", "master", "dhbr")
    found = {net.first(nic)[0]["address"] for nic in (NIC, "dhc1")}
    announced = []
    # Twice each: both have been checked.
    while any(announced.count(address) < 2 for address in found):
        operation, _, sender, target = arp.next()
        if operation == 1 and sender == target:
            announced.append(sender)
    assert not net.events("conflict", "lost")
    assert {net.address(nic) for nic in (NIC, "dhc1")} == found


class Mirror:
    """Sends each frame back to whom it came from, as it is."""

    def __init__(self, namespace, nic):
        self.socket = namespace.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        self.socket.bind((nic, ETH_P_ALL))
        self.socket.settimeout(0.1)
        self.sent = []
        self.ends = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while True:
            try:
                frame = self.socket.recv(65536)
            except (BlockingIOError, TimeoutError):
                # What has come by the end has been sent back.
                if self.ends:
                    return
                continue
            self.socket.send(frame)
            self.sent.append(frame[12:14])

    def close(self):
        self.ends = True
        self.thread.join()


def test_d36_our_own_packets(lab):
    """A loop in the network: whatever is sent comes back."""
    mirror = Mirror(lab.server, NIC)
    try:
        lab.dnsmasq()
        arp = Arp(lab)
        net = lab.phase_net()
        lease = net.bound()
        for _ in range(2):
            arp.announcement(lease["address"])
    finally:
        mirror.close()
    assert mirror.sent.count(b"\x08\x00") >= 2
    assert mirror.sent.count(b"\x08\x06") >= 5
    assert net.address() == lease["address"]
    assert len(net.events("lease")) == 1
    assert not net.events("conflict", "lost")


def test_d40_no_server_at_all(lab):
    """IPv6 link-local at once, and then one of 169.254/16, which goes when
    there is a server; discovery has an address all the time."""
    lab.client.run("sh", "-c",
                   f"echo 0 >/proc/sys/net/ipv6/conf/{NIC}/addr_gen_mode")
    lab.client.run("ip", "link", "set", NIC, "down")
    arp = Arp(lab)
    news = lab.client.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    news.bind((0, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
    net = lab.phase_net()
    assert lab.wait_for_address6(NIC, "fe80:")["scope"] == "link"
    event = net.wait("link-local", interface=NIC)
    address = ipaddress.IPv4Address(event["address"])
    assert (ipaddress.IPv4Address("169.254.1.0") <= address <=
            ipaddress.IPv4Address("169.254.254.255"))
    ((found, _),) = net.addresses()
    assert found == f"{address}/16"
    # The first message of the kernel's; its family is behind the header.
    assert news.recv(4096)[16] == socket.AF_INET6
    # Probed first: RFC 3927 §2.2.1.
    probes = []
    while (packet := arp.next())[2] != str(address):
        probes.append(packet)
    assert [(p[0], p[2], p[3]) for p in probes] == [
        (1, "0.0.0.0", str(address))] * 3
    assert not net.events("lease") and net.routes() == {}
    lab.dnsmasq()
    net.bound()
    until(lab, lambda: len(net.addresses()) == 1)
    assert net.address().startswith("10.96.0.1")
    assert net.routes() == {"default": SERVER4}


def test_d23_checked_again_after_a_flap(lab):
    """It may be another network that the cable leads to now."""
    lab.dnsmasq()
    arp = Arp(lab)
    net = lab.phase_net()
    address = net.bound()["address"]
    for _ in range(2):
        arp.announcement(address)
    lab.pull()
    lab.plug()
    assert net.bound()["address"] == address
    arp.announcement(address)
    assert not net.events("conflict", "lost")
