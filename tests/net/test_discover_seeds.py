"""phase-discover between one responder that is good and others that are not:
from seeds. PHASE_SEEDS=first-last tries others."""

import os
import subprocess

import pytest

from responders import SEARCH, Watch, exit_and_peak, start_responder

first, last = map(int, os.environ.get("PHASE_SEEDS", "1-8").split("-"))
# RSS, in KB, with whatever there is to be read.
LIMIT = 1024

HOSTILE = r"""
import random
from mutations import flood, mutations
random = random.Random(SEED)
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handle(question, kind, reply):
    good = message(*service("good", strings=(b"channel=stable",)))
    packets = mutations(random, 80)
    packets.insert(random.randrange(len(packets)), good)
    for one in packets:
        reply(one)
    # From a port that nobody believes: a goodbye of the good one.
    reply(message(*service("good", ttl=0)), by=other)
    # Whoever comes first has the room; this is once the good one is known.
    if SEED % 4 == 0 and bytes((4,)) + b"good" in packet:
        print("flooded", flush=True)
        for one in flood(random, 10000):
            reply(one)
"""


@pytest.mark.parametrize("seed", range(first, last + 1))
def test_m1_to_m19_from_a_seed(link, seed):
    """The good one is found, whatever comes before and after it."""
    responder = start_responder(link, HOSTILE.replace("SEED", str(seed)))
    # A flood comes with the second question.
    program = Watch(link, "--timeout", SEARCH if seed % 4 else "10s",
                    stderr=subprocess.DEVNULL)
    status, peak = exit_and_peak(program)
    assert status == 0
    events = program.events()
    good = [e for e in events if e["instance"] == "good"]
    assert good and good[-1]["event"] != "lost"
    assert good[-1]["url"] == "http://10.97.0.1:9999"
    assert good[-1]["txt"] == {"channel": "stable"}
    # Nothing of what is no service, or cannot be reached.
    assert not [e for e in events if e["instance"] and
                e["instance"].startswith(("none", "ring", "never"))]
    assert peak < LIMIT
    if seed % 4 == 0:
        responder.kill()
        assert "flooded\n" in responder.stdout
