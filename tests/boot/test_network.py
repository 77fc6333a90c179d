"""The network of a booted machine, whose DHCP server is dnsmasq, and whose
link is at times a bad one."""

import os
import re
import subprocess

import pytest

from lan import Lan, mac
from machine import PROMPT, ROOT, output_of, plain, power_off, status_of

pytestmark = pytest.mark.quick
# What udhcpc's scripts get, and the order of the events.
HOOK = """#!/bin/sh
echo "$1 $# $interface ip=$ip subnet=$subnet mask=$mask router=$router" \\
	"dns=$dns domain=$domain lease=$lease PATH=$PATH $PWD" >>/run/hooks
echo said by the hook
"""


@pytest.fixture
def lan(machine):
    lan = Lan(machine)
    yield lan
    lan.close()
    for path in sorted(lan.directory.glob("dnsmasq-*.log")):
        print(f"--- {path.name}\n{path.read_text(errors='replace')[-6000:]}")


def monitor(child, *commands):
    """QEMU's monitor is behind Ctrl-A C."""
    child.send("\x01c")
    for command in commands:
        child.expect_exact("(qemu) ")
        child.sendline(command)
    child.expect_exact("(qemu) ")
    child.send("\x01c")


def prompt(child):
    child.sendline("")
    child.expect(PROMPT)


def until(child, condition):
    """Waits in the guest."""
    child.sendline(f"until {condition}; do usleep 50000; done; echo tr''ue")
    child.expect("true")
    child.expect(PROMPT)


def ipv4_of(child, interface="eth0"):
    return re.findall(r"inet ([\d.]+/\d+)",
                      output_of(child, f"ip -4 addr show dev {interface}"))


def await_address(child, start, interface="eth0"):
    """The only IPv4 address of INTERFACE, once it is there; it begins with
    START."""
    until(child, f"ip -4 addr show dev {interface} | grep -q 'inet {start}'")
    address, = ipv4_of(child, interface)
    assert address.startswith(start)
    return address


def status_fields(child, pid):
    text = plain(output_of(child, f"cat /proc/{pid}/status"))
    return dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", text, re.M))


def processes(child):
    """The manager's and the client's pid."""
    found = {}
    for pid in output_of(child, "pidof phase-net").split():
        uid = status_fields(child, pid)["Uid"].split()[0]
        found[uid] = pid
    assert set(found) == {"0", "65501"}
    return found["0"], found["65501"]


def confined(child, manager, client):
    """What the two processes have given up."""
    fields = status_fields(child, client)
    for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        assert int(fields[name], 16) == 0, name
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    assert fields["Uid"].split() == ["65501"] * 4
    assert fields["Gid"].split() == ["65501"] * 4
    assert fields["Groups"] == ""
    assert output_of(child, f"ls -A /proc/{client}/root/").strip() == ""
    assert " phase-ne phase-net" in output_of(child, "ps -o pid,user,comm")
    fields = status_fields(child, manager)
    assert fields["Seccomp"] == "2"
    assert fields["CapEff"] != "0000000000000000"


def test_d21_life_of_a_lease(machine, lan):
    """Host name, hooks, rights; the cable is pulled, the client dies, and
    both times the address is asked for again, and not another one; it is
    given back at the end."""
    machine.add_file("etc/phase/net.d/10-tell", HOOK)
    nic = lan.nic(0)
    lan.serve(0, "--domain=example.net")
    child = machine.talk("--net", "none", "--", *nic,
                         append="phase.hostname=phase-7")
    address = await_address(child, "10.77.0.1")
    ip = address.partition("/")[0]
    assert "client provides name: phase-7" in lan.log(0)
    # A busy server has been asked twice.
    n_discovers = lan.log(0).count("DHCPDISCOVER(")

    manager, client = processes(child)
    confined(child, manager, client)

    ack = f"DHCPACK(tap0) {ip} "
    n_acks = lan.log(0).count(ack)
    monitor(child, "set_link n0 off")
    until(child, "grep -q 0 /sys/class/net/eth0/carrier")
    assert ipv4_of(child) == [address]
    monitor(child, "set_link n0 on")
    lan.await_log(0, ack, n_acks + 1)
    until(child, "grep -q ^renew /run/hooks")

    # Nobody misses the client.
    n_acks = lan.log(0).count(ack)
    child.sendline(f"kill -SEGV {client}")
    child.expect("the client of eth0 was killed by SIGSEGV; again now\r")
    lan.await_log(0, ack, n_acks + 1)
    prompt(child)
    assert ipv4_of(child) == [address]
    assert machine.console.count("SIGSEGV") == 1
    again = processes(child)
    assert again[0] == manager and again[1] != client
    confined(child, *again)
    assert "1 packets received" in output_of(child, "ping -c 1 10.77.0.1")

    assert lan.log(0).count("DHCPDISCOVER(") == n_discovers
    assert "DHCPNAK(" not in lan.log(0)

    # The hooks run one after the other, and nobody waits for them.
    until(child, "[ $(grep -c ^renew /run/hooks) = 2 ]")
    hooks = plain(output_of(child, "cat /run/hooks")).strip().splitlines()
    same = (f"1 eth0 ip={ip} subnet=255.255.255.0 mask=24 router=10.77.0.1 "
            "dns=10.77.0.1 domain=example.net lease=3600 "
            "PATH=/sbin:/bin:/usr/sbin:/usr/bin /")
    assert hooks.pop(0).startswith("deconfig 1 eth0 ip= subnet= ")
    assert hooks == [f"bound {same}", f"renew {same}", f"renew {same}"]
    assert "said by the hook" in machine.console

    assert "DHCPRELEASE" not in lan.log(0)
    power_off(child)
    lan.await_log(0, f"DHCPRELEASE(tap0) {ip} ")
    # Nor by the signal that ends all processes.
    assert machine.console.count("was killed by") == 1


@pytest.mark.either
def test_d23_d24_address_of_another_machine(machine, lan):
    """The address that the server gives is somebody else's; later somebody
    takes the next one."""
    nic = lan.nic(0)
    lan.serve(0, f"--dhcp-host={mac(0)},10.77.0.50")
    rival = lan.rival(0)
    rival.say("answer 10.77.0.50")
    child = machine.talk("--net", "none", "--", *nic)
    # D23: used at once, probed in the background.
    lan.await_log(0, "DHCPDECLINE(tap0) 10.77.0.50 ")
    rival.await_lines("probe 10.77.0.50")
    child.expect(r"eth0 .* (10\.77\.0\.1\d\d)/24")
    second = child.match[1]
    prompt(child)
    assert ipv4_of(child) == [f"{second}/24"]
    assert "10.77.0.50 is also used by 02:aa:bb:cc:dd:ee" in machine.console

    # D24: when it is in use for good it is defended, once.
    claim = f"claim {second}"
    rival.await_lines(f"probe {second}", claim, f"probe {second}",
                      f"probe {second}", claim)
    rival.say(claim)
    rival.await_lines(claim)
    assert ipv4_of(child) == [f"{second}/24"]
    assert lan.log(0).count("DHCPDECLINE(") == 1
    rival.say(claim)
    lan.await_log(0, f"DHCPDECLINE(tap0) {second} ")
    child.expect(r"eth0 .* (10\.77\.0\.1\d\d)/24")
    third = child.match[1]
    assert third != second
    prompt(child)
    assert ipv4_of(child) == [f"{third}/24"]
    power_off(child)
    lan.await_log(0, f"DHCPRELEASE(tap0) {third} ")


@pytest.mark.modular
@pytest.mark.either
def test_d40_d41_links_of_all_kinds(machine, lan):
    """No cable, no server, a slow server, a lossy wire and a good server, all
    at once; and the missing server comes."""
    nics = [*lan.nic(0), *lan.nic(1), *lan.nic(2),
            *lan.relay(3, "--loss", "30", links={0: 3}), *lan.nic(4)]
    # It looks for three seconds whether somebody has the address.
    lan.serve(2, ping=True)
    lan.serve(3)
    lan.serve(4)
    # The good one's lease is what the shell waits for: NICs are known by then.
    child = machine.spawn(machine.command(
        "--net", "none", "--", "-S", *nics,
        append="phase.wait=60s phase.discover=off"))
    monitor(child, "set_link n0 off", "cont")
    child.expect(PROMPT)
    # There is a shell before any has been given up.
    banner = plain(child.before)
    assert "169.254" not in banner
    assert re.search(r"^  eth0  .*  no carrier: is its cable", banner, re.M)
    assert re.search(r"^  eth1  .*  no DHCP server has answered", banner, re.M)

    await_address(child, "10.77.4.", "eth4")
    await_address(child, "169.254.", "eth1")
    await_address(child, "10.77.2.", "eth2")
    await_address(child, "10.77.3.", "eth3")
    console = machine.console
    assert re.search(r"eth1  .*  169\.254\.\d+\.\d+/16, as no DHCP server",
                     console)
    assert re.search(r"eth2  .*  10\.77\.2\.1\d\d/24", console)
    assert ipv4_of(child, "eth0") == []
    resolv = output_of(child, "cat /etc/resolv.conf")
    assert "10.77.4.1" in resolv and "10.77.2.1" in resolv

    lan.serve(1)
    child.expect(r"eth1 .* 10\.77\.1\.1\d\d/24")
    prompt(child)
    until(child, "! ip -4 addr show dev eth1 | grep -q 'inet 169.254.'")
    assert len(ipv4_of(child, "eth1")) == 1
    assert "1 packets received" in output_of(
        child, "ping -c 1 -I eth1 10.77.1.1")

    # The cable is plugged in.
    monitor(child, "set_link n0 on")
    lan.serve(0)
    child.expect(r"eth0 .* 10\.77\.0\.1\d\d/24")
    prompt(child)
    power_off(child)
    assert "was killed by" not in machine.console
    # What is sent once may be lost on link 3.
    for i in 0, 1, 2, 4:
        lan.await_log(i, "DHCPRELEASE(")


@pytest.fixture
def tagging(machine):
    """MACHINE with the module of VLANs."""
    build = machine.directory / "build"
    build.mkdir()
    for name in "init", "phase-discover", "kernel.id":
        (build / name).symlink_to(machine.build / name)
    environment = dict(
        os.environ, MODULES_LIST="rootfs/modules.list", MODULES_ADD="8021q",
        PHASE_MODULES=str(ROOT / "build/host/phase-modules"))
    for step in "stage", "pack":
        subprocess.run(
            ["rootfs/build", step, machine.arch, str(build),
             "rootfs/initramfs.list"], cwd=ROOT, env=environment, check=True)
    machine.initrd = build / "initramfs.cpio.gz"
    return machine


@pytest.mark.modular
def test_ip_and_vlan_of_the_command_line(tagging, lan):
    """A static address, a lease on a VLAN of the same NIC, one on another NIC,
    and one NIC that nobody has spoken of."""
    nics = [*lan.relay(0, links={0: 0, 5: 5}), *lan.nic(1), *lan.nic(2)]
    for link in 0, 1, 2, 5:
        lan.serve(link)
    child = tagging.talk(
        "--net", "none", "--", *nics, append="phase.modules=8021q "
        "ip=10.77.0.9::10.77.0.1:24:phase-box:eth0:off:10.77.0.3 "
        "vlan=eth0.5:eth0 ip=eth0.5:dhcp ip=eth1:dhcp nameserver=192.0.2.53")
    await_address(child, "10.77.5.", "eth0.5")
    await_address(child, "10.77.1.", "eth1")
    assert ipv4_of(child) == ["10.77.0.9/24"]
    assert ipv4_of(child, "eth2") == []
    assert "default via 10.77.0.1 dev eth0 " in output_of(child, "ip route")
    resolv = output_of(child, "cat /etc/resolv.conf")
    servers = re.findall(r"nameserver (\S+)", resolv)
    assert servers[0] == "192.0.2.53"
    assert "10.77.0.3" in servers
    for target, interface in (("10.77.0.1", "eth0"), ("10.77.5.1", "eth0.5"),
                              ("10.77.1.1", "eth1")):
        assert "1 packets received" in output_of(
            child, f"ping -c 1 -I {interface} {target}")
    assert "eth0.5" in output_of(child, "ls /run/phase/net")
    # INFORM is all that is said of a static address.
    log = lan.log(0)
    assert "DHCPDISCOVER" not in log and "DHCPREQUEST" not in log
    assert not re.search(r"DHCP[A-Z]+\(", lan.log(2))
    power_off(child)
    lan.await_log(5, "DHCPRELEASE(")


@pytest.mark.modular
@pytest.mark.either
@pytest.mark.parametrize("words, asking", [
    ("ip=off", set()),
    # Ours goes before, and says nothing of the other one.
    ("ip=off phase.ip=eth1:dhcp", {1}),
    ("phase.net.interfaces=!eth1", {0}),
])
def test_which_nics_are_asked_for(machine, lan, words, asking):
    nics = [*lan.nic(0), *lan.nic(1)]
    for link in 0, 1:
        lan.serve(link)
    status = machine.run("--net", "none", "--", *nics,
                         run="ip -4 addr; cat /proc/uptime",
                         append=f"{words} phase.net.timeout="
                         f"{60 if asking else 3}s")
    assert status == 0
    for link in 0, 1:
        has = f"inet 10.77.{link}." in machine.console
        assert has == (link in asking), link
        assert ("DHCPDISCOVER(" in lan.log(link)) == (link in asking)


@pytest.mark.either
def test_private_and_reboot(machine, lan):
    """Nothing tells the server who it was; each boot has a MAC of its own. A
    lease is not given back for a reboot."""
    nic = lan.nic(0)
    lan.serve(0)
    seen = set()
    for command, releases in ("reboot", 0), ("poweroff", 1):
        child = machine.talk(
            "--net", "none", "--", *nic,
            append="phase.mode=private phase.hostname=phase-secret")
        address = output_of(child, "cat /sys/class/net/eth0/address").strip()
        ip = await_address(child, "10.77.0.")
        assert int(address[:2], 16) & 3 == 2
        assert address not in seen
        seen.add(address)
        assert f"{ip.partition('/')[0]} {address}" in lan.log(0)
        child.sendline(command)
        status_of(child)
        assert lan.log(0).count("DHCPRELEASE(") == releases
    log = lan.log(0)
    assert mac(0) not in log
    assert "secret" not in log and "client provides name" not in log
    assert "vendor class" not in log


@pytest.mark.either
def test_ipv6_begins_when_ipv4_has_begun(machine, lan):
    """And when the manager that was to see to it has died; but not where
    somebody else has switched it off."""
    nics = [*lan.nic(0), *lan.nic(1)]
    lan.serve(0)
    lan.serve(1)
    child = machine.talk("--net", "none", "--", *nics)
    held = "/proc/sys/net/ipv6/conf/eth{}/disable_ipv6"
    for nic in 0, 1:
        until(child, f"ip -6 addr show dev eth{nic} | grep -q 'inet6 fe80'")
        assert output_of(child, f"cat {held.format(nic)}").strip() == "0"
    manager, _ = processes(child)
    output_of(child, f"echo 1 >{held.format(0)}; echo 2 >{held.format(1)}; "
              f"kill -9 {manager}")
    until(child, f"grep -q 0 {held.format(1)}")
    until(child, "ip -6 addr show dev eth1 | grep -q 'inet6 fe80'")
    assert output_of(child, f"cat {held.format(0)}").strip() == "1"


@pytest.mark.either
@pytest.mark.modular
def test_d37_kernel_without_packet_sockets(machine):
    machine.add_file("deny", (machine.build / "tests/deny").read_bytes())
    machine.add_file("before",
                     "#!/bin/sh\nexec /deny refuse packet /init\n")
    child = machine.talk(lease=False, append="rdinit=/before")
    before = plain(child.before)
    assert "no DHCP: this kernel has no packet sockets (CONFIG_PACKET, " \
        "module af_packet)" in before
    power_off(child)
