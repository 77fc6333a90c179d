"""What phase-discover makes of a network that changes: --events, NICs and
leases that come and go."""

import subprocess
import sys
import time

from namespaces import PATIENCE, ROOT, cable
from responders import (CLIENT4, PROGRAM, SERVER4, TYPE, Watch, start_avahi,
                        start_responder, start_web)


class Told(Watch):
    """A watch that a test tells what phase-net would, and that checks."""

    def __init__(self, net, *arguments):
        super().__init__(net, "--watch", "--events", *arguments,
                         program=(PROGRAM, "--json"), stdin=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)

    def tell(self, event, interface="dsc0", **fields):
        fields = "".join(f" {k}={v}" for k, v in fields.items())
        self.child.stdin.write(f"{event} interface={interface}{fields}\n")
        self.child.stdin.flush()


def test_provider_is_asked_again_once_there_is_a_lease(link):
    """Not when the next round of checks is due: a boot waits for it."""
    link.client.run("ip", "addr", "flush", "dev", "dsc0")
    start_web(link)
    program = Told(link, "--provider", f"http://{SERVER4}:8080")
    program.wait("service", source="explicit", health="unreachable")
    link.client.run("ip", "addr", "add", CLIENT4 + "/24", "dev", "dsc0")
    program.tell("lease", address=CLIENT4, prefix=24)
    program.wait("changed", source="explicit", health="ok")


def test_provider_that_was_named_outlives_its_nic(link):
    start_web(link)
    program = Told(link, "--provider", "http://[fe80::1:1%25dsc0]:8080")
    program.wait("service", source="explicit", health="ok")
    program.tell("gone")
    link.client.run("ip", "link", "set", "dsc0", "down")
    program.tell("nic", carrier=0)
    # Everything before this has been heard.
    program.tell("nic", interface="lo", carrier=1)
    program.child.stdin.close()
    program.child.wait(PATIENCE)
    program.thread.join()
    assert not [e for e in program.events() if e["event"] == "lost"]


def test_gateway_of_two_leases_stays_with_one(link):
    link.cable(None, None)
    start_web(link)
    program = Told(link)
    for nic in ("dsc0", "dsc1"):
        program.tell("lease", nic, address=CLIENT4, prefix=24, router=SERVER4)
    program.wait("service", source="gateway", health="ok")
    program.tell("lost", "dsc1")
    # When this is told, that has been heard.
    program.tell("lease", "dsc1", address=CLIENT4, prefix=24,
                 portal="http://10.97.0.9:9")
    program.wait("service", source="dhcp")
    assert "lost" not in [e["event"] for e in program.events()]
    program.tell("lost", "dsc0")
    program.wait("lost", source="gateway")


def test_nic_in_place_of_one_of_its_name(link, tmp_path):
    """That it has gone was not told, or came too late to be seen."""
    program = Told(link, "--no-probe")
    program.tell("nic", carrier=1)
    link.client.run("ip", "link", "del", "dsc0")
    cable(link.server, link.client, "dsc0")
    for side, last in ((link.server, 1), (link.client, 2)):
        side.run("ip", "addr", "add", f"10.97.0.{last}/24", "dev", "dsc0")
        side.run("ip", "link", "set", "dsc0", "up")
    link.client.wait_for_carrier("dsc0")
    start_avahi(link.server, tmp_path, [("later", [(TYPE, 8080, [])])])
    program.tell("nic", carrier=1)
    program.wait("service", instance="later")
    program.child.stdin.close()
    assert program.child.wait(PATIENCE) == 0


def test_addresses_that_come_at_will(link):
    """Who sends router advertisements has two addresses change places as
    often as he likes: that is no way to have us flood the link."""
    ear = link.server.serve(
        sys.executable, str(ROOT / "tests/net/responder.py"),
        "def handle(q, kind, reply): pass", ready="ready")
    begun = time.monotonic()
    program = Told(link, "--no-probe")
    for i in range(300):
        program.tell("address6", address=f"fd00::{i % 2}")
    # When this is told, that has been heard.
    program.tell("lease", address=CLIENT4, prefix=24,
                 portal="http://10.97.0.9:9")
    program.wait("service", source="dhcp")
    program.child.stdin.close()
    assert program.child.wait(PATIENCE) == 0
    took = time.monotonic() - begun
    ear.wait_for("query", 2)
    # 8 times a second, over either family's group and to a port of its own.
    assert ear.lines.count("query") < 40 + 16 * took
