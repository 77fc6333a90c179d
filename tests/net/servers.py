"""phase-net in namespaces, and the DHCP servers that it meets there.

A Lab is two namespaces with a cable between them; PhaseNet is the program
under test, in a mount namespace where /run, /etc and /dev/kmsg are files of
the test's own; start_...() are real servers. Needs root.
"""

import contextlib
import itertools
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from dhcp_wire import Server, Wire
from namespaces import (PATIENCE, ROOT, Namespace, Process, cable, run,
                        status_kb)

PROGRAM = Path(os.environ.get("PHASE_INIT", ROOT / "build/x86_64/init"))
SERVER4 = "10.96.0.1"
NIC = "dhc0"
NETWORKD = "/usr/lib/systemd/systemd-networkd"
# Binds what the test owns over what is the machine's.
PRIVATE = """
mount --bind "$0/etc" /etc && mount --bind "$0/run" /run &&
mount --bind "$0/kmsg" /dev/kmsg &&
if [ -e "$0/cmdline" ]; then mount --bind "$0/cmdline" /proc/cmdline; fi &&
exec $RUN "$0/phase-net" "$@"
"""
numbers = itertools.count()


def mode():
    """PHASE_NET=child tests what init starts; it serves veths only in a
    build that was changed to (is_nic() of init/net_main.c)."""
    return os.environ.get("PHASE_NET", "command")


def read_value(text):
    return re.sub(rb"%([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]),
                  text.encode()).decode(errors="replace")


def read_event(line):
    """An event, of either form, as a dictionary of one form."""
    if line.startswith("{"):
        event = json.loads(line)
        if event["event"] == "renewed":
            event.update(event="lease", renewed=True)
        address, _, prefix = str(event.get("address") or "").partition("/")
        if prefix:
            event.update(address=address, prefix=int(prefix))
        return event
    name, *fields = line.split(" ")
    event = {"event": name}
    for field in fields:
        key, value = field.split("=", 1)
        event[key] = read_value(value)
    return event


class PhaseNet(Process):
    """The program. wait() goes through its events in their order."""

    def __init__(self, lab, *arguments, nics=(NIC,), namespace=None,
                 log="info", run="", cmdline=None):
        """RUN are words that run it: setpriv(1), strace(1). With CMDLINE, the
        kernel's, it is what init starts."""
        namespace = namespace or lab.client
        self.namespace = namespace
        self.dir = lab.dir / f"phase-net{next(numbers)}"
        for name in "etc", "run":
            (self.dir / name).mkdir(parents=True)
        (self.dir / "kmsg").touch()
        (self.dir / "phase-net").symlink_to(PROGRAM)
        self.at = 0
        self.log_file = open(self.dir / "log", "w+")
        if cmdline is not None:
            (self.dir / "cmdline").write_text(cmdline + "\n")
            arguments = ["--child", "--log", log, *arguments]
        elif mode() == "child":
            assert not arguments, "only the command line has arguments"
            arguments = ["--child", "--log", log]
        else:
            which = [a for nic in nics for a in ("--interface", nic)]
            arguments = [*which, "--json", "--log", log, *arguments]
        # As init's: a read of it does not wait.
        stdin, commands = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        super().__init__(
            namespace.command("unshare", "-m", "sh", "-c", PRIVATE,
                              str(self.dir), *arguments),
            stdin=stdin, stderr=self.log_file, env=dict(os.environ, RUN=run))
        os.close(stdin)
        self.commands = open(commands, "w")
        namespace.children.append(self)

    def wait(self, event, timeout=None, **fields):
        """The next EVENT that has FIELDS, a text each."""
        found = {}

        def good(line):
            found.clear()
            found.update(read_event(line))
            return found["event"] == event and all(
                str(found.get(key)) == value for key, value in fields.items())

        try:
            self.at = self.wait_for(good, start=self.at, timeout=timeout)
        except AssertionError as error:
            raise AssertionError(f"{event} {fields}: {error}\n"
                                 f"{self.log()[-4000:]}") from None
        return found

    def bound(self, nic=NIC, **fields):
        return self.wait("lease", interface=nic, **fields)

    def first(self, nic, timeout=None):
        """The first lease of one of several, and when it was told."""
        at = self.wait_for(lambda line: (e := read_event(line))["event"] ==
                           "lease" and e["interface"] == nic,
                           timeout=timeout)
        return read_event(self.lines[at - 1]), self.times[at - 1]

    def events(self, *names):
        with self.changed:
            events = [read_event(line) for line in self.lines]
        return [e for e in events if not names or e["event"] in names]

    def log(self):
        self.log_file.seek(0)
        return (self.log_file.read() +
                (self.dir / "kmsg").read_text(errors="replace"))

    def lease_path(self, nic=NIC):
        return self.dir / f"run/phase/net/{nic}.lease"

    def lease(self, nic=NIC):
        """The lease's file."""
        lease = {}
        for word in shlex.split(self.lease_path(nic).read_text()):
            key, value = word.split("=", 1)
            lease[key] = value
        return lease

    def resolv(self):
        return (self.dir / "etc/resolv.conf").read_text()

    def addresses(self, nic=NIC):
        """What the kernel has: [(address/prefix, seconds it is good for)]."""
        links = json.loads(self.namespace.output(
            "ip", "-j", "-4", "addr", "show", "dev", nic))
        return [(f"{a['local']}/{a['prefixlen']}", a["valid_life_time"])
                for link in links for a in link.get("addr_info", ())]

    def address(self, nic=NIC):
        found = [address for address, _ in self.addresses(nic)
                 if not address.startswith("169.254.")]
        assert len(found) <= 1, found
        return found[0].split("/")[0] if found else None

    def routes(self, nic=NIC):
        """{destination: gateway or None} of what is not the kernel's own."""
        found = json.loads(self.namespace.output(
            "ip", "-j", "-4", "route", "show", "dev", nic))
        return {r["dst"]: r.get("gateway") for r in found
                if r.get("protocol") != "kernel"}

    def mtu(self, nic=NIC):
        (link,) = json.loads(self.namespace.output(
            "ip", "-j", "link", "show", "dev", nic))
        return link["mtu"]

    def rss_kb(self, key="VmRSS"):
        """Of all of its processes; a server's are elsewhere."""
        return sum(status_kb(pid, key) for pid in self.namespace.pids())

    def tell(self, text):
        """As init gives one."""
        self.commands.write(text + "\n")
        self.commands.flush()

    def close(self):
        self.commands.close()
        super().close()
        self.log_file.close()


class Lab:
    """Namespaces, server and client, a cable between them, and more of both
    when a test asks for them."""

    def __init__(self, directory):
        self.dir = directory
        self.tag = f"dhcp{os.getpid()}-{next(numbers)}"
        self.namespaces = []
        self.n_cables = 0

    def __enter__(self):
        try:
            self.server = self.namespace("server")
            self.client = self.namespace("client")
            self.cable(SERVER4 + "/24")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.ExitStack() as stack:
            for namespace in self.namespaces:
                stack.callback(namespace.close)

    def namespace(self, name):
        made = Namespace(f"{self.tag}-{name}")
        self.namespaces.append(made)
        return made

    def cable(self, server4, server=None, client=None, nic=None, twins=False):
        """Another veth pair: dhcN on both sides, up and with carrier."""
        server, client = server or self.server, client or self.client
        nic = nic or f"dhc{self.n_cables}"
        self.n_cables += 1
        cable(server, client, nic, twins)
        if server4:
            server.run("ip", "addr", "add", server4, "dev", nic)
        for side in server, client:
            side.run("ip", "link", "set", nic, "up")
        for side in server, client:
            side.wait_for_carrier(nic)
        return nic

    def remove(self, nic):
        self.server.run("ip", "link", "del", nic)

    def phase_net(self, *arguments, **settings):
        return PhaseNet(self, *arguments, **settings)

    def wire(self):
        return Wire(self.server, NIC)

    def play(self, address=SERVER4, nic=NIC, **settings):
        """A server that the test itself is."""
        return Server(self.server, nic, address, **settings)

    def pull(self):
        """The cable, for as long as it takes to be noticed."""
        self.server.run("ip", "link", "set", NIC, "down")
        self.client.wait_for_carrier(NIC, there=False)

    def plug(self):
        self.server.run("ip", "link", "set", NIC, "up")

    def offload(self, on):
        """Whether the server's kernel leaves checksums to the NIC, which a
        veth never finishes."""
        self.server.run("ethtool", "-K", NIC, "tx", "on" if on else "off")

    def path(self, name, text=None):
        path = self.dir / f"{name}{next(numbers)}"
        if text is not None:
            path.write_text(text)
        return str(path)

    def wait_for_address6(self, nic, start, timeout=PATIENCE):
        """Until NIC of the client has an address that begins so, and has
        found it to be its own; returns it."""
        events = self.client.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        events.bind((0, 0x100))  # RTMGRP_IPV6_IFADDR
        events.settimeout(timeout)
        while True:
            links = json.loads(self.client.output(
                "ip", "-j", "-6", "addr", "show", "dev", nic))
            for link in links:
                for address in link.get("addr_info", ()):
                    if (address["local"].startswith(start) and
                            not address.get("tentative")):
                        return address
            events.recv(65536)

    # Servers. Each returns its Process once it serves.

    def dnsmasq(self, *options, pool="10.96.0.100,10.96.0.150,1h",
                namespace=None, nic=NIC, ping=False, port=0,
                ready="DHCP, IP range"):
        ranges = [f"--dhcp-range={pool}"] if pool else []
        return (namespace or self.server).serve(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
            "--log-facility=-", "--user=root", "--group=root", "--pid-file=",
            f"--port={port}", "--no-resolv", "--no-hosts", "--leasefile-ro",
            "--dhcp-authoritative", f"--interface={nic}", "--bind-interfaces",
            "--except-interface=lo", *ranges, *([] if ping else ["--no-ping"]),
            *options, ready=ready)

    def dnsmasq6(self, *ranges, nic=NIC, options=()):
        """Router advertisements, and DHCPv6 when RANGES ask for that. The
        router's address is fd00:96::1."""
        for address in "fd00:96::1/64", "fe80::1/64":
            self.server.run("ip", "addr", "add", address, "dev", nic, "nodad")
        return self.dnsmasq("--enable-ra", "--dhcp-option=option6:dns-server,"
                            "[fd00:96::1]", "--dhcp-option=option6:"
                            "domain-search,six.example",
                            *(f"--dhcp-range={r}" for r in ranges), *options,
                            pool=None, nic=nic, ready="router advertisement on")

    def kea(self, lifetime=3600, t1=None, t2=None, options=(), subnet=None,
            namespace=None, nic=NIC, **subnet_settings):
        """OPTIONS are Kea's own objects."""
        namespace = namespace or self.server
        directory = Path(self.path("kea"))
        directory.mkdir()
        serving = {
            "id": 1, "subnet": "10.96.0.0/24", "interface": nic,
            "pools": [{"pool": "10.96.0.100 - 10.96.0.150"}],
            "option-data": [
                {"name": "routers", "data": SERVER4},
                {"name": "domain-name-servers", "data": SERVER4},
                {"name": "domain-name", "data": "kea.example"},
                *options],
            **subnet_settings,
        }
        times = {"valid-lifetime": lifetime}
        if t1:
            times["renew-timer"] = t1
        if t2:
            times["rebind-timer"] = t2
        config = {"Dhcp4": {
            "interfaces-config": {"interfaces": [nic]},
            "lease-database": {"type": "memfile", "persist": False},
            "authoritative": True, **times, "subnet4": [serving],
            "loggers": [{"name": "kea-dhcp4", "severity": "INFO",
                         "output_options": [{"output": "stdout"}]}],
        }}
        (directory / "conf").write_text(json.dumps(config))
        environment = dict(os.environ, KEA_PIDFILE_DIR=str(directory),
                           KEA_LOCKFILE_DIR=str(directory))
        return namespace.serve("kea-dhcp4", "-c", str(directory / "conf"),
                               ready="DHCP4_STARTED", env=environment)

    def udhcpd(self, lifetime=3600, *lines, nic=NIC, arp_ms=1):
        """Asks by ARP whether an address is free, for ARP_MS."""
        leases = self.path("udhcpd.leases", "")
        config = self.path("udhcpd.conf", "\n".join((
            "start 10.96.0.100", "end 10.96.0.150", f"interface {nic}",
            "min_lease 1", "auto_time 0", f"lease_file {leases}",
            f"pidfile {self.path('udhcpd.pid')}", f"opt lease {lifetime}",
            "opt subnet 255.255.255.0", f"opt router {SERVER4}",
            f"opt dns {SERVER4}", "opt domain busybox.example", *lines, "")))
        return self.server.serve("udhcpd", "-f", "-a", str(arp_ms), config,
                                 ready="started")

    def isc(self, lifetime=3600, *lines, nic=NIC):
        leases = self.path("isc.leases", "")
        config = self.path("isc.conf", f"""
authoritative; ping-check false; min-lease-time 1;
default-lease-time {lifetime}; max-lease-time {lifetime};
subnet 10.96.0.0 netmask 255.255.255.0 {{
  range 10.96.0.100 10.96.0.150;
  option routers {SERVER4};
  option domain-name-servers {SERVER4};
  option domain-name "isc.example";
  {' '.join(lines)}
}}
""")
        return self.server.serve(
            "dhcpd", "-4", "-f", "-d", "--no-pid", "-user", "root", "-group",
            "root", "-cf", config, "-lf", leases, nic,
            ready="Server starting service")

    def networkd(self, lifetime=3600, nic=NIC):
        """systemd's, without systemd: it takes a /sys that can't be written
        as the sign that there is no udev."""
        directory = Path(self.path("networkd"))
        # It wants its address for itself.
        self.server.run("ip", "addr", "flush", "dev", nic)
        for name in "etc/systemd/network", "run/systemd/netif":
            (directory / name).mkdir(parents=True)
        shutil.copy("/etc/passwd", directory / "etc/passwd")
        shutil.copy("/etc/group", directory / "etc/group")
        (directory / "etc/machine-id").write_text("0123456789abcdef" * 2)
        (directory / "etc/systemd/network/x.network").write_text(f"""
[Match]
Name={nic}
[Network]
Address={SERVER4}/24
DHCPServer=yes
LinkLocalAddressing=no
IPv6AcceptRA=no
[DHCPServer]
DNS={SERVER4}
PoolOffset=100
PoolSize=50
DefaultLeaseTimeSec={lifetime}
MaxLeaseTimeSec={lifetime}
""")
        for path in directory.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        run("chown", "-R", "systemd-network:", str(directory / "run"))
        directory.chmod(0o755)
        return self.server.serve(
            "unshare", "-m", "sh", "-c",
            'mount --bind "$0/etc" /etc && mount --bind "$0/run" /run && '
            f"mount -o remount,ro,bind /sys && exec {NETWORKD}",
            str(directory), ready="DHCPv4 server: STARTED",
            env=dict(os.environ, SYSTEMD_LOG_LEVEL="debug",
                     SYSTEMD_LOG_TARGET="console"))


def usable():
    """Whether the program under test can do what is asked of it here."""
    if mode() == "child":
        return True
    link = Path(f"/tmp/phase-net-{os.getpid()}-{next(numbers)}")
    link.mkdir()
    try:
        (link / "phase-net").symlink_to(PROGRAM)
        done = subprocess.run([link / "phase-net", "--help"],
                              stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode == 0 and b"--interface" in done.stdout
    finally:
        shutil.rmtree(link)


@pytest.fixture
def lab(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root, for namespaces")
    if not usable():
        pytest.skip("phase-net has no command line yet")
    with Lab(tmp_path) as made:
        yield made
