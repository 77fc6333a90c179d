"""phase-discover and a network that changes: providers that come and go, and
what init tells of interfaces and leases."""

import re
import subprocess

import pytest

from name_servers import DOMAIN
from namespaces import PATIENCE
from responders import (PROGRAM, PROVIDER, SEARCH, SERVER4, Watch, discover,
                        start_avahi, start_responder, start_web)

URL = f"http://{SERVER4}:8080"
EVENTS = ("--watch", "--events")
# Announces what the gateway has at once, to all, and answers as well.
ANNOUNCER = r"""
records = service("box", port=8080)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             socket.inet_aton("10.97.0.1"))
s.sendto(message(*records), (GROUP, 5353))
def handle(question, kind, reply):
    if kind == 12:
        reply(message(*records))
"""


@pytest.fixture
def gateway(link):
    """The server is the client's gateway, and no neighbour over IPv6."""
    link.client.run("ip", "-6", "addr", "flush", "dev", "dsc0")
    link.client.run("ip", "route", "add", "default", "via", SERVER4)


def watch(link, *arguments):
    return Watch(link, "--arch", "arm64", *arguments, program=(PROGRAM, "--json"),
                 stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_guess_waits_for_who_announces_it(link, gateway):
    """And for nobody more than a moment."""
    start_web(link)
    program = link.client.process(PROGRAM, "--watch")
    at = program.wait_for(SERVER4)
    told, = re.findall(r"^\+ +(\d+\.\d{3})  ", program.lines[at - 1])
    assert float(told) >= .1


def test_guess_that_is_announced(link, gateway):
    """Is nothing then, or not any more."""
    start_web(link)
    start_responder(link, ANNOUNCER)
    *events, (last, done) = discover(link, "--format", "report", "--timeout",
                                     SEARCH).records()
    assert (last, done["found"]) == ("done", b"1")
    guesses = [event for event, fields in events
               if fields["source"] == b"gateway"]
    assert guesses[-1:] in ([], ["lost"])


def test_guess_that_is_announced_later(link, gateway):
    start_web(link)
    program = watch(link, "--watch")
    program.wait("service", source="gateway", url=URL)
    start_responder(link, ANNOUNCER)
    program.wait("service", source="mdns", url=URL)
    program.wait("lost", source="gateway", url=URL)
    assert program.stop() == 0


def test_provider_that_starts_late_and_one_that_dies(link, gateway):
    """Checked again; and once the network has changed, all of them."""
    url = f"http://{SERVER4}:8081"
    dies = start_web(link, port=8081)
    program = watch(link, *EVENTS, "--provider", url)
    program.wait("service", source="explicit", health="ok")
    start_web(link)
    dies.kill()
    dies.wait()
    program.tell(f"lease interface=dsc0 address=10.97.0.2 prefix=24 "
                 f"router={SERVER4}")
    program.wait_for('"event":"service","source":"gateway"')
    program.wait("changed", source="explicit", health="unreachable")
    program.wait_for('"health":"ok"')
    # What was found once counts.
    assert program.stop() == 0


def test_m20_interface_that_comes_and_goes(link, tmp_path):
    link.cable("10.98.0.1", "10.98.0.2")
    link.client.run("ip", "link", "set", "dsc1", "down")
    start_avahi(link.server, tmp_path, [PROVIDER])
    program = watch(link, *EVENTS, "--no-probe")
    program.wait("service", interface="dsc0")
    link.client.run("ip", "link", "set", "dsc1", "up")
    link.client.wait_for_carrier("dsc1")
    program.tell("nic interface=dsc1 carrier=1")
    found = program.wait("service", interface="dsc1")
    assert found["instance"] == "plasmd-box"
    link.server.run("ip", "link", "del", "dsc1")
    program.tell("gone interface=dsc1")
    lost = program.wait("lost")
    assert (lost["interface"], lost["instance"]) == ("dsc1", "plasmd-box")
    # The other one is still searched.
    program.child.stdin.close()
    assert program.child.wait(PATIENCE) == 0


def test_m20_interfaces_that_are_not_wanted(link, tmp_path):
    link.cable("10.98.0.1", "10.98.0.2")
    start_avahi(link.server, tmp_path, [PROVIDER])
    program = watch(link, *EVENTS, "--no-probe", "--interface", "dsc1")
    program.wait("service", interface="dsc1")
    program.tell("nic interface=dsc0 carrier=1")
    program.tell("gone interface=dsc1")
    program.wait("lost", interface="dsc1")
    assert {o["interface"] for o in program.events()} == {"dsc1"}


def test_lease_that_comes_and_goes(link, dns_server):
    """Its provider, and what is in its domain."""
    dns_server("dnsmasq")
    start_web(link)
    program = watch(link, *EVENTS)
    program.tell(f"lease interface=dsc0 address=10.97.0.2 prefix=24 "
                 f"router={SERVER4} dns={SERVER4} domain={DOMAIN} "
                 f"portal=http://{SERVER4}:8081")
    wanted = {("dhcp", f"http://{SERVER4}:8081"), ("dns", URL)}
    for event in "service", "lost":
        seen = set()
        while not wanted <= seen:
            told = program.wait(event)
            seen.add((told["source"], told["url"]))
        program.tell("lost interface=dsc0")
    program.stop()


def test_hostile_records(link, avahi):
    """What is no record changes nothing."""
    avahi(PROVIDER)
    program = watch(link, *EVENTS, "--no-probe")
    program.wait("service", instance="plasmd-box")
    for line in ("", "=", "gone", "gone interface=", "gone interface=dsc00",
                 "gone interface=%64sc0%00", "lease interface=../dsc0",
                 "nic interface=nosuchnic carrier=1", "x" * 5000,
                 "lease interface=dsc0 dns=%zz address=999.1.1.1 prefix=99"):
        program.tell(line)
    program.child.stdin.close()
    assert program.child.wait(PATIENCE) == 0
    program.thread.join()
    assert {o["event"] for o in program.events()} <= {"service", "changed"}


def test_report_of_a_watch(link, avahi):
    """"done" ends the first search, and nothing else."""
    avahi(PROVIDER)
    program = link.client.process(PROGRAM, "--watch", "--no-probe",
                                  "--arch", "arm64", "--timeout", SEARCH,
                                  "--format", "report")
    at = program.wait_for("done found=1 ")
    assert any(line.startswith("service ") for line in program.lines[:at])
    link.server.run("ip", "link", "set", "dsc0", "down")
    assert program.stop() == 0
    assert sum(line.startswith("done ") for line in program.lines) == 1
