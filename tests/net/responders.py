"""phase-discover in network namespaces, and what it finds there.

A Link is two namespaces with a veth pair between them: `server` with
avahi-daemon, a responder of ours or a web server, `client` with the program.
A Lan is a bridge with any number of hosts. Needs root, what `make deps` has,
and iproute2. Everything waits for an event: a line that a server writes once
it is ready, or the end of the program.
"""

import concurrent.futures
import ctypes
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from namespaces import ROOT, Namespace, Process, cable, status_kb

PROGRAM = os.environ.get("PHASE_DISCOVER",
                         str(ROOT / "build/x86_64/phase-discover"))
SERVER4 = "10.97.0.1"
CLIENT4 = "10.97.0.2"
TYPE = "_phase-image._tcp"
CACHE = Path(os.environ.get("CACHE") or Path(
    os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "phase-boot")
NATIVE = CACHE / {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
numbers = itertools.count()
# Long enough for every answer to have come, where a test wants them all, on a
# machine that has much else to do.
SEARCH_S = 3
SEARCH = f"{SEARCH_S}s"


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


class Lan:
    """A bridge in a namespace of its own, and hosts: 10.97.0.N on lanN. The
    first of them is `client`."""

    def __init__(self):
        self.tag = f"dsl{os.getpid()}"
        self.hosts = []
        self.hub = Namespace(self.tag + "hub")
        self.hub.run("ip", "link", "add", "lan", "type", "bridge")
        self.hub.run("ip", "link", "set", "lan", "up")
        self.client = self.host()

    def host(self, ipv4=True):
        n = len(self.hosts) + 1
        nic = f"lan{n}"
        made = Namespace(f"{self.tag}-{n}")
        self.hosts.append(made)
        cable(self.hub, made, nic)
        self.hub.run("ip", "link", "set", nic, "master", "lan", "up")
        if ipv4:
            made.run("ip", "addr", "add", f"10.97.0.{n}/24", "dev", nic)
        made.run("ip", "addr", "add", f"fe80::{n}/64", "dev", nic, "nodad")
        made.run("ip", "link", "set", nic, "up")
        made.wait_for_carrier(nic)
        return made

    def close(self):
        for host in self.hosts:
            host.close()
        self.hub.close()


def made(what):
    if os.geteuid() != 0:
        pytest.skip("needs root, for namespaces")
    what = what()
    yield what
    what.close()


@pytest.fixture
def link():
    yield from made(Link)


@pytest.fixture
def lan():
    yield from made(Lan)


def service_file(services):
    """TXT strings that are bytes are written as what is no text."""
    def record(string):
        if isinstance(string, str):
            return f"<txt-record>{escape(string)}</txt-record>"
        key, _, value = string.partition(b"=")
        return ('<txt-record value-format="binary-hex">'
                f"{key.decode()}={value.hex()}</txt-record>")

    def entry(kind, port, txt):
        main, *subtypes = kind.split(",")
        return (f"<service><type>{main}</type>" +
                "".join(f"<subtype>{s}._sub.{main}</subtype>"
                        for s in subtypes) +
                f"<port>{port}</port>{''.join(map(record, txt))}</service>")

    groups = "".join(entry(*service) for service in services[1])
    return ("<?xml version='1.0' standalone='no'?>"
            "<!DOCTYPE service-group SYSTEM 'avahi-service.dtd'>"
            f"<service-group><name>{escape(services[0])}</name>{groups}"
            "</service-group>")


def start_avahi(namespace, directory, groups, host="box", wait=True):
    """avahi-daemon with groups of services: (name, [(type, port, [txt])]), in
    a mount namespace where it sees nothing of the machine's. A type may have
    subtypes after it: "_ipp._tcp,_color"."""
    etc = directory / f"avahi{next(numbers)}"
    (etc / "services").mkdir(parents=True)
    (etc / "avahi-daemon.conf").write_text(
        f"[server]\nhost-name={host}\nenable-dbus=no\n"
        "[publish]\npublish-workstation=no\npublish-hinfo=no\n")
    for i, group in enumerate(groups):
        (etc / "services" / f"s{i}.service").write_text(
            service_file(group), encoding="utf-8")
    script = ("mkdir -p /run/avahi-daemon && "
              "mount -t tmpfs none /run/avahi-daemon && "
              f"mount --bind '{etc}' /etc/avahi && "
              "exec avahi-daemon --no-drop-root --no-rlimits --no-chroot")
    process = namespace.process("unshare", "-m", "sh", "-c", script)
    if wait:
        process.wait_for("successfully established", len(groups))
    return process


@pytest.fixture
def avahi(link, tmp_path):
    """start_avahi() on the server's side of a link."""
    def start(*groups):
        return start_avahi(link.server, tmp_path, groups)
    return start


# Binds what the test owns over what is the machine's.
RESOLVED = """
hostname "$1" && mount --bind "$0/etc" /etc && mount --bind "$0/run" /run &&
LD_LIBRARY_PATH="$2" exec "$3"
"""


def start_resolved(namespace, directory, host, services, nic):
    """systemd-resolved, without systemd and D-Bus: ((instance, type, port,
    [txt]), ...). Whether NIC is one for multicast it would hear from
    networkd."""
    directory = directory / f"resolved{next(numbers)}"
    (directory / "etc/systemd/dnssd").mkdir(parents=True)
    links = directory / "run/systemd/netif/links"
    links.mkdir(parents=True)
    shutil.copy("/etc/group", directory / "etc/group")
    (directory / "etc/passwd").write_text(
        "root:x:0:0::/:/bin/sh\n"
        "systemd-resolve:x:65534:65534::/:/usr/sbin/nologin\n")
    (directory / "etc/machine-id").write_text("0123456789abcdef" * 2)
    (directory / "etc/systemd/resolved.conf").write_text(
        "[Resolve]\nMulticastDNS=yes\nLLMNR=no\nDNSStubListener=no\n"
        "DNS=\nFallbackDNS=\n")
    (links / str(namespace.index(nic))).write_text(
        "ADMIN_STATE=configured\nOPER_STATE=routable\nMDNS=yes\n")
    for i, (instance, kind, port, txt) in enumerate(services):
        (directory / f"etc/systemd/dnssd/s{i}.dnssd").write_text(
            f"[Service]\nName={instance}\nType={kind}\nPort={port}\n"
            f"TxtText={' '.join(txt)}\n")
    # It drops its rights before it reads.
    run = directory / "run"
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if run in (path, *path.parents):
            os.chown(path, 65534, 65534)
    libraries, = (NATIVE / "libsystemd-shared").glob("usr/lib/*/systemd")
    program, = (NATIVE / "systemd-resolved").rglob("systemd-resolved")
    return namespace.serve(
        "unshare", "-m", "-u", "sh", "-c", RESOLVED, directory, host,
        libraries, program, ready=f"New scope on link {nic}, protocol mdns",
        env=dict(os.environ, SYSTEMD_LOG_LEVEL="debug",
                 SYSTEMD_LOG_TARGET="console"))


def start_npm(namespace, script):
    """A program of node's, with what tests/net/npm has; says "ready"."""
    return namespace.serve(
        "node", "-e", script, ready="ready",
        env=dict(os.environ, NODE_PATH=str(CACHE / "src/npm/node_modules")))


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
    # With the usual 5, a SYN is dropped now and then, and sent again too late.
    request_queue_size = 64
server = Server(("::", port), Handler)
print("ready", flush=True)
server.serve_forever()
"""


def no_neighbours(link):
    """Without IPv6 nobody on the link is guessed to be a provider: on a slow
    machine such a guess is known to be good before who is announced."""
    link.client.run("ip", "-6", "addr", "flush", "dev", "dsc0")


def start_web(link, status=200, port=8080):
    return link.server.start(sys.executable, "-c", WEB, str(status), str(port),
                             ready="ready")


def start_responder(link, handler):
    """responder.py, with HANDLER."""
    return link.server.start(sys.executable,
                             str(ROOT / "tests/net/responder.py"), handler,
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


class Watch(Process):
    """A search that goes on: its events as they come."""

    def __init__(self, net, *arguments, run=(),
                 program=(PROGRAM, "--json", "--no-probe"), **settings):
        """RUN are words that run it: taskset(1)."""
        super().__init__(net.client.command(*run, *program, *arguments),
                         **settings)
        self.at = 0
        net.client.children.append(self)

    def wait(self, event, **fields):
        """The next EVENT that has FIELDS; others before it don't count."""
        found = {}

        def good(line):
            found.clear()
            found.update(json.loads(line) if line.startswith("{") else {})
            return found.get("event") == event and all(
                found.get(key) == value for key, value in fields.items())

        self.at = self.wait_for(good, start=self.at)
        return found

    def tell(self, line):
        """As init does, with --events and a pipe as its input."""
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def events(self):
        """All that it has told; its standard error is elsewhere."""
        with self.changed:
            return [json.loads(line) for line in self.lines]


PTRACE_CONT, PTRACE_SEIZE, PTRACE_O_TRACEEXIT = 7, 0x4206, 1 << 6
PTRACE_EVENT_EXIT = 6


def exit_and_peak(process, look=lambda: None):
    """Waits until it ends by itself; its exit status and its largest RSS in
    KB. LOOK is called as it ends: it can still be read about in /proc."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4

    def ptrace(request, data):
        if libc.ptrace(request, process.pid, 0, data) < 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    ptrace(PTRACE_SEIZE, PTRACE_O_TRACEEXIT)
    while True:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "it ended before it was looked at"
        if status >> 8 == signal.SIGTRAP | PTRACE_EVENT_EXIT << 8:
            break
        # A signal of its own
        ptrace(PTRACE_CONT, 0 if status >> 16 else os.WSTOPSIG(status))
    peak = status_kb(process.pid, "VmHWM")
    look()
    ptrace(PTRACE_CONT, 0)
    return process.stop(0), peak


def together(call, items):
    """What CALL returns for each of ITEMS, all of it done at once."""
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(call, items))


def browse(net, *arguments):
    """The objects of a search that lasts until all answers have come."""
    result = discover(net, "--json", "--no-probe", "--timeout", SEARCH,
                      *arguments)
    assert result.status != 2, result.err
    return result.objects()


def discover(link, *arguments):
    done = subprocess.run(link.client.command(PROGRAM, *arguments),
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode in (0, 1, 2), done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


PROVIDER = ("plasmd-box", [(TYPE, 8080, ["channel=stable", "arch=arm64",
                                         "version=1.2.3"])])
