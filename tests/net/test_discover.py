"""phase-discover against real responders, in network namespaces.

Each test gets two namespaces with a veth pair between them: `server` with
avahi-daemon, a responder of ours or a web server, `client` with the program.
Needs root, avahi-daemon and iproute2. Everything waits for an event: a line
that a server writes once it is ready, or the end of the program.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from namespaces import ROOT, Namespace, cable

PROGRAM = os.environ.get("PHASE_DISCOVER",
                         str(ROOT / "build/x86_64/phase-discover"))
SERVER4 = "10.97.0.1"
CLIENT4 = "10.97.0.2"
TYPE = "_phase-image._tcp"
# Long enough for every answer to have come, where a test wants them all.
SEARCH = "1s"


class Link:
    """Two namespaces and what is between them."""

    def __init__(self):
        tag = f"dsc{os.getpid()}"
        self.server = Namespace(tag + "s")
        self.client = Namespace(tag + "c")
        self.n_cables = 0
        self.cable(SERVER4, CLIENT4)

    def cable(self, server4, client4):
        """Another veth pair: dscN in both; addresses may be None."""
        n = self.n_cables
        self.n_cables += 1
        nic = f"dsc{n}"
        cable(self.server, self.client, nic)
        for side, ipv4, last in ((self.server, server4, 1),
                                 (self.client, client4, 2)):
            if ipv4:
                side.run("ip", "addr", "add", ipv4 + "/24", "dev", nic)
            side.run("ip", "addr", "add", f"fe80::{n + 1}:{last}/64", "dev",
                     nic, "nodad")
            side.run("ip", "link", "set", nic, "up")
        for side in (self.server, self.client):
            side.wait_for_carrier(nic)
        return nic

    def close(self):
        self.client.close()
        self.server.close()


@pytest.fixture
def link():
    if os.geteuid() != 0:
        pytest.skip("needs root, for namespaces")
    link = Link()
    yield link
    link.close()


def service_file(services):
    groups = "".join(
        f"<service><type>{kind}</type><port>{port}</port>"
        + "".join(f"<txt-record>{t}</txt-record>" for t in txt)
        + "</service>" for kind, port, txt in services[1])
    return ("<?xml version='1.0' standalone='no'?>"
            "<!DOCTYPE service-group SYSTEM 'avahi-service.dtd'>"
            f"<service-group><name>{services[0]}</name>{groups}"
            "</service-group>")


@pytest.fixture
def avahi(link, tmp_path):
    """Starts avahi-daemon with groups of services: (name, [(type, port,
    [txt])]), in a mount namespace where it sees nothing of the machine's."""
    def start(*groups):
        etc = tmp_path / "avahi"
        (etc / "services").mkdir(parents=True)
        (etc / "avahi-daemon.conf").write_text(
            "[server]\nhost-name=box\nenable-dbus=no\n"
            "[publish]\npublish-workstation=no\npublish-hinfo=no\n")
        for i, group in enumerate(groups):
            (etc / "services" / f"s{i}.service").write_text(
                service_file(group), encoding="utf-8")
        script = ("mkdir -p /run/avahi-daemon && "
                  "mount -t tmpfs none /run/avahi-daemon && "
                  f"mount --bind '{etc}' /etc/avahi && "
                  "exec avahi-daemon --no-drop-root --no-rlimits --no-chroot")
        return link.server.start("unshare", "-m", "sh", "-c", script,
                                 ready="successfully established",
                                 times=len(groups), stream="stderr")
    return start


WEB = r"""
import http.server, socket, sys
status, port = int(sys.argv[1]), int(sys.argv[2])
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        code = status if self.path == "/health" else 404
        body = b'{"status":"x"}'
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
server = Server(("::", port), Handler)
print("ready", flush=True)
server.serve_forever()
"""


def start_web(link, status=200, port=8080):
    return link.server.start(sys.executable, "-c", WEB, str(status), str(port),
                             ready="ready")


# A responder whose answers a test spells out. HANDLE is called with each
# question (name, type) of a query and a reply function for raw packets.
RESPONDER = r"""
import socket, struct, sys

def name(*labels):
    out = b""
    for label in labels:
        label = label if isinstance(label, bytes) else label.encode()
        out += bytes([len(label)]) + label
    return out + b"\0"

def record(owner, kind, data, ttl=120, flush=0x8000):
    return owner + struct.pack(">HHIH", kind, 1 | flush, ttl, len(data)) + data

def message(*records, flags=0x8400, count=None, id=0):
    count = len(records) if count is None else count
    return struct.pack(">HHHHHH", id, flags, 0, count, 0, 0) + b"".join(records)

def srv(owner, port, target, priority=0, weight=0):
    return record(owner, 33, struct.pack(">HHH", priority, weight, port) + target)

def txt(owner, *strings):
    return record(owner, 16, b"".join(bytes([len(s)]) + s for s in strings))

def a(owner, address):
    return record(owner, 1, socket.inet_aton(address))

def ptr(owner, target):
    return record(owner, 12, target, flush=0)

TYPE = name("_phase-image", "_tcp", "local")

def instance(label):
    return name(label)[:-1] + TYPE

def service(label, host="box", address="10.97.0.1", port=9999, strings=(b"a=b",)):
    host = name(host, "local")
    who = instance(label)
    return [ptr(TYPE, who), srv(who, port, host), txt(who, *strings),
            a(host, address)]

def questions(packet):
    n, at = struct.unpack(">H", packet[4:6])[0], 12
    for _ in range(n):
        start = at
        while packet[at]:
            at += packet[at] + 1
        kind = struct.unpack(">H", packet[at + 1:at + 3])[0]
        yield packet[start:at + 1], kind
        at += 5

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 5353))
for index, _ in socket.if_nameindex():
    try:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("=4s4si", socket.inet_aton("224.0.0.251"),
                                 bytes(4), index))
    except OSError:
        pass
HANDLER
print("ready", flush=True)
while True:
    packet, peer = s.recvfrom(9000)
    if packet[2] & 0x80:
        continue
    print("query", flush=True)
    for question, kind in questions(packet):
        handle(question, kind,
               lambda *m, by=s: [by.sendto(x, peer) for x in m])
"""


def start_responder(link, handler):
    return link.server.start(sys.executable, "-c",
                             RESPONDER.replace("HANDLER", handler),
                             ready="ready")


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    def text(self):
        return self.out.decode()

    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def records(self):
        """(event, {key: bytes}) of each line of a report."""
        result = []
        for line in self.out.decode("ascii").splitlines():
            event, *fields = line.split(" ")
            values = {}
            for field in fields:
                key, value = field.split("=", 1)
                values[key] = re.sub(
                    rb"%([0-9a-f]{2})",
                    lambda m: bytes([int(m[1], 16)]), value.encode())
            result.append((event, values))
        return result


def discover(link, *arguments):
    done = subprocess.run(link.client.command(PROGRAM, *arguments),
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode in (0, 1, 2), done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


PROVIDER = ("plasmd-box", [(TYPE, 8080, ["channel=stable", "arch=arm64",
                                         "version=1.2.3"])])


def test_browse_json(link, avahi):
    avahi(PROVIDER, ("Other thing", [("_http._tcp", 81, ["path=/x"])]))
    start_web(link)
    result = discover(link, "--json", "--first", "--timeout", "20s",
                      "--arch", "aarch64", "--channel", "stable")
    assert result.status == 0
    (found,) = result.objects()
    assert found["event"] == "service"
    assert found["source"] == "mdns"
    assert found["instance"] == "plasmd-box"
    assert found["interface"] == "dsc0"
    assert found["host"] == "box.local"
    assert found["type"] == TYPE
    assert found["port"] == 8080
    assert found["channel"] == "stable"
    assert found["arch"] == "arm64"
    assert found["version"] == "1.2.3"
    assert found["txt"] == {"channel": "stable", "arch": "arm64",
                            "version": "1.2.3"}
    assert found["health"] == "ok"
    assert found["suitable"] is True
    assert found["latency_ms"] >= 0
    assert found["url"].endswith(":8080")
    assert found["manifest"] == (found["url"]
                                 + "/stable/arm64/manifest.json")


def test_browse_text_and_quiet(link, avahi):
    avahi(PROVIDER)
    start_web(link)
    result = discover(link, "--first", "--timeout", "20s", "--arch", "arm64")
    assert result.status == 0
    heading, row = result.text().splitlines()
    assert heading.split() == ["NAME", "ADDRESS", "NIC", "HEALTH", "TXT"]
    assert re.match(r"plasmd-box +http://\S+:8080 +dsc0 +ok \d+m?s +\S", row)
    for pair in PROVIDER[1][0][2]:
        assert pair in row
    assert b"\033" not in result.out + result.err
    result = discover(link, "--quiet", "--first", "--timeout", "20s",
                      "--arch", "arm64")
    assert result.status == 0
    assert re.fullmatch(r"http://\S+:8080\n", result.text())


def test_browse_another_type(link, avahi):
    avahi(PROVIDER, ("Web. Site", [("_http._tcp", 81, ["path=/x", "flag"])]),
          ("shell", [("_ssh._tcp", 22, [])]))
    (web,) = discover(link, "--type", "_http._tcp", "--json", "--first",
                      "--timeout", "20s").objects()
    assert web["instance"] == "Web. Site"
    assert web["txt"] == {"path": "/x", "flag": True}
    assert web["health"] == "unchecked"
    assert web["url"].endswith(":81")
    (shell,) = discover(link, "--type", "_ssh._tcp.local.", "--json",
                        "--first", "--timeout", "20s").objects()
    assert shell["instance"] == "shell"
    assert shell["url"] is None
    assert shell["port"] == 22


def test_browse_report(link, avahi):
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


def test_other_architecture_is_listed_but_not_chosen(link, avahi):
    avahi(PROVIDER)
    start_web(link)
    result = discover(link, "--json", "--timeout", SEARCH, "--arch",
                      "x86_64")
    assert result.status == 1
    (found,) = result.objects()
    assert found["suitable"] is False
    result = discover(link, "--quiet", "--timeout", SEARCH, "--arch",
                      "x86_64")
    assert (result.status, result.out) == (1, b"")


def test_gateway_of_the_routing_table(link):
    start_web(link)
    link.client.run("ip", "route", "add", "default", "via", SERVER4)
    result = discover(link, "--json", "--first", "--timeout", "20s")
    assert result.status == 0
    (found,) = result.objects()
    assert found["source"] == "gateway"
    assert found["url"] == f"http://{SERVER4}:8080"
    assert found["manifest"] == f"http://{SERVER4}:8080/manifest.json"
    assert found["health"] == "ok"
    assert found["instance"] is None


def test_gateway_given(link):
    start_web(link, port=8123)
    result = discover(link, "--quiet", "--first", "--timeout", "20s",
                      "--gateway", f"{SERVER4}:8123")
    assert result.status == 0
    assert result.text() == f"http://{SERVER4}:8123\n"


def test_gateway_that_is_no_provider(link):
    start_web(link, status=404)
    result = discover(link, "--json", "--timeout", SEARCH, "--gateway",
                      SERVER4)
    assert (result.status, result.out) == (1, b"")


def test_provider_that_is_not_well(link):
    start_web(link, status=503)
    result = discover(link, "--json", "--timeout", SEARCH, "--provider",
                      f"http://{SERVER4}:8080/")
    assert result.status == 1
    (found,) = result.objects()
    assert found["source"] == "explicit"
    assert found["health"] == "unhealthy"
    assert found["suitable"] is False
    result = discover(link, "--json", "--timeout", SEARCH, "--provider",
                      f"http://{SERVER4}:8079")
    assert result.status == 1
    assert result.objects()[0]["health"] == "unreachable"


def test_provider_over_link_local_ipv6(link):
    start_web(link)
    url = "http://[fe80::1:1%25dsc0]:8080"
    result = discover(link, "--quiet", "--first", "--timeout", "20s",
                      "--provider", url)
    assert (result.status, result.text()) == (0, url + "\n")


def test_the_named_one_comes_first(link, avahi):
    avahi(PROVIDER)
    start_web(link)
    url = f"http://{SERVER4}:8080"
    result = discover(link, "--format", "text", "--timeout", SEARCH,
                      "--arch", "arm64", "--provider", url,
                      "--gateway", SERVER4)
    assert result.status == 0
    rows = [row.split("  ")[0] for row in result.text().splitlines()[1:]]
    # The guess has the address that was named: it is no third one.
    assert rows == ["(given)", "plasmd-box"]


def test_nothing_there(link):
    result = discover(link, "--timeout", "300ms", "--format", "report",
                      "--gateway", SERVER4)
    assert result.status == 1
    ((event, done),) = result.records()
    assert event == "done"
    assert done["found"] == b"0"
    assert int(done["elapsed-ms"]) >= 300
    result = discover(link, "--timeout", "0.1")
    assert (result.status, result.out) == (1, b"")
    assert b"nothing found" in result.err


def test_no_network_at_all(link):
    link.client.run("ip", "link", "del", "dsc0")
    result = discover(link, "--timeout", "1h", "--format", "report")
    assert result.status == 1
    assert [event for event, _ in result.records()] == ["done"]


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
    assert b"dropped: 6 malformed, 0 foreign, 2 ignored" in result.err


def test_m13_answer_from_another_port(link):
    start_responder(link, r"""
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handle(question, kind, reply):
    reply(message(*service("forged")), by=other)
    reply(message(*service("good")))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert [o["instance"] for o in result.objects()] == ["good"]


def test_m17_records_one_by_one(link):
    start_responder(link, r"""
host, who = name("box", "local"), instance("slow")
def handle(question, kind, reply):
    if (question, kind) == (TYPE, 12):
        reply(message(ptr(TYPE, who)))
    elif (question, kind) == (who, 33):
        reply(message(srv(who, 7, host)))
    elif (question, kind) == (who, 16):
        reply(message(txt(who, b"channel=x")))
    elif (question, kind) == (host, 1):
        reply(message(a(host, "10.97.0.1")))
""")
    result = discover(link, "--json", "--no-probe", "--first", "--timeout",
                      "20s")
    (found,) = result.objects()
    assert found["instance"] == "slow"
    assert found["url"] == "http://10.97.0.1:7"
    assert found["channel"] == "x"


def test_m17_pointer_only(link):
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        reply(message(ptr(TYPE, instance("lonely"))))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert (result.status, result.out) == (1, b"")
    assert b"1 announced without an address" in result.err


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
    program = subprocess.Popen(
        link.client.command(PROGRAM, "--no-probe", "--timeout", "1h",
                            "--json"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        for _ in range(64):
            assert program.stdout.readline().startswith(b'{"event":"service"')
        status = Path(f"/proc/{program.pid}/status").read_text()
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 1024


def test_m20_same_instance_on_two_nics(link):
    link.cable("10.98.0.1", "10.98.0.2")
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        reply(message(*service("twin")), message(*service("twin")))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert sorted((o["instance"], o["interface"])
                  for o in result.objects()) == [("twin", "dsc0"),
                                                 ("twin", "dsc1")]
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH,
                      "--interface", "dsc1")
    assert [o["interface"] for o in result.objects()] == ["dsc1"]


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


def test_m23_query(link):
    """From an ephemeral port, with the QU bit, id 0; repeated."""
    child = start_responder(link, r"""
def handle(question, kind, reply):
    pass
class Socket:
    def recvfrom(self, n):
        packet, peer = raw.recvfrom(n)
        print("packet", packet.hex(), peer[1], flush=True)
        return packet, peer
raw, s = s, Socket()
""")
    program = subprocess.Popen(
        link.client.command(PROGRAM, "--timeout", "1h"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    seen = []
    try:
        while len(seen) < 3:
            line = child.stdout.readline()
            if line.startswith("packet"):
                seen.append(line.split()[1:])
    finally:
        program.kill()
        program.wait()
    question = (b"\x0c_phase-image\x04_tcp\x05local\0" b"\0\x0c\x80\x01")
    for packet, port in seen:
        assert bytes.fromhex(packet) == (
            bytes.fromhex("000000000001000000000000") + question)
        assert int(port) != 5353


def test_m24_nic_without_address(link, avahi):
    """Found over IPv6 link-local, before there is any IPv4."""
    avahi(PROVIDER)
    start_web(link)
    link.client.run("ip", "addr", "flush", "dev", "dsc0", "scope", "global")
    result = discover(link, "--json", "--first", "--timeout", "20s",
                      "--arch", "arm64")
    assert result.status == 0
    (found,) = result.objects()
    assert found["interface"] == "dsc0"
    assert found["url"] == "http://[fe80::1:1%25dsc0]:8080"
    assert found["health"] == "ok"


def test_m24_no_multicast_route(link, avahi):
    avahi(PROVIDER)
    link.client.run("ip", "-6", "addr", "flush", "dev", "dsc0")
    link.client.run("ip", "route", "add", "unreachable", "224.0.0.0/4")
    result = discover(link, "--json", "--first", "--no-probe", "--timeout",
                      "20s", "--arch", "arm64")
    assert result.status == 0
    assert result.objects()[0]["instance"] == "plasmd-box"


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


def test_no_privilege_is_left(link):
    child = start_responder(link, "def handle(q, kind, reply): pass")
    program = subprocess.Popen(
        link.client.command(PROGRAM, "--timeout", "1h"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        # The query comes after privileges have gone.
        assert child.stdout.readline() == "query\n"
        process = Path(f"/proc/{program.pid}")
        status = (process / "status").read_text()
        limits = (process / "limits").read_text()
        assert os.readlink(process / "root").endswith(" (deleted)")
        assert os.readlink(process / "cwd") == os.readlink(process / "root")
        assert os.listdir(process / "root") == []
        opened = [os.readlink(fd) for fd in (process / "fd").iterdir()]
    finally:
        program.kill()
        program.wait()
    fields = dict(line.split(":\t", 1) for line in status.splitlines()
                  if ":\t" in line)
    assert fields["Name"] == "phase-discover"
    assert fields["Uid"].split() == ["65502"] * 4
    assert fields["Gid"].split() == ["65502"] * 4
    assert fields["Groups"].split() == []
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(fields[key], 16) == 0, key
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    for limit in ("core file size", "processes", "file size"):
        assert re.search(rf"^Max {limit} +0 +0 ", limits, re.M), limit
    assert re.search(r"^Max open files +64 +64 ", limits, re.M)
    # Nothing is open by which it would see more.
    assert all(re.match(r"socket:|pipe:|/dev/", what) for what in opened), opened


# Runs what follows as a user who may read no directory of ours.
AS_ANOTHER_USER = r"""
import os, sys
program = os.open(sys.argv[1], os.O_PATH)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
os.execve(program, sys.argv[1:], os.environ)
"""


def test_as_another_user(link, avahi):
    """What only root can give up is nothing to complain about."""
    avahi(PROVIDER)
    start_web(link)
    done = subprocess.run(
        link.client.command(sys.executable, "-c", AS_ANOTHER_USER, PROGRAM,
                            "--first", "--json", "--timeout", "20s",
                            "--arch", "arm64"),
        stdin=subprocess.DEVNULL, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["health"] == "ok"


def test_into_a_file(link, avahi, tmp_path):
    """Files do not grow, but for the one that the answer is wanted in."""
    avahi(PROVIDER)
    for stream in ("stdout", "stderr"):
        path = tmp_path / stream
        with path.open("wb") as file:
            done = subprocess.run(
                link.client.command(PROGRAM, "-v", "--first", "--no-probe",
                                    "--timeout", "20s", "--arch", "arm64"),
                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, stream: file})
        assert done.returncode == 0
        text = {"stdout": "plasmd-box", "stderr": "packets"}[stream]
        assert text in path.read_text()


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
