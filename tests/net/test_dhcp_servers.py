"""phase-net and the DHCP servers that there are: D rows of the fault list."""

import os
import signal
import subprocess

import pytest

from dhcp_wire import (ACK, ASKED, DISCOVER, NAK, OFFER, REQUEST, SERVER_ID)
from namespaces import cable
from servers import NETWORKD, NIC, SERVER4

SERVERS = {
    "dnsmasq": lambda lab: lab.dnsmasq("--domain=dnsmasq.example",
                                       f"--dhcp-option=6,{SERVER4}"),
    "kea": lambda lab: lab.kea(),
    "udhcpd": lambda lab: lab.udhcpd(),
    "isc": lambda lab: lab.isc(),
    "networkd": lambda lab: lab.networkd(),
}
DOMAINS = {"dnsmasq": "dnsmasq.example", "kea": "kea.example",
           "udhcpd": "busybox.example", "isc": "isc.example"}
# T1 comes soon, and the end long after it.
SHORT = {
    "kea": lambda lab: lab.kea(60, 1, 59),
    "udhcpd": lambda lab: lab.udhcpd(60, "opt 0x3a 00000001"),
    "isc": lambda lab: lab.isc(60, "option dhcp-renewal-time 1;"),
}


@pytest.mark.parametrize("name", SERVERS)
def test_lease(lab, name):
    if name == "networkd" and not os.path.exists(NETWORKD):
        pytest.skip("no systemd-networkd here")
    SERVERS[name](lab)
    net = lab.phase_net()
    net.bound()
    lease = net.lease()
    assert lease["server"] == SERVER4
    assert (lease["prefix"], lease["lease"]) == ("24", "3600")
    assert lease["dns"] == SERVER4
    ((address, seconds),) = net.addresses()
    assert address == lease["address"] + "/24"
    assert address.startswith("10.96.0.1")
    assert 3500 < seconds <= 3600
    assert net.routes() == {"default": SERVER4}
    assert f"nameserver {SERVER4}\n" in net.resolv()
    if name in DOMAINS:
        assert lease["domain"] == DOMAINS[name]
        assert f"search {DOMAINS[name]}\n" in net.resolv()


def test_link_that_is_down_is_set_up(lab):
    lab.client.run("ip", "link", "set", NIC, "down")
    lab.dnsmasq()
    net = lab.phase_net()
    net.bound()
    assert net.address()


@pytest.mark.parametrize("name", SHORT)
def test_d18_renewed_at_t1(lab, name):
    """By a REQUEST to the server alone, without options 50 and 54."""
    SHORT[name](lab)
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    again = net.bound()
    assert again["address"] == first["address"] == net.address()
    asked = [m for m in wire.drain() if m.type == REQUEST and
             m.ciaddr != "0.0.0.0"][0]
    assert asked.ciaddr == asked.source == first["address"]
    assert asked.destination == SERVER4
    assert not {ASKED, SERVER_ID} & set(asked.options)
    assert not net.events("lost")


def test_d19_rebound_at_t2(lab):
    """The server hears no unicast: its neighbour entry leads nowhere."""
    lab.client.run("ip", "neigh", "replace", SERVER4, "lladdr",
                   "02:00:00:00:00:99", "dev", NIC, "nud", "permanent")
    lab.udhcpd(60, "opt 0x3a 00000001", "opt 0x3b 00000002")
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    net.bound(address=first["address"])
    messages = [m for m in wire.drain() if m.op == 2 or m.ciaddr != "0.0.0.0"]
    # Until the answer; a slow machine may have asked several times.
    begin = [m.op for m in messages].index(1)
    end = [m.op for m in messages].index(2, begin)
    asked = messages[begin:end]
    assert {m.type for m in asked} == {REQUEST}
    assert list(dict.fromkeys(m.destination for m in asked)) == [
        SERVER4, "255.255.255.255"]
    for m in asked:
        assert m.xid == asked[0].xid
        assert not {ASKED, SERVER_ID} & set(m.options)
    assert not net.events("lost")


def test_d20_gone_at_the_end(lab):
    """Nobody renews: the address and all that came with it go."""
    server = lab.udhcpd(6)
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    assert net.lease_path().exists() and "nameserver" in net.resolv()
    server.stop(signal.SIGKILL)
    net.wait("lost", interface=NIC)
    assert net.address() is None
    assert net.routes() == {}
    assert not net.lease_path().exists()
    assert "nameserver" not in net.resolv()
    # and it looks for another one
    wire.drain()
    ends = [m.type for m in wire.seen if m.op == 1]
    if DISCOVER not in ends[ends.index(REQUEST):]:
        wire.next(wanted=lambda m: m.type == DISCOVER)
    lab.udhcpd(3)
    assert net.bound()["address"] == first["address"]


def test_d3_d21_nak_after_a_move(lab):
    """The cable goes into another network: INIT-REBOOT, NAK, a new lease."""
    old = lab.dnsmasq()
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    old.stop()
    lab.server.run("ip", "addr", "flush", "dev", NIC)
    lab.server.run("ip", "addr", "add", "10.95.0.1/24", "dev", NIC)
    lab.dnsmasq(pool="10.95.0.100,10.95.0.150,1h")
    wire.drain()
    before = len(wire.seen)
    lab.pull()
    lab.plug()
    second = net.bound()
    assert second["address"].startswith("10.95.0.1")
    assert net.address() == second["address"]
    assert net.routes() == {"default": "10.95.0.1"}
    wire.drain()
    asked, *_ = [m for m in wire.seen[before:] if m.op == 1]
    assert asked.type == REQUEST and SERVER_ID not in asked.options
    assert asked.options[ASKED] == bytes(map(int, first["address"].split(".")))
    assert NAK in [m.type for m in wire.seen[before:]]


def is_init_reboot(messages):
    """A REQUEST is all that is sent, unless the server is so slow that it is
    given up after 1.6 s."""
    first, *others = [m for m in messages if m.op == 1]
    assert first.type == REQUEST
    assert all(m.type == REQUEST or m.at - first.at > 1.4 for m in others)


def flap_keeps_the_lease(lab, pull):
    lab.kea()
    wire = lab.wire()
    net = lab.phase_net()
    first = net.bound()
    wire.drain()
    before = len(wire.seen)
    pull()
    lab.plug()
    second = net.bound()
    assert second["address"] == first["address"] == net.address()
    wire.drain()
    is_init_reboot(wire.seen[before:])
    assert not net.events("lost")


def test_d21_flap_keeps_the_lease(lab):
    flap_keeps_the_lease(lab, lab.pull)


def test_d21_flap_within_a_second(lab):
    """Carrier goes and comes back before the kernel tells of either."""
    lab.remove(NIC)
    lab.cable(SERVER4 + "/24", nic=NIC, twins=True)
    flap_keeps_the_lease(
        lab, lambda: lab.server.run("ip", "link", "set", NIC, "down"))


@pytest.mark.parametrize("server", ["dnsmasq", "kea"])
def test_relay(lab, server):
    """The server is in another network, behind a relay (giaddr)."""
    far = lab.namespace("far")
    cable(lab.server, far, "dhfar")
    lab.server.run("ip", "addr", "add", "10.94.0.1/24", "dev", "dhfar")
    far.run("ip", "addr", "add", "10.94.0.2/24", "dev", "dhfar")
    for side in lab.server, far:
        side.run("ip", "link", "set", "dhfar", "up")
    for side in lab.server, far:
        side.wait_for_carrier("dhfar")
    far.run("ip", "route", "add", "10.96.0.0/24", "via", "10.94.0.1")
    if server == "dnsmasq":
        lab.dnsmasq(f"--dhcp-option=3,{SERVER4}",
                    pool="10.96.0.100,10.96.0.150,255.255.255.0,1h",
                    namespace=far, nic="dhfar")
    else:
        lab.kea(namespace=far, nic="dhfar",
                relay={"ip-addresses": [SERVER4]})
    lab.dnsmasq(f"--dhcp-relay={SERVER4},10.94.0.2", "--interface=dhfar",
                pool=None, ready="relay from")
    wire = lab.wire()
    net = lab.phase_net()
    net.bound()
    lease = net.lease()
    assert lease["server"] == "10.94.0.2"
    assert lease["address"].startswith("10.96.0.1")
    assert net.routes() == {"default": SERVER4}
    assert {m.giaddr for m in wire.drain() if m.op == 2} == {SERVER4}


def kinds(wire):
    """The types of all messages, of which a slow machine repeats some."""
    return list(dict.fromkeys(wire.types()))


def test_d39_rapid_commit(lab):
    lab.dnsmasq("--dhcp-rapid-commit")
    wire = lab.wire()
    net = lab.phase_net()
    net.bound()
    assert net.address() == net.lease()["address"]
    assert kinds(wire) == [DISCOVER, ACK]


def test_d39_rapid_commit_not_answered(lab):
    lab.dnsmasq()
    wire = lab.wire()
    lab.phase_net().bound()
    assert kinds(wire) == [DISCOVER, OFFER, REQUEST, ACK]


def test_d2_server_that_pings_first(lab):
    """dnsmasq takes 3 s to be sure that an address is free."""
    lab.dnsmasq(ping=True)
    wire = lab.wire()
    net = lab.phase_net()
    net.bound()
    discovers = [m for m in wire.drain() if m.type == DISCOVER]
    assert len(discovers) > 1
    assert len({m.xid for m in wire.seen}) == 1


def test_d2_server_that_asks_by_arp_first(lab):
    lab.udhcpd(arp_ms=2000)
    wire = lab.wire()
    lab.phase_net().bound()
    assert len({m.xid for m in wire.drain()}) == 1


@pytest.mark.parametrize("on", [True, False])
def test_d8_checksums_left_to_the_nic(lab, on):
    """A veth's packets have none that is finished, unless told so."""
    lab.offload(on)
    lab.dnsmasq()
    net = lab.phase_net()
    net.bound()
    assert net.address()


def test_d15_lease_for_ever(lab):
    lab.dnsmasq(pool="10.96.0.100,10.96.0.150,infinite")
    net = lab.phase_net()
    net.bound()
    assert net.lease()["lease"] == str(0xffffffff)
    ((_, seconds),) = net.addresses()
    assert seconds == 0xffffffff


def test_d32_routes_of_option_121_beside_3(lab):
    lab.dnsmasq(f"--dhcp-option=3,{SERVER4}", "--dhcp-option=121,"
                "10.1.0.0/16,10.96.0.7,192.0.2.1/32,0.0.0.0,"
                "0.0.0.0/0,10.96.0.8")
    net = lab.phase_net()
    net.bound()
    routes = net.routes()
    assert routes["default"] == "10.96.0.8"
    assert routes["10.1.0.0/16"] == "10.96.0.7"
    assert routes.get("192.0.2.1", 0) is None
    assert len(routes) == 3


def test_search_list_of_option_119(lab):
    lab.dnsmasq("--dhcp-option=119,eng.example.org,sales.example.org",
                "--domain=example.org", f"--dhcp-option=6,{SERVER4}")
    net = lab.phase_net()
    net.bound()
    lease = net.lease()
    assert lease["domain"] == "example.org"
    assert lease["search"] == "eng.example.org sales.example.org"
    assert "search eng.example.org sales.example.org\n" in net.resolv()


@pytest.mark.parametrize("asked, got", [(67, 1500), (68, None), (1400, 1400),
                                        (9000, 1500)])
def test_d33_mtu(lab, asked, got):
    """Less than 68 is nothing, more than the device has is clamped."""
    lab.dnsmasq(f"--dhcp-option=26,{asked}")
    net = lab.phase_net()
    net.bound()
    # The kernel takes IPv4 off a link with 68, so that is not our business.
    assert net.mtu() == got or got is None


def test_fields_of_bootp(lab):
    lab.udhcpd(3600, "siaddr 10.96.0.9", "sname boot.example",
               "boot_file /pxe/linux.0")
    net = lab.phase_net()
    net.bound()
    lease = net.lease()
    assert lease["next_server"] == "10.96.0.9"
    assert lease["tftp_server"] == "boot.example"
    assert lease["boot_file"] == "/pxe/linux.0"


# Each would make a file of its name if a shell took it for more than text.
HOSTILE = (b"x'; touch pwned1 #", b"$(touch pwned2)", b"`touch pwned3`",
           b"a\ntouch pwned4\n", b"\"; touch pwned5; \"", b"\\'$(touch pwned6)",
           b"${IFS}|touch pwned7&", b"\x1b]0;x\x07\xff\xc0\x80'\\''touch pwned8")


@pytest.mark.parametrize("text", HOSTILE)
def test_d42_hostile_strings(lab, text):
    """What a shell reads the lease's file with defines variables and does
    nothing else. All of it from a real server, in every string option."""
    codes = {"host-name": 12, "domain-name": 15, "tftp-server-name": 66,
             "boot-file-name": 67, "v4-captive-portal": 114}
    options = [{"code": code, "name": name, "csv-format": False,
                "data": text.hex(), "always-send": True}
               for name, code in codes.items()]
    # Kea reads this one itself, and takes any bytes for a label.
    label = bytes([len(text)]) + text + b"\0"
    options.append({"code": 119, "name": "domain-search", "csv-format": False,
                    "data": label.hex(), "always-send": True})
    lab.kea(**{"option-data": [
        {"name": "routers", "data": SERVER4},
        {"name": "domain-name-servers", "data": SERVER4}, *options]})
    net = lab.phase_net()
    net.bound()
    keys = ("interface", "address", "prefix", "server", "lease", "t1", "t2",
            "broadcast", "router", "mtu", "next_server", "dns", "ntp",
            "routes", "domain", "hostname", "boot_file", "tftp_server",
            "portal", "vendor_class", "vendor", "search")
    room = lab.dir / "room"
    room.mkdir()
    script = 'set -eu; before=$(set); . "$0"; set'
    for shell in ("sh",), ("bash", "--posix"), ("busybox", "sh"):
        done = subprocess.run(
            [*shell, "-c", script, str(net.lease_path())], cwd=room,
            env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL,
            capture_output=True)
        assert done.returncode == 0 and done.stderr == b""
        assert list(room.iterdir()) == []
    values = {}
    for key in keys:
        done = subprocess.run(
            ["sh", "-c", f'. "$0"; printf %s "${{{key}-}}"',
             str(net.lease_path())], cwd=room, stdin=subprocess.DEVNULL,
            capture_output=True, check=True)
        values[key] = done.stdout
    assert values["address"].startswith(b"10.96.0.1")
    for key in "boot_file", "tftp_server", "portal":
        assert values[key] in (b"", text)
    for key in "hostname", "domain", "search":
        assert not set(values[key]) - set(
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
            b"0123456789-_. ")
    for line in net.resolv().splitlines():
        assert line.split(" ")[0] in ("search", "nameserver")
    # The events and the log are lines of ASCII, whatever came.
    with net.changed:
        assert all(line.isascii() and line.isprintable()
                   for line in net.lines)
    assert all(line.isascii() and line.isprintable()
               for line in net.log().splitlines())
    assert list(room.iterdir()) == []
