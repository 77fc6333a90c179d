"""Links of a guest with real DHCP servers on them, in a network namespace.

Link I is 10.77.I.0/24; the namespace's end of it is tapI and has .1, the
guest's NIC has the MAC of mac(I).
"""

import os
import subprocess
import sys
import threading
import time

from inside import AVAHI, SERVICE
from machine import INSIDE, LIMIT


def mac(i):
    return f"52:54:00:00:77:{i:02x}"


class Rival:
    def __init__(self, process):
        self.process = process
        self.heard = []
        self.taken = 0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.heard.append(line.strip())

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def await_lines(self, *lines):
        """Until they have been heard in this order, since the last time."""
        await_true(lambda: self.take(lines), lambda: self.heard)

    def take(self, lines):
        at = self.taken
        for line in lines:
            if line not in self.heard[at:]:
                return False
            at = self.heard.index(line, at) + 1
        self.taken = at
        return True


def await_true(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.02)


AVAHI_CONFIG = """[server]
host-name=host
enable-dbus=no
allow-interfaces=tap{i}
[publish]
publish-workstation=no
publish-hinfo=no
"""


class Lan:
    def __init__(self, machine):
        self.machine = machine
        self.directory = machine.directory
        self.processes = []
        namespace = ["unshare", "--net"]
        user = []
        if os.geteuid() != 0:
            namespace.append("--map-root-user")
            user = ["--user", "--preserve-credentials"]
        # As long as its standard input is open.
        holder = self.start(*namespace, "sh", "-c",
                            "ip link set lo up && echo ready && cat")
        self.enter = ["nsenter", *user, f"--target={holder.pid}", "--net"]
        machine.namespace = self.enter

    def start(self, *command):
        """A process that says "ready"."""
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        assert process.stdout.readline() == "ready\n", command
        return process

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()

    def ip(self, words):
        subprocess.run([*self.enter, "ip", *words.split()], check=True)

    def tap(self, i, *, others=True):
        """Makes link I."""
        if others:
            self.ip(f"tuntap add tap{i} mode tap")
        self.ip(f"address add 10.77.{i}.1/24 dev tap{i}")
        self.ip(f"link set tap{i} up")

    def nic(self, i):
        """Link I, and QEMU's options of the guest's end."""
        self.tap(i)
        return (
            "-netdev", f"tap,id=n{i},ifname=tap{i},script=no,downscript=no",
            "-device", f"{self.machine.nic},id=d{i},netdev=n{i},mac={mac(i)}")

    def relay(self, i, *words, links):
        """Options of NIC I, behind a relay.py with WORDS. LINKS are those at
        its other end, by their VLAN."""
        here, there = 7000 + i, 7100 + i
        self.start(
            *self.enter, sys.executable, str(INSIDE.with_name("relay.py")),
            str(here), str(there), *words,
            *(f"{vlan}:tap{link}" for vlan, link in links.items()))
        for link in links.values():
            self.tap(link, others=False)
        return (
            "-netdev", f"socket,id=n{i},udp=127.0.0.1:{here},"
            f"localaddr=127.0.0.1:{there}",
            "-device", f"{self.machine.nic},id=d{i},netdev=n{i},mac={mac(i)}")

    def rival(self, i):
        """A rival.py on link I."""
        return Rival(self.start(*self.enter, sys.executable,
                                str(INSIDE.with_name("rival.py")), f"tap{i}"))

    def provide(self):
        """A provider's HTTP server on all links."""
        return self.start(*self.enter, sys.executable,
                          str(INSIDE.with_name("provider.py")))

    def announce(self, i, name):
        """avahi-daemon announces the provider as NAME on link I; ended by
        terminate() it says goodbye."""
        directory = self.directory / f"avahi-{name}"
        (directory / "services").mkdir(parents=True)
        (directory / "avahi-daemon.conf").write_text(AVAHI_CONFIG.format(i=i))
        (directory / "services/phase.service").write_text(
            SERVICE.replace("plasmd-host", name))
        process = subprocess.Popen(
            [*self.enter, "unshare", "--mount", "sh", "-c", AVAHI, "sh",
             str(directory)], stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        for line in process.stderr:
            if "successfully established" in line:
                threading.Thread(target=process.stderr.read,
                                 daemon=True).start()
                return process
        raise AssertionError("avahi-daemon has not established its service")

    def log_path(self, i):
        return self.directory / f"dnsmasq-{i}.log"

    def serve(self, i, *options, ping=False, seconds="1h"):
        """dnsmasq on link I, which asks whether an address is in use only
        with PING."""
        path = self.log_path(i)
        path.write_bytes(b"")
        self.processes.append(subprocess.Popen([
            *self.enter, "dnsmasq", "--conf-file=/dev/null",
            "--keep-in-foreground", "--no-resolv", "--no-hosts", "--port=0",
            "--user=root", "--group=", f"--interface=tap{i}",
            "--bind-interfaces", "--dhcp-authoritative",
            f"--dhcp-range=10.77.{i}.100,10.77.{i}.120,255.255.255.0,{seconds}",
            f"--dhcp-leasefile={path.with_suffix('.leases')}",
            f"--pid-file={path.with_suffix('.pid')}",
            f"--dhcp-option=option:dns-server,10.77.{i}.1",
            "--log-dhcp", f"--log-facility={path}",
            *([] if ping else ["--no-ping"]), *options]))
        self.await_log(i, "DHCP, IP range")

    def log(self, i):
        return self.log_path(i).read_text(errors="replace")

    def await_log(self, i, text, times=1):
        """Until dnsmasq's log has TEXT so often."""
        await_true(lambda: self.log(i).count(text) >= times,
                   lambda: f"no {text} {times} times:\n{self.log(i)}")
