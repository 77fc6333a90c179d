#!/usr/bin/env python3
"""Kernels that lack one thing which init would use, each booted once.

usage: tests/boot/without.py ARCH [OPTION]...

Each kernel is qemu/kernels/mmio.config with one option off. Those that the
cache has not are built first, one after another in one tree. Wanted of each are the banner, the prompt, a lease
where there can be one, a line that names the option where something is gone
with it, and a shell that works. Prints a row of a table for each, and what the
console said where something is wrong; the status is 1 then.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import pexpect

from machine import PROMPT, ROOT, Machine, output_of, plain

LEASE = "10.0.2.15/24"
# Whether init has a line for it: nothing of ours uses the others. For those
# without a lease the network is tried with an address by hand. In this order
# little is compiled again but for the last three.
OPTIONS = {
    # mmio itself has none; all else is there
    "MODULES": False,
    "UNIX": False,
    "PACKET": True,
    "DEVTMPFS": True,
    "TMPFS": True,
    "PROC_FS": True,
    "SYSFS": True,
    "INOTIFY_USER": False,
}
NO_LEASE = ("PACKET",)
BY_HAND = ("ip addr add 10.0.2.15/24 dev eth0 && ip link set eth0 up && "
           "ping -c 1 10.0.2.2")


class Wrong(Exception):
    """Not as it is wanted; what was the matter."""


def kernel(option):
    return "mmio" if option == "MODULES" else f"mmio-without-{option}"


def image(arch, name):
    facts = subprocess.run(
        [ROOT / "rootfs/kernel", arch, name], check=True, text=True,
        stdout=subprocess.PIPE).stdout
    return re.search("^image=(.*)$", facts, re.M)[1]


def await_lease(child):
    """In the banner, or in a line that follows it."""
    if LEASE not in child.before:
        child.expect(re.escape(LEASE) + r"[^\n]*\n")


def check(child, option):
    """Up to the end of the machine. Returns what is said of OPTION."""
    child.expect(PROMPT)
    said = plain(child.before)
    if "Phase Boot" not in said:
        raise Wrong("no banner")
    if option in NO_LEASE:
        if " 0% packet loss" not in output_of(child, BY_HAND):
            raise Wrong("no network by hand either")
    else:
        await_lease(child)
        if LEASE not in output_of(child, "ip -4 addr"):
            raise Wrong(f"eth0 has not {LEASE}")
    if "still alive" not in output_of(child, "echo still al''ive"):
        raise Wrong("the shell does not answer")
    child.sendline("reboot")
    child.expect(pexpect.EOF)
    lines = [line for line in said.splitlines()
             if re.search(rf"\bCONFIG_{option}\b", line)]
    if len(lines) != OPTIONS[option]:
        raise Wrong(f"{len(lines)} lines name CONFIG_{option}")
    return f"`{lines[0]}`" if lines else "nothing of ours uses it"


def boot(arch, option, directory):
    machine = Machine(arch, directory)
    child = machine.spawn(machine.command(
        "--kernel", image(arch, kernel(option)), "--device", "virtio-net-device"))
    try:
        return check(child, option)
    except (Wrong, pexpect.TIMEOUT, pexpect.EOF) as error:
        what = "the machine ended early" if isinstance(
            error, pexpect.EOF) else "not in time" if isinstance(
            error, pexpect.TIMEOUT) else str(error)
        raise Wrong(f"{what}\n{machine.console}") from error
    finally:
        child.close(force=True)


def main(arch, *options):
    status = 0
    options = options or tuple(OPTIONS)
    subprocess.run(
        [ROOT / "rootfs/deps", "target", "run",
         f"{arch}:{' '.join(map(kernel, options))}"],
        check=True, stdout=sys.stderr)
    for option in options:
        row = f"| {arch}, mmio without {option} |"
        with tempfile.TemporaryDirectory() as directory:
            try:
                note = boot(arch, option, pathlib.Path(directory))
                result = "prompt" if option in NO_LEASE else "lease, prompt"
                print(f"{row} {result} | {note} |", flush=True)
            except Wrong as wrong:
                what, _, console = str(wrong).partition("\n")
                print(f"{row} **{what}** | |", flush=True)
                print(console, file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
