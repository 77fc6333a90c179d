"""phase-net as a command: its exit status, and what it leaves behind."""

import ctypes
import os
import select
import signal
import struct
import subprocess
from pathlib import Path

import pytest

from dhcp_wire import ASKED, DISCOVER, RELEASE, REQUEST, Resolver, ip
from namespaces import PATIENCE
from servers import NIC, PROGRAM, SERVER4, mode

pytestmark = pytest.mark.skipif(mode() == "child",
                                reason="of the command line only")


def ended(net):
    """Its exit status, when it ends by itself."""
    status = net.child.wait(PATIENCE)
    net.thread.join(PATIENCE)
    return status


def test_once(lab):
    """Ends with 0 as soon as there is an address, which stays."""
    lab.dnsmasq()
    net = lab.phase_net("--once")
    net.bound()
    assert ended(net) == 0
    ((address, seconds),) = net.addresses()
    assert address.startswith("10.96.0.1") and 3500 < seconds <= 3600
    assert net.routes() == {"default": SERVER4}
    assert net.lease()["address"] == net.address()


def test_has_its_name(lab):
    """In /proc too, whatever its file is called: as init starts it."""
    net = lab.client.process("bash", "-c", 'exec -a phase-net "$0" "$@"',
                             str(PROGRAM), "-i", NIC, "--no-configure")
    net.wait_for("has carrier")
    for pid in lab.client.pids():
        assert Path(f"/proc/{pid}/comm").read_text() == "phase-net\n"


def test_no_lease_in_time(lab):
    net = lab.phase_net("--once", "--timeout", "300ms")
    assert ended(net) == 1
    assert not net.events("lease") and net.addresses() == []


def test_wrong_usage(lab):
    assert ended(lab.phase_net("--no-such-option")) == 2
    assert ended(lab.phase_net("--timeout", "soon")) == 2


def test_no_such_interface(lab):
    assert ended(lab.phase_net("--once", nics=["nosuchnic"])) == 3


def run_as(lab, *wrapper, **settings):
    """Status and messages of one that WRAPPER starts."""
    program = lab.path("without") + "/phase-net"
    Path(program).parent.mkdir()
    Path(program).symlink_to(PROGRAM)
    done = subprocess.run(
        lab.client.command(*wrapper, program, "-i", NIC, "-1", "-t", "10s"),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, **settings)
    return done.returncode, done.stderr


@pytest.mark.parametrize("missing", ["net_admin", "net_raw"])
def test_d38_not_permitted(lab, missing):
    status, text = run_as(lab, "setpriv", "--bounding-set", f"-{missing}")
    assert status == 4 and "CAP_NET_ADMIN" in text


def without_packets():
    """In the child: socket(AF_PACKET) fails as in a kernel without it."""
    libc = ctypes.CDLL(None)
    # x86_64: the call's number, its first argument
    code = [(0x20, 0, 0, 0), (0x15, 0, 3, 41), (0x20, 0, 0, 16),
            (0x15, 0, 1, 17), (0x06, 0, 0, 0x00050000 | 97),
            (0x06, 0, 0, 0x7fff0000)]
    text = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *line) for line in code))
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(text))
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, program, 0, 0) == 0


def test_d38_no_packet_sockets(lab):
    status, text = run_as(lab, "env", preexec_fn=without_packets)
    assert status == 78 and "CONFIG_PACKET" in text


def hooks(lab):
    """A directory of one that takes a while and says when it is done."""
    directory = Path(lab.path("hooks"))
    directory.mkdir(mode=0o755)
    (directory / "slow").write_text(
        "#!/bin/sh\nsleep 0.5\necho \"hook: $1 $ip\" >&2\n")
    (directory / "slow").chmod(0o755)
    return str(directory)


def test_once_waits_for_hooks(lab):
    lab.dnsmasq()
    net = lab.phase_net("--once", "--hooks", hooks(lab))
    address = net.bound()["address"]
    assert ended(net) == 0
    assert f"hook: bound {address}" in net.log()


def test_release_waits_for_hooks(lab):
    lab.dnsmasq()
    net = lab.phase_net("--release", "--hooks", hooks(lab))
    net.bound()
    assert net.stop() == 0
    assert "hook: deconfig" in net.log()


def test_no_hooks_when_nothing_is_configured(lab):
    lab.dnsmasq()
    net = lab.phase_net("--no-configure", "--once", "--hooks", hooks(lab))
    assert ended(net) == 0
    assert "hook:" not in net.log()


def test_quiet(lab):
    lab.dnsmasq()
    net = lab.phase_net("--once", "--quiet")
    assert ended(net) == 0
    assert net.lines == [] and net.address()


def test_no_ethernet(lab):
    net = lab.phase_net("--once", nics=["lo"])
    assert ended(net) == 3
    assert "lo is no Ethernet interface" in net.log()


def test_once_wants_all(lab):
    """Of two interfaces one has no server."""
    lab.dnsmasq()
    other = lab.cable("10.96.1.1/24")
    # Long enough for the one that has one, on any machine.
    net = lab.phase_net("--once", "--timeout", "8s", nics=[NIC, other])
    net.bound()
    assert ended(net) == 1
    assert f"{other}: no lease in time" in net.log()


def test_stays_and_keeps_the_address(lab):
    lab.dnsmasq()
    wire = lab.wire()
    net = lab.phase_net()
    net.bound()
    assert net.stop(signal.SIGTERM) == 0
    assert net.address() and RELEASE not in wire.types()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_release(lab, number):
    """The server has its address back, and the NIC its peace."""
    lab.dnsmasq()
    wire = lab.wire()
    net = lab.phase_net("--release")
    lease = net.bound()
    assert net.stop(number) == 0
    release = wire.next(wanted=lambda m: m.type == RELEASE)
    assert release.ciaddr == lease["address"]
    assert release.destination == SERVER4
    assert net.addresses() == [] and net.routes() == {}
    assert not net.lease_path().exists()


UNANSWERED = f"{NIC}: nobody answers ARP for the server"


def stranger(lab):
    """One that has a lease of a server whose MAC it does not know, and whose
    ARP the test answers; and the lease."""
    server = lab.play()
    resolver = Resolver(lab.server, NIC, SERVER4)
    net = lab.phase_net("--release")
    server.bind()
    lease = net.bound()
    lab.client.run("ip", "neigh", "flush", "all")
    assert lab.client.output("ip", "neigh", "show", SERVER4) == ""
    return server, resolver, net, lease


def without_client(lab, net):
    """Until NET is told to end, and the process that speaks DHCP for it has."""
    client, = set(lab.client.pids()) - {net.pid}
    handle = os.pidfd_open(client)
    net.child.send_signal(signal.SIGTERM)
    assert select.select([handle], [], [], PATIENCE)[0]
    os.close(handle)


def test_release_waits_for_arp(lab):
    """The kernel has it in a queue that it empties when the address goes."""
    server, resolver, net, lease = stranger(lab)
    without_client(lab, net)
    resolver.answer(resolver.asked())
    release = server.expect(RELEASE)
    assert release.ciaddr == lease["address"]
    assert release.destination == SERVER4
    assert ended(net) == 0
    assert UNANSWERED not in net.log()
    assert net.addresses() == [] and net.routes() == {}
    assert not net.lease_path().exists()


def test_release_of_a_server_that_has_gone(lab):
    """Nobody answers ARP: the address is given up all the same, before init
    would end this program (SUPERVISE_TERM_MS)."""
    server, resolver, net, lease = stranger(lab)
    without_client(lab, net)
    resolver.asked()
    assert ended(net) == 0
    assert UNANSWERED in net.log()
    assert net.addresses() == [] and net.routes() == {}
    assert RELEASE not in [message.type for message in server.drain()]


def test_release_of_a_nic_that_goes(lab):
    """While its RELEASE waits; a slow machine has waited in vain by then."""
    server, resolver, net, lease = stranger(lab)
    without_client(lab, net)
    resolver.asked()
    lab.remove(NIC)
    assert ended(net) == 0
    assert net.events("gone") or UNANSWERED in net.log()


def test_nothing_is_configured(lab):
    lab.dnsmasq()
    net = lab.phase_net("--no-configure", "--once")
    assert net.bound()["address"].startswith("10.96.0.1")
    assert ended(net) == 0
    assert net.addresses() == [] and net.routes() == {}


@pytest.mark.parametrize("wish, got", [("10.96.0.123", "10.96.0.123"),
                                       ("10.1.2.3", None)])
def test_an_address_is_asked_for(lab, wish, got):
    """D3: in vain when it is of another network."""
    lab.dnsmasq()
    wire = lab.wire()
    net = lab.phase_net("--request-ip", wish)
    lease = net.bound()
    first = [m for m in wire.drain() if m.op == 1][0]
    assert first.type in (DISCOVER, REQUEST)
    assert first.options[ASKED] == ip(wish)
    assert lease["address"] == (got or net.address())
    assert lease["address"].startswith("10.96.0.1")


# Capabilities that it does not have, and what for.
LACKING = ["net_admin", "net_raw", "net_bind_service",
           "net_admin,-net_raw,-net_bind_service"]


@pytest.mark.parametrize("lacking", LACKING)
def test_d38_not_permitted(lab, lacking):
    """Status 4 with one message, before anything is tried."""
    wire = lab.wire()
    net = lab.phase_net(run=f"setpriv --bounding-set=-{lacking} "
                        f"--inh-caps=-{lacking}")
    assert ended(net) == 4
    assert net.log() == (
        "phase-net: configuring the network takes root, or CAP_NET_ADMIN, "
        "CAP_NET_RAW and CAP_NET_BIND_SERVICE\n")
    assert net.lines == [] and DISCOVER not in wire.types()


def test_nothing_is_configured_without_the_right_to(lab):
    """CAP_NET_RAW is all that asking takes."""
    lab.dnsmasq()
    lacking = "net_admin,-net_bind_service"
    net = lab.phase_net("--no-configure", "--once", "-4",
                        run=f"setpriv --bounding-set=-{lacking} "
                        f"--inh-caps=-{lacking}")
    assert net.bound()["address"].startswith("10.96.0.1")
    assert ended(net) == 0
    assert net.addresses() == []
