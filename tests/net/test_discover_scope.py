"""Where phase-discover asks for what, and whom it leaves alone: by kind of
name, and by --mode."""

import sys

import pytest

from namespaces import PATIENCE
from responders import (PROGRAM, SEARCH, SERVER4, browse, discover,
                        start_responder, start_web)
from test_discover_sources import RENDERER, TELEVISION, UUID

FAR = "_phase-image._tcp.lab.example"
# Answers what it is asked for with one provider at SERVER4, and tells what.
NAME_SERVER = r"""
import socket, struct, sys
def name(text):
    return b"".join(bytes([len(l)]) + l for l in text.encode().split(b".")) + b"\0"
TYPE, WHO, HOST = (name(t) for t in (sys.argv[1], "far." + sys.argv[1], "box.lab.example"))
RECORDS = {
    (TYPE, 12): WHO,
    (WHO, 33): struct.pack("!HHH", 0, 0, 8080) + HOST,
    (WHO, 16): b"\x0echannel=stable",
    (HOST, 1): socket.inet_aton(sys.argv[2]),
}
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[2], 53))
print("ready", flush=True)
while True:
    query, peer = s.recvfrom(9000)
    end = query.index(b"\0", 12) + 1
    kind, = struct.unpack("!H", query[end:end + 2])
    print("asked", kind, query[12:end], flush=True)
    data = RECORDS.get((query[12:end], kind))
    answer = query[:2] + (b"\x84\0" if data else b"\x84\3") + b"\0\1" + (
        b"\0\1" if data else b"\0\0") + bytes(4) + query[12:end + 4]
    if data:
        answer += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 120, len(data)) + data
    s.sendto(answer, peer)
"""


@pytest.fixture
def server(link):
    return link.server.serve(sys.executable, "-c", NAME_SERVER, FAR, SERVER4,
                             ready="ready")


@pytest.fixture
def multicast(link):
    """Whoever is asked over multicast says "query"."""
    return start_responder(link, "def handle(q, kind, reply): pass")


def end(process):
    """All that it has written."""
    process.kill()
    return process.stdout.read()


def test_ssdp_on_every_link(link):
    link.server.serve(sys.executable, "-c", TELEVISION, UUID, RENDERER,
                      ready="ready")
    (found,) = browse(link, "--type", RENDERER)
    assert (found["source"], found["interface"]) == ("ssdp", "dsc0")


def test_domain_is_asked_of_its_servers_only(link, server, multicast):
    """Neither the link nor who is guessed knows what a domain has."""
    start_web(link)
    (found,) = discover(link, "--json", "--type", FAR, "--dns", SERVER4,
                        "--timeout", "20s").objects()
    assert (found["source"], found["health"]) == ("dns", "ok")
    assert end(multicast) == ""


def test_lease_of_a_link_that_is_not_asked(link, server, tmp_path):
    """The name server is of the lease, though the link is not asked."""
    lease = tmp_path / "lease"
    lease.write_text(f"interface='dsc0'\naddress='10.97.0.2'\nprefix='24'\n"
                     f"dns='{SERVER4}'\n")
    script = ("mount -t tmpfs none /run && mkdir -p /run/phase/net && "
              "cp $0 /run/phase/net/dsc0.lease && exec \"$@\"")
    process = link.client.process("unshare", "-m", "sh", "-c", script, lease,
                                  PROGRAM, "--no-probe", "--json", "--type",
                                  FAR, "--timeout", "20s")
    process.child.wait(PATIENCE)
    process.thread.join()
    assert '"source":"dns"' in process.lines[0], process.lines


def test_local_asks_the_server_that_was_named(link, server):
    """Beyond the link goes only what the user named."""
    arguments = ("--mode", "local", "--no-probe", "--json", "--timeout",
                 SEARCH, "--dns", SERVER4)
    (found,) = discover(link, *arguments, "--domain",
                        "lab.example").objects()
    assert found["source"] == "dns"


@pytest.mark.parametrize("goal", [
    ("--resolve", "Foo._phase-image._tcp"),
    ("--type", "_a._sub._phase-image._tcp"),
    ("--type", "_phase-image._tcp.local")])
def test_nobody_is_guessed_to_be_a_certain_one(link, goal):
    """What a gateway, a neighbour or a lease leads to has no such name."""
    start_web(link)
    link.client.run("ip", "route", "add", "default", "via", SERVER4)
    result = discover(link, "--json", "--timeout", SEARCH, *goal)
    assert (result.status, result.objects()) == (1, [])
    assert discover(link, "--json", "--timeout", SEARCH).status == 0


def test_nothing_announced_is_not_incomplete(link):
    result = discover(link, "--resolve", "Foo._ipp._tcp", "--timeout", SEARCH)
    assert b"announced" not in result.err
