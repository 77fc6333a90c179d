"""qemu/vmnet: guests on a network with this machine. Each test has a network
namespace for "this machine", with services that avahi announces."""

import fcntl
import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

import pytest

from inside import AVAHI
from lan import Lan, await_true
from machine import (INSIDE, LIMIT, PROMPT, ROOT, output_of, plain, power_off,
                     status_of)

pytestmark = pytest.mark.quick
VMNET = ROOT / "qemu" / "vmnet"
numbers = itertools.count()
AVAHI_CONFIG = """[server]
host-name=host
enable-dbus=no
[publish]
publish-workstation=no
publish-hinfo=no
"""
SERVICES = """<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>my host</name>
<service><type>_phase-image._tcp</type><port>8080</port>
<txt-record>channel=stable</txt-record></service>
<service><type>_http._tcp</type><port>8080</port></service></service-group>
"""
GET = ("import sys, urllib.request as u; "
       "print(u.urlopen(sys.argv[1], timeout=int([*sys.argv, 60][2])).read()"
       ".decode(), end=str())")
# What of the host may not change
VIEW = ("ip -d link; ip -4 address; ip -4 route show table all; "
        "nft list ruleset; cat /proc/sys/net/ipv4/ip_forward; "
        "grep . /proc/sys/net/ipv4/conf/*/forwarding")


class Host:
    def __init__(self, directory):
        self.name = f"vmnet{os.getpid()}-{next(numbers)}"
        self.directory = directory
        self.state = directory / "state"
        self.processes = []
        self.enter = ["ip", "netns", "exec", self.name]
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip link set lo up")
        # Counters apart, which this is not about
        self.before = self.run(VIEW)

    def run(self, script, **settings):
        return subprocess.run(
            [*self.enter, "sh", "-c", script], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, check=True, **settings).stdout

    def start(self, *command, **settings):
        process = subprocess.Popen([*self.enter, *command], text=True,
                                   **settings)
        self.processes.append(process)
        return process

    def vmnet(self, *options):
        """The command of a run of qemu/vmnet here."""
        return [*self.enter, str(VMNET), "--state", str(self.state), *options]

    def call(self, *options, **settings):
        return subprocess.run(
            self.vmnet(*options), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            timeout=LIMIT, **settings)

    def provide(self):
        """A web server, announced as a provider and as such."""
        server = self.start(
            sys.executable, str(INSIDE.with_name("provider.py")),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout.readline() == "ready\n"
        directory = self.directory / "avahi"
        (directory / "services").mkdir(parents=True)
        (directory / "avahi-daemon.conf").write_text(AVAHI_CONFIG)
        (directory / "services/host.service").write_text(SERVICES)
        daemon = self.start(
            "unshare", "--mount", "sh", "-c", AVAHI, "sh", str(directory),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in daemon.stderr:
            if "successfully established" in line:
                threading.Thread(target=daemon.stderr.read,
                                 daemon=True).start()
                return
        raise AssertionError("avahi-daemon has not established its services")

    def boot(self, machine, vm="default", *options, append="phase.wait=30s"):
        """A machine at its prompt."""
        log = self.directory / f"{vm}.log"
        machine.log = log
        child = machine.spawn(self.vmnet(
            "--vm", vm, "--", str(ROOT / "qemu" / "run"), "--arch",
            machine.arch, "--initrd", str(machine.initrd), "--log", str(log),
            "--timeout", str(LIMIT), "--append", append, "--net", "vmnet",
            *machine.kernel_options(),
            *options))
        child.expect(PROMPT)
        return child

    def pids(self, word):
        """Of processes of this namespace that run WORD; a zombie has none."""
        out = subprocess.run(["ip", "netns", "pids", self.name], text=True,
                             check=True, stdout=subprocess.PIPE).stdout
        found = []
        for pid in out.split():
            try:
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            except FileNotFoundError:
                continue
            if word.encode() in command:
                found.append(int(pid))
        return found

    def is_as_before(self):
        """What was killed may take its time to be gone."""
        await_true(lambda: not self.pids("dnsmasq") and
                   not self.pids("qemu-system"), str)
        assert self.run(VIEW) == self.before
        assert not (self.state / "network").exists()
        assert not list((self.state / "vms").iterdir())

    def is_up(self, nic):
        """Until the kernel says so: it does in its own time."""
        self.run(f"until ip link show {nic} | grep -q 'state UP'; do "
                 "sleep 0.02; done", timeout=LIMIT)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        for pid in self.pids(""):
            os.kill(pid, signal.SIGKILL)
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


@pytest.fixture
def host(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("makes interfaces: needs root")
    host = Host(tmp_path)
    yield host
    host.close()


def address_of(child):
    """The guest's own, out of the banner or what it says itself."""
    text = output_of(child, "ip -4 addr show dev eth0")
    return re.search(r"inet (192\.168\.2\.\d+)/24", text)[1]


def fetch(child, url):
    return output_of(child, f"wget -T 20 -q -O - {url}")


@pytest.mark.modular
def test_both_ways_by_name(machine, host):
    host.provide()
    child = host.boot(machine)
    banner = plain(child.before)
    assert re.search(r"eth0 .* 192\.168\.2\.\d+/24  gateway 192\.168\.2\.1",
                     banner), banner
    assert re.search(r"provider +http://192\.168\.2\.1:8080 .*my host", banner)

    found = output_of(child, "phase-discover --first --timeout 20s")
    assert "my host" in found and "ok" in found, found
    found = output_of(child,
                      "phase-discover --type _http._tcp --first --timeout 20s")
    assert "my host" in found and "192.168.2.1" in found, found

    assert "hello from" in fetch(child, "http://192.168.2.1:8080/hello")
    assert "hello from" in fetch(
        child, "http://$(phase-discover --lookup host.local --first "
        "--timeout 20s --format %a):8080/hello")
    # The same by the server's DNS, which has this machine's own name
    own = os.uname().nodename.split(".")[0]
    assert "hello from" in fetch(child, f"http://{own}.local:8080/hello")

    output_of(child, "mkdir /w && echo 'from a guest' >/w/page && "
              "httpd -p 80 -h /w")
    address = host.call("--address", "default").stdout.strip()
    assert address == address_of(child)
    assert host.run(f"{sys.executable} -c '{GET}' http://{address}/page"
                    ) == "from a guest\n"
    power_off(child)
    host.is_as_before()


@pytest.mark.either
def test_two_guests_and_the_same_lease_again(machine, host):
    one = host.boot(machine, "one", append="")
    two = host.boot(machine, "two", append="")
    for vm in "one", "two":
        await_true(lambda: host.call("--address", vm).returncode == 0, str)
    first, second = (host.call("--address", vm).stdout.strip()
                     for vm in ("one", "two"))
    assert first != second
    assert "1 packets received" in output_of(one, f"ping -c 1 {second}")
    assert "runs already" in host.call("--vm", "one", "true").stderr
    status = host.call("--status").stdout
    assert re.search(f"vm +one phasetap0 52:54:00:.* {first}\n", status), status

    power_off(one)
    # The network is the other's now.
    assert "1 packets received" in output_of(two, "ping -c 1 192.168.2.1")
    two.send("\x01x")
    assert status_of(two) == 125
    host.is_as_before()

    one = host.boot(machine, "one")
    assert address_of(one) == first
    power_off(one)
    host.is_as_before()


@pytest.mark.either
def test_network_goes_away_and_comes_back(machine, host):
    host.provide()
    child = host.boot(machine)
    address = address_of(child)

    host.run("ip link set phasebr0 down")
    assert "hello" not in output_of(
        child, "timeout 1 wget -q -O - http://192.168.2.1:8080/hello")
    host.run("ip link set phasebr0 up")
    assert "hello from" in fetch(child, "http://192.168.2.1:8080/hello")

    # The cable is pulled, and the server dies; another VM starts it again.
    child.send("\x01c")
    child.expect_exact("(qemu)")
    child.sendline("set_link net off")
    child.expect_exact("(qemu)")
    pid, = host.pids("dnsmasq")
    os.kill(pid, signal.SIGKILL)
    assert host.call("--vm", "other", "true").returncode == 0
    assert host.pids("dnsmasq") not in ([], [pid])
    asked = (host.state / "dnsmasq.log").read_text()
    assert "DHCPACK" not in asked
    child.sendline("set_link net on")
    child.expect_exact("(qemu)")
    child.send("\x01c")
    child.sendline("")
    await_true(lambda: "DHCPACK" in (host.state / "dnsmasq.log").read_text(),
               lambda: machine.console[-2000:])
    child.sendline("until ip -4 addr show dev eth0 | grep -q inet; do "
                   "usleep 20000; done; echo tr''ue")
    child.expect("true")
    child.expect(PROMPT)
    assert address_of(child) == address
    assert "hello from" in fetch(child, "http://192.168.2.1:8080/hello")
    power_off(child)
    host.is_as_before()


@pytest.mark.either
@pytest.mark.parametrize("victim", ["qemu/vmnet", "qemu/run"])
def test_killed(machine, host, victim):
    """The guest ends with whoever is killed; what stays goes with the next."""
    child = host.boot(machine, append="")
    for pid in host.pids(str(ROOT / victim)):
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            if command.split(b"\0")[1:2] == [str(ROOT / victim).encode()]:
                os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended since
    status_of(child)
    await_true(lambda: not host.pids("qemu-system"), str)
    if victim == "qemu/vmnet":
        assert "phasebr0" in host.run("ip link")
        assert host.call("sh", "-c", "ip link").stdout.count("phasetap") == 1
    host.is_as_before()


@pytest.mark.modular
def test_make(machine):
    """The target itself, in a namespace that it makes."""
    if os.geteuid() != 0:
        pytest.skip("makes interfaces: needs root")
    name = f"made{os.getpid()}-{next(numbers)}"
    clean = {key: value for key, value in os.environ.items()
             if not key.startswith(("MAKE", "MFLAGS"))}
    # Two of make at once would write the same files below build/host.
    with open(ROOT / "build" / "make.lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        qemu_vmnet(machine.arch, name, clean)
    assert not pathlib.Path(f"/run/netns/{name}").exists()
    assert not pathlib.Path(f"/run/phase-boot-vmnet/netns-{name}").exists()


def qemu_vmnet(arch, name, environment):
    done = subprocess.run(
        ["make", "--no-print-directory", f"ARCH={arch}", "qemu-vmnet",
         f"NETNS={name}", "RUN=ip -4 addr show dev eth0"], cwd=ROOT,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT, timeout=LIMIT + 30, check=False,
        env=environment)
    assert done.returncode == 0, done.stdout
    assert re.search(r"inet 192\.168\.2\.\d+/24", done.stdout), done.stdout


# --- other networks of qemu/run ---------------------------------------------

@pytest.fixture
def lan(machine):
    lan = Lan(machine)
    yield lan
    lan.close()


@pytest.mark.either
def test_hub(machine, lan):
    """Machines that know nobody else, and need no rights to."""
    assert lan.enter
    children = []
    for i in 1, 2:
        machine.log = machine.directory / f"{i}.log"
        children.append(machine.talk(
            "--net", "hub", "--vm", f"vm{i}",
            append=f"ip=10.9.9.{i}::::phase{i}:eth0:off"))
    one, two = children
    assert "1 packets received" in output_of(two, "ping -c 1 10.9.9.1")
    assert "1 packets received" in output_of(one, "ping -c 1 10.9.9.2")
    power_off(one)
    power_off(two)


@pytest.mark.either
def test_passt(machine, host):
    """For ordinary users: it has the host's address, and ends with QEMU."""
    host.run("ip link add up0 type veth peer name up1; ip link set up1 up; "
             "ip addr add 198.51.100.1/24 dev up0; ip link set up0 up; "
             "ip route add default via 198.51.100.2")
    command = machine.command("--net", "passt", run="ip -4 addr show dev eth0")
    command = command[command.index(str(ROOT / "qemu" / "run")):]
    done = subprocess.run(
        [*host.enter, "unshare", "--map-user=1000", "--map-group=1000",
         *command], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, timeout=LIMIT + 30, check=False)
    assert done.returncode == 0, done.stderr
    assert "inet 198.51.100.1/24" in machine.console
    await_true(lambda: not host.pids("passt"), str)


# --- without machines ------------------------------------------------------

def test_way_out(host):
    """NAT, between a guest that is a namespace and a web server outside."""
    outside, guest = Host(host.directory / "o"), Host(host.directory / "g")
    try:
        host.run(f"ip link add up0 type veth peer name up1 netns {outside.name}"
                 "; ip addr add 198.51.100.1/24 dev up0; ip link set up0 up")
        outside.run("ip addr add 198.51.100.2/24 dev up1; ip link set up1 up")
        server = outside.start(
            sys.executable, "-u", "-m", "http.server", "8000",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=host.directory)
        server.stdout.readline()
        (host.directory / "page").write_text("far away\n")
        host.is_up("up0")
        before = host.run(VIEW)
        # One interface forwards already, and goes on.
        host.run("echo 1 >/proc/sys/net/ipv4/conf/up0/forwarding")
        script = f"""
        ip link add cable type veth peer name cable netns {guest.name} &&
        ip link set cable master phasebr0 up &&
        ip -n {guest.name} address add 192.168.2.9/24 dev cable &&
        ip -n {guest.name} link set cable up &&
        ip -n {guest.name} route add default via 192.168.2.1 &&
        ip netns exec {guest.name} {sys.executable} -c '{GET}' \
            http://198.51.100.2:8000/page
        ip netns exec {outside.name} {sys.executable} -c '{GET}' \
            http://192.168.2.9/ 3 2>&1 | grep -oE 'timed out|refused' | tail -n 1
        ip link delete cable
        """
        outside.run("ip route add 192.168.2.0/24 via 198.51.100.1")
        done = host.call("sh", "-c", script)
        assert done.stdout == "far away\ntimed out\n", done
        assert "198.51.100.1 -" in server.stderr.readline()
        assert host.run("cat /proc/sys/net/ipv4/conf/up0/forwarding "
                        "/proc/sys/net/ipv4/ip_forward") == "1\n0\n"
        host.run("echo 0 >/proc/sys/net/ipv4/conf/up0/forwarding")
        assert host.run(VIEW) == before
    finally:
        outside.close()
        guest.close()


@pytest.mark.parametrize("route", [
    "192.168.2.0/24", "192.168.2.128/25", "192.168.0.0/16"])
def test_network_that_is_elsewhere(host, route):
    host.run("ip link add lan0 type veth peer name lan1; ip link set lan0 up; "
             f"ip link set lan1 up; ip route add {route} dev lan0")
    host.is_up("lan0")
    host.is_up("lan1")
    host.before = host.run(VIEW)
    done = host.call("true")
    assert done.returncode == 126 and "routed already" in done.stderr
    free = re.search("NET=([0-9./]+)", done.stderr)[1]
    host.is_as_before()
    assert host.call("--net", free, "true").returncode == 0
    host.is_as_before()


def test_names_that_are_taken(host):
    host.run("ip link add phasebr0 type bridge; "
             "ip tuntap add phasetap0 mode tap")
    host.before = host.run(VIEW)
    done = host.call("true")
    assert done.returncode == 126 and "BRIDGE=" in done.stderr
    host.is_as_before()
    done = host.call("--bridge", "other0", "sh", "-c", "echo $PHASE_VMNET_TAP")
    assert done.stdout == "phasetap1\n"
    host.is_as_before()


def test_as_the_user_who_called_sudo(host):
    done = host.call("sh", "-c", "id -u; id -g", env={
        **os.environ, "SUDO_UID": "65534", "SUDO_GID": "65534"})
    if os.stat("/dev/net/tun").st_mode & 0o006 == 0o006:
        assert done.stdout == "65534\n65534\n", done
    else:
        assert done.stdout == "0\n0\n" and "for root only" in done.stderr
    host.is_as_before()


@pytest.mark.parametrize("option", [
    "--net=192.168.2.0/16", "--net=192.168.2.1/24", "--net=300.1.1.0/24",
    "--vm=a/b", "--bridge=sixteencharacter", "--vm=", "--what=1"])
def test_wrong_options(host, option):
    assert host.call(option, "true").returncode == 2


def fake(directory, **programs):
    """Environment with programs of other people's."""
    directory.mkdir()
    for name, script in programs.items():
        path = directory / name.replace("_", "-")
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
    return {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"}


DROP = ("nft 'add table ip filter; add chain ip filter {} {{ type filter hook "
        "{} priority 0; policy drop; }}'")


@pytest.mark.parametrize("made,programs,message", [
    (DROP.format("FORWARD", "forward"), {},
     "nft insert rule ip filter FORWARD iifname phasebr0 accept"),
    (DROP.format("FORWARD", "forward") +
     "; nft add chain ip filter DOCKER-USER", {},
     "Docker drops what guests send outwards: iptables -I DOCKER-USER -i"),
    (DROP.format("INPUT", "input"), {},
     "nft insert rule ip filter INPUT iifname phasebr0 accept"),
    (DROP.format("INPUT", "input"), {"ufw": "echo 'Status: active'"},
     "ufw allow in on phasebr0"),
    ("true", {"firewall_cmd": "true"},
     "firewall-cmd --zone=trusted --change-interface=phasebr0"),
    ("true", {"nmcli": 'case $1 in -t) echo running ;; *) exit 1 ;; esac'},
     "nmcli device set phasebr0 managed no"),
    ("true", {"avahi_daemon": "exit 1"}, "apt-get install avahi-daemon"),
])
def test_who_may_be_in_the_way(host, made, programs, message):
    host.run(made)
    host.before = host.run(VIEW)
    done = host.call("true", env=fake(host.directory / "bin", **programs))
    assert done.returncode == 0 and message in done.stderr, done.stderr
    host.is_as_before()
