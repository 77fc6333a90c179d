"""What phase-discover asks besides DNS-SD: SSDP, the neighbours on the link,
and what the DHCP server has told phase-net."""

import sys

import pytest

from namespaces import PATIENCE
from responders import (PROGRAM, SEARCH, SERVER4, Result, Watch, browse,
                        discover, start_web)

RENDERER = "urn:schemas-upnp-org:device:MediaRenderer:1"
UUID = "uuid:2fac1234-31f8-11b4-a222-08002b34c003"

# A television: answers to searches for what it is, and takes its leave.
TELEVISION = r"""
import os, signal, socket, struct, sys
GROUP, UUID = ("239.255.255.250", 1900), sys.argv[1]
KINDS = ["upnp:rootdevice", UUID, sys.argv[2]]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 1900))
index = socket.if_nametoindex("dsc0")
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
    "=4s4si", socket.inet_aton(GROUP[0]), bytes(4), index))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             struct.pack("=4s4si", bytes(4), bytes(4), index))
def usn(kind):
    return UUID if kind == UUID else UUID + "::" + kind
def leave(*_):
    for kind in KINDS:
        s.sendto(("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
                  "NTS: ssdp:byebye\r\nNT: %s\r\nUSN: %s\r\n\r\n"
                  % (kind, usn(kind))).encode(), GROUP)
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
while True:
    packet, peer = s.recvfrom(9000)
    lines = packet.decode(errors="replace").split("\r\n")
    fields = dict((k.strip().upper(), v.strip()) for k, _, v in
                  (l.partition(":") for l in lines[1:]))
    if not lines[0].startswith("M-SEARCH") or fields.get("MAN") != '"ssdp:discover"':
        continue
    for kind in KINDS:
        if fields.get("ST") in ("ssdp:all", kind):
            s.sendto(("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\n"
                      "LOCATION: http://10.97.0.1:8080/tv.xml\r\n"
                      "SERVER: Linux/6 UPnP/1.1 tv/1\r\nST: %s\r\nUSN: %s\r\n\r\n"
                      % (kind, usn(kind))).encode(), peer)
"""


@pytest.fixture
def television(link):
    return link.server.serve(sys.executable, "-c", TELEVISION, UUID,
                             RENDERER, ready="ready")


@pytest.mark.parametrize("target", [
    RENDERER, "upnp:rootdevice", UUID])
def test_ssdp_target(link, television, target):
    program = Watch(link, "--watch", "--type", target)
    found = program.wait("service")
    assert found["source"] == "ssdp"
    assert found["instance"].startswith("uuid:2fac1234-")
    assert found["url"] == "http://10.97.0.1:8080/tv.xml"
    # It takes its leave.
    television.stop()
    program.wait("lost", instance=found["instance"])
    assert program.stop() == 0


def test_ssdp_all(link, television):
    """One for each name that it has."""
    program = Watch(link, "--watch", "--type", "ssdp:all")
    names = {program.wait("service")["instance"] for _ in range(3)}
    assert names == {UUID, UUID + "::upnp:rootdevice", UUID + "::" + RENDERER}


def test_ssdp_of_another_target(link, television):
    """Nobody answers; the control is that somebody would have."""
    assert browse(link, "--type", "urn:x:device:None:1") == []
    assert len(browse(link, "--type", RENDERER)) == 1


def test_neighbour_with_a_provider(link):
    """No announcement, no gateway, no IPv4: it answers the ping."""
    link.client.run("ip", "-4", "addr", "flush", "dev", "dsc0")
    start_web(link)
    (found,) = discover(link, "--json", "--timeout", SEARCH).objects()
    assert found["source"] == "neighbour"
    assert found["url"] == "http://[fe80::1:1%25dsc0]:8080"
    assert (found["health"], found["near"]) == ("ok", True)


def test_neighbour_without_one(link):
    """Is not listed: it was a guess."""
    result = discover(link, "--json", "--timeout", SEARCH)
    assert (result.status, result.out) == (1, b"")
    start_web(link)
    assert discover(link, "--json", "--timeout", SEARCH).status == 0


def test_private_pings_nobody(link):
    start_web(link)
    result = discover(link, "--json", "--timeout", SEARCH, "--mode",
                      "private")
    assert result.objects() == []
    assert discover(link, "--json", "--timeout", SEARCH).status == 0


def from_lease(lab, *arguments):
    """What is found with nothing but the file that phase-net wrote."""
    program = lab.phase_net()
    program.bound()
    done = lab.client.process(PROGRAM, "--json", "--timeout", SEARCH,
                              "--lease", str(program.lease_path()),
                              *arguments)
    status = done.child.wait(PATIENCE)
    done.thread.join()
    text = "\n".join(x for x in done.lines if x.startswith("{"))
    return Result(status, text.encode(), b"").objects()


def serve_web(lab, *addresses):
    for address in addresses:
        lab.server.run("ip", "addr", "add", address + "/24", "dev", "dhc0")
    start_web(lab)


PROVIDER_URL = "http://10.96.0.7:8080"
SUBOPTION = bytes((1, len(PROVIDER_URL))) + PROVIDER_URL.encode()


@pytest.mark.parametrize("options, manifest", [
    (["66,10.96.0.7"], None),
    (["66,10.96.0.7", "67,/stable/m.json"], "/stable/m.json"),
    (["67,http://10.96.0.7:8080/efi/boot.efi"], None),
    (["67,http://10.96.0.7:8080/stable/m.json"], "/stable/m.json"),
    (["114,http://10.96.0.7:8080"], None),
    (["43," + SUBOPTION.hex(":")], None),
    (["vi-encap:32473,1," + PROVIDER_URL], None),
])
def test_dhcp_option(lab, options, manifest):
    serve_web(lab, "10.96.0.7")
    lab.dnsmasq(*(f"--dhcp-option-force={o}" for o in options))
    (found,) = [o for o in from_lease(lab) if o["source"] == "dhcp"]
    assert (found["url"], found["health"]) == (PROVIDER_URL, "ok")
    if manifest:
        assert found["manifest"] == PROVIDER_URL + manifest


def test_dhcp_name_servers_and_domain(lab):
    """Discovery beyond the link, out of a lease and nothing else."""
    who = "far._phase-image._tcp.lab.example"
    lab.dnsmasq(
        "--local=/lab.example/",
        "--dhcp-option=option:domain-name,lab.example",
        "--dhcp-option=option:dns-server,10.96.0.1",
        f"--ptr-record=_phase-image._tcp.lab.example,{who}",
        f"--srv-host={who},box.lab.example,8080",
        f"--txt-record={who},channel=stable",
        "--host-record=box.lab.example,10.96.0.1", port=53)
    serve_web(lab)
    found = [o for o in from_lease(lab) if o["source"] == "dns"]
    assert [(o["instance"], o["domain"], o["url"], o["health"])
            for o in found] == [
        ("far", "lab.example", "http://10.96.0.1:8080", "ok")]


def test_dhcp_hostile_options(lab):
    """Row M25: neither another scheme nor a way out of the path."""
    serve_web(lab, "10.96.0.7")
    lab.dnsmasq("--dhcp-option-force=67,/../m.json",
                "--dhcp-option-force=114,file:///etc/passwd",
                "--dhcp-option-force=66,10.96.0.7")
    (found,) = [o for o in from_lease(lab) if o["source"] == "dhcp"]
    assert found["url"] == PROVIDER_URL
    assert ".." not in found["manifest"]


def test_gateway_still_comes_last(link):
    """What DHCP or an announcement names is before what is guessed."""
    start_web(link)
    link.client.run("ip", "route", "add", "default", "via", SERVER4)
    found = discover(link, "--json", "--timeout", SEARCH).objects()
    assert {o["source"] for o in found} <= {"gateway", "neighbour"}
