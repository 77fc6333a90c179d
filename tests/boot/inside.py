"""Runs a command in a network namespace that has just been made.

usage: unshare --net python3 inside.py [--provider] COMMAND [ARGUMENT]...

Brings lo up. With --provider an HTTP server answers on 127.0.0.1:8080, which
a guest reaches as its gateway through QEMU's user network: /health as a
provider does, and /hello with a line of text.
"""

import http.server
import subprocess
import sys
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


def main(arguments):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if arguments[0] == "--provider":
        arguments = arguments[1:]
        # Listens when it is made; nothing has to be waited for.
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 8080), Provider)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return subprocess.run(arguments, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
