"""The end of a machine: who asks for it, what it waits for, what it says."""

import fcntl
import lzma
import pathlib
import re
import subprocess
import time

import pytest

from machine import (
    F_SETPIPE_SZ, LIMIT, PROMPT, output_of, plain, power_off, status_of)

pytestmark = pytest.mark.quick


def add_tool(machine, name):
    """A program of tests/tools, into the initramfs."""
    machine.add_file(name, (machine.build / "tests" / name).read_bytes())


def add_disk(machine, size="24M"):
    """An ext4 disk, and the driver that the initramfs has none of, if it takes
    one. Returns its image and QEMU's arguments."""
    image = machine.directory / "disk.img"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-F", image, size],
                   check=True)
    options = ["--", "-drive", f"if=none,id=disk,format=raw,file={image}",
               "-device", f"virtio-blk-{machine.bus},drive=disk"]
    if machine.quick_kernel:
        return image, options
    facts = (machine.build / "kernel.id").read_text()
    tree = pathlib.Path(re.search("^tree=(.*)$", facts, re.M)[1])
    driver = next(tree.rglob("virtio_blk.ko*"))
    content = driver.read_bytes()
    if driver.suffix == ".xz":
        content = lzma.decompress(content)
    machine.add_file("virtio_blk.ko", content)
    return image, options


def mount_disk(child, target="/mnt"):
    output_of(child, "[ ! -e /virtio_blk.ko ] || insmod /virtio_blk.ko; "
              f"mkdir {target}")
    output_of(child, f"mount -t ext4 /dev/vda {target}")


def throttle(child, bytes_per_second):
    """By QEMU's monitor, which is behind Ctrl-A C."""
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.sendline(f"block_set_io_throttle disk {bytes_per_second} 0 0 0 0 0")
    child.expect_exact("(qemu) ")
    child.send("\x01c")
    child.sendline("")
    child.expect(PROMPT)


def is_clean(image):
    """Whether the file system was unmounted, or at least made read-only."""
    header = subprocess.run(["dumpe2fs", "-h", image], check=True,
                            capture_output=True, text=True).stdout
    return ("needs_recovery" not in header
            and re.search(r"^Filesystem state: +clean$", header, re.M))


def file_of(image, path):
    return subprocess.run(["debugfs", "-R", f"cat {path}", image], check=True,
                          capture_output=True).stdout


@pytest.mark.either
@pytest.mark.modular
@pytest.mark.parametrize("command, last_words", [
    ("kill -USR2 1", "Power down"),
    ("kill -TERM 1", "Restarting system"),
    ("kill -INT 1", "Restarting system"),
    ("poweroff", "Power down"),
    ("reboot", "Restarting system"),
])
def test_signals_and_commands(machine, command, last_words):
    child = machine.talk()
    child.sendline(command)
    assert status_of(child) == 0
    assert f"reboot: {last_words}" in machine.console


@pytest.mark.either
@pytest.mark.parametrize("command", ["poweroff -f", "reboot -f"])
def test_forced_commands_tell_no_status(machine, command):
    child = machine.talk()
    child.sendline(command)
    assert status_of(child) == 125


@pytest.mark.either
@pytest.mark.modular
@pytest.mark.parametrize("command", ["halt", "kill -USR1 1"])
def test_halt(machine, command):
    child = machine.talk()
    child.sendline(command)
    child.expect("reboot: System halted")
    child.close(force=True)


def test_last_output_of_a_shell_is_not_lost(machine):
    """A terminal that has not sent it yet when the power goes."""
    process = subprocess.Popen(
        machine.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, bufsize=0)
    fcntl.fcntl(process.stdout, F_SETPIPE_SZ, 4096)
    text = ""
    asked = False
    while chunk := process.stdout.read(64):
        text += chunk.decode(errors="replace")
        if asked:
            time.sleep(0.01)
        elif PROMPT.search(text):
            asked = True
            process.stdin.write(b"seq 1 1500; kill -USR2 1\r")
    process.stdin.close()
    assert process.wait() == 0
    assert re.search("^1499\n1500$", plain(text), re.M)


def test_p23_reboot_is_refused(machine):
    """EPERM: the kernel's emergency keys do it."""
    add_tool(machine, "deny")
    machine.add_file("before", "#!/bin/sh\n"
                               "exec /deny refuse reboot /init\n")
    status = machine.run(append="rdinit=/before", run="exit 9")
    assert ("powering off by reboot(2): Operation not permitted"
            in machine.console)
    assert "reboot: Power down" in machine.console
    assert status == 9


def test_p23_reboot_hangs(machine):
    add_tool(machine, "deny")
    machine.add_file("before", "#!/bin/sh\nexec /deny hang reboot /init\n")
    child = machine.talk(append="rdinit=/before")
    child.sendline("reboot")
    child.expect_exact("rebooting by reboot(2) hangs")
    assert status_of(child) == 0
    assert "sysrq: Resetting" in machine.console


@pytest.mark.modular
def test_p23_nothing_switches_the_machine_off(machine):
    """PID 1 says so, and stays; its task is asked of the kernel by a break on
    the serial line."""
    add_tool(machine, "deny")
    machine.add_file("before", "#!/bin/sh\n"
                               "exec /deny refuse reboot /init\n")
    child = machine.talk(append="rdinit=/before")
    # A program that runs cannot be written to.
    output_of(child, "mount -o bind /init /proc/sysrq-trigger")
    output_of(child, "echo 1 >/proc/sys/kernel/sysrq; dmesg -n 8")
    child.sendline("poweroff")
    child.expect_exact("powering off by reboot(2): Operation not permitted")
    child.expect_exact("powering off by /proc/sysrq-trigger: Text file busy")
    child.expect_exact("powering off failed; the machine may be switched off")
    # It may still be busy with what it has just said.
    for _ in range(LIMIT):
        child.send("\x01b")
        child.send("t")
        child.expect(r"task:init +state:(\S)")
        if child.match[1] == "S":
            break
    assert child.match[1] == "S"
    child.expect(r"task:kthreadd")
    child.close(force=True)
    assert not re.search(r"state:Z", machine.console)
    assert "Kernel panic" not in machine.console


def test_p23_dead_disk_and_a_process_that_does_not_die(machine):
    """The disk takes a byte in a second: for a computer that is never."""
    _, options = add_disk(machine)
    child = machine.talk(*options)
    mount_disk(child)
    output_of(child, "dd if=/dev/zero of=/mnt/a bs=1M count=2")
    throttle(child, 1)
    # It looks for free blocks, which have to be read.
    output_of(child, "cp -r /bin/busybox /lib /mnt &")
    # BusyBox's poweroff would wait for the disk before it asks us.
    child.sendline("kill -USR2 1")
    child.expect("the disks do not go on, and are not waited for; "
                 r"[1-9]\d* KB were to be written")
    child.expect_exact("/mnt (ext4) does not end")
    child.expect_exact("reboot: Power down")
    assert status_of(child) == 0


def test_p23_slow_disk_is_waited_for(machine):
    """Longer than a dead one, and nothing is lost."""
    image, options = add_disk(machine)
    options[2] += ",throttling.bps-total=300000"
    child = machine.talk(*options)
    mount_disk(child)
    output_of(child, "for i in 1 2 3 4 5 6; do cat /bin/busybox; done >/mnt/a")
    child.sendline("kill -USR2 1")
    child.expect(r"init: waiting for the disks, \d+ KB are to be written")
    assert status_of(child) == 0
    assert is_clean(image)
    program = (machine.build / "rootfs" / "bin" / "busybox").read_bytes()
    assert file_of(image, "/a") == 6 * program


@pytest.mark.modular
def test_file_systems_and_swap_are_ended(machine):
    """Mounts inside of mounts, with blanks in their names, in use and not."""
    image, options = add_disk(machine)
    child = machine.talk(*options)
    mount_disk(child, "'/mnt a'")
    output_of(child, "cd '/mnt a'; mkdir b 'b c'; echo written >file")
    output_of(child, "mount -t tmpfs none b; mount -o bind b 'b c'")
    output_of(child, "dd if=/dev/zero of=swap bs=1M count=4; mkswap swap")
    output_of(child, "chmod 600 swap; swapon swap")
    assert "swap" in output_of(child, "cat /proc/swaps")
    assert r"/mnt\040a/b\040c" in output_of(child, "tail -n1 /proc/mounts")
    power_off(child)
    assert is_clean(image)
    assert file_of(image, "/file") == b"written\n"
    assert "stays writable" not in machine.console


@pytest.mark.either
def test_run_is_ended_at_its_timeout(machine):
    """TERM, so that it can clean up, then KILL; nothing it said is lost."""
    status = machine.run(
        append="phase.run.timeout=4s",
        run="trap 'echo cleaning up' TERM; echo started; "
            "while :; do sleep 1000; done")
    assert re.search("^started$", machine.console, re.M)
    assert re.search("^cleaning up$", machine.console, re.M)
    assert "took longer than 4s and was ended" in machine.console
    assert status == 124


@pytest.mark.either
def test_run_that_is_fast_enough(machine):
    assert machine.run(append="phase.run.timeout=1m", run="exit 4") == 4


@pytest.mark.either
def test_need_of_a_nic(machine):
    status = machine.run("--net", "none", run="echo it''ran",
                         append="phase.need=nic phase.net.timeout=300ms")
    assert "phase.run is not started: no NIC after 300 ms" in machine.console
    assert "itran" not in machine.console
    assert status == 119


@pytest.mark.either
def test_need_of_a_lease(machine):
    """A NIC whose network has nobody on it; it needs no more than that."""
    options = ["--net", "none", "--", "-netdev", "hubport,id=none,hubid=0",
               "-device", f"{machine.nic},netdev=none"]
    # There is a NIC by then on any machine.
    words = "phase.net.timeout=5s phase.need="
    status = machine.run(*options, run="exit 5", append=words + "lease")
    assert "phase.run is not started: no lease" in machine.console
    assert status == 120
    assert machine.run(*options, run="exit 5", append=words + "nic") == 5


@pytest.mark.either
def test_need_of_a_provider(machine):
    words = "phase.need=provider phase.net.timeout="
    # There is a lease by then on any machine.
    status = machine.run(run="true", append=words + "15s")
    assert "phase.run is not started: no provider" in machine.console
    assert status == 121
    assert machine.run(run="exit 6", append=words + "1m", provider=True) == 6


@pytest.mark.either
def test_need_without_a_command(machine):
    child = machine.talk(append="phase.need=provider")
    assert "phase.need= is for phase.run=; ignored" in plain(child.before)
    power_off(child)


@pytest.mark.modular
@pytest.mark.parametrize("command, status", [
    ("exit 0", 0),
    ("exit 77", 77),
    ("kill -KILL $$", 128 + 9),
    ("exit 200", 1),
])
@pytest.mark.parametrize("device", ["virtio-net-pci", "virtio-net-device"])
def test_exit_port(machine, device, command, status):
    """A kernel without virtio-serial ports, on a machine with I/O ports."""
    if machine.arch != "x86_64":
        pytest.skip("isa-debug-exit is a device of x86")
    if device == "virtio-net-device" and status != 77:
        pytest.skip("that machine is tried once")
    assert machine.run(
        "--device", device, run=command,
        append="modprobe.blacklist=virtio_console") == status
    assert "Power down" not in machine.console


@pytest.mark.modular
def test_virtio_port_comes_before_the_exit_port(machine):
    """Of the two only that one can tell a status of 200."""
    assert machine.run(run="exit 200", append="phase.exit-port=0xf4") == 200
    assert "reboot: Power down" in machine.console
    if machine.arch != "x86_64":
        assert ("phase.exit-port= is ignored: this machine has no I/O ports"
                in machine.console)


@pytest.mark.modular
def test_p24_no_entropy_yet(machine):
    """The lease is there before the kernel has random numbers."""
    # The device tree's seed is trusted before the kernel reads its words.
    options = (["--", "-machine", "dtb-randomness=off"]
               if machine.arch == "arm64" else [])
    status = machine.run(
        *options,
        append="modprobe.blacklist=virtio_rng random.trust_cpu=off "
               "random.trust_bootloader=off phase.need=lease",
        run="dmesg")
    assert status == 0
    lease = re.search(r"\] init\[1\]: eth0 .* 10\.0\.2\.15/24",
                      machine.console)
    assert lease
    ready = re.search(r"random: crng init done", machine.console)
    assert ready is None or ready.start() > lease.start()
    assert "blocked for" not in machine.console
