"""Many services, of which few are of any use: nobody keeps the others out."""

import time

from namespaces import PATIENCE
from responders import (CLIENT4, SERVER4, discover, start_responder,
                        start_web)
from test_discover_network import Told

# COUNT services, each of a host with ADDRESSES where nobody is.
CROWD = r"""
def host_of(label):
    return name(label, "local")
def crowd(count, addresses):
    for i in range(count):
        label = "bad%%02d" %% i
        who = instance(label)
        yield message(ptr(TYPE, who), srv(who, 8080, host_of(label)), txt(who, b"a=b"),
                      *(a(host_of(label), "10.97.0.%%d" %% (100 + i * addresses + k))
                        for k in range(addresses)))
def handle(question, kind, reply):
    if kind == 12:
        reply(*crowd(%d, %d), message(*service("zgood", port=8080)))
"""


def test_dead_addresses_keep_nobody_waiting(link):
    """Each has 1.5 seconds to answer, 8 at a time: 24 times 4 of them would be
    18 seconds."""
    start_web(link)
    # No neighbour is guessed.
    link.server.run("ip", "-6", "addr", "flush", "dev", "dsc0")
    start_responder(link, CROWD % (24, 4))
    begun = time.monotonic()
    found = discover(link, "--json", "--first", "--timeout", "30s").objects()
    assert time.monotonic() - begun < 15
    assert found[0]["instance"] == "zgood"


def test_lease_has_a_place_in_a_crowd(link):
    """Of those that are announced no more are taken than leave room: then
    DHCP names a provider."""
    link.cable("10.97.1.1", "10.97.1.2")
    start_responder(link, CROWD % (63, 1))
    program = Told(link, "--no-probe")
    program.wait_for('"event":"service"', 100)
    program.tell("lease", address=CLIENT4, prefix=24,
                 portal=f"http://{SERVER4}:8080")
    program.wait("service", source="dhcp")
    program.child.stdin.close()
    assert program.child.wait(PATIENCE) == 0
    events = program.events()
    assert "lost" not in {e["event"] for e in events}
    assert len([e for e in events if e["event"] == "service"]) == 101
