"""How phase-discover's table fits a terminal, and what it is without one."""

import fcntl
import os
import re
import struct
import subprocess
import termios
import unicodedata

from namespaces import Process
from responders import PROGRAM, SEARCH, discover, together

WIDE = "日本語 " * 3 + "e\u0301"  # 2 columns, 1, and none
SERVICES = [
    ("short", [("_http._tcp", 81, ["path=/" + "x" * 150])]),
    (WIDE, [("_http._tcp", 82, ["flag", "odd=a\x7fb"])]),
]
BROWSE = ["--type", "_http._tcp", "--timeout", SEARCH]


def columns(line):
    """How many a terminal shows LINE in."""
    plain = re.sub(r"\033\[[0-9;]*m", "", line)
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in plain)


def on_terminal(link, *arguments, size=0, **environment):
    """The lines of standard output, on a terminal of SIZE columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, size, 0, 0))
    known = {"PATH": os.environ["PATH"], "TERM": "linux"}
    done = subprocess.run(link.client.command(PROGRAM, *arguments),
                          stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=subprocess.DEVNULL, check=False,
                          env=known | environment)
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:
        pass
    os.close(ours)
    assert done.returncode == 0
    return seen.decode().split("\r\n")[:-1]


SIZES = [
    (40, {}, 40),
    (120, {}, 120),
    (0, {}, 80),  # a serial line
    (120, {"COLUMNS": "50"}, 50),
    (70, {"COLUMNS": "wide"}, 70),
]


def test_m22_as_wide_as_the_terminal(link, avahi):
    avahi(*SERVICES)
    for (_, _, limit), lines in zip(SIZES, together(
            lambda size: on_terminal(link, *BROWSE, size=size[0], **size[1]),
            SIZES)):
        assert len(lines) == 3
        assert max(columns(line) for line in lines) == limit
        assert any("…" in line for line in lines)


def test_whole_without_a_terminal(link, avahi, monkeypatch):
    avahi(*SERVICES)
    monkeypatch.setenv("COLUMNS", "40")
    lines = discover(link, *BROWSE).text().splitlines()
    assert len(lines) == 3
    assert any("path=/" + "x" * 150 in line for line in lines)
    assert any(WIDE in line and "odd=a\\x7fb" in line for line in lines)
    assert not any("…" in line or "\033" in line for line in lines)


def test_colour(link, avahi):
    avahi(*SERVICES)
    coloured, *plain = together(
        lambda environment: on_terminal(link, *BROWSE, **environment),
        [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
    assert any("\033[1m" in line for line in coloured)
    for lines in plain:
        assert len(lines) == 3
        assert not any("\033" in line for line in lines)


def test_m22_templates_are_raw_for_programs_only(link, avahi):
    avahi(*SERVICES)
    options = [*BROWSE, "--txt", "odd", "--format", r"%p\t%{odd}"]
    raw, shown, zeros = together(lambda call: call(), [
        lambda: discover(link, *options),
        lambda: on_terminal(link, *options),
        lambda: discover(link, *BROWSE, "--format", r"%i\0")])
    assert raw.out == b"82\ta\x7fb\n"
    assert shown == ["82\ta\\x7fb"]
    assert sorted(zeros.out.split(b"\0")) == sorted(
        [b"", b"short", WIDE.encode()])


def test_watch_tells_people(link, avahi):
    daemon = avahi(*SERVICES)
    program = Process(link.client.command(PROGRAM, "--watch", "--type",
                                          "_http._tcp"))
    link.client.children.append(program)
    program.wait_for(lambda line: re.match(r"\+ +\d+\.\d{3}  short ", line))
    daemon.stop()
    program.wait_for(lambda line: re.match(r"- +\d+\.\d{3}  short ", line))
    # What was found once counts.
    assert program.stop() == 0
