"""phase-net and what the kernel does to it: links that go, addresses that are
there already, clocks. D28, D37, D38."""

import json
import os
import re
import signal
import subprocess

import pytest

from dhcp_wire import ACK, ASKED, DISCOVER, LEASE_TIME, REQUEST, T1, T2, ip, u32
from namespaces import PATIENCE
from servers import NIC, PROGRAM, SERVER4
from test_dhcp_servers import is_init_reboot

GOOD = "10.96.0.50"


def set_link(lab, state):
    lab.client.run("ip", "link", "set", NIC, state)


def finish(server, net, discover):
    request = server.offer(discover)
    server.send(request, ACK)
    assert net.bound()["address"] == GOOD == net.address()
    assert net.routes() == {"default": SERVER4}


def test_d37_set_down_while_selecting(lab):
    """ENETDOWN from then on. Who has set the link down has a reason to; it is
    taken up again with the link, at once."""
    server = lab.play()
    net = lab.phase_net()
    server.expect(DISCOVER)
    server.expect(DISCOVER)
    set_link(lab, "down")
    net.wait("no-carrier", interface=NIC)
    server.drain()
    assert "state DOWN" in lab.client.output("ip", "link", "show", NIC)
    set_link(lab, "up")
    net.wait("carrier", interface=NIC)
    finish(server, net, server.expect(DISCOVER))
    assert net.log() == ""


def test_d37_set_down_while_requesting(lab):
    """In the middle of an exchange: it is begun anew."""
    server = lab.play()
    net = lab.phase_net()
    request = server.offer()
    set_link(lab, "down")
    net.wait("no-carrier", interface=NIC)
    set_link(lab, "up")
    net.wait("carrier", interface=NIC)
    # What belongs to the time before is none of its business any more.
    server.send(request, ACK, yiaddr="10.96.0.66")
    finish(server, net, None)
    assert len(net.events("lease")) == 1


def test_d37_d21_set_down_with_a_lease(lab):
    """The kernel drops the routes of a link that is down: they come back."""
    lab.dnsmasq()
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    wire.drain()
    before = len(wire.seen)
    set_link(lab, "down")
    net.wait("no-carrier", interface=NIC)
    assert net.routes() == {}
    set_link(lab, "up")
    assert net.bound()["address"] == first["address"] == net.address()
    assert net.routes() == {"default": SERVER4}
    asked = [m for m in wire.drain()[before:] if m.op == 1]
    is_init_reboot(asked)
    assert asked[0].options[ASKED] == ip(first["address"])


@pytest.mark.parametrize("bound", [False, True])
def test_d37_nic_is_deleted(lab, bound):
    """In the middle of everything; one of the same name is another one."""
    server = lab.play()
    net = lab.phase_net()
    server.expect(DISCOVER)
    if bound:
        request = server.offer()
        server.send(request, ACK)
        net.bound()
        assert net.resolv() == ""
    lab.remove(NIC)
    net.wait("gone", interface=NIC)
    assert not net.lease_path().exists()
    lab.cable(SERVER4 + "/24", nic=NIC)
    server = lab.play()
    net.wait("carrier", interface=NIC)
    finish(server, net, None)
    # Its client's end is all that there is to tell.
    assert net.log() == (
        f"phase-net: the client of {NIC} ended\n")
    assert net.stop(signal.SIGTERM) == 0


def test_d37_nic_is_renamed(lab):
    """It stays the same one; its files and events have the new name."""
    lab.dnsmasq()
    net = lab.phase_net(nics=["dhc*"])
    lease = net.bound()
    for word in "down", "name", "up":
        lab.client.run("ip", "link", "set",
                       "dhc9" if word == "up" else NIC,
                       *(["name", "dhc9"] if word == "name" else [word]))
    net.wait("carrier", interface="dhc9")
    assert net.bound("dhc9")["address"] == lease["address"]
    assert net.lease("dhc9")["address"] == net.address("dhc9")
    assert not net.lease_path().exists()


@pytest.mark.parametrize("what", [
    GOOD + "/24",
    GOOD + "/16",
    "10.96.0.77/24",
    GOOD + "/24 valid_lft 100 preferred_lft 100",
    "10.96.0.77/24 valid_lft 100 preferred_lft 100",
])
def test_d38_addresses_that_are_there_already(lab, what):
    """EEXIST is none. What had an end was a lease of somebody's before us and
    goes; what had none is somebody's who has said so."""
    lab.client.run("ip", "addr", "add", *what.split(), "dev", NIC)
    server = lab.play()
    net = lab.phase_net()
    server.bind()
    net.bound()
    found = dict(net.addresses())
    assert 3500 < found.pop(GOOD + "/24") <= 3600
    old = what.split()[0]
    if "valid_lft" in what or old == GOOD + "/24":
        assert found == {}
    else:
        assert set(found) == {old}
    assert net.routes()["default"] == SERVER4
    assert not net.events("trouble")


def test_d38_route_that_is_there_already(lab):
    lab.client.run("ip", "addr", "add", GOOD + "/24", "dev", NIC)
    lab.client.run("ip", "route", "add", "default", "via", SERVER4, "dev",
                   NIC, "metric", "100")
    server = lab.play()
    net = lab.phase_net()
    server.bind()
    net.bound()
    routes = json.loads(lab.client.output("ip", "-j", "route", "show",
                                          "default"))
    assert [(r["gateway"], r["metric"]) for r in routes] == [(SERVER4, 100)]
    assert net.log() == ""


def test_d38_address_is_taken_away(lab):
    """By somebody else. The end of the lease finds nothing to take away."""
    server = lab.play()
    net = lab.phase_net("--release")
    server.bind()
    net.bound()
    lab.client.run("ip", "addr", "flush", "dev", NIC)
    assert net.stop(signal.SIGTERM) == 0
    assert not net.lease_path().exists()
    assert "stays" not in net.log()


def trace(text):
    """[(call, arguments)] of a log of strace's."""
    return re.findall(r"^\d+ +(\w+)\((.*)\) += ", text, re.M)


def test_d28_no_clock_but_that_of_the_boot(lab):
    """CLOCK_BOOTTIME alone, which nobody can set and which counts a suspend:
    both processes, from the start to a renewal and the end."""
    # What libc would read without a system call.
    assert b"__vdso" not in PROGRAM.read_bytes()
    log = lab.dir / "strace"
    lab.udhcpd(4)
    net = lab.phase_net("--release", run="strace -f -o " + str(log) + " -e "
                        "trace=/clock,/time,/timer,/alarm,/sleep")
    net.bound()
    net.bound()
    (tracee,) = {pid for pid in net.namespace.pids()
                 if parent(pid) == net.pid}
    os.kill(tracee, signal.SIGTERM)
    assert net.child.wait(PATIENCE) == 0
    calls = trace(log.read_text())
    assert {name for name, _ in calls} == {"clock_gettime"}
    assert len(calls) > 20
    assert {arguments.split(",")[0] for _, arguments in calls} == {
        "CLOCK_BOOTTIME"}
    assert len({line.split()[0] for line in
                log.read_text().splitlines()}) >= 2


def parent(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return int(file.read().rsplit(")", 1)[1].split()[1])


def test_mac_that_is_changed(lab):
    """The lease was the old one's: it is given up, and asked for anew."""
    server = lab.play()
    net = lab.phase_net()
    first = server.bind()
    net.bound()
    lab.client.run("ip", "link", "set", NIC, "address", "02:00:00:00:00:42")
    net.wait("lost", interface=NIC)
    server.pool = "10.96.0.51"
    second = server.offer()
    assert first.chaddr != second.chaddr == bytes.fromhex("020000000042")
    assert second.from_mac == second.chaddr
    server.send(second, ACK)
    assert net.bound()["address"] == "10.96.0.51" == net.address()
    assert net.routes() == {"default": SERVER4}


def test_d37_renewal_that_cannot_leave(lab):
    """The address is taken away behind its back: what cannot go to the server
    alone goes out as a broadcast, long before T2, and the renewal mends it."""
    server = lab.play()
    net = lab.phase_net()
    times = {LEASE_TIME: u32(PATIENCE + 100), T1: u32(1),
             T2: u32(PATIENCE + 20)}
    server.bind(times)
    net.bound()
    lab.client.run("ip", "addr", "flush", "dev", NIC)
    asked = server.expect(REQUEST)
    while asked.ciaddr == "0.0.0.0":
        asked = server.expect(REQUEST)
    assert (asked.ciaddr, asked.destination) == (GOOD, "255.255.255.255")
    server.send(asked, ACK, times)
    net.bound()
    assert net.address() == GOOD and net.routes() == {"default": SERVER4}


def test_d37_news_that_were_lost(lab):
    """More than its socket holds while it does not run: the NIC that went in
    the meantime is found to be missing."""
    lab.dnsmasq()
    net = lab.phase_net(nics=["dhc*"])
    net.bound()
    os.kill(net.pid, signal.SIGSTOP)
    try:
        subprocess.run(lab.client.command("ip", "-batch", "-"), check=True,
                       text=True, input="link set lo mtu 1500\n"
                       "link set lo mtu 1501\n" * 4000)
        lab.remove(NIC)
    finally:
        os.kill(net.pid, signal.SIGCONT)
    net.wait("gone", interface=NIC)
    assert not net.lease_path().exists()
