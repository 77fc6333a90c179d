"""The HTTP server of a provider, over IPv4 and IPv6, until its standard input
ends. It says "ready"."""

import http.server
import socket
import sys
import threading

from inside import Provider


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


if __name__ == "__main__":
    threading.Thread(target=Server(("::", 8080), Provider).serve_forever,
                     daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
