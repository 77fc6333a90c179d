"""phase-discover and DNS-SD over unicast DNS (RFC 6763 §11), against servers
that hold a zone with services."""

import json
import socket
import struct
import subprocess
import sys

import pytest

from name_servers import DOMAIN, SERVER6
from namespaces import PATIENCE
from responder import name
from responders import (PROGRAM, SEARCH, SERVER4, TYPE, Watch, browse,
                        discover, together)

ASK = ("--dns", SERVER4, "--domain", DOMAIN)
both = pytest.mark.parametrize("kind", ["bind", "dnsmasq"])


def ask(link, *labels):
    """The server's own answer over UDP to a question for PTR records."""
    asker = link.client.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(PATIENCE)
    asker.sendto(struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) +
                 name(*labels, *DOMAIN.split(".")) + bytes((0, 12, 0, 1)),
                 (SERVER4, 53))
    return asker.recv(4096)


@both
def test_zone_is_served(link, dns_server, kind):
    """What the others take for granted; needs nothing of the program."""
    dns_server(kind)
    answer = ask(link, *TYPE.split("."))
    flags, n_answers = struct.unpack(">2xH2xH", answer[:8])
    assert flags & 0x820f == 0x8000 and n_answers == 2
    if kind == "bind":
        assert ask(link, "_many", "_tcp")[2] & 2, "not cut"


@both
def test_browse(link, dns_server, kind):
    dns_server(kind)
    found = {o["port"]: o for o in browse(link, *ASK)}
    assert sorted(found) == [8080, 8081]
    first = found[8080]
    assert first["source"] == "dns"
    # dnsmasq writes names as it likes: with small letters.
    assert first["instance"] == {"bind": "Lab. \u00fcber",
                                 "dnsmasq": "lab"}[kind]
    assert first["domain"] == DOMAIN
    assert first["host"] == f"box.{DOMAIN}"
    assert (first["priority"], first["weight"]) == (10, 5)
    assert first["txt"] == {"channel": "stable", "arch": "arm64",
                            "version": "7"}
    assert first["url"] in (f"http://{SERVER4}:8080",
                            f"http://[{SERVER6}]:8080")
    assert found[8081]["instance"] == "spare"


@both
def test_best_by_priority(link, dns_server, kind):
    dns_server(kind)
    result = discover(link, "--quiet", "--no-probe", "--timeout", SEARCH,
                      "--arch", "arm64", *ASK)
    assert result.status == 0
    assert result.text().endswith(":8080\n")


@both
def test_types(link, dns_server, kind):
    dns_server(kind)
    found = browse(link, "--types", *ASK)
    assert sorted(o["type"] for o in found) == ["_ipp._tcp", TYPE]


@both
def test_subtype(link, dns_server, kind):
    dns_server(kind)
    (found,) = browse(link, "--type", "_color._sub._ipp._tcp", *ASK)
    assert (found["instance"], found["port"]) == ("color", 631)
    assert found["txt"] == {"note": "second floor"}


@both
def test_resolve(link, dns_server, kind):
    dns_server(kind)
    (found,) = browse(link, "--resolve", f"spare.{TYPE}.{DOMAIN}", "--dns",
                      SERVER4)
    assert (found["instance"], found["port"]) == ("spare", 8081)


@both
def test_lookup(link, dns_server, kind):
    dns_server(kind)
    found = browse(link, "--lookup", f"box.{DOMAIN}", "--dns", SERVER4)
    text = json.dumps(found)
    assert SERVER4 in text and SERVER6 in text


@both
def test_over_ipv6(link, dns_server, kind):
    dns_server(kind)
    found = browse(link, "--dns", SERVER6, "--domain", DOMAIN)
    assert sorted(o["port"] for o in found) == [8080, 8081]


def test_cut_answer_over_tcp(link, dns_server):
    dns_server("bind")
    found = browse(link, "--type", "_many._tcp", *ASK)
    assert sorted(o["port"] for o in found) == list(range(1, 41))


@pytest.mark.parametrize("type", ["_loop._tcp", "_round._tcp"])
def test_m15_circle_of_names(link, dns_server, type):
    """Nothing is found, in time, and what is beside it is."""
    dns_server("bind")
    nothing, beside = together(lambda words: browse(link, *words, *ASK),
                               [("--type", type), ()])
    assert nothing == []
    assert len(beside) == 2


def test_m16_service_that_is_not_available(link, dns_server):
    """Its SRV record has the target "."."""
    dns_server("bind")
    found = browse(link, "--type", "_ipp._tcp", *ASK)
    assert [o["instance"] for o in found] == ["color"]


def test_type_that_is_an_alias(link, dns_server):
    """Of the same type in another domain; another type is none of ours, as
    with a pointer."""
    dns_server("bind")
    found, none = together(
        lambda words: browse(link, "--dns", SERVER4, *words),
        [("--type", f"_ipp._tcp.elsewhere.{DOMAIN}"),
         ("--type", f"_alias._tcp.{DOMAIN}")])
    assert [o["instance"] for o in found] == ["color"]
    assert none == []


def test_resolv_conf(link, dns_server, tmp_path):
    """Read before the root directory is empty."""
    dns_server("dnsmasq")
    path = tmp_path / "resolv.conf"
    path.write_text(f"# ours\nsearch {DOMAIN}\nnameserver {SERVER4}\n")
    done = subprocess.run(
        link.client.command(
            "unshare", "-m", "sh", "-c",
            'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(path),
            PROGRAM, "--json", "--no-probe", "--timeout", SEARCH),
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(o["port"] for o in found) == [8080, 8081]


@pytest.fixture
def lease(tmp_path):
    """What phase-net wrote of the DHCP server's domain and name servers."""
    path = tmp_path / "dsc0.lease"
    path.write_text(f"interface='dsc0'\naddress='10.97.0.2'\nprefix='24'\n"
                    f"dns='{SERVER4}'\ndomain='{DOMAIN}'\n")
    return str(path)


def test_lease_file(link, dns_server, lease):
    dns_server("dnsmasq")
    found = browse(link, "--lease", lease)
    assert sorted(o["port"] for o in found) == [8080, 8081]


def test_a_server_that_is_silent_and_one_that_is_not(link, dns_server):
    dns_server("dnsmasq")
    program = Watch(link, "--watch", "--dns", "10.97.0.77", *ASK)
    found = [program.wait("service")["port"] for _ in range(2)]
    assert sorted(found) == [8080, 8081]


def test_domains_without_services(link, dns_server):
    """One that is not there, one that the server refuses, and the good one."""
    dns_server("bind")
    found = browse(link, *ASK, "--domain", f"nothing.{DOMAIN}", "--domain",
                   "refused.example")
    assert sorted(o["port"] for o in found) == [8080, 8081]


def test_private_asks_no_server(link, dns_server):
    """Also none that was announced; one that the user names is an error, or
    is not asked."""
    dns_server("dnsmasq")
    control = browse(link, *ASK)
    assert len(control) == 2
    result = discover(link, "--mode", "private", "--no-probe", "--json",
                      "--timeout", SEARCH, *ASK)
    assert result.status in (1, 2)
    assert result.out == b""


def test_local_asks_whom_the_user_names(link, dns_server, lease):
    """And nobody whom a lease names."""
    dns_server("dnsmasq")
    found, none = together(
        lambda words: browse(link, "--mode", "local", *words),
        [ASK, ("--lease", lease)])
    assert sorted(o["port"] for o in found) == [8080, 8081]
    assert none == []


def test_watch(link, dns_server):
    """As one of many sources: it is told once, and what is on the link too."""
    dns_server("bind")
    program = Watch(link, "--watch", *ASK)
    for _ in range(2):
        program.wait("service", source="dns")
    program.stop()
    events = [json.loads(line) for line in program.lines
              if line.startswith("{")]
    keys = [(e["instance"], e["port"]) for e in events
            if e["event"] == "service"]
    assert len(keys) == len(set(keys)) == 2


# A name server whose answers a test spells out, on UDP alone.
FORGER = r"""
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 53))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def labels(text):
    return b"".join(bytes([len(l)]) + l.encode() for l in text.split(".")) + b"\0"
def rr(owner, kind, data, ttl=60):
    return labels(owner) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data
DOMAIN = "lab.example"
TYPE = "_phase-image._tcp." + DOMAIN
def answers(label, address="10.97.0.1"):
    who, host = label + "." + TYPE, label + "." + DOMAIN
    return [rr(TYPE, 12, labels(who)),
            rr(who, 33, struct.pack(">HHH", 0, 0, 80) + labels(host)),
            rr(who, 16, b"\3a=b"), rr(host, 1, socket.inet_aton(address))]
def reply(packet, *records, id=None, flags=0x8500, question=None, count=None):
    end = 12
    while packet[end]:
        end += packet[end] + 1
    end += 5
    asked = packet[12:end] if question is None else question
    id = struct.unpack(">H", packet[:2])[0] if id is None else id
    n = len(records) if count is None else count
    return struct.pack(">HHHHHH", id & 65535, flags, 1, n, 0, 0) + asked + b"".join(records)
exec(sys.argv[1])
print("ready", flush=True)
while True:
    packet, peer = s.recvfrom(4096)
    handle(packet, peer, struct.unpack(">H", packet[:2])[0])
"""


def test_forged_answers_are_not_taken(link):
    """Another id, port, address or question; more bytes than there are."""
    link.server.run("ip", "addr", "add", "10.97.0.66/24", "dev", "dsc0")
    link.server.serve(sys.executable, "-c", FORGER, r"""
third = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
third.bind(("10.97.0.66", 0))
def handle(packet, peer, id):
    bad = answers("bad")
    s.sendto(reply(packet, *bad, id=id + 1), peer)
    other.sendto(reply(packet, *bad), peer)
    third.sendto(reply(packet, *bad), peer)
    s.sendto(reply(packet, *bad, question=labels("x.y") + bytes((0, 12, 0, 1))), peer)
    s.sendto(reply(packet, *bad, count=65535), peer)
    s.sendto(reply(packet, *bad, flags=0x0500), peer)
    s.sendto(reply(packet, *answers("good")), peer)
""", ready="ready")
    assert [o["instance"] for o in browse(link, *ASK)] == ["good"]


def test_ids_and_ports_are_not_to_be_guessed(link):
    """Two searches ask from other ports with other ids."""
    child = link.server.serve(sys.executable, "-c", FORGER, r"""
def handle(packet, peer, id):
    print("asked", id, peer[1], flush=True)
""", ready="ready")
    seen = []
    at = 0
    for _ in range(2):
        discover(link, "--timeout", "300ms", *ASK)
        at = child.wait_for("asked", start=at)
        seen.append(child.lines[at - 1].split()[1:])
        at = len(child.lines)
    assert seen[0] != seen[1]
