"""What `make gdb`, `make console` and `make log` are made of: a debugger at
the first instruction of /init, a console that one leaves and comes back to, and
what is kept of a machine that came to a bad end."""

import os
import re
import signal
import subprocess
import sys

import pexpect
import pytest

from machine import LIMIT, PROMPT, ROOT, kernel_image

CONSOLE = [sys.executable, str(ROOT / "qemu/console")]


def kernel_options(machine, name):
    if name == "default":
        return []
    return ["--kernel", kernel_image(machine.arch, name)]


@pytest.mark.parametrize("kernel", ["default", "bare"])
def test_breakpoint_before_main(machine, kernel):
    """In batch mode, as no terminal is there; with the symbols of where the
    kernel has laid /init. Both kernels have their own idea of that."""
    done = subprocess.run(
        [ROOT / "qemu/gdb", "--arch", machine.arch, "--batch",
         "--socket", machine.directory / "console.sock",
         "--ex", "backtrace 1",
         "--ex", "hbreak main", "--ex", "continue",
         "--ex", "print argc > 0", "--ex", "print *argv@1",
         *kernel_options(machine, kernel),
         "--initrd", machine.initrd, "--log", machine.log],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LIMIT, check=False)
    out = done.stdout
    assert done.returncode == 0, out + done.stderr
    assert re.search(r"^/init is at 0x[0-9a-f]+000, and about to start$", out,
                     re.M), out + done.stderr
    before, main = out.split("Breakpoint 1, ", 1)
    assert re.search(r"^#0  0x[0-9a-f]+ in _start \(\)$", before, re.M)
    assert re.match(r"main \(argc=\d+, argv=0x[0-9a-f]+\) at init/main\.c:\d+",
                    main)
    assert "$1 = 1" in main and '"/init"' in main


def start(machine, *options):
    path = machine.directory / "console.sock"
    done = subprocess.run(
        [*CONSOLE, "--start", path, ROOT / "qemu/run", "--arch", machine.arch,
         "--initrd", machine.initrd, "--log", machine.log, "--net", "none",
         "--timeout", str(LIMIT), "--console", path, *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    return path, int(re.search(r"as process (\d+)", done.stdout)[1])


def attach(machine, path):
    child = pexpect.spawn(
        CONSOLE[0], [CONSOLE[1], "--log", str(machine.log), str(path)],
        timeout=LIMIT, encoding="utf-8", codec_errors="replace",
        dimensions=(24, 200))
    child.expect(r"Ctrl-A D leaves")
    return child


def test_console_left_and_taken_again(machine):
    path, pid = start(machine)
    try:
        child = attach(machine, path)
        child.sendline("")
        child.expect(PROMPT)
        child.sendline("kept=here; echo fi''rst")
        child.expect("first\r")
        # QEMU would let the second wait and say nothing.
        second = subprocess.run([*CONSOLE, path], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert "another terminal is attached" in second.stderr
        child.send("\x01d")
        child.expect("the machine goes on")
        child.expect(pexpect.EOF)

        again = attach(machine, path)
        again.expect("first\r")  # what was on the screen
        again.sendline('echo "<$kept>"')
        again.expect("<here>\r")
        again.send("\x01x")
        again.expect("the machine has ended")
        again.expect(pexpect.EOF)
    finally:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    gone = subprocess.run([*CONSOLE, path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    assert gone.returncode == 1
    assert "no machine runs with its console at" in gone.stderr


def test_start_fails_with_what_run_says(machine):
    done = subprocess.run(
        [*CONSOLE, "--start", machine.directory / "console.sock",
         ROOT / "qemu/run", "--arch", machine.arch, "--initrd", "/nowhere"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LIMIT, check=False)
    assert done.returncode == 126
    assert "no such file: /nowhere" in done.stderr


def kept(machine, kind):
    (path,) = (machine.directory / "log").glob(f"*-{kind}.txt")
    return path.read_text()


def test_panic_is_kept(machine):
    status = machine.run(
        "--net", "none", append="sysrq_always_enabled=1",
        run="echo before; echo c >/proc/sysrq-trigger")
    assert status == 123
    text = kept(machine, "panic")
    assert text.startswith("[") and "Kernel panic - not syncing" in text
    assert "before" not in text
    assert "what the panic said is in " in machine.errors


def test_crash_is_kept(machine):
    machine.add_file("poke", (machine.build / "tests/poke").read_bytes())
    status = machine.run("--net", "none", append="phase.crash=reboot",
                         run="/poke null; cat")
    assert status == 122
    text = kept(machine, "crash")
    assert text.startswith("init: process 1 crashed: SIGSEGV at address 0x0")
    assert re.search(r"^init: Phase Boot \S+ for \S+ was at 0x0, sp ", text,
                     re.M)
    assert text.endswith("init: rebooting\n")


def test_nothing_is_kept_of_a_good_end(machine):
    assert machine.run("--net", "none", run="true") == 0
    assert not (machine.directory / "log").exists()
