"""What people and programs see of phase-discover."""

import os
import re
import subprocess

import pytest

from namespaces import PATIENCE
from responders import (PROGRAM, PROVIDER, SEARCH, discover, no_neighbours,
                        start_web)


def test_browse_text_and_quiet(link, avahi):
    no_neighbours(link)
    avahi(PROVIDER)
    start_web(link)
    result = discover(link, "--first", "--timeout", "20s", "--arch", "arm64")
    assert result.status == 0
    heading, row = result.text().splitlines()
    # Whether the manifest was looked at by then may be or not.
    assert [name for name in heading.split() if name != "MANIFEST"] == [
        "NAME", "ADDRESS", "NIC", "HEALTH", "TXT"]
    assert re.match(r"plasmd-box +http://\S+:8080 +dsc0 +ok \d+m?s +\S", row)
    for pair in PROVIDER[1][0][2]:
        assert pair in row
    assert b"\033" not in result.out + result.err
    result = discover(link, "--quiet", "--first", "--timeout", "20s",
                      "--arch", "arm64")
    assert result.status == 0
    assert re.fullmatch(r"http://\S+:8080\n", result.text())


def test_browse_report(link, avahi):
    no_neighbours(link)
    avahi(PROVIDER)
    start_web(link)
    result = discover(link, "--format", "report", "--first", "--timeout",
                      "20s", "--arch", "arm64", "--gateway", "192.0.2.1:9")
    assert result.status == 0
    (event, found), (last, done) = result.records()
    assert (event, last) == ("service", "done")
    assert found["instance"] == b"plasmd-box"
    assert found["interface"] == b"dsc0"
    assert found["health"] == b"ok"
    assert found["suitable"] == b"yes"
    assert found["channel"] == b"stable"
    assert found["url"].endswith(b":8080")
    assert done["found"] == b"1"
    assert done["suitable"] == b"1"
    assert done["over"] == b"0"


def test_on_a_terminal(link, avahi):
    """Whether it is one is asked before it may no longer be."""
    avahi(PROVIDER)
    ours, theirs = os.openpty()
    done = subprocess.run(
        link.client.command(PROGRAM, "--first", "--no-probe", "--timeout",
                            "20s", "--arch", "arm64"),
        stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while True:
            seen += os.read(ours, 65536)
    except OSError:
        pass
    os.close(ours)
    assert done.returncode == 0
    assert seen.startswith(b"Looking for _phase-image._tcp on dsc0 ...\r\x1b[K")
    assert b"\x1b[1m" in seen and b"plasmd-box" in seen


@pytest.mark.parametrize("arguments, reason", [
    (["--bootstrap", "x"], b"no peer-to-peer network"),
    (["--bootstrap"], b"no peer-to-peer network"),
    (["--type", "x"], b"--type"),
    (["--timeout", "soon"], b"--timeout"),
    (["--timeout"], b"needs a value"),
    (["--provider", "https://x"], b"only http"),
    (["--provider", "http://u@x/"], b"--provider"),
    (["--mode", "wild"], b"--mode"),
    (["--format", "xml"], b"--format"),
    (["--gateway", "10.0.0.1:0"], b"--gateway"),
    (["--json=yes"], b"takes no value"),
    (["--watch", "--first"], b"one goes on, the other ends"),
    (["--interface", "nosuchnic"], b"there is no nosuchnic"),
    (["stray\x1b"], b"stray\\x1b"),
])
def test_wrong_usage(arguments, reason):
    done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in done.stderr


def test_help_and_version():
    done = subprocess.run([PROGRAM, "--help"], capture_output=True)
    assert done.returncode == 0
    assert done.stdout.startswith(b"usage: phase-discover")
    done = subprocess.run([PROGRAM, "--version"], capture_output=True)
    assert done.returncode == 0
    assert re.fullmatch(rb"phase-discover \S+\n", done.stdout)


def test_accepted_without_effect(link):
    result = discover(link, "--ephemeral", "--mode", "private", "--timeout",
                      "50ms")
    assert result.status == 1


@pytest.mark.parametrize("form", [["--json"], ["--format", "%u"],
                                  ["--format", "report"], ["--quiet"], []])
def test_what_cannot_be_written(link, form):
    """Is said once, and is no success."""
    start_web(link)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            link.client.command(PROGRAM, "--timeout", SEARCH, *form),
            stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr.count(b"standard output")) == (1, 1)


def test_watch_that_nobody_reads(link):
    """Whoever ignores SIGPIPE, as some parents make their children do."""
    start_web(link)
    program = subprocess.Popen(
        link.client.command("sh", "-c", "trap '' PIPE; exec \"$@\"", "sh",
                            PROGRAM, "--watch", "--json"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    program.stdout.close()
    try:
        assert program.wait(PATIENCE) == 1
    finally:
        program.kill()
        program.wait()
