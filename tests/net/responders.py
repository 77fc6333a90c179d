"""phase-discover in network namespaces, and what it finds there.

A Link is two namespaces with a veth pair between them: `server` with
avahi-daemon, a responder of ours or a web server, `client` with the program.
Needs root, avahi-daemon and iproute2. Everything waits for an event: a line
that a server writes once it is ready, or the end of the program.
"""

import json
import os
import re
import subprocess
import sys

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


def discover(link, *arguments):
    done = subprocess.run(link.client.command(PROGRAM, *arguments),
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode in (0, 1, 2), done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


PROVIDER = ("plasmd-box", [(TYPE, 8080, ["channel=stable", "arch=arm64",
                                         "version=1.2.3"])])
