"""A kernel that lacks nearly all that /init would use.

qemu/kernels/bare.config: no /proc, /sys, /dev, no tmpfs, no sockets, no
modules.
"""

import re
import subprocess

from machine import PROMPT, ROOT, output_of, plain, status_of


def image(arch):
    """The kernel that `make deps test` has built."""
    done = subprocess.run(
        [ROOT / "rootfs" / "kernel", arch, "bare"], check=True,
        stdout=subprocess.PIPE, text=True)
    return re.search("^image=(.*)$", done.stdout, re.M)[1]


def test_p9_kernel_with_next_to_nothing(machine):
    child = machine.talk("--kernel", image(machine.arch), "--net", "none")
    before = plain(child.before)
    for config in ("DEVTMPFS", "PROC_FS", "SYSFS", "UNIX98_PTYS", "TMPFS"):
        assert len(re.findall(
            rf"^init: /\S+ is not mounted: this kernel has no CONFIG_{config}$",
            before, re.M)) == 1, config
    assert "phase-modules: devices that appear later are not noticed: no uevents, " \
        "as this kernel has no CONFIG_NET: " in before
    assert "phase-net: no network: this kernel has no rtnetlink " \
        "(CONFIG_NET): " in before
    assert "init: /proc/cmdline: No such file or directory; " \
        "all parameters have their defaults" in before
    assert "no network: this kernel lacks what it takes" in before
    # What each of these says is not more than a line.
    assert len(re.findall("^init: ", before, re.M)) <= 8

    assert "this kernel has no CONFIG_MODULES" in output_of(child, "dmesg")
    assert "still alive" in output_of(child, "echo still al''ive")
    assert "crw-rw-rw-" in output_of(child, "ls -l /dev/null /dev/urandom")
    assert re.search("^4$", output_of(
        child, "head -c 4 /dev/urandom | wc -c"), re.M)
    # A shell that ends is started again: signals and timers work.
    child.sendline("exit")
    child.expect_exact("init: shell on console ended; again now")
    child.expect(PROMPT)
    # The small kernel can switch the one machine off, and not the other.
    child.sendline("poweroff" if machine.arch == "arm64" else "reboot")
    # Nor has it the driver of the port that takes the status.
    assert status_of(child) == 125
