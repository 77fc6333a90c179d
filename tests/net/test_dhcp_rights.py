"""What phase-net's processes may do, and what becomes of the network when one
of them dies or lies (docs/security.md)."""

import os
import re
import select
import signal
import socket
import struct
from pathlib import Path

import pytest

from dhcp_wire import ASKED, SERVER_ID
from namespaces import PATIENCE
from servers import NIC, SERVER4, mode
from test_dhcp_servers import is_init_reboot

RTM_DELADDR, RTM_DELROUTE = 21, 25
RTMGRP_IPV4 = 0x10 | 0x40  # addresses, routes


def status_of(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines()
                if ":\t" in line)


def opened(pid):
    return {int(fd.name): os.readlink(fd)
            for fd in Path(f"/proc/{pid}/fd").iterdir()}


def clients_of(net):
    return [pid for pid in net.namespace.pids() if pid != net.pid]


def ended(pid, handle):
    """Waits for the end of a process that is none of our children."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    assert poll.poll(PATIENCE * 1000), f"{pid} runs on"
    os.close(handle)


def bound_client(lab, net):
    """The client, once it reads packets: its rights are gone by then."""
    net.bound()
    (client,) = clients_of(net)
    return client


def test_rights_of_the_client(lab):
    lab.dnsmasq()
    net = lab.phase_net()
    client = bound_client(lab, net)
    process, status = Path(f"/proc/{client}"), status_of(client)
    assert status["PPid"] == str(net.pid)
    assert status["Uid"].split() == status["Gid"].split() == ["65501"] * 4
    assert status["Groups"].split() == []
    for key in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        assert int(status[key], 16) == 0, key
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    limits = (process / "limits").read_text()
    for limit in "core file size", "processes", "file size":
        assert re.search(rf"^Max {limit} +0 +0 ", limits, re.M), limit
    # No more than it polls: the manager, DHCP, ARP, and two of IPv6.
    assert re.search(r"^Max open files +5 +5 ", limits, re.M)
    root = os.readlink(process / "root")
    assert root.endswith(" (deleted)") and root == os.readlink(process / "cwd")
    assert os.listdir(process / "root") == []


def test_descriptors_of_the_client(lab):
    """Its two pipes, the log, and four sockets; none of rtnetlink, and none
    that the manager holds for itself."""
    lab.dnsmasq()
    net = lab.phase_net()
    client = bound_client(lab, net)
    fds, others = opened(client), opened(net.pid)
    assert fds[0].startswith("pipe:") and fds[1].startswith("pipe:")
    assert fds[2].endswith("/log")
    sockets = [what for fd, what in fds.items() if fd > 2]
    assert len(sockets) == 4
    assert all(what.startswith("socket:") for what in sockets)
    inodes = {int(what[8:-1]) for what in sockets}
    kinds = {}
    for name in "packet", "netlink", "raw6", "udp6", "udp", "raw", "unix":
        path = Path(f"/proc/{client}/net/{name}")
        for line in path.read_text().splitlines()[1:]:
            at = {"packet": 8, "netlink": 9, "unix": 6}.get(name, 9)
            kinds[int(line.split()[at])] = name
    assert sorted(kinds[i] for i in inodes) == ["packet", "packet", "raw6",
                                                "udp6"]
    # The manager has those to hand on to the next one, rtnetlink twice, and
    # what it sends renewals from.
    rest = sorted(kinds.get(int(what[8:-1]), "?") for what in others.values()
                  if what.startswith("socket:") and what not in sockets)
    assert rest == ["netlink", "netlink", "udp"]


def test_rights_of_the_manager(lab):
    lab.dnsmasq()
    net = lab.phase_net()
    net.bound()
    status = status_of(net.pid)
    assert status["Seccomp"] == "2"
    assert status["Uid"].split() == ["0"] * 4
    if mode() == "child":
        return
    # It denies, and hooks inherit that: no_new_privs is for those to set.
    assert status["NoNewPrivs"] == "0"


def news(lab):
    """A socket that is told when addresses and routes change."""
    made = lab.client.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    made.setsockopt(socket.SOL_SOCKET, 33, 1 << 20)  # RCVBUFFORCE
    made.bind((0, RTMGRP_IPV4))
    return made


def told(made):
    """The types of what has changed by now."""
    made.setblocking(False)
    types = []
    while True:
        try:
            data = made.recv(65536)
        except BlockingIOError:
            return types
        while data:
            length, kind = struct.unpack_from("=IH", data)
            types.append(kind)
            data = data[length + 3 & ~3:]


def test_client_dies(lab):
    """One line says so; another one takes its place and asks for the same
    address, which stays all the time. Each time it is waited longer."""
    lab.kea()
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    routes, resolv = net.routes(), net.resolv()
    wire.drain()
    before = len(wire.seen)
    changes = news(lab)
    seen, xids = set(clients_of(net)), set()
    want = bytes(map(int, first["address"].split(".")))
    for n in range(5):
        (client,) = clients_of(net)
        handle = os.pidfd_open(client)
        os.kill(client, signal.SIGSEGV)
        ended(client, handle)
        assert net.bound()["address"] == first["address"] == net.address()
        seen |= set(clients_of(net))
        lines = [line for line in net.log().splitlines() if "client" in line]
        assert len(lines) == n + 1
        assert (f"the client of {NIC} was killed by SIGSEGV; again "
                in lines[n])
        # INIT-REBOOT: RFC 2131 §4.3.2.
        asked = [m for m in wire.drain()[before:] if m.op == 1]
        before = len(wire.seen)
        is_init_reboot(asked)
        assert asked[0].options[ASKED] == want
        assert SERVER_ID not in asked[0].options
        assert asked[0].ciaddr == "0.0.0.0"
        xids.add(asked[0].xid)
    assert len(seen) == 6 and len(xids) == 5
    assert [line.split("; again ")[1] for line in lines] == [
        "now", "in 250ms", "in 500ms", "in 1s", "in 2s"]
    # Neither is ever taken away.
    assert not {RTM_DELADDR, RTM_DELROUTE} & set(told(changes))
    assert net.routes() == routes and net.resolv() == resolv
    assert not net.events("lost")


@pytest.mark.parametrize("lie", [b"", b"\xff" * 100, b"\0" * 4, b"x"])
def test_client_lies(lab, lie):
    """What is no message of the right size is the end of who has sent it, and
    no other one hears of it."""
    lab.dnsmasq()
    net = lab.phase_net()
    first = net.bound()
    (client,) = clients_of(net)
    handle = os.pidfd_open(client)
    if lie:
        with open(f"/proc/{client}/fd/1", "wb", buffering=0) as pipe:
            pipe.write(lie)
        ended(client, handle)
    else:
        # The control: what is not sent does no harm.
        os.close(handle)
        with open(f"/proc/{client}/fd/1", "wb", buffering=0):
            pass
        lab.pull()
        lab.plug()
    assert net.bound()["address"] == first["address"] == net.address()
    assert ("asks for what it may not, and is killed" in net.log()) == bool(
        lie)
    assert (clients_of(net) == [client]) == (not lie)
    assert not net.events("lost")


def test_client_outlives_no_manager(lab):
    lab.dnsmasq()
    net = lab.phase_net()
    client = bound_client(lab, net)
    handle = os.pidfd_open(client)
    net.child.kill()
    net.child.wait(PATIENCE)
    ended(client, handle)
    assert clients_of(net) == []


def test_lease_is_kept_by_the_next_manager(lab):
    """One that was killed leaves its address; the next one takes that over,
    and leaves no second one."""
    lab.dnsmasq()
    net = lab.phase_net()
    net.bound()
    net.child.kill()
    net.child.wait(PATIENCE)
    assert len(net.addresses()) == 1
    again = lab.phase_net()
    again.bound()
    assert len(again.addresses()) == 1
    assert again.routes() == {"default": SERVER4}
