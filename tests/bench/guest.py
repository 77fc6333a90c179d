"""One boot of a machine that is measured: by the guest's clock, from its
kernel's log, and by the host's."""

import os
import pathlib
import re
import select
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Far from what any boot takes, on a busy machine too
LIMIT = int(os.environ.get("LIMIT", "180"))
PROMPT = re.compile(rb"[\w()-]+:[^\r\n ]*# (\x1b\[6n)?$")
# Of /etc/profile, or of what starts another shell: as it begins to read
# what is typed
PROMPT_MARK = "bench: prompt"
START_MARK = "Run /init"
STAMP = r"\[ *(\d+\.\d+)\] [^\n]*"
# So that the echo of the question is no answer
ASK = b"dmesg; grep MemAvailable /proc/meminfo; echo e''nd of it\n"
END = b"end of it\r\n"


class Failed(Exception):
    """The machine did not get there."""


def isolate(program, arguments):
    """Runs PROGRAM anew in a network namespace of its own; returns in there,
    with lo up."""
    if not os.environ.get("BENCH_INSIDE"):
        os.environ["BENCH_INSIDE"] = "1"
        names = ["--map-root-user"] if os.geteuid() != 0 else []
        os.execvp("unshare", ["unshare", "--net", *names, sys.executable,
                              program, *arguments])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def command(arch, kernel, initrd, append, *options):
    """QEMU's, as qemu/run has it on a terminal, whose size it would tell."""
    text = subprocess.run(
        [ROOT / "qemu/run", "--arch", arch, "--kernel", kernel, "--initrd",
         initrd, "--log", "/dev/null", "--dry-run", *options,
         "--append", f"phase.console.size=80x24 {append}"],
        check=True, text=True, stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL).stdout
    # the directory of the dry run is gone
    return [re.sub(r"^file,id=(\w+),path=.*", r"null,id=\1", word)
            for word in shlex.split(text)]


class Console:
    """A machine's, from its start on."""

    def __init__(self, qemu):
        self.text = b""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            qemu, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, bufsize=0)

    def wait(self, pattern, after=0):
        """Until it has said PATTERN, after so many bytes; when that was, in
        seconds of the host's clock since the start."""
        while not re.search(pattern, self.text[after:]):
            left = self.started + LIMIT - time.monotonic()
            piece = b""
            if left > 0 and select.select(
                    [self.process.stdout], [], [], left)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise Failed(self.text.decode(errors="replace")[-3000:])
            self.text += piece
        return time.monotonic() - self.started

    def ask(self, question=ASK):
        """What the guest answers to QUESTION, which makes it say END."""
        before = len(self.text)
        self.process.stdin.write(question)
        self.wait(END, before)
        return self.text[before:].decode(errors="replace").replace("\r", "")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def boot(qemu, address_mark, wanted=None):
    """Boots, up to the prompt. ADDRESS_MARK is a pattern of what the kernel's
    log says when the address is there; WANTED of what the console must have
    said. Returns milliseconds from "Run /init" to the address and to the
    prompt ("address", "prompt"), from QEMU's start to the prompt on the host's
    clock ("qemu"), from the kernel's start to "Run /init" ("kernel"), and KiB
    that are available ("available")."""
    console = Console(qemu)
    try:
        seen = console.wait(PROMPT)
        said = console.text.decode(errors="replace")
        log = console.ask()
    finally:
        console.close()
    if wanted and not re.search(wanted, said):
        raise Failed(f"no {wanted} in:\n{said[-2000:]}")
    times = []
    for mark in START_MARK, address_mark, PROMPT_MARK:
        found = re.search(STAMP + mark, log)
        if not found:
            raise Failed(f"no '{mark}' in:\n{log[-3000:]}")
        times.append(float(found[1]) * 1000)
    start, address, prompt = times
    return {"address": address - start, "prompt": prompt - start,
            "qemu": seen * 1000, "kernel": start,
            "available": int(re.search(r"MemAvailable: *(\d+)", log)[1])}
