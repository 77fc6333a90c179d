"""Runs a command in a network namespace that has just been made.

usage: unshare --net python3 inside.py [--provider] [--announce] COMMAND [ARGUMENT]...

Brings lo up. With --provider an HTTP server answers on 127.0.0.1:8080, which
a guest reaches as its gateway through QEMU's user network: /health as a
provider does, and /hello with a line of text.

With --announce avahi-daemon announces that provider on a network of the
namespace's own. QEMU's user network sends the guest's question out there, from
an ephemeral port, and takes the answer back in.
"""

import http.server
import os
import subprocess
import sys
import tempfile
import threading


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        pages = {"/health": b"OK\n", "/hello": b"hello from the host\n"}
        body = pages.get(self.path)
        self.send_response(200 if body else 404)
        body = body or b"not found\n"
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


SERVICE = """<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>plasmd-host</name>
<service><type>_phase-image._tcp</type><port>8080</port>
<txt-record>channel=stable</txt-record></service></service-group>
"""
CONFIG = """[server]
host-name=host
enable-dbus=no
use-ipv6=no
[publish]
publish-workstation=no
publish-hinfo=no
"""
AVAHI = """
mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon &&
mount --bind "$1" /etc/avahi &&
exec avahi-daemon --no-drop-root --no-rlimits --no-chroot
"""


def ip(command):
    subprocess.run(["ip", *command.split()], check=True)


def announce(directory):
    """Starts avahi-daemon; returns it once it has established its service."""
    ip("link add lan0 type veth peer name lan1")
    ip("address add 192.0.2.1/24 dev lan0")
    ip("link set lan1 up")
    ip("link set lan0 up")
    ip("route add default via 192.0.2.2")
    os.mkdir(f"{directory}/services")
    with open(f"{directory}/avahi-daemon.conf", "w") as file:
        file.write(CONFIG)
    with open(f"{directory}/services/phase.service", "w") as file:
        file.write(SERVICE)
    daemon = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", AVAHI, "sh", directory],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in daemon.stderr:
        if "successfully established" in line:
            # What else it says must not fill the pipe.
            threading.Thread(target=daemon.stderr.read, daemon=True).start()
            return daemon
    sys.exit("avahi-daemon has not established its service")


def serve():
    """The provider's web server; it listens when it is made, so nothing has to
    be waited for."""
    server = http.server.ThreadingHTTPServer(("", 8080), Provider)
    # A machine that is switched off hangs up in the middle
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main(arguments):
    ip("link set lo up")
    daemon = None
    with tempfile.TemporaryDirectory() as directory:
        if arguments[0] == "--provider":
            arguments = arguments[1:]
            serve()
        if arguments[0] == "--announce":
            arguments = arguments[1:]
            daemon = announce(directory)
        try:
            return subprocess.run(arguments, check=False).returncode
        finally:
            if daemon:
                daemon.kill()
                daemon.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
