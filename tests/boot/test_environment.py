"""What users expect of a machine beside its shell, on both architectures."""

import re
import subprocess

import pytest

from machine import PROMPT, output_of, plain, power_off

pytestmark = pytest.mark.quick
# With less the kernels do not get as far as /init: 48M is "deadlocked on
# memory" on arm64, and 64M stops in the decompressor, silently, on x86_64.
SMALLEST = {"arm64": "56M", "x86_64": "76M"}
# FNV-1a of 128 bits over "mac 52:54:00:12:34:56"
ID_OF_MAC = "1aa74d2f4995f13216456b94f833dcaf"


def value_of(child, command):
    return output_of(child, command).strip()


@pytest.mark.modular
def test_environment_by_default(machine):
    child = machine.talk("--mem", SMALLEST[machine.arch])
    assert value_of(child, "hostname") == "phase-525400123456"
    assert re.search(r"^127\.0\.1\.1\s+phase-525400123456$",
                     output_of(child, "cat /etc/hosts"), re.M)
    assert "1 packets received" in output_of(child, "ping -c 1 localhost")
    assert value_of(child, "cat /run/machine-id") == ID_OF_MAC
    assert value_of(child, "cat /etc/machine-id") == ID_OF_MAC
    assert value_of(child, "echo $(ulimit -Sn) $(ulimit -Hn)") == "1024 524288"
    assert value_of(child, "ulimit -Sc") == "0"
    assert re.search(r"^cgroup2 /sys/fs/cgroup cgroup2 ",
                     output_of(child, "cat /proc/mounts"), re.M)
    assert value_of(child, "awk -F: 'NF != 7' /etc/passwd") == ""
    assert value_of(child, "id -u nobody") == "65534"
    assert value_of(child, "echo $TERM $HOME $USER $LOGNAME $SHELL $PWD") == (
        "vt220 /root root root /bin/sh /root")
    power_off(child)


@pytest.mark.modular
def test_p6_little_memory_and_a_child_killed_for_it(machine):
    child = machine.talk("--mem", SMALLEST[machine.arch])
    assert value_of(child, "cat /proc/1/oom_score_adj") == "-1000"
    assert value_of(child, "cat /proc/self/oom_score_adj") == "0"
    before = output_of(child, "cat /proc/1/maps")
    rollup = output_of(child, "cat /proc/1/smaps_rollup")
    assert int(re.search(r"^Rss: +(\d+) kB", rollup, re.M)[1]) < 400
    # Of the shell's children it is the kernel and the shell that tell.
    said = output_of(child, "tail /dev/zero; echo status $?")
    assert re.search(r"Out of memory: Killed process \d+ \(tail\)", said)
    assert "Killed" in said and "status 137" in said
    child.sendline("exec tail /dev/zero")
    child.expect(r"shell on \w+: the machine ran out of memory")
    child.expect(r"shell on \w+ was killed by SIGKILL")
    child.expect(PROMPT)
    # KILL by somebody else is not taken for that.
    child.sendline("kill -9 $$")
    child.expect(r"shell on \w+ was killed by SIGKILL")
    assert "ran out of memory" not in child.before
    child.expect(PROMPT)
    # The stack grows by itself; nothing else does.
    after = output_of(child, "cat /proc/1/maps")
    assert re.sub(r"(?m)^.*\[stack\].*\n", "", before) == re.sub(
        r"(?m)^.*\[stack\].*\n", "", after)
    power_off(child)


@pytest.mark.modular
def test_p6_a_command_killed_for_memory(machine):
    assert machine.run("--mem", "96M", run="exec tail /dev/zero") == 128 + 9
    assert "init: the machine ran out of memory" in machine.console


def test_p6_process_1_does_not_call_opendir(machine):
    """Nor what else of libc takes memory from the heap, but for libmnl's
    sockets."""
    symbols = subprocess.run(
        ["nm", machine.build / "init.debug"], check=True,
        stdout=subprocess.PIPE, text=True).stdout
    for name in "opendir", "fopen", "strdup", "getline", "realloc", "qsort":
        assert not re.search(rf" [TtWw] {name}$", symbols, re.M), name


def test_d42_host_name_of_dhcp(machine):
    child = machine.talk(
        "--net", "none", "--",
        "-netdev", "user,id=n,hostname=phase-kiosk.example.net",
        "-device", f"{machine.nic},netdev=n")
    assert value_of(child, "hostname") == "phase-kiosk"
    assert re.search(r"^127\.0\.1\.1\s+phase-kiosk$",
                     output_of(child, "cat /etc/hosts"), re.M)
    power_off(child)


@pytest.mark.either
@pytest.mark.parametrize("name", ["$(reboot)", "phase;reboot", "-phase",
                                  "localhost"])
def test_d42_host_name_that_is_none(machine, name):
    status = machine.run(
        "--net", "none", "--", "-netdev", f"user,id=n,hostname={name}",
        "-device", f"{machine.nic},netdev=n",
        run="hostname; cat /etc/hosts")
    assert status == 0
    assert re.search("^phase-525400123456$", machine.console, re.M)
    assert re.search(r"^127\.0\.1\.1\s+phase-525400123456$",
                     machine.console, re.M)


@pytest.mark.either
def test_what_the_command_line_says(machine):
    """It goes before DHCP; a file of the integrator's stays as it is."""
    machine.add_file("before", "#!/bin/sh\necho '10.9.8.7 other' >/etc/hosts\n"
                               "exec /init\n")
    status = machine.run(
        "--net", "none", "--", "-netdev", "user,id=n,hostname=other",
        "-device", f"{machine.nic},netdev=n",
        append="rdinit=/before phase.hostname=phase-7.example.net TERM=xterm "
               "systemd.machine_id=0123456789ABCDEF0123456789abcdef",
        run="hostname; cat /etc/hosts /etc/machine-id; echo TERM=$TERM")
    console = machine.console
    assert status == 0
    assert re.search("^phase-7.example.net$", console, re.M)
    assert re.search("^10.9.8.7 other$", console, re.M)
    assert "127.0.1.1" not in console
    assert re.search("^0123456789abcdef0123456789abcdef$", console, re.M)
    assert re.search("^TERM=xterm$", console, re.M)


@pytest.mark.either
def test_names_without_a_nic(machine):
    """The id is of this boot then; loopback works all the same."""
    child = machine.talk("--net", "none",
                         append="phase.hostname=a_b phase.machine-id=1")
    assert "phase.hostname=: not a host name" in plain(child.before)
    assert "phase.machine-id=: not 32 hex" in plain(child.before)
    assert value_of(child, "hostname") == "phase"
    boot = value_of(child, "cat /proc/sys/kernel/random/boot_id")
    assert value_of(child, "cat /etc/machine-id") == boot.replace("-", "")
    assert "1 packets received" in output_of(child, "ping -c 1 ::1")
    power_off(child)


@pytest.mark.modular
def test_machine_id_of_the_firmware(machine):
    """DMI is there on a PC; QEMU's arm64 has it with UEFI only."""
    status = machine.run(
        "--", "-uuid", "3F2C9B6E-1d4a-4c55-9a3e-7b1f0c2d5e68",
        run="cat /run/machine-id")
    assert status == 0
    expected = (ID_OF_MAC if machine.arch == "arm64" else
                "3f2c9b6e1d4a4c559a3e7b1f0c2d5e68")
    assert re.search(f"^{expected}$", machine.console, re.M)
