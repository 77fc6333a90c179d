"""One run of qemu/run, for tests: its exit status, and what the console said.

Every machine runs in a network namespace of its own, so that a provider on
"the host's" loopback is the test's alone.
"""

import fcntl
import gzip
import itertools
import os
import pathlib
import re
import subprocess
import sys
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSIDE = pathlib.Path(__file__).resolve().parent / "inside.py"
# For a machine that hangs: far from what any run takes, ten times as slow.
LIMIT = int(os.environ.get("LIMIT", "300"))
F_SETPIPE_SZ = 1031
# What QEMU's own network gives.
ADDRESS = "10.0.2.15/24"
numbers = itertools.count()
PROMPT = re.compile(r"phase[\w-]*:[^\r\n]*# ")


def kernel_image(arch, name):
    """The kernel that KERNEL=NAME is, as `make deps` has left it in the cache;
    None where it has not."""
    cache = pathlib.Path(os.environ.get("CACHE") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME") or
        pathlib.Path.home() / ".cache") / "phase-boot")
    return next((cache / arch / "kernel" / name).glob("boot/vmlinuz-*"), None)


class Machine:
    """How to boot one architecture."""

    def __init__(self, arch, directory):
        self.arch = arch
        self.directory = directory
        self.build = ROOT / "build" / arch
        self.initrd = self.build / "initramfs.cpio.gz"
        # Of a machine that is quick to boot: see conftest.py
        self.quick_kernel = None
        self.log = directory / "console.log"
        self.errors = ""
        self.console_name = {"arm64": "ttyAMA0", "x86_64": "ttyS0"}[arch]
        # What runs a command in the machine's network namespace
        self.namespace = ["unshare", "--net"]
        if os.geteuid() != 0:
            self.namespace.append("--map-root-user")

    @property
    def bus(self):
        """How the names of virtio's devices end."""
        return "device" if self.quick_kernel else "pci"

    @property
    def nic(self):
        """What a NIC's -device begins with."""
        return "virtio-net-device" if self.quick_kernel else (
            "virtio-net-pci,romfile=")

    def kernel_options(self):
        """Of qemu/run, for one that is quick to boot."""
        if not self.quick_kernel:
            return []
        return ["--kernel", str(self.quick_kernel),
                "--device", "virtio-net-device"]

    def command(self, *options, append="", run=None, provider=False,
                announce=False):
        if run is not None:
            assert '"' not in run, "the kernel has no escape for a quote"
            append = f'phase.run="{run}" {append}'
        return [
            *self.namespace, sys.executable, str(INSIDE),
            *(["--provider"] if provider else []),
            *(["--announce"] if announce else []),
            str(ROOT / "qemu" / "run"),
            "--arch", self.arch,
            "--initrd", str(self.initrd),
            "--log", str(self.log),
            "--timeout", str(LIMIT),
            "--append", append,
            *self.kernel_options(),
            *options,
        ]

    def run(self, *options, **words):
        """Boots, waits for the end, returns the exit status."""
        done = subprocess.run(
            self.command(*options, **words), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=LIMIT + 30, check=False)
        self.errors = done.stderr.decode(errors="replace")
        return done.returncode

    def add_file(self, name, content):
        """Puts an executable file into the initramfs of this machine: an
        archive behind the first, as the kernel allows."""
        tree = self.directory / "tree"
        path = tree / name
        path.parent.mkdir(exist_ok=True, parents=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        path.chmod(0o755)
        # Directories come before what is in them.
        names = [*reversed(pathlib.Path(name).parents), name]
        archive = subprocess.run(
            ["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree,
            input="\n".join(map(str, names[1:])).encode(),
            stdout=subprocess.PIPE, check=True).stdout
        initrd = self.directory / "with-file.cpio.gz"
        initrd.write_bytes(self.initrd.read_bytes() + gzip.compress(archive))
        self.initrd = initrd

    def run_slowly(self, *options, **words):
        """Boots with a terminal that takes 2 kB/s once /init runs. Returns
        the exit status and what the terminal got."""
        process = subprocess.Popen(
            self.command(*options, **words), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        fcntl.fcntl(process.stdout, F_SETPIPE_SZ, 4096)
        text = b""
        while chunk := os.read(process.stdout.fileno(), 64):
            text += chunk
            if b"Phase Boot" in text:
                time.sleep(0.03)
        return process.wait(), plain(text.decode(errors="replace"))

    def talk(self, *options, lease=None, **words):
        """Boots; returns a pexpect child at a prompt, what came before in its
        before. With LEASE there is one by then: a slow machine has its first
        prompt earlier, and the news of it would land in what is typed."""
        child = self.spawn(self.command(*options, **words))
        child.expect(PROMPT)
        if lease is None:
            lease = "--net" not in options
        if lease and ADDRESS not in child.before:
            before = child.before + child.after
            child.expect(re.escape(ADDRESS) + r"[^\n]*\n")
            before += child.before + child.after
            child.sendline("")
            child.expect(PROMPT)
            child.before = before + child.before
        return child

    def spawn(self, command):
        """A pexpect child of what command() returned."""
        return pexpect.spawn(
            command[0], command[1:], timeout=LIMIT, encoding="utf-8",
            codec_errors="replace", dimensions=(24, 200))

    @property
    def console(self):
        """What the console said, without terminal control sequences."""
        return plain(self.log.read_bytes().decode(errors="replace"))


def plain(text):
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])", "", text).replace("\r", "")


def output_of(child, command):
    """What COMMAND prints at the prompt. Its echo is not looked at: a message
    of init's may be in the middle of that."""
    number = next(numbers)
    child.sendline(f"echo out''put {number}; {command}")
    child.expect_exact(f"output {number}\r")
    child.expect(PROMPT)
    return plain(child.before)


def status_of(child):
    """The exit status of a pexpect child that ends by itself."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def power_off(child):
    """Ends a machine as its user would; it has no complaint."""
    child.sendline("poweroff")
    assert status_of(child) == 0
