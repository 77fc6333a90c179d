"""The main job, booted in QEMU and typed at, on both architectures."""

import re
import subprocess

import pexpect
import pytest

from machine import (
    LIMIT, PROMPT, ROOT, output_of, plain, power_off, status_of)

pytestmark = pytest.mark.quick

@pytest.mark.modular
def test_lease_route_and_resolver(machine):
    status = machine.run(
        run="ip -4 addr show dev eth0; ip route; cat /etc/resolv.conf; "
            "ip link show lo; cat /run/phase/net/eth0.lease")
    assert status == 0
    console = machine.console
    assert "inet 10.0.2.15/24 brd 10.0.2.255" in console
    assert re.search(r"default via 10\.0\.2\.2 dev eth0 ", console)
    assert re.search(r"^nameserver 10\.0\.2\.3$", console, re.M)
    assert re.search(r"lo: <LOOPBACK,UP,LOWER_UP>", console)
    assert re.search(r"^address='?10\.0\.2\.15'?$", console, re.M)

@pytest.mark.modular
def test_banner_names_what_there_is(machine):
    assert machine.run(run="true") == 0
    console = machine.console
    version = (ROOT / "VERSION").read_text().strip()
    assert re.search(rf"^Phase Boot {re.escape(version)}, Linux 6\.\d+\.\S+ "
                     r"on (aarch64|x86_64)$", console, re.M)
    assert re.search(r"^  mode internet, channel stable, ready after "
                     r"[\d.]+m?s$", console, re.M)
    assert re.search(
        r"^  eth0  virtio_net  52:54:00:12:34:56  10\.0\.2\.15/24  "
        r"gateway 10\.0\.2\.2  DNS 10\.0\.2\.3$", console, re.M)

@pytest.mark.modular
def test_virtio_over_mmio(machine):
    """The transport comes by modalias (device tree) or by the command line."""
    status = machine.run("--device", "virtio-net-device",
                         run="ip -4 addr show dev eth0")
    assert "inet 10.0.2.15/24" in machine.console
    assert status == 0

@pytest.mark.modular
def test_provider_behind_the_gateway(machine):
    """A provider on the host's loopback, found through slirp by the probe of
    the gateway's port, is named before the first prompt."""
    child = machine.talk(provider=True, append="phase.wait=60s")
    assert re.search(r"provider +http://10\.0\.2\.2:8080\b",
                     plain(child.before))
    assert "hello from the host" in output_of(
        child, "wget -q -O - http://10.0.2.2:8080/hello")
    power_off(child)

def test_provider_announced_on_the_hosts_network(machine):
    """mDNS through QEMU's user network: the question comes from an ephemeral
    port, and asks for a unicast answer."""
    child = machine.talk(provider=True, announce=True,
                         append="phase.wait=60s")
    assert re.search(r"provider +http://192\.0\.2\.1:8080\S* +plasmd-host +"
                     r"\(mdns, ok\)", plain(child.before))
    power_off(child)


@pytest.mark.either
def test_no_provider_does_not_hold_up_the_shell(machine):
    child = machine.talk()
    assert "provider  http" not in plain(child.before)
    power_off(child)

@pytest.mark.either
@pytest.mark.modular
@pytest.mark.parametrize("command, status", [
    ("true", 0),
    ("exit 3", 3),
    ("kill -SEGV $$", 128 + 11),
    ("no-such-command", 127),
])
def test_run_passes_its_status_on(machine, command, status):
    assert machine.run(run=command) == status

@pytest.mark.either
def test_run_has_quotes_blanks_and_a_terminal(machine):
    assert machine.run(run="test -t 0 && tty && echo 'two  blanks'") == 0
    assert "two  blanks" in machine.console

def test_run_on_a_slow_terminal_loses_no_output(machine):
    status, text = machine.run_slowly(run="seq 1 1000; echo END; exit 5")
    assert re.search(r"^1000\nEND$", text, re.M)
    assert status == 5


def test_run_sees_the_interrupt_key(machine):
    command = machine.command(
        run="trap 'echo trapped; exit 7' INT; echo sta''rted; "
            "while :; do sleep 1; done")
    child = pexpect.spawn(command[0], command[1:], timeout=LIMIT,
                          encoding="utf-8", codec_errors="replace")
    child.expect("started")
    child.sendcontrol("c")
    child.expect("trapped")
    assert status_of(child) == 7


def test_p18_unknown_and_bad_parameters_are_named(machine):
    status = machine.run(
        run="true",
        append="phase.nonsense=1 phase.wait=soon phase.moed=x phase.mode=local")
    console = machine.console
    assert status == 0
    assert "unknown parameters: phase.nonsense, phase.moed" in console
    assert "phase.wait=: soon is not a duration" in console
    assert "mode local" in console

@pytest.mark.either
def test_mtu_of_the_command_line(machine):
    """It holds for an address by DHCP too, from a server that names none."""
    status = machine.run(run="cat /sys/class/net/eth0/mtu; ps -o comm",
                         append="ip=eth0:dhcp:1400")
    lines = machine.console.splitlines()
    assert status == 0 and "1400" in lines and "phase-net" in lines

def test_p16_no_nic(machine):
    child = machine.talk("--net", "none")
    assert "no network: no NIC was found" in plain(child.before)
    power_off(child)

def test_p16_no_nic_does_not_stop_a_command(machine):
    assert machine.run("--net", "none", run="exit 7") == 7

@pytest.mark.modular
def test_p12_no_modules_directory(machine):
    """A kernel whose modules are not in the initramfs: a shell, and why."""
    initrd = machine.directory / "bare.cpio.gz"
    subprocess.run(
        [ROOT / "tests" / "boot" / "without-modules",
         machine.build / "rootfs", initrd], check=True)
    machine.initrd = initrd
    child = machine.talk(lease=False)
    before = plain(child.before)
    assert "no network" in before
    assert "No such file" in output_of(child, "ls /lib/modules")
    child.sendline("poweroff -f")
    # Nor is there the driver of the port that takes the status.
    assert status_of(child) == 125

def test_p7_no_console_and_no_descriptors(machine):
    """/init is started without /dev/console and with 0, 1 and 2 closed."""
    machine.add_file("before", "#!/bin/sh\nrm -f /dev/console\n"
                               "exec /init <&- >&- 2>&-\n")
    child = machine.talk(append="rdinit=/before")
    assert "Phase Boot" in plain(child.before)
    assert "10.0.2.15/24" in plain(child.before)
    assert re.search("^/dev/tty(AMA|S)0$", output_of(child, "tty"), re.M)
    power_off(child)


def test_p19_discovery_that_crashes_or_is_missing(machine):
    machine.add_file("before", "#!/bin/sh\nrm -f /sbin/phase-discover\n"
                               "exec /init\n")
    child = machine.talk(append="rdinit=/before phase.wait=60s")
    before = plain(child.before)
    assert "cannot start /sbin/phase-discover: No such file" in before
    assert "discovery failed" in before and "again" not in before
    assert "10.0.2.15/24" in before
    power_off(child)


def test_p19_discovery_that_hangs(machine):
    """It heeds no signal that can be ignored; the shell does not wait."""
    machine.add_file("before", """#!/bin/sh
rm -f /sbin/phase-discover
cat >/sbin/phase-discover <<'END'
#!/bin/sh
trap '' TERM HUP INT
sleep 1000 & wait
sleep 1000
END
chmod 755 /sbin/phase-discover
exec /init
""")
    child = machine.talk(append="rdinit=/before phase.wait=5s")
    assert "no provider yet, still looking" in plain(child.before)
    child.expect("phase-discover took longer than 11s and was ended; again")
    child.sendline("")
    child.expect(PROMPT)
    # Of the first one nothing is left.
    assert len(output_of(child, "pidof sleep").split()) <= 1
    power_off(child)


def test_p19_discovery_that_floods(machine):
    """Endless lines, and the pipe kept open by a child of its own."""
    machine.add_file("before", """#!/bin/sh
rm -f /sbin/phase-discover
cat >/sbin/phase-discover <<'END'
#!/bin/sh
sleep 1000 &
yes 'service url=http://a instance=x%1b%5b2J source=mdns' | head -c 2000000
yes x | tr -d '\\n' | head -c 2000000
exit 2
END
chmod 755 /sbin/phase-discover
exec /init
""")
    child = machine.talk(append="rdinit=/before")
    # It is killed with its process group; nobody else sleeps here. What it
    # wrote was read to the end: only then does it come to its last line.
    child.sendline("while pidof phase-discover || pidof sleep; do :; done "
                   ">/dev/null; echo en''ded")
    child.expect("ended")
    child.expect(PROMPT)
    assert "\x1b[2J" not in machine.log.read_bytes().decode(errors="replace")
    assert "10.0.2.15/24" in output_of(child, "ip -4 addr show dev eth0")
    power_off(child)


@pytest.mark.either
def test_shell_has_job_control(machine):
    child = machine.talk()
    assert "can't access tty" not in plain(child.before)
    # ^C ends what is in front, and not the shell. That it says "started"
    # tells that it has the terminal.
    child.sendline("sh -c 'echo sta''rted; exec sleep 1000'; echo end=$?")
    child.expect("started")
    child.sendcontrol("c")
    child.expect(PROMPT)
    child.sendline("sh -c 'echo sta''rted; exec sleep 1000'")
    child.expect("started")
    child.sendcontrol("z")
    child.expect("Stopped")
    child.expect(PROMPT)
    assert "Stopped" in output_of(child, "jobs")
    assert "Terminated" in output_of(child, "kill %1; fg")
    power_off(child)


def test_p1_shell_comes_again(machine):
    child = machine.talk()
    child.sendline("exit")
    child.expect(r"shell on \S+ ended; again")
    child.expect(PROMPT)
    child.sendline("kill -9 $$")
    child.expect(r"shell on \S+ was killed by SIGKILL; again")
    child.expect(PROMPT)
    power_off(child)

@pytest.mark.either
def test_orphans_are_reaped(machine):
    status = machine.run(
        run="for i in 1 2 3 4 5 6 7 8; do (true & sleep 0 &); done; "
            "sh -c 'kill -TERM $(ps | grep [n]et_nothing) 2>/dev/null'; "
            "while ps -o stat | grep -q ^Z; do :; done; ps -o stat,comm")
    assert status == 0
    assert not re.search(r"^Z", machine.console, re.M)

@pytest.mark.either
def test_net_comes_back_when_it_is_killed(machine):
    child = machine.talk()
    child.sendline("killall -9 phase-net || kill -9 $(pidof phase-net)")
    child.expect("net was killed by SIGKILL")
    child.sendline("")
    child.expect(PROMPT)
    assert "10.0.2.15/24" in output_of(child, "ip -4 addr show dev eth0")
    power_off(child)

@pytest.mark.either
def test_address_of_a_killed_client_does_not_stay(machine):
    """phase-net dies, and its successor is given another address."""
    child = machine.talk()
    output_of(child, "ip addr add 10.7.7.7/24 dev eth0")
    # It must not see that the address is new before it dies.
    output_of(child, "kill -STOP $(pidof phase-net)")
    output_of(child, "ip link set eth0 down")
    output_of(child, "ip link set eth0 address 52:54:00:99:99:99")
    child.sendline("kill -9 $(pidof phase-net)")
    child.expect(r"eth0 .* 10\.0\.2\.16/24")
    child.sendline("")
    child.expect(PROMPT)
    addresses = output_of(child, "ip -4 addr show dev eth0")
    assert "10.0.2.16/24" in addresses
    assert "10.0.2.15/24" not in addresses
    assert "10.7.7.7/24" in addresses, "what a user has added stays"
    power_off(child)


@pytest.mark.either
def test_new_mac_asks_for_a_lease_of_its_own(machine):
    child = machine.talk()
    child.sendline("ip link set eth0 down; ip link set eth0 address "
                   "52:54:00:99:99:99; ip link set eth0 up")
    child.expect(r"eth0  virtio_net  52:54:00:99:99:99  10\.0\.2\.16/24")
    child.sendline("")
    child.expect(PROMPT)
    assert "10.0.2.15" not in output_of(child, "ip -4 addr show dev eth0")
    power_off(child)


@pytest.mark.modular
def test_p17_nic_comes_and_goes(machine):
    """Plugged in at run time; the monitor is behind Ctrl-A C."""
    child = machine.talk("--net", "none", "--", "-device",
                         "pcie-root-port,id=rp0", "-netdev", "user,id=late")
    assert "no NIC was found" in plain(child.before)
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.sendline("device_add virtio-net-pci,id=nic,bus=rp0,netdev=late,"
                   "romfile=")
    child.expect_exact("(qemu) ")
    child.send("\x01c")
    child.expect(r"eth0  virtio_net .* 10\.0\.2\.15/24  gateway 10\.0\.2\.2")
    child.sendline("")
    child.expect(PROMPT)
    assert "default via 10.0.2.2" in output_of(child, "ip route")
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.sendline("device_del nic")
    child.expect_exact("(qemu) ")
    child.send("\x01c")
    child.sendline("while [ -e /sys/class/net/eth0 ] || "
                   "[ -e /run/phase/net/eth0.lease ]; do :; done; echo g''one")
    child.expect("gone")
    child.expect(PROMPT)
    assert "10.0.2.3" not in output_of(child, "cat /etc/resolv.conf")
    power_off(child)


@pytest.mark.either
def test_routes_come_back_with_the_link(machine):
    child = machine.talk()
    child.sendline("ip link set eth0 down; ip link set eth0 up; until ip route"
                   " | grep -q ^default; do :; done; echo ba''ck")
    child.expect("back")
    child.expect(PROMPT)
    power_off(child)


@pytest.mark.modular
def test_panic_has_a_status_of_its_own(machine):
    assert machine.run(append="rdinit=/no/such/init root=none") == 123
    assert "Kernel panic - not syncing" in machine.errors

def test_file_systems_and_links(machine):
    assert machine.run(run="cat /proc/mounts; ls -l /dev/fd /dev/ptmx "
                           "/dev/null; stty -a | head -1; pwd; id; env") == 0
    console = machine.console
    for target, kind in (("/dev", "devtmpfs"), ("/proc", "proc"),
                         ("/sys", "sysfs"), ("/dev/pts", "devpts"),
                         ("/dev/shm", "tmpfs"), ("/run", "tmpfs"),
                         ("/tmp", "tmpfs")):
        assert re.search(rf"^\S+ {target} {kind} ", console, re.M), target
    assert "/dev/fd -> /proc/self/fd" in console
    assert re.search("^/root$", console, re.M)
    assert re.search("^uid=0", console, re.M)
    assert re.search("^PATH=/sbin:/bin:/usr/sbin:/usr/bin$", console, re.M)
    assert re.search("^TERM=vt220$", console, re.M)


def test_relocated_tables_are_read_only(machine):
    """Static PIEs of musl do not do that by themselves."""
    assert machine.run(run="cat /proc/1/maps") == 0
    assert re.search(r"r--p \S+ \S+ \S+ +/init$", machine.console, re.M)


@pytest.mark.either
def test_bad_provider_parameter_does_not_end_discovery(machine):
    child = machine.talk(append="phase.provider=nonsense phase.wait=60s",
                         provider=True)
    before = plain(child.before)
    assert "phase.provider= is ignored" in before
    assert "provider  http://10.0.2.2:8080" in before
    power_off(child)


def test_two_processors(machine):
    assert machine.run("--cpus", "2", run="nproc") == 0
    assert re.search("^2$", machine.console, re.M)


@pytest.mark.either
def test_init_refuses_to_be_anything_but_process_1(machine):
    child = machine.talk()
    assert "not process 1" in output_of(child, "/init")
    assert "phase.net.timeout" in output_of(child, "/init --help")
    assert "Phase Boot" in output_of(child, "/init --version")
    power_off(child)

@pytest.mark.either
def test_messages_are_in_the_kernels_log(machine):
    child = machine.talk()
    assert "init[1]: " in output_of(child, "dmesg | grep -F 'init[1]'")
    power_off(child)

