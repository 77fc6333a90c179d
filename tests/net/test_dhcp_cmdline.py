"""phase-net as init starts it, with what ip= says on the kernel's command
line (init/net_static.c)."""

import signal

import pytest

from dhcp_wire import (ACK, DISCOVER, DNS, DOMAIN, INFORM, MTU, REQUEST,
                       ROUTER, ROUTES, Wire, ip)
from namespaces import PATIENCE
from servers import SERVER4
from servers import NIC as OTHER

ADDRESS = "10.96.0.9"
NIC = "dhc1"
# Of software links it takes those alone that vlan= names; this one is there.
OURS = f"vlan={NIC}:nosuchnic "


@pytest.fixture
def lab(lab):
    lab.remove(OTHER)
    lab.cable(SERVER4 + "/24", nic=NIC)
    return lab


def start(lab, words):
    return lab.phase_net(cmdline=OURS + words)


def lease_of(net):
    lease = net.wait("lease", interface=NIC)
    assert lease["address"] == net.address(NIC) == ADDRESS
    return net.lease(NIC)


def test_static(lab):
    """Configured without anybody, for ever; a server is only asked what else
    it knows."""
    server = lab.play(nic=NIC)
    net = start(lab, f"ip={ADDRESS}::{SERVER4}:255.255.255.0:node:{NIC}:none:"
                f"10.96.0.3:10.96.0.4:10.96.0.5")
    lease = lease_of(net)
    assert (lease["prefix"], lease["router"]) == ("24", SERVER4)
    assert (lease["dns"], lease["ntp"]) == ("10.96.0.3 10.96.0.4",
                                            "10.96.0.5")
    assert lease["hostname"] == "node"
    assert lease["lease"] == str(0xffffffff)
    assert lease["broadcast"] == "10.96.0.255"
    assert net.addresses(NIC) == [(ADDRESS + "/24", 0xffffffff)]
    assert net.routes(NIC) == {"default": SERVER4}
    assert net.resolv() == "nameserver 10.96.0.3\nnameserver 10.96.0.4\n"
    inform = server.expect(INFORM)
    assert (inform.ciaddr, inform.source) == (ADDRESS, ADDRESS)
    assert {m.type for m in server.seen} == {INFORM}


def test_static_completed_by_a_server(lab):
    """What ip= says stays, whatever the server says to it; what it does not
    say is taken. The server's routes are not."""
    server = lab.play(nic=NIC)
    net = start(lab, f"ip={ADDRESS}:::255.255.255.0::{NIC}:none:10.96.0.3")
    lease_of(net)
    inform = server.expect(INFORM)
    server.send(inform, ACK, {
        DNS: ip("10.96.0.99"), DOMAIN: b"inform.example", 42: ip("10.96.0.5"),
        12: b"from-server", ROUTER: ip(SERVER4), 51: None, MTU: b"\x05\x78",
        ROUTES: bytes([8, 99]) + ip(SERVER4)}, yiaddr="0.0.0.0",
        ciaddr=ADDRESS, wire={"broadcast": False, "destination": ADDRESS})
    lease = lease_of(net)
    assert lease["domain"] == "inform.example"
    assert lease["ntp"] == "10.96.0.5"
    assert lease["hostname"] == "from-server"
    assert lease["dns"] == "10.96.0.3"
    assert lease["mtu"] == "1400" and net.mtu(NIC) == 1400
    assert "router" not in lease and "routes" not in lease
    assert lease["lease"] == str(0xffffffff)
    assert net.addresses(NIC) == [(ADDRESS + "/24", 0xffffffff)]
    assert net.routes(NIC) == {}
    assert net.resolv() == ("search inform.example\nnameserver 10.96.0.3\n")
    assert not net.events("lost")


def test_static_wins_over_the_server(lab):
    """In what both have; DNS servers are the server's alone."""
    server = lab.play(nic=NIC)
    net = start(lab, f"ip={ADDRESS}::{SERVER4}:255.255.255.0:node:{NIC}:none")
    lease_of(net)
    assert net.resolv() == ""
    server.send(server.expect(INFORM), ACK, {
        DNS: ip("10.96.0.99"), 51: None, 12: b"from-server",
        ROUTER: ip("10.96.0.2")}, yiaddr="0.0.0.0", ciaddr=ADDRESS,
        wire={"broadcast": False, "destination": ADDRESS})
    lease = lease_of(net)
    assert lease["dns"] == "10.96.0.99" and lease["hostname"] == "node"
    assert lease["router"] == SERVER4
    assert net.routes(NIC) == {"default": SERVER4}
    assert net.resolv() == "nameserver 10.96.0.99\n"


@pytest.mark.parametrize("mask, prefix, broadcast", [
    ("255.255.255.254", "31", None), ("255.255.255.255", "32", None),
    ("255.255.255.252", "30", "10.96.0.11"),
])
def test_static_of_small_subnets(lab, mask, prefix, broadcast):
    """The gateway is out of it: the route says that it is on the link."""
    net = start(lab, f"ip={ADDRESS}::{SERVER4}:{mask}::{NIC}:none")
    lease = lease_of(net)
    assert lease["prefix"] == prefix
    assert lease.get("broadcast") == broadcast
    assert net.routes(NIC) == {"default": SERVER4}
    assert "onlink" in net.namespace.output("ip", "route", "show", "default")


def test_static_is_not_given_up(lab):
    """Neither when a server says no, nor with the link."""
    server = lab.play(nic=NIC)
    net = start(lab, f"ip={ADDRESS}::{SERVER4}:255.255.255.0::{NIC}:none")
    lease_of(net)
    server.send(server.expect(INFORM), 6)
    wire = Wire(lab.server, NIC)
    lab.server.run("ip", "link", "set", NIC, "down")
    net.wait("nic", interface=NIC, carrier="0")
    lab.server.run("ip", "link", "set", NIC, "up")
    wire.next(wanted=lambda m: m.type == INFORM)
    assert net.address(NIC) == ADDRESS and not net.events("lost")
    assert not {DISCOVER, REQUEST} & set(wire.types())
    assert {m.type for m in server.seen} == {INFORM}


def test_released_at_the_end(lab):
    """As init asks for it before it ends: the address goes, and nobody hears
    of a lease that was none."""
    server = lab.play(nic=NIC)
    net = start(lab, f"ip={ADDRESS}::{SERVER4}:255.255.255.0::{NIC}:none")
    lease_of(net)
    net.tell("release")
    assert net.stop(signal.SIGTERM) == 0
    assert net.address(NIC) is None and net.routes(NIC) == {}
    assert {m.type for m in server.drain()} <= {INFORM}


def test_dhcp(lab):
    """The same with DHCP, whose options come to init as a record."""
    server = lab.play(nic=NIC)
    net = start(lab, f"ip={NIC}:dhcp")
    server.bind({DOMAIN: b"record.example"})
    lease = net.bound(NIC)
    assert lease["address"] == "10.96.0.50" == net.address(NIC)
    assert lease["domain"] == "record.example"
    steps = [e["name"] for e in net.events("step")]
    for name in "link", "carrier", "discover", "offer", "request", "ack":
        assert name in steps
    assert net.child.poll() is None
    net.commands.close()
    assert net.child.wait(PATIENCE) == 0
    assert net.address(NIC) == "10.96.0.50"


def test_no_address_at_all(lab):
    """ip=off: nothing is asked for, nothing is configured."""
    wire = Wire(lab.server, NIC)
    net = start(lab, "ip=off")
    net.wait("nic", interface=NIC)
    net.tell("coldplugged")
    assert net.wait("settled")["nics"] in ("0", "1")
    assert net.addresses(NIC) == [] and wire.types() == []


def test_d38_the_kernel_refuses_the_address(lab):
    """Under init a part of the network is better than none: it is told of,
    and tried again by and by. Not a lease in the meantime."""
    server = lab.play(nic=NIC)
    net = lab.phase_net(cmdline=f"{OURS}ip={NIC}:dhcp",
                        run="setpriv --bounding-set=-net_admin "
                        "--inh-caps=-net_admin")
    server.bind()
    for _ in range(2):
        trouble = net.wait("trouble", interface=NIC)
        assert trouble["text"] == ("the kernel refuses the address: "
                                   "Operation not permitted")
        server.send(server.offer(), ACK)
    assert not net.events("lease") and net.addresses(NIC) == []
    assert not net.lease_path(NIC).exists()
