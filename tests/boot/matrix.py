#!/usr/bin/env python3
"""Every kernel and machine that the init serves, a row for each: boots it,
and looks for the banner, the lease, and a prompt that answers.

usage: tests/boot/matrix.py [--arch ARCH]... [--rows REGEX] [--jobs N]
                            [--as-is] [--keep] [--list]

`make matrix` builds what it needs and calls it. The table goes to the
terminal and to build/matrix.md; --keep puts it into docs/kernels.md as well.
Kernels that are not in the cache are fetched by `make deps`. Ends with 1 if a
row fails or is not run. tests/boot/test_matrix.py runs the quick ones.

--as-is takes kernels as they are in the cache, and fetches none.

A kernel that panics before it has started /init is none of ours to judge: the
row is run again, and the table says so.
"""

import argparse
import concurrent.futures
import dataclasses
import datetime
import fcntl
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import traceback

import pexpect

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from machine import (  # noqa: E402
    INSIDE, PROMPT, ROOT, Machine, kernel_image, output_of, plain, status_of)

BUILD = ROOT / "build" / "matrix"
DOCUMENT = ROOT / "docs" / "kernels.md"
BEGIN, END = "<!-- matrix: by make matrix KEEP=1 -->", "<!-- end of matrix -->"
TRIES = 3
ADDRESS = "10.0.2.15/24"

# --- the rows ---------------------------------------------------------------

# Debian's, side by side in one initramfs for each architecture: as many as
# are in the cache.
SEVERAL = ("debian-6.12-cloud", "debian-6.12", "debian-6.1-cloud",
           "debian-6.1")
# What a Raspberry Pi's NIC hangs on, and what switches the board off.
RASPI = "@usb-host cdc_ether smsc95xx bcm2835_wdt"
# How the NIC's place in /sys shows its transport.
TRANSPORTS = {"PCI": "/pci0000:00/", "MMIO": "virtio[_-]mmio|LNRO0005",
              "USB": "/usb1/"}


@dataclasses.dataclass(frozen=True)
class Row:
    """One machine. KERNEL is a name as KERNEL= takes it."""
    arch: str
    kernel: str
    transport: str = "PCI"      # of the NIC: PCI, MMIO, USB; "" has no network
    memory: str = "256M"
    driver: str = "virtio_net"
    board: str = ""             # qemu/raspi3's --serial; else qemu/run
    modules: str = ""           # MODULES_ADD
    cpus: int = 1
    options: tuple = ()         # more for qemu/run
    append: str = ""            # more for the kernel's command line
    initrd: tuple = SEVERAL     # kernels whose modules are in the initramfs
    status: int = 0             # of the run
    last: str = "poweroff"      # the command that ends the machine
    test: str = ""              # of pytest's, which looks at it instead
    quick: bool = False         # CI runs it

    @property
    def name(self):
        words = [self.arch, self.kernel]
        if self.test:
            return " ".join([*words, self.test.split("::")[-1]])
        if self.board:
            words.append(f"raspi3b {self.board}")
        elif self.transport:
            words.append(self.transport.lower())
        if self.cpus > 1 and not self.board:
            words.append(f"{self.cpus} processors")
        return " ".join([*words, self.memory])

    @property
    def machine(self):
        if self.board:
            return "raspi3b"
        if self.arch == "arm64":
            return "virt"
        return "microvm" if self.transport == "MMIO" else "q35"


def debian(arch):
    """All of Debian's, over both transports; with 128 MB the first of each
    release, and the one with the largest kernel."""
    quick = {("arm64", "debian-6.12", "PCI", "128M"),
             ("arm64", "debian-6.12-cloud", "MMIO", "128M"),
             ("x86_64", "debian-6.12", "PCI", "128M"),
             ("x86_64", "debian-6.1", "MMIO", "128M")}
    for kernel in SEVERAL:
        for transport in "PCI", "MMIO":
            for memory in "256M", "128M":
                yield Row(arch, kernel, transport, memory, quick=(
                    arch, kernel, transport, memory) in quick)
    yield Row(arch, SEVERAL[0], cpus=2)


def own(arch, kernel, memory, **words):
    """A kernel of our own over virtio-mmio, which has all built in."""
    return Row(arch, kernel, "MMIO", memory, initrd=(), **words)


ROWS = (
    *debian("arm64"),
    *debian("x86_64"),
    Row("arm64", "debian-6.12", "USB", "1G", "cdc_ether", "ttyAMA0", RASPI,
        4, initrd=("debian-6.12",)),
    Row("arm64", "debian-6.12", "USB", "1G", "cdc_ether", "ttyS1", RASPI,
        4, initrd=("debian-6.12",)),
    Row("arm64", "debian-6.1", "USB", "1G", "cdc_ether", "ttyAMA0", RASPI,
        4, initrd=("debian-6.1",)),
    own("arm64", "mmio", "64M", quick=True),
    own("arm64", "mmio", "256M"),
    own("arm64", "mmio-16k", "64M"),
    # A file takes 64 KB at least: in 128 MB it runs out of memory.
    own("arm64", "mmio-64k", "256M"),
    own("x86_64", "mmio", "64M", quick=True),
    own("x86_64", "mmio", "256M"),
    # Machines that tests of their own look at
    *(Row("arm64", "mmio", test=f"tests/boot/test_guest.py::{test}")
      for test in ("test_disk_and_no_nic",
                   "test_nic_without_a_peer_under_a_hypervisor",
                   "test_without_a_command_line",
                   "test_linux_drops_to_el1")),
    *(Row(arch, "mmio",
          test=f"tests/boot/test_part_of_calls.py::test_disk_alone[{arch}]")
      for arch in ("arm64", "x86_64")),
    # These cannot tell their status, and one cannot switch off.
    Row("arm64", "bare", "", "64M", initrd=(), status=125),
    Row("x86_64", "bare", "", "64M", initrd=(), status=125, last="reboot"),
)

# --- what a row needs -------------------------------------------------------


class Absent(Exception):
    """A kernel that is not at hand."""


def image_of(arch, name):
    """As `make deps` has left it: nothing is built because a test asks."""
    image = kernel_image(arch, name)
    if not image:
        raise Absent(f"no {name} for {arch} here: "
                     f"`make deps ARCH={arch} KERNEL={name}`")
    return image


def facts_of(arch, names):
    """What rootfs/build reads of kernels with modules."""
    return subprocess.run(
        ["rootfs/kernel", arch, " ".join(names)], cwd=ROOT, text=True,
        check=True, stdout=subprocess.PIPE).stdout


def is_newer(path, others):
    return path.exists() and path.stat().st_mtime > max(
        other.stat().st_mtime for other in others)


def initramfs(row):
    """The initramfs of ROW, with the programs of build/ARCH; rows with the
    same kernels and modules share it."""
    names = [name for name in row.initrd if kernel_image(row.arch, name)]
    facts = facts_of(row.arch, names) if names else "no modules\n"
    tag = "-".join([row.arch, *(names or ["none"]), *row.modules.split()])
    build = BUILD / tag.replace("/", "_")
    build.mkdir(parents=True, exist_ok=True)
    archive = build / "initramfs.cpio.gz"
    programs = [ROOT / "build" / row.arch / name
                for name in ("init", "phase-discover")]
    inputs = [path for top in ("base", "modules", "rootfs")
              for path in (ROOT / top).rglob("*") if path.is_file()]
    with open(build / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = build / "kernel.id"
        if (stored.exists() and stored.read_text() == facts and
                is_newer(archive, [*programs, *inputs])):
            return archive
        stored.write_text(facts)
        for path in programs:
            link = build / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(path)
        environment = dict(
            os.environ, MODULES_LIST="rootfs/modules.list",
            MODULES_ADD=row.modules, DECOMPRESS="auto",
            PHASE_MODULES=str(ROOT / "build/host/phase-modules"))
        for step in "stage", "pack":
            subprocess.run(
                ["rootfs/build", step, row.arch, build,
                 "rootfs/initramfs.list"], cwd=ROOT, env=environment,
                check=True)
        archive.touch()
    return archive


# --- one row ----------------------------------------------------------------

@dataclasses.dataclass
class Seen:
    """What a row came to."""
    release: str = ""
    lease: str = ""
    seconds: float = 0
    tries: int = 1
    trouble: str = ""           # why it is not as it should be
    console: str = ""

    @property
    def result(self):
        if self.trouble:
            return self.trouble.splitlines()[0].replace("|", "/")
        if self.tries > 1:
            return f"ok; {self.tries - 1} × a kernel panic before /init"
        return "ok"


def panicked_early(console):
    """Whether the kernel ended by itself, and /init had not said anything."""
    return ("Kernel panic - not syncing" in console and
            "Comm: swapper" in console and "Phase Boot" not in console and
            not re.search("^init: ", console, re.M))


def command_of(row, machine, image):
    if not row.board:
        device = f"virtio-net-{'device' if row.transport == 'MMIO' else 'pci'}"
        options = list(row.options)
        at = options.index("--") if "--" in options else len(options)
        options[at:at] = ["--kernel", str(image), "--mem", row.memory,
                          "--cpus", str(row.cpus), "--device", device]
        if not row.transport:
            options[at:at] = ["--net", "none"]
        return machine.command(*options, append=row.append)
    (dtb,) = image.parents[1].glob(
        "usr/lib/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb")
    return [*machine.namespace, sys.executable, str(INSIDE),
            str(ROOT / "qemu/raspi3"), "--kernel", str(image),
            "--initrd", str(machine.initrd), "--dtb", str(dtb),
            "--serial", row.board, "--log", str(machine.log),
            "--append", row.append]


def expect(condition, text):
    """assert, and what the table says when it does not hold."""
    if not condition:
        raise AssertionError(text)


def examine(row, child, image, seen):
    """From the start to the end of the machine."""
    started = time.monotonic()
    child.expect(PROMPT)
    seen.seconds = time.monotonic() - started
    text = plain(child.before)
    banner = re.search(r"^Phase Boot \S+, Linux (\S+) on \S+$", text, re.M)
    expect(banner, "no banner")
    if row.transport:
        line = re.compile(rf"(\w+)  (\S+)  [0-9a-f:]{{17}}  {ADDRESS}  "
                          r"gateway 10\.0\.2\.2  DNS 10\.0\.2\.3")
        found = line.search(text)
        if not found:
            # After the prompt it is a line of its own, which would land in
            # what is typed.
            child.expect(line.pattern + r"[^\n]*\n")
            found = child.match
        seen.lease = ADDRESS
        nic, driver = found[1], found[2]
        expect(driver == row.driver, f"{nic}'s driver is {driver}")
        # Late messages are behind a prompt; this one comes after them.
        child.sendline("")
        child.expect(PROMPT)
        place = output_of(child, f"readlink -f /sys/class/net/{nic}/device")
        expect(re.search(TRANSPORTS[row.transport], place),
               f"{nic} is not on {row.transport}: {place.strip()}")
        expect(f"inet {ADDRESS}" in output_of(
            child, f"ip -4 addr show dev {nic}"), f"{nic} has no address")
        expect(" 0% packet loss" in output_of(
            child, "ping -c 1 -W 30 10.0.2.2"), "the gateway does not answer")
    # A late message may be among it.
    release = re.search(r"^\d+\.\d+\S*$", output_of(child, "uname -r"), re.M)
    expect(release, "uname says nothing")
    seen.release = release = release[0]
    expect(release == banner[1] == image.name.removeprefix("vmlinuz-"),
           f"the kernel is {release}, not {image.name}")
    if row.transport:
        total = re.search(r"(\d+) kB", output_of(
            child, "grep MemTotal /proc/meminfo"))
        size = int(row.memory[:-1]) << {"M": 10, "G": 20}[row.memory[-1]]
        expect(total and int(total[1]) < size, "more memory than was given")
    child.sendline(row.last)
    status = status_of(child)
    expect(status == row.status, f"ended with status {status}")


def run_test(row):
    """What pytest says of the test that ROW names."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         row.test], cwd=ROOT, check=False, text=True,
        env={**os.environ, "ARCHES": row.arch}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    seen = Seen(console=done.stdout)
    if done.returncode or " skipped" in done.stdout:
        seen.trouble = done.stdout.strip().splitlines()[-1]
    return seen


def run_row(row, directory):
    """Boots ROW in DIRECTORY; returns what was Seen, with .trouble if it is
    not as it should be. Raises Absent if there is no such kernel."""
    image = image_of(row.arch, row.kernel)
    if row.test:
        return run_test(row)
    initrd = initramfs(row)
    for attempt in range(1, TRIES + 1):
        seen = Seen(tries=attempt)
        machine = Machine(row.arch, directory)
        machine.initrd = initrd
        machine.log.unlink(missing_ok=True)
        child = machine.spawn(command_of(row, machine, image))
        try:
            examine(row, child, image, seen)
        except AssertionError as error:
            seen.trouble = str(error) or "".join(
                traceback.format_tb(error.__traceback__)[-1:])
        except pexpect.TIMEOUT:
            seen.trouble = "nothing more came"
        except pexpect.EOF:
            seen.trouble = "the machine ended"
        finally:
            child.close(force=True)
        seen.console = machine.console if machine.log.exists() else ""
        if not seen.trouble or not panicked_early(seen.console):
            return seen
    seen.trouble = f"a kernel panic before /init, {TRIES} times"
    return seen


# --- the table --------------------------------------------------------------

HEAD = ("| row | kernel (`uname -r`) | machine | NIC | memory | lease | "
        "prompt after | result |", "|---|---|---|---|---|---|---|---|")


def line_of(row, seen):
    if row.test:
        return (f"| {row.arch} `{row.kernel}` | – | – | – | – | – | – | "
                f"`{row.test}`: {seen.result} |")
    cells = [
        f"{row.arch} `{row.kernel}`", seen.release,
        row.machine + (f", {row.board}" if row.board else "") +
        (f", {row.cpus} processors" if row.cpus > 1 else ""),
        f"{row.driver}, {row.transport}" if row.transport else "none",
        row.memory.replace("M", " MB").replace("G", " GB"),
        seen.lease or "–", f"{seen.seconds:.1f} s" if seen.seconds else "–",
        seen.result]
    return "| " + " | ".join(cells) + " |"


def fetch(rows):
    """Gets Debian's kernels that are not in the cache, and our own as their
    configuration is now; says what cannot be had."""
    names = {(row.arch, row.kernel) for row in rows}
    names |= {(row.arch, name) for row in rows for name in row.initrd}
    for arch in sorted({row.arch for row in rows}):
        wanted = [name for where, name in sorted(names) if where == arch and
                  not (name.startswith("debian-") and kernel_image(arch, name))]
        if not wanted:
            continue
        done = subprocess.run(
            ["make", "--no-print-directory", f"ARCH={arch}",
             "KERNEL=" + " ".join(wanted), "deps", "init"], cwd=ROOT,
            check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        if done.returncode:
            print("\n".join(done.stdout.splitlines()[-5:]), flush=True)


def run_all(rows, jobs):
    """{row: Seen}; a line for each as it is done."""
    printing = threading.Lock()

    def one(row):
        directory = BUILD / "runs" / row.name.replace(" ", "-")
        directory.mkdir(parents=True, exist_ok=True)
        try:
            seen = run_row(row, directory)
        except Absent as error:
            seen = Seen(trouble=f"not run: {error}")
        except subprocess.CalledProcessError as error:
            seen = Seen(trouble=f"not run: {error}")
        with printing:
            print(f"{row.name:44} {seen.seconds:6.1f} s  {seen.result}",
                  flush=True)
            if seen.trouble:
                print("".join(f"    {line}\n" for line
                              in seen.console.splitlines()[-25:]), flush=True)
        return seen

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return dict(zip(rows, pool.map(one, rows)))


def keep(text):
    document = DOCUMENT.read_text()
    head, rest = document.split(BEGIN)
    _, tail = rest.split(END)
    DOCUMENT.write_text(f"{head}{BEGIN}\n{text}{END}{tail}")


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--arch", action="append")
    parser.add_argument("--rows", default="", metavar="REGEX")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--as-is", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    rows = [row for row in ROWS if re.search(options.rows, row.name) and
            row.arch in (options.arch or ("arm64", "x86_64"))]
    if options.list:
        print("\n".join(row.name for row in rows))
        return 0
    if not rows:
        parser.error(f"no row matches {options.rows!r}")
    if options.keep and len(rows) != len(ROWS):
        parser.error("--keep is for the whole table")
    if not options.as_is:
        fetch(rows)
    found = run_all(rows, options.jobs)
    failed = sum(bool(seen.trouble) for seen in found.values())
    qemu = subprocess.run(["qemu-system-aarch64", "--version"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.split()[3]
    command = "tests/boot/matrix.py --as-is" if options.as_is else "make matrix"
    text = (f"`{command}` on {datetime.date.today()}, QEMU {qemu}, software "
            f"emulation, {os.cpu_count()} processors, {options.jobs} rows at "
            f"a time: {len(rows)} rows, {len(rows) - failed} ok.\n\n" +
            "\n".join([*HEAD, *(line_of(*item) for item in found.items())]) +
            "\n")
    (ROOT / "build" / "matrix.md").write_text(text)
    print(f"\n{text}")
    if options.keep:
        keep(text)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
