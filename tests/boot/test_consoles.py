"""A shell on every console, each with its own input, and the size of its
window."""

import os
import re

import pexpect
import pexpect.fdpexpect
import pexpect.popen_spawn
import pytest
from machine import LIMIT, PROMPT, output_of, plain, power_off

pytestmark = pytest.mark.quick

class Line(pexpect.fdpexpect.fdspawn):
    """The host's end of a second terminal of the machine: two pipes, which
    stay open whatever the guest does with it."""

    def __init__(self, directory):
        path = directory / "line"
        self.chardev = f"pipe,id=second,path={path}"
        for end in "in", "out":
            os.mkfifo(f"{path}.{end}")
        self.writer = os.open(f"{path}.in", os.O_RDWR)
        super().__init__(os.open(f"{path}.out", os.O_RDWR), timeout=LIMIT,
                         encoding="utf-8", codec_errors="replace")

    def send(self, s):
        return os.write(self.writer, s.encode())


@pytest.fixture
def second(tmp_path):
    line = Line(tmp_path)
    yield line
    line.close()
    os.close(line.writer)


@pytest.fixture(params=["the kernel's list", "phase.console"])
def second_console(request, machine, second):
    """QEMU's options and the kernel's words for hvc0 as a second console."""
    words = (f"phase.console={machine.console_name},/dev/hvc0"
             if request.param == "phase.console" else
             f"console=hvc0 console={machine.console_name}")
    return (["--", "-chardev", second.chardev, "-device",
             "virtconsole,chardev=second"], words)


@pytest.mark.either
def test_a_shell_on_each_console(machine, second, second_console):
    options, words = second_console
    child = machine.talk(*options, append=words)
    second.expect("Phase Boot")
    second.expect(PROMPT)
    # Each has its own input, its own terminal, and is a login shell.
    for terminal, where in ((second, "hvc0"), (child, machine.console_name)):
        assert f"/dev/{where}" in output_of(terminal, "tty")
        assert "argv0=-sh" in output_of(terminal, "echo argv0=$0")
        assert "can't access tty" not in plain(terminal.before)
    # One that dies is named, and does not take the other along.
    second.sendline("kill -SEGV $$")
    child.expect("shell on hvc0 was killed by SIGSEGV; again")
    # The kernel hangs hvc0 up, which may swallow the prompt, and what is
    # typed before there is a shell again.
    for _ in range(LIMIT):
        second.sendline("")
        if second.expect([PROMPT, pexpect.TIMEOUT], timeout=1) == 0:
            break
    else:
        raise AssertionError("no shell on hvc0 any more")
    assert "2" in output_of(child, "echo $((1 + 1))")
    # ^C reaches the one it was typed at; who says so has the terminal.
    second.sendline("sh -c 'echo st''art; exec sleep 1000'")
    second.expect("start")
    second.send("\x03")
    second.expect(PROMPT)
    power_off(child)


@pytest.mark.either
def test_console_that_is_none(machine):
    child = machine.talk(append="phase.console=nothing,../x,ttyS3,"
                                f"{machine.console_name}")
    before = plain(child.before)
    assert "phase.console= has names that are none" in before
    assert "no shell on /dev/nothing: No such file or directory" in before
    assert "no shell on /dev/ttyS3: " in before
    assert before.count("Phase Boot") == 1
    assert f"/dev/{machine.console_name}" in output_of(child, "tty")
    power_off(child)


@pytest.mark.either
def test_no_shell(machine):
    command = machine.command(append="phase.shell=none")
    child = pexpect.spawn(command[0], command[1:], timeout=LIMIT,
                          encoding="utf-8", codec_errors="replace")
    child.expect("Phase Boot")
    # The machine lives on without one: here is what hears ctrl-alt-del.
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.send("\x01c")
    assert not PROMPT.search(plain(child.before))
    child.send("\x01x")
    child.expect(pexpect.EOF)


@pytest.mark.either
def test_another_shell(machine):
    machine.add_file("myshell", '#!/bin/sh\necho "my $0 shell"\nexec sh -l\n')
    child = machine.talk(append="phase.shell=/myshell")
    assert "my /myshell shell" in plain(child.before)
    power_off(child)


@pytest.mark.either
def test_shell_that_is_not_there(machine):
    child = machine.talk(append="phase.shell=/bin/zsh")
    assert "phase.shell=: there is no such program" in plain(child.before)
    power_off(child)


def talk_over_pipes(machine, **words):
    """Standard input is no terminal, so nobody can tell its size."""
    return pexpect.popen_spawn.PopenSpawn(
        machine.command(**words), timeout=LIMIT, encoding="utf-8",
        codec_errors="replace")


@pytest.mark.either
def test_window_size_is_asked_for(machine):
    child = talk_over_pipes(machine)
    child.expect_exact("\x1b[6n")
    # What is typed around the answer is not lost.
    child.send("echo typed-\x1b[40;100Rahead\n")
    child.expect(PROMPT)
    child.expect("typed-ahead\r\n")
    child.expect(PROMPT)
    assert "40 100" in output_of(child, "stty size")
    child.sendline("exit")
    child.expect(PROMPT)
    assert "40 100" in output_of(child, "stty size")
    child.sendline("poweroff")
    child.expect(pexpect.EOF)


@pytest.mark.either
def test_window_size_that_nobody_tells(machine):
    child = talk_over_pipes(machine)
    child.expect(PROMPT)
    assert "stty: standard input" in output_of(child, "stty size")
    # Cooked again: lines can be edited, and are shown.
    settings = output_of(child, "stty -a")
    assert re.search(r"[^-]icanon", settings)
    child.sendline("poweroff")
    child.expect(pexpect.EOF)


@pytest.mark.either
def test_size_and_type_that_are_told(machine):
    child = machine.talk(append="phase.console.size=132x43 TERM=xterm-256color")
    assert "\x1b[6n" not in child.before
    assert "43 132" in output_of(child, "stty size")
    assert "xterm-256color" in output_of(child, "echo $TERM")
    power_off(child)


def test_console_without_a_device(machine):
    """The kernel lists it, and has no node for it, as for a port that a
    driver of Bluetooth has: told once, and the shell is on /dev/console."""
    node = f"/dev/{machine.console_name}"
    machine.add_file("before", "#!/bin/sh\nmount -t devtmpfs dev /dev\n"
                               f"rm {node}\nexec /init\n")
    child = machine.talk(append="rdinit=/before")
    assert plain(child.before).count(
        f"no shell on {node}: No such file or directory") == 1
    assert "/dev/console" in output_of(child, "tty")
    child.sendline("sh -c 'echo sta''rted; exec sleep 1000'; echo end=$?")
    child.expect("started")
    child.sendcontrol("c")
    child.expect(PROMPT)
    power_off(child)
