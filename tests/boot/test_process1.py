"""What process 1 has to bear from others: orphans, signals, shells that die,
no more processes, clocks that jump."""

import re

import pytest

from machine import PROMPT, output_of, plain, power_off

pytestmark = pytest.mark.quick

@pytest.fixture
def child(machine):
    machine.add_file("poke", (machine.build / "tests/poke").read_bytes())
    child = machine.talk()
    yield child
    assert "crashed" not in machine.console
    assert "Kernel panic" not in machine.console
    power_off(child)


def cpu_of(child):
    """Hundredths of a second: process 1's, and since the kernel started."""
    fields, uptime = plain(output_of(
        child, "cat /proc/1/stat /proc/uptime")).strip().splitlines()
    fields = fields.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12]),
            100 * float(uptime.split()[0]))


def pid_of(child, name):
    return output_of(child, f"pidof {name}").strip()


def test_p1_p2_shell_that_crashes(child):
    """Started again, later each time, with a word; and it costs nothing."""
    used, uptime = cpu_of(child)
    for again in ("now", "in 250ms", "in 500ms", "in 1s", "in 2s", "in 4s"):
        child.sendline("kill -SEGV $$")
        child.expect(rf"shell on \S+ was killed by SIGSEGV; again {again}\r")
        child.expect(PROMPT)
    used_now, uptime_now = cpu_of(child)
    assert uptime_now - uptime > 775
    # A machine that is emulated on a busy one counts more than it works.
    assert used_now - used < (uptime_now - uptime) / 4


def test_p3_orphans(child):
    assert "orphans=10000 zombies=0 " in output_of(child, "/poke orphans 10000")


def test_p4_signals(child):
    """Every signal there is but the documented ones; while they come a child
    is killed, whose status is told all the same, and orphans end."""
    shell = output_of(child, "echo $$")
    net = pid_of(child, "phase-net")
    child.sendline("/poke signals 100000; echo en''ded")
    child.expect(r"sent=(\d+) refused=0")
    assert int(child.match[1]) > 80000
    child.expect("ended")
    child.expect(PROMPT)
    assert output_of(child, "echo $$") == shell
    assert pid_of(child, "phase-net") == net
    child.sendline(f"/poke signals 100000 & kill -9 {net}; wait")
    child.expect("net was killed by SIGKILL; again now")
    child.expect("refused=0")
    child.sendline("")
    child.expect(PROMPT)
    assert pid_of(child, "phase-net") not in ("", net)
    assert "zombies=0 " in output_of(child, "/poke orphans 1")
    assert output_of(child, "echo $$") == shell


def test_p20_no_more_processes(child):
    """The kernel refuses to fork. It is tried again, later each time; as soon
    as it is possible there is a shell again."""
    limit = "/proc/sys/kernel/threads-max"
    old = output_of(child, f"cat {limit}").strip()
    # What makes it possible again runs before: it waits for the message, and
    # then needs no process.
    child.sendline(
        "setsid sh -c 'grep -m 2 -q \"cannot start she[l]l\" /dev/kmsg & "
        f"echo 25 >{limit}; : >/tmp/low; wait $!; echo {old} >{limit}' & "
        f"until [ -e /tmp/low ]; do :; done; exit")
    child.expect(r"cannot start shell on \S+: Resource temporarily unavail")
    child.expect(r"cannot start shell on \S+: Resource temporarily unavail")
    child.expect(PROMPT)
    assert output_of(child, f"cat {limit}").strip() == old
    assert "10.0.2.15/24" in output_of(child, "ip -4 addr show dev eth0")


def test_p21_clock(child):
    """Deadlines do not care for the time of the day, and its jumps."""
    for clock, again in (("1970-01-01 00:00:00", "now"),
                         ("2106-02-07 06:28:16", "in 250ms"),
                         ("2001-01-01 00:00:00", "in 500ms")):
        assert clock[:4] in output_of(child, f"date -u -s '{clock}'; date -u")
        child.sendline("kill -SEGV $$")
        child.expect(rf"killed by SIGSEGV; again {again}\r")
        child.expect(PROMPT)
        # The client of the network keeps its times, too.
        child.sendline("ip link set eth0 down; ip link set eth0 up; until ip "
                       "route | grep -q ^default; do :; done; echo ba''ck")
        child.expect("back")
        child.expect(PROMPT)


def test_p22_not_process_1(child):
    """Nor without a name, or under an empty one."""
    refusal = "init: not process 1; the kernel starts it"
    assert refusal in output_of(child, "/init")
    assert "status=1" in output_of(child, "/init; echo status=$?")
    assert refusal in output_of(child, "/poke nameless /init")
    assert refusal in output_of(child, "(exec -a '' /init)")
    assert "SIGSEGV" not in output_of(child, "dmesg | tail")
    assert re.search("^Phase Boot ", output_of(child, "/init --version"), re.M)
