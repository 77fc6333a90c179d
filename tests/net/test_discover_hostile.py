"""phase-discover and responders that mean no good."""

import json
import subprocess

from responders import (SEARCH, Watch, discover, exit_and_peak,
                        start_responder)

MEMORY_KB = 1024


def test_m3_m4_broken_packets_leave_nothing(link):
    start_responder(link, r"""
def handle(question, kind, reply):
    bad = message(*service("bad"))
    huge = [record(name("x", "local"), 65280, bytes(8950))]
    over = [record(name("x", "local"), 65280, bytes(9000))]
    reply(bad[:-1], message(*service("bad"), count=65535),
          message(*service("huge"), *over),
          message(*service("bad2"), flags=0x8403),
          message(*service("bad3"), flags=0x0400),
          bad[:12], bad[:3], b"")
    big = message(*service("good"), *[record(name("x", "local"), 65280,
                                             bytes(8000))])
    assert len(message(*service("huge"), *over)) > 9000 >= len(big)
    reply(big)
""")
    result = discover(link, "--json", "--no-probe", "--first", "--timeout",
                      "20s", "-v")
    assert [o["instance"] for o in result.objects()] == ["good"]
    assert result.status == 0
    # Of the others, over 9000 bytes, below 3 or no answer, the socket knows.
    assert b"dropped: 4 malformed, 0 foreign, 1 ignored" in result.err


def test_m13_answer_from_another_port(link):
    start_responder(link, r"""
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handle(question, kind, reply):
    reply(message(*service("forged")), by=other)
    reply(message(*service("good")))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert [o["instance"] for o in result.objects()] == ["good"]


def test_m19_ten_thousand_services(link):
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind != 12:
        return
    for i in range(0, 10000, 10):
        records = []
        for j in range(10):
            records += service(f"s{i + j}")
        reply(message(*records))
""")
    result = discover(link, "--no-probe", "--timeout", SEARCH, "--json")
    assert result.status == 0
    assert len(result.objects()) == 64
    assert b"more than 64 services" in result.err
    program = Watch(link, "--timeout", SEARCH, stderr=subprocess.DEVNULL)
    status, peak = exit_and_peak(program)
    assert (status, len(program.events())) == (0, 64)
    assert peak < MEMORY_KB


HOSTILE = b"a.b\\\x1b[31m\r\n\x9b\xff\xe2\x80\xae\"'%"


def test_m22_hostile_bytes(link):
    start_responder(link, rf"""
def handle(question, kind, reply):
    if kind == 12:
        reply(message(*service({HOSTILE!r}, host={HOSTILE!r}, strings=(
            b"k\x1b=v\x07", b"channel=\x1b]0;x\x07", b"bin=\x00\xff"))))
""")
    common = ("--no-probe", "--first", "--timeout", "20s")
    text = discover(link, *common, "--format", "text")
    assert text.status == 0
    assert len(text.text().splitlines()) == 2
    assert r"a.b\\\x1b[31m\x0d\x0a\x9b\xff\xe2\x80\xae" in text.text()
    assert text.text().replace("\n", "").isprintable()
    raw = discover(link, *common, "--json").out
    assert raw.count(b"\n") == 1
    assert raw.decode().rstrip("\n").isprintable()
    found = json.loads(raw)
    assert found["instance"] == "a.b\\\x1b[31m\r\n\x9b\xff\u202e\"'%"
    assert found["txt"]["bin"] == "\0\xff"
    (_, record), _ = discover(link, *common, "--format", "report").records()
    assert record["instance"] == HOSTILE


def test_m25_manifest_that_is_not_safe(link):
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        for i, path in enumerate((b"//evil/x", b"/a/../b", b"/a\r\nX: y",
                                  b"file:///etc", b"/%2e%2e/x", b"/good")):
            reply(message(*service(f"i{i}", strings=(b"manifest=" + path,))))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    manifests = [o["manifest"] for o in result.objects()]
    base = "http://10.97.0.1:9999"
    assert manifests == [base + "/manifest.json"] * 5 + [base + "/good"]
