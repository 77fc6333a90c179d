"""phase-discover --watch, and the other questions of DNS-SD: which types there
are, which subtypes, what a name stands for."""

import signal
import sys
import time

import pytest

from namespaces import PATIENCE
from responders import (PROGRAM, PROVIDER, SERVER4, TYPE, Watch, browse,
                        discover, service_file, start_responder, start_web,
                        together)


def test_added_changed_and_removed(link, avahi, tmp_path):
    daemon = avahi(PROVIDER)
    program = Watch(link, "--watch")
    found = program.wait("service", instance="plasmd-box")
    assert found["txt"]["channel"] == "stable"
    # avahi reads its files again.
    (services,) = tmp_path.glob("avahi*/services")
    (services / "s1.service").write_text(
        service_file(("second", [(TYPE, 81, [])])))
    daemon.child.send_signal(signal.SIGHUP)
    program.wait("service", instance="second")
    (services / "s0.service").write_text(service_file(
        ("plasmd-box", [(TYPE, 8080, ["channel=testing"])])))
    daemon.child.send_signal(signal.SIGHUP)
    # avahi may say goodbye to it in between.
    program.wait_for('"txt":{"channel":"testing"}')
    (services / "s1.service").unlink()
    daemon.child.send_signal(signal.SIGHUP)
    program.wait("lost", instance="second")
    assert program.stop() == 0


def test_ends_with_its_input(link):
    """With --events, whose end is the end of what reports them."""
    program = Watch(link, "--watch", "--events")
    assert program.child.wait(PATIENCE) in (0, 1)


def test_m11_ttl_that_runs_out(link):
    """A host that has gone without a word, and was asked again in vain."""
    start_responder(link, r"""
answered = False
def handle(question, kind, reply):
    global answered
    if kind == 12 and not answered:
        answered = True
        reply(message(*service("brief", ttl=2)))
""")
    program = Watch(link, "--watch")
    program.wait("service", instance="brief")
    program.wait("lost", instance="brief")


def test_m10_cache_flush(link):
    """Another address in place of the one before it."""
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        # Whoever knows the first one says so when he asks again.
        n = 2 if b"\x05moved" in packet else 1
        reply(message(*service("moved", port=9000 + n,
                               address=f"10.97.0.{n}")))
""")
    program = Watch(link, "--watch")
    program.wait("service", url="http://10.97.0.1:9001")
    program.wait("changed", url="http://10.97.0.2:9002",
                 addresses=["10.97.0.2"])
    assert {o["event"] for o in program.events()} == {"service", "changed"}


def test_address_that_comes_later(link, avahi):
    """init tells what becomes of the network, as phase-net reports it."""
    avahi(PROVIDER)
    link.client.run("ip", "addr", "flush", "dev", "dsc0")
    program = Watch(link, "--watch")
    link.client.run("ip", "addr", "add", "10.97.0.2/24", "dev", "dsc0")
    program.wait("service", instance="plasmd-box")


@pytest.mark.parametrize("arguments", [[], ["--watch"]])
def test_check_that_could_not_begin(link, arguments):
    """Our own address comes after the provider is known, and nobody tells."""
    start_web(link)
    link.client.run("ip", "addr", "flush", "dev", "dsc0", "scope", "global")
    program = Watch(link, "--timeout", "6s", "--provider",
                    f"http://{SERVER4}:8080", *arguments, program=(PROGRAM, "--json"))
    if arguments:
        program.wait("service", health="unreachable")
    else:
        time.sleep(0.2)
    link.client.run("ip", "addr", "add", "10.97.0.2/24", "dev", "dsc0")
    begin = time.monotonic()
    program.wait("changed" if arguments else "service", health="ok")
    # Soon, and not when all are checked again, which is after a minute.
    assert time.monotonic() - begin < 20


def test_provider_that_fails_and_recovers(link):
    web = start_web(link, status=503)
    program = Watch(link, "--watch", "--provider", f"http://{SERVER4}:8080",
                    program=(PROGRAM, "--json"))
    program.wait("service", health="unhealthy")
    web.terminate()
    web.wait()
    start_web(link)
    program.wait("changed", health="ok")


def test_types(link, avahi):
    avahi(PROVIDER, ("site", [("_http._tcp", 80, []), ("_ipp._tcp", 631, []),
                              ("_domain._udp", 53, [])]))
    found = browse(link, "--types")
    assert sorted(o["type"] for o in found) == [
        "_domain._udp", "_http._tcp", "_ipp._tcp", TYPE]
    assert {o["kind"] for o in found} == {"type"}


def test_subtype(link, avahi):
    avahi(("printer", [("_ipp._tcp,_color,_duplex", 631, [])]),
          ("grey", [("_ipp._tcp,_duplex", 632, [])]))
    color, duplex, none = together(
        lambda name: browse(link, "--type", f"_{name}._sub._ipp._tcp"),
        ["color", "duplex", "none"])
    assert [o["instance"] for o in color] == ["printer"]
    assert sorted(o["instance"] for o in duplex) == ["grey", "printer"]
    assert none == []


def test_m22_resolve_a_name_with_dots(link, avahi):
    avahi(("My.Printer \\ 2.0", [("_ipp._tcp", 631, ["note=here"])]),
          ("My", [("_ipp._tcp", 632, [])]))
    for (found,) in together(lambda name: browse(link, "--resolve", name), [
            r"My\.Printer \\ 2\.0._ipp._tcp",
            r"My\.Printer \\ 2\.0._ipp._tcp.local",
            r"my\.printer \092 2\.0._IPP._tcp.local."]):
        assert found["instance"] == "My.Printer \\ 2.0"
        assert (found["port"], found["txt"]) == (631, {"note": "here"})


def test_resolve_takes_ipv4_that_comes_later(link):
    """What is used is the best of what is known, not of what came first."""
    start_responder(link, r"""
import threading
who, host = instance("two"), name("two", "local")
def handle(question, kind, reply):
    if kind == 33:
        reply(message(srv(who, 81, host), txt(who, b"a=b"),
                      record(host, 28, socket.inet_pton(socket.AF_INET6,
                                                        "fe80::1:1"))))
        threading.Timer(.2, reply, (message(a(host, "10.97.0.1")),)).start()
""")
    program = Watch(link, "--watch", "--resolve", "two." + TYPE)
    program.wait_for('"url":"http://10.97.0.1:81"')
    found = program.events()[-1]
    assert found["addresses"] == ["10.97.0.1", "fe80::1:1"]


def test_lookup(link, avahi):
    avahi(PROVIDER)
    *found, nobody = together(lambda name: browse(link, "--lookup", name), [
        "box", "box.local", "BOX.local.", "nobody.local"])
    for (host,) in found:
        assert (host["kind"], host["host"]) == ("host", "box.local")
        assert SERVER4 in host["addresses"]
    assert nobody == []


FILTERS = [
    (["channel=stable"], ["a", "b"]),
    (["CHANNEL=stable"], ["a", "b"]),
    (["channel=Stable"], []),
    (["channel"], ["a", "b", "c"]),
    (["flag"], ["b"]),
    (["channel=stable", "flag"], ["b"]),
    (["channel=testing"], ["c"]),
    (["nothing"], []),
]


def test_txt_filters(link, avahi):
    avahi(("a", [(TYPE, 1, ["channel=stable"])]),
          ("b", [(TYPE, 2, ["channel=stable", "flag"])]),
          ("c", [(TYPE, 3, ["channel=testing"])]))
    found = together(
        lambda filters: browse(link, *(a for f in filters
                                       for a in ("--txt", f))),
        [filters for filters, _ in FILTERS])
    assert [sorted(o["instance"] for o in objects)
            for objects in found] == [names for _, names in FILTERS]


TEMPLATES = {
    "%i|%h|%p|%t|%d|%n|%s": b"plasmd-box|box.local|8080|_phase-image._tcp"
                            b"|local|dsc0|mdns\n",
    "%{channel} %{CHANNEL} [%{none}] 100%%": b"stable stable [] 100%\n",
    r"%e\t%p\0": b"service\t8080\0",  # no newline
}


def test_template(link, avahi):
    avahi(PROVIDER)
    for template, line in TEMPLATES.items():
        result = discover(link, "--first", "--no-probe", "--timeout", "20s",
                          "--arch", "arm64", "--format", template)
        assert (result.status, result.out) == (0, line)


# What goes over the cable, a line a frame.
FRAMES = """
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("dsc0", 0))
print("ready", flush=True)
while True:
    print(s.recv(9000).hex(), flush=True)
"""


def test_private_says_nothing_of_us(link):
    """No host name, no ping, no question to a name server."""
    listener = link.server.serve(sys.executable, "-c", FRAMES, ready="ready")
    link.client.run("ip", "route", "add", "default", "via", SERVER4)
    result = discover(link, "--mode", "private", "--timeout", "1s",
                      "--dns", SERVER4, "--domain", "example.com")
    assert result.status in (1, 2)
    listener.stop()
    packets = [bytes.fromhex(line) for line in listener.lines[1:]]
    ours = [p for p in packets if p[12:14] in (b"\x08\x00", b"\x86\xdd")]
    for packet in ours:
        assert b"example" not in packet
        ipv6 = packet[12:14] == b"\x86\xdd"
        # No echo request.
        assert not (ipv6 and packet[20] == 58 and packet[54] == 128)
