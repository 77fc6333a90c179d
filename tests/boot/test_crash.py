"""P5: faults in process 1 itself, made by tests/tools/poke.c from inside of
the machine, and what else leads to a rescue shell."""

import re
import subprocess

import pexpect
import pytest

from machine import (
    LIMIT, PROMPT, output_of, plain, power_off, status_of)

pytestmark = pytest.mark.quick
CRASHED = 122
RESCUE = "This is a rescue shell"


def prepare(machine):
    machine.add_file("poke", (machine.build / "tests/poke").read_bytes())


def tool(machine, name, *arguments):
    cpu = {"arm64": "aarch64"}.get(machine.arch, machine.arch)
    return subprocess.run(
        [f"{cpu}-linux-gnu-{name}", *arguments], check=True, text=True,
        stdout=subprocess.PIPE).stdout


def offset(machine, function):
    """Where FUNCTION is in /init's file."""
    symbols = tool(machine, "nm", machine.build / "init.debug")
    return re.search(rf"^([0-9a-f]+) [tT] {function}$", symbols, re.M)[1]


def command(machine, fault):
    words = {"abort": "pc " + offset(machine, "abort"),
             "assert": "assert " + offset(machine, "__assert_fail")}
    return "/poke " + words.get(fault, fault)


CAUSES = {
    "null": "SIGSEGV at address 0x0: nothing is mapped there",
    "data": r"SIGSEGV at address 0x[0-9a-f]+: that is not allowed",
    "stack": "SIGSEGV at address 0x0: nothing is mapped there",
    "abort": "SIGABRT$",
    "assert": "SIGABRT$",
}


def check_report(machine, fault):
    """The report on the console: cause, place, the last messages."""
    console = machine.console
    report = re.search(r"init: process 1 crashed: (.*)\ninit: Phase Boot \S+ "
                       rf"for {machine.arch} was at (.*)\n", console)
    assert re.match(CAUSES[fault], report[1])
    assert re.search(r"^  eth0  virtio_net .* 10\.0\.2\.15/24", console, re.M)
    if fault == "assert":
        assert (r"  assertion failed: poke.c:77: poked(): n < \x1b[31mMAX"
                in console)
    names = tool(machine, "addr2line", "-fie", machine.build / "init.debug",
                 *re.findall(r"init\+(0x[0-9a-f]+)", report[2]))
    if fault == "stack":
        assert "sp 0x10" in report[2]
    elif fault == "abort":
        # It leaves no frame pointer, so what follows are guesses.
        assert re.search("^(abort|raise)$", names, re.M)
    elif fault == "assert":
        assert re.search(r"^__assert_fail\n\S*init/crash\.c:\d+", names, re.M)
    else:
        # Whatever it had to do, the loop was at the bottom of it.
        assert re.search(r"^(wait_for_events|boot_run)\n"
                         r"\S*(base/loop|init/boot)\.c:\d+", names, re.M)


def check_alive(machine, child):
    """Orphans are reaped, the network is there, nothing has panicked."""
    assert "orphans=300 zombies=0" in output_of(child, "/poke orphans 300")
    assert "10.0.2.15/24" in output_of(child, "ip -4 addr show dev eth0")
    assert "No such" not in output_of(child, "kill -0 $(pidof phase-net)")
    assert "Kernel panic" not in machine.console


def check_protected(machine, maps):
    """What the handlers go by cannot be written to by accident."""
    symbols = tool(machine, "nm", machine.build / "init.debug")
    at = int(re.search("^([0-9a-f]+) b config$", symbols, re.M)[1], 16)
    lines = [line.split() for line in maps.splitlines() if "-" in line]
    base = next(int(words[0].split("-")[0], 16) for words in lines
                if words[-1] == "/init")
    modes = [words[1] for words in lines
             if int(words[0].split("-")[0], 16) <= base + at <
             int(words[0].split("-")[1], 16)]
    assert modes == ["r--p"]


@pytest.mark.parametrize("fault", CAUSES)
def test_p5_crash_leads_to_a_shell(machine, fault):
    prepare(machine)
    child = machine.talk()
    child.sendline(command(machine, fault))
    child.expect("poweroff and reboot work")
    check_report(machine, fault)
    # The shell that is there is not disturbed; after it comes another.
    child.sendline("")
    child.expect(PROMPT)
    check_alive(machine, child)
    child.sendline("exit")
    child.expect(RESCUE)
    child.expect(PROMPT)
    child.sendline("")
    child.expect(PROMPT)
    check_alive(machine, child)
    assert re.search("^/dev/tty(AMA|S)0$", output_of(child, "tty"), re.M)
    power_off_with(child, CRASHED)


def power_off_with(child, status):
    child.sendline("poweroff")
    assert status_of(child) == status


def test_p5_rescue_shell_comes_again(machine):
    """Each has its job control; a signal that is sent is no second crash; a
    second crash still does not end the machine."""
    prepare(machine)
    child = machine.talk()
    check_protected(machine, plain(output_of(child, "cat /proc/1/maps")))
    child.sendline("kill -SEGV 1")
    child.expect(r"crashed: SIGSEGV sent by process \d+")
    child.expect("poweroff and reboot work")
    child.sendline("exit")
    child.expect(RESCUE)
    child.expect(PROMPT)
    child.sendline("kill -9 $$")
    child.expect(r"the rescue shell on /dev/\S+ was killed by SIGKILL; again")
    child.expect(RESCUE)
    child.expect(PROMPT)
    child.sendline("sh -c 'echo sta''rted; exec sleep 1000'")
    child.expect("started")
    child.sendcontrol("c")
    child.expect(PROMPT)
    output_of(child, "kill -SEGV 1; kill -ABRT 1")
    assert output_of(child, "dmesg | grep -c '1 cra''shed'").strip() == "1"
    check_alive(machine, child)
    for _ in range(2):
        output_of(child, "/poke null")
        assert "alive" in output_of(child, "/poke orphans 50; echo al''ive")
    assert "Kernel panic" not in machine.console
    child.sendline("poweroff -f")
    assert status_of(child) == CRASHED


def test_p5_children_that_report_do_not_wait_for_us(machine):
    """More records than a pipe holds, after process 1 has crashed."""
    prepare(machine)
    machine.add_file("before", """#!/bin/sh
rm -f /sbin/phase-discover
cat >/sbin/phase-discover <<'END'
#!/bin/sh
/poke null
yes 'service url=http://a instance=x source=mdns' | head -c 300000
echo wri''tten >/dev/console
END
chmod 755 /sbin/phase-discover
exec /init
""")
    # It crashes before there is any shell.
    command = machine.command(append="rdinit=/before phase.wait=60s")
    child = pexpect.spawn(command[0], command[1:], timeout=LIMIT,
                          encoding="utf-8", codec_errors="replace")
    child.expect("process 1 crashed")
    first = child.expect([RESCUE, "written"])
    child.expect("written" if first == 0 else RESCUE)
    child.sendline("")
    child.expect(PROMPT)
    power_off_with(child, CRASHED)


@pytest.mark.parametrize("fault", ["null", "assert"])
def test_p5_crash_leads_to_a_reboot(machine, fault):
    prepare(machine)
    status = machine.run(
        run=command(machine, fault) + "; while :; do sleep 1; done",
        append="phase.crash=reboot")
    assert status == CRASHED
    assert "init: rebooting" in machine.console
    assert "Kernel panic" not in machine.console
    check_report(machine, fault)


@pytest.mark.parametrize("fault", ["stack", "abort"])
def test_p5_crash_freezes(machine, fault):
    """No shell comes; what is there runs on, and may switch off."""
    prepare(machine)
    child = machine.talk(append="phase.crash=freeze")
    child.sendline(command(machine, fault))
    child.expect("nothing follows")
    check_report(machine, fault)
    child.sendline("")
    child.expect(PROMPT)
    check_alive(machine, child)
    power_off_with(child, CRASHED)


def test_loop_that_fails_on_and_on(machine):
    """ppoll() refuses more descriptors than the limit allows. The loop does
    without it: all that process 1 is for goes on."""
    prepare(machine)
    child = machine.talk()
    # The end of an orphan wakes it.
    child.sendline("/poke files 1; (true &)")
    child.expect("ppoll: Invalid argument")
    child.sendline("")
    child.expect(PROMPT)
    check_alive(machine, child)
    # The port for the status takes a descriptor; QEMU's own does not.
    child.sendline("poweroff")
    assert status_of(child) in (0, 125)


def test_no_descriptors_for_the_loop(machine):
    machine.add_file("before", "#!/bin/sh\nulimit -n 3\nexec /init\n")
    command = machine.command(append="rdinit=/before")
    child = pexpect.spawn(command[0], command[1:], timeout=LIMIT,
                          encoding="utf-8", codec_errors="replace")
    child.expect("/proc/cmdline: No file descriptors available")
    child.expect(PROMPT)
    assert "uid=0" in output_of(child, "id")
    child.sendline("poweroff")
    # Nobody has loaded a driver of the port that takes the status; one
    # kernel has it built in.
    assert status_of(child) in (0, 125)


def test_no_bin_sh(machine):
    """BusyBox is a shell under any name."""
    machine.add_file("before", "#!/bin/sh\nrm -f /bin/sh\nexec /init\n")
    child = machine.talk(append="rdinit=/before")
    assert "No such file" in output_of(child, "ls /bin/sh")
    power_off(child)


def test_no_shell_at_all(machine):
    """It is said, with what there is; the network goes on."""
    machine.add_file("before", "#!/bin/sh\n"
                               "exec 3</bin/busybox\n"
                               "rm -f /bin/sh /bin/busybox\n"
                               "exec /init\n")
    # The shell is wanted once there is a network, however slow the machine.
    command = machine.command(append="rdinit=/before phase.wait=30s")
    child = pexpect.spawn(command[0], command[1:], timeout=LIMIT,
                          encoding="utf-8", codec_errors="replace")
    child.expect(r"eth0 .* 10\.0\.2\.15/24")
    child.expect("there is no shell: /bin/sh, .* cannot be executed; / has ")
    child.expect("cannot start /bin/sh: No such file")
    child.expect("exited with status 127; again in")
    assert "Kernel panic" not in plain(child.before)
    child.close(force=True)
