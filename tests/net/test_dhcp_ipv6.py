"""phase-net, router advertisements and DHCPv6."""

import json
import shlex
import signal
import socket
import struct
import threading
import time

import pytest

from dhcp_wire import checksum
from namespaces import PATIENCE
from servers import NIC, SERVER4, mode

ROUTER = "fd00:96::1"
ETH_P_IPV6 = 0x86dd
SOLICITATION, ADVERTISEMENT = 135, 136
POOL = "fd00:96::100,fd00:96::1ff,64,1h"
command = pytest.mark.skipif(mode() == "child",
                             reason="of the command line only")


def link_local(lab):
    """The kernel gives NIC an address of its own, which labs do not have."""
    lab.client.run("sh", "-c",
                   f"echo 0 >/proc/sys/net/ipv6/conf/{NIC}/addr_gen_mode")
    lab.client.run("ip", "link", "set", NIC, "down")


def ended(net):
    status = net.child.wait(PATIENCE)
    net.thread.join(PATIENCE)
    return status


def files(net, nic=NIC):
    """NIC.lease6 and NIC.json6; None where there is none."""
    directory = net.dir / "run/phase/net"
    if not (directory / f"{nic}.lease6").exists():
        assert not (directory / f"{nic}.json6").exists()
        return None, None
    words = shlex.split((directory / f"{nic}.lease6").read_text())
    return (dict(word.split("=", 1) for word in words),
            json.loads((directory / f"{nic}.json6").read_text()))


def addresses6(net, nic=NIC):
    (link,) = json.loads(net.namespace.output(
        "ip", "-j", "-6", "addr", "show", "dev", nic))
    return [a["local"] for a in link["addr_info"] if a["scope"] == "global"
            and not a.get("tentative") and not a.get("dadfailed")]


def until(net, read, good):
    """What READ has once it is GOOD. No event tells of these files."""
    end = time.monotonic() + PATIENCE
    while not good(found := read()):
        assert time.monotonic() < end, f"{found}\n{net.log()}"
        time.sleep(0.02)
    return found


def wait_for_file(net):
    return until(net, lambda: files(net), lambda found: found[0])


def resolv(net):
    path = net.dir / "etc/resolv.conf"
    return path.read_text() if path.exists() else ""


def wait_for_resolv(net, *lines):
    """Until it has these lines, and no other ones."""
    until(net, lambda: resolv(net).splitlines(),
          lambda found: sorted(found) == sorted(lines))


def test_address_of_a_router_advertisement(lab):
    """SLAAC: an address out of the advertised prefix, a route, and names."""
    lab.dnsmasq6("fd00:96::,ra-only,1h")
    link_local(lab)
    net = lab.phase_net()
    address = lab.wait_for_address6(NIC, "fd00:96:")
    assert address["prefixlen"] == 64
    assert 0 < address["valid_life_time"] <= 86400
    assert "default via fe80::1 " in lab.client.output("ip", "-6", "route")
    event = net.wait("address6", interface=NIC)
    assert event["address"] == address["local"]
    assert files(net) == (None, None)


def test_names_of_a_router_advertisement(lab):
    """RFC 8106: RDNSS and DNSSL, without any DHCPv6."""
    lab.dnsmasq6("fd00:96::,ra-only,1h")
    link_local(lab)
    net = lab.phase_net()
    wait_for_resolv(net, "search six.example", f"nameserver {ROUTER}")
    lab.remove(NIC)
    net.wait("gone", interface=NIC)
    assert net.resolv() == ""


def test_stateless_dhcpv6(lab):
    """The O flag: names alone, in files of their own; what a router and a
    server both say is there once."""
    server = lab.dnsmasq6("fd00:96::,ra-stateless,1h")
    link_local(lab)
    net = lab.phase_net()
    event = net.wait("address6", interface=NIC)
    assert event["prefix"] == 64
    lease, objects = wait_for_file(net)
    assert "address" not in lease and "address" not in objects
    assert (lease["dns"], lease["domain"]) == (ROUTER, "six.example")
    assert (objects["dns"], objects["domain"]) == ([ROUTER], "six.example")
    assert lease["interface"] == objects["interface"] == NIC
    wait_for_resolv(net, "search six.example", f"nameserver {ROUTER}")
    assert not any("DHCPSOLICIT" in line for line in server.lines)


def test_address_of_dhcpv6(lab):
    """The advertisement has the M flag."""
    lab.dnsmasq6(POOL)
    link_local(lab)
    net = lab.phase_net()
    address = lab.wait_for_address6(NIC, "fd00:96::1")
    assert 0 < address["valid_life_time"] <= 3600
    event = net.wait("address6", interface=NIC)
    assert (event["address"], event["prefix"]) == (address["local"], 128)
    lease, objects = wait_for_file(net)
    assert lease["address"] == objects["address"] == address["local"]
    assert (lease["valid"], objects["valid"]) == ("3600", 3600)
    wait_for_resolv(net, "search six.example", f"nameserver {ROUTER}")


def test_d42_servers_and_names_once(lab):
    """DHCP, DHCPv6 and a router say the same; the places are few."""
    lab.dnsmasq6(POOL)
    lab.dnsmasq("--domain=six.example", f"--dhcp-option=6,{SERVER4},"
                f"{SERVER4}", "--dhcp-option=119,eng.example,six.example")
    link_local(lab)
    net = lab.phase_net()
    net.bound()
    wait_for_file(net)
    wait_for_resolv(net, "search eng.example six.example",
                    f"nameserver {SERVER4}", f"nameserver {ROUTER}")


@command
def test_released(lab):
    """The server is told, the address goes, and that is reported."""
    server = lab.dnsmasq6(POOL)
    link_local(lab)
    net = lab.phase_net("--release")
    address = net.wait("address6", interface=NIC)["address"]
    wait_for_file(net)
    assert net.stop(signal.SIGTERM) == 0
    server.wait_for("DHCPRELEASE")
    assert addresses6(net) == []
    assert net.wait("lost6", interface=NIC)["address"] == address
    assert files(net) == (None, None)


@command
def test_nic_that_goes_while_it_is_released(lab):
    """Its RELEASE, to a server that has gone, is not sent again then.

    The link goes down before it goes: the client may have ended between the
    two, and nobody is left to tell of the second.
    """
    server = lab.dnsmasq6(POOL)
    link_local(lab)
    net = lab.phase_net("--release")
    net.wait("address6", interface=NIC)
    wait_for_file(net)
    server.stop()
    net.child.send_signal(signal.SIGTERM)
    net.wait("lost6", interface=NIC)
    lab.remove(NIC)
    assert ended(net) == 0
    assert net.events("no-carrier", "gone")
    assert "was killed" not in net.log()


def test_address_that_goes(lab):
    """Whoever has taken it away."""
    lab.dnsmasq6("fd00:96::,ra-only,1h")
    link_local(lab)
    net = lab.phase_net()
    address = net.wait("address6", interface=NIC)["address"]
    lab.client.run("ip", "-6", "addr", "del", address + "/64", "dev", NIC)
    assert net.wait("lost6", interface=NIC)["address"] == address


def test_nic_that_goes_and_is_renamed(lab):
    lab.dnsmasq6(POOL)
    link_local(lab)
    net = lab.phase_net(nics=["dhc*"])
    net.wait("address6", interface=NIC)
    lease, _ = wait_for_file(net)
    for words in ([NIC, "down"], [NIC, "name", "dhc9"], ["dhc9", "up"]):
        lab.client.run("ip", "link", "set", *words)
    net.wait("carrier", interface="dhc9")
    assert files(net) == (None, None)
    moved, _ = files(net, "dhc9")
    assert moved["address"] == lease["address"]
    assert moved["interface"] == "dhc9"
    lab.client.run("ip", "link", "del", "dhc9")
    net.wait("gone", interface="dhc9")
    assert files(net, "dhc9") == (None, None)


class Owner:
    """A host that has an address, as far as neighbours can tell: RFC 4861."""

    def __init__(self, namespace, nic, address):
        self.address = socket.inet_pton(socket.AF_INET6, address)
        self.socket = namespace.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IPV6))
        self.socket.bind((nic, ETH_P_IPV6))
        # It is for a multicast address that nobody here listens to.
        index = struct.pack("IHH8s", namespace.index(nic), 1, 0, b"")
        self.socket.setsockopt(263, 1, index)  # promiscuous
        self.socket.settimeout(0.1)
        self.ends = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.ends:
            try:
                frame = self.socket.recv(2048)
            except (BlockingIOError, TimeoutError):
                continue
            if (len(frame) >= 78 and frame[20] == 58 and
                    frame[54] == SOLICITATION and
                    frame[62:78] == self.address):
                self.answer()

    def answer(self):
        mac = bytes.fromhex("020000000077")
        everybody = socket.inet_pton(socket.AF_INET6, "ff02::1")
        message = struct.pack(">BBHI", ADVERTISEMENT, 0, 0, 0x20000000)
        message += self.address + b"\x02\x01" + mac
        pseudo = self.address + everybody + struct.pack(
            ">IHBB", len(message), 0, 0, 58)
        message = (message[:2] + struct.pack(">H", checksum(pseudo + message))
                   + message[4:])
        self.socket.send(
            bytes.fromhex("333300000001") + mac + b"\x86\xdd" + struct.pack(
                ">IHBB", 0x60000000, len(message), 58, 255) +
            self.address + everybody + message)

    def close(self):
        self.ends = True
        self.thread.join()


def test_d23_address_in_use(lab):
    """Duplicate address detection finds the owner: DECLINE, and another one."""
    lab.client.run("sh", "-c", "for c in all dhc0; do echo 1 "
                   ">/proc/sys/net/ipv6/conf/$c/accept_dad; done")
    server = lab.dnsmasq6("fd00:96::100,fd00:96::101,64,1h",
                          options=["--dhcp-sequential-ip"])
    link_local(lab)
    owners = [Owner(lab.server, NIC, f"fd00:96::{n}") for n in (100, 101)]
    try:
        net = lab.phase_net()
        server.wait_for("DHCPDECLINE")
        until(net, net.log, lambda log: f"{NIC}: its IPv6 address is somebody "
              "else's as well" in log)
        # While they answer: they have both of what the server gives.
        assert not net.events("address6")
        assert addresses6(net) == []
    finally:
        for owner in owners:
            owner.close()


@command
def test_ipv4_alone(lab):
    """No question about IPv6 comes from us; the kernel's are the kernel's."""
    server = lab.dnsmasq6(POOL)
    lab.dnsmasq(f"--dhcp-option=6,{SERVER4}")
    link_local(lab)
    net = lab.phase_net("-4")
    net.bound()
    server.wait_for("RTR-ADVERT")
    assert net.resolv() == f"nameserver {SERVER4}\n"
    assert not any("DHCPSOLICIT" in line for line in server.lines)
    assert files(net) == (None, None)


@command
def test_ipv6_alone(lab):
    """--once ends when there is an IPv6 address, and IPv4 is left alone."""
    lab.dnsmasq6(POOL)
    lab.dnsmasq()
    wire = lab.wire()
    link_local(lab)
    net = lab.phase_net("--once", "-6")
    event = net.wait("address6", interface=NIC)
    assert ended(net) == 0
    assert addresses6(net) == [event["address"]]
    assert net.addresses() == [] and wire.types() == []


@command
def test_ipv6_alone_not_in_time(lab):
    link_local(lab)
    net = lab.phase_net("--once", "-6", "--timeout", "300ms")
    assert ended(net) == 1
    assert not net.events("address6")
