"""From the initramfs to a real root on a disk, on both architectures."""

import re

import pytest

import disk
from machine import PROMPT, ROOT, output_of, plain, power_off, status_of

pytestmark = pytest.mark.quick
# The new process 1. It waits until the initramfs is gone from memory: what
# lies in a ramfs can't be evicted.
INIT = """#!/bin/sh
echo "real root: $0 $*"
cat /proc/mounts
echo "oom $(cat /proc/1/oom_score_adj)"
grep ^Sig /proc/self/status
(echo >/dev/tty) 2>/dev/null || echo "console $(cat /proc/self/fdinfo/0)"
cat /run/machine-id
cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6 2>&1 | sed 's/^/no ipv6: /'
while [ "$(sed -n 's/^Unevictable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)" \\
	-gt 64 ]; do :; done
echo "initramfs is gone"
ls -l /sysroot /init
echo "the end"
poweroff -f
"""


def value_of(child, command):
    return output_of(child, command).strip()


@pytest.fixture(scope="session")
def disks(arch, tmp_path_factory):
    """An initramfs with the disk's drivers, and disks for it."""
    build = ROOT / "build" / arch
    directory = tmp_path_factory.mktemp(f"root-{arch}")
    initrd = disk.initramfs_with_drivers(build, directory)
    disk.make_tree(build, directory / "tree", {
        "sbin/init": INIT,
        "sbin/other": INIT,
        "sbin/broken": "#!/no/such/interpreter\n",
    })
    (directory / "tree" / "etc" / "init").symlink_to("/sbin/init")
    disk.make_filesystem(directory / "tree", directory / "plain.img")
    disk.make_partitioned(directory / "plain.img", directory / "gpt.img")
    disk.make_tree(build, directory / "empty", {})
    for path in (directory / "empty" / "bin").iterdir():
        path.unlink()
    disk.make_filesystem(directory / "empty", directory / "no-init.img")
    return {"initrd": initrd, "directory": directory}


@pytest.fixture
def with_disk(machine, disks):
    """The machine, and QEMU's options for a disk that may be written to."""
    if not machine.quick_kernel:
        machine.initrd = disks["initrd"]

    def options(name):
        file = disks["directory"] / f"{name}.img"
        return ["--", "-drive",
                f"if=none,id=d,file={file},format=raw,snapshot=on",
                "-device", f"virtio-blk-{machine.bus},drive=d"]
    return machine, options


def arrived(machine, options, append):
    """Boots into the real root; what its init said."""
    # It powers off by itself, with nobody to ask for a status.
    assert machine.run(*options, append=append) == 125
    console = machine.console
    assert "the end" in console
    return console[console.index("real root:"):]


@pytest.mark.modular
def test_device_and_what_is_taken_along(with_disk):
    machine, options = with_disk
    said = arrived(machine, options("plain"), "root=/dev/vda single -- word")
    assert "real root: /sbin/init single word" in said
    for target, kind in (("/", "ext4"), ("/dev", "devtmpfs"),
                         ("/proc", "proc"), ("/sys", "sysfs"),
                         ("/run", "tmpfs"), ("/dev/pts", "devpts"),
                         ("/sys/fs/cgroup", "cgroup2")):
        assert re.search(rf"^\S+ {target} {kind} ", said, re.M), target
    assert re.search(r"^/dev/vda / ext4 ro,", said, re.M)
    # As the kernel starts an init: no signal ignored or blocked, a console
    # that blocks, and nothing of ours.
    assert re.search("^oom 0$", said, re.M)
    assert re.search("^SigIgn:\t0+$", said, re.M)
    assert re.search("^SigBlk:\t0+$", said, re.M)
    flags = int(re.search(r"flags:\t(\d+)", said)[1], 8)
    assert flags & 0o4000 == 0, "O_NONBLOCK"
    assert re.search("^[0-9a-f]{32}$", said, re.M)
    assert "initramfs is gone" in said
    assert "/init: No such file" in said


@pytest.mark.either
@pytest.mark.parametrize("image, root", [
    ("plain", f"LABEL={disk.LABEL}"),
    ("plain", f"UUID={disk.FILESYSTEM_UUID}"),
    ("gpt", f"/dev/disk/by-uuid/{disk.FILESYSTEM_UUID}"),
    ("gpt", f"PARTUUID={disk.PARTITION_UUID.upper()}"),
    ("gpt", f"PARTLABEL={disk.PARTITION_LABEL}"),
])
def test_names(with_disk, image, root):
    machine, options = with_disk
    said = arrived(machine, options(image),
                   f"root={root} rw rootfstype=ext4 rootflags=noatime "
                   "init=/sbin/other")
    assert "real root: /sbin/other" in said
    device = "/dev/vda1" if image == "gpt" else "/dev/vda"
    assert re.search(rf"^{device} / ext4 rw,noatime", said, re.M)
    # Held back for the time of the lease; Debian's NIC may not be there yet.
    assert re.search("^no ipv6: (0|.*No such file.*)$", said, re.M)


@pytest.mark.modular
def test_disk_that_comes_late(with_disk):
    """Plugged in while it is waited for; the uevent is what tells."""
    machine, options = with_disk
    (*drive, _, _) = options("plain")
    command = machine.command(
        *drive, "-device", "pcie-root-port,id=rp0",
        append="root=LABEL=phase-root phase.root.timeout=60s phase.log=debug")
    child = machine.spawn(command)
    child.expect("root=LABEL=phase-root is not there yet")
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.sendline("device_add virtio-blk-pci,id=late,bus=rp0,drive=d")
    child.expect_exact("(qemu) ")
    child.send("\x01c")
    child.expect("real root: /sbin/init")
    child.expect("the end")
    assert status_of(child) == 125


@pytest.mark.either
@pytest.mark.parametrize("append, reason", [
    ("root=/dev/vdz phase.root.timeout=1",
     r"root=/dev/vdz has not appeared within 1s; there are: vda \(24 MB\)"),
    ("root=LABEL=nobody phase.root.timeout=500ms",
     r"root=LABEL=nobody has not appeared within 500ms"),
    ("root=/dev/vda rootfstype=vfat", "/dev/vda cannot be mounted as vfat"),
    ("root=/dev/vda rootflags=nonsense=1",
     "/dev/vda cannot be mounted as ext4"),
    ("root=/dev/vda init=/sbin/nothing",
     "is mounted on /sysroot, and has no /sbin/nothing that can be executed"),
    ("root=/dev/vda init=/sbin", "has no /sbin that can be executed"),
    ("root=/dev/nfs", "root=/dev/nfs: neither a path below /dev nor"),
])
def test_failure_leads_to_the_shell(with_disk, append, reason):
    machine, options = with_disk
    child = machine.talk(*options("plain"), append=append)
    assert re.search(reason, plain(child.before))
    assert "Phase Boot" in plain(child.before)
    # A machine as it is without root=, network included.
    assert "10.0.2.15/24" in output_of(
        child, "ip -4 addr show dev eth0")
    power_off(child)


@pytest.mark.either
def test_no_init_on_the_disk(with_disk):
    machine, options = with_disk
    child = machine.talk(*options("no-init"), append="root=/dev/vda")
    assert "has no init that can be executed" in plain(child.before)
    # To be looked at and mended.
    assert "lost+found" in output_of(child, "ls /sysroot")
    power_off(child)


@pytest.mark.either
def test_what_hangs_is_left_behind(with_disk):
    """As a disk that does not answer would have findfs hang."""
    machine, options = with_disk
    machine.add_file("before", "#!/bin/sh\nrm /sbin/findfs\n"
                               "printf '#!/bin/sh\\nexec sleep 1000\\n' "
                               ">/sbin/findfs\nchmod 755 /sbin/findfs\n"
                               "exec /init\n")
    child = machine.talk(*options("plain"),
                         append="rdinit=/before root=LABEL=phase-root "
                                "phase.root.timeout=1")
    assert "its disk does not answer" in plain(child.before)
    child.sendline("while pidof phase-root; do :; done; echo en''ded")
    child.expect("ended")
    child.expect(PROMPT)
    power_off(child)


@pytest.mark.modular
def test_no_disk_at_all(with_disk):
    machine, _ = with_disk
    child = machine.talk(append="root=/dev/sda1 phase.root.timeout=1s")
    assert "nor any other disk; are its driver's modules" in plain(child.before)
    power_off(child)


def test_an_init_that_cannot_be_executed_leads_back(with_disk):
    """The root has been moved by then, and is moved back."""
    machine, options = with_disk
    child = machine.talk(*options("plain"),
                         append="root=/dev/vda init=/sbin/broken")
    before = plain(child.before)
    assert "cannot go over to /sbin/broken" in before
    assert "No such file or directory" in before
    mounts = output_of(child, "cat /proc/mounts")
    for target in "/dev", "/proc", "/sys", "/run", "/sysroot", "/tmp":
        assert re.search(rf"^\S+ {target} ", mounts, re.M), target
    assert "broken" in output_of(child, "ls /sysroot/sbin")
    assert "/init" in output_of(child, "ls /init")
    assert value_of(child, "cat /proc/1/oom_score_adj") == "-1000"
    assert "10.0.2.15/24" in output_of(
        child, "ip -4 addr show dev eth0")
    # Signals are heard again, and the status leaves the machine.
    power_off(child)


@pytest.mark.either
def test_a_command_goes_before_the_root(with_disk):
    machine, options = with_disk
    status = machine.run(*options("plain"), append="root=/dev/vda",
                         run="! mountpoint -q /sysroot")
    assert status == 0
    assert "root= is ignored" in machine.console
