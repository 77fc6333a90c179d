"""Consoles and file systems that do not do what they should."""

import re

import pytest

from machine import output_of, plain, power_off

pytestmark = pytest.mark.quick

def before_init(machine, *commands):
    """/before runs these, then /init."""
    machine.add_file("before", "\n".join(
        ["#!/bin/sh", *commands, "exec /init"]) + "\n")
    return machine.talk(append="rdinit=/before")


def test_p8_read_only_root(machine):
    child = before_init(
        machine, "mkdir /new", "mount -t tmpfs new /new",
        "cp -a /bin /etc /init /lib /root /sbin /usr /var /new",
        "cd /new && mkdir dev proc sys run tmp",
        # Hand over as switch_root would, to a root that cannot be written.
        "mount -t tmpfs -o remount,ro new /new && mount --move /new /",
        "exec chroot . /init")
    before = plain(child.before)
    assert "Phase Boot" in before
    assert "10.0.2.15/24" in before
    # resolv.conf has no place, and that is told.
    assert re.search("resolv.conf: Read-only file system", before)
    assert "Read-only" in output_of(child, "touch /here")
    power_off(child)


def test_p8_full_root(machine):
    """Not a byte is free in / and /etc, and no inode."""
    child = before_init(
        machine, "mkdir /new", "mount -t tmpfs -o size=24m new /new",
        "cp -a /bin /etc /init /lib /root /sbin /usr /var /new",
        "cd /new && mkdir dev proc sys run tmp",
        "mount -t devtmpfs dev dev",
        "cat dev/zero >filler 2>/dev/null",
        "umount dev && mount --move /new /",
        "exec chroot . /init")
    before = plain(child.before)
    assert "Phase Boot" in before
    assert "10.0.2.15/24" in before
    assert re.search("resolv.conf: No space left on device", before)
    power_off(child)


def test_p7_console_that_gives_errors(machine):
    """/dev/console is a device that no driver serves; the serial line that
    the kernel names is there."""
    child = before_init(
        machine, "mount -t devtmpfs dev /dev", "rm -f /dev/console",
        "mknod /dev/console c 240 77")
    assert "Phase Boot" in plain(child.before)
    assert re.search("^/dev/tty(AMA|S)0$", output_of(child, "tty"), re.M)
    power_off(child)


def test_p7_serial_line_that_is_missing(machine):
    """The kernel names a console whose node is not there."""
    child = before_init(
        machine, "mount -t devtmpfs dev /dev", "rm -f /dev/ttyAMA0 /dev/ttyS0")
    assert "Phase Boot" in plain(child.before)
    assert "still alive" in output_of(child, "echo still al''ive")
    power_off(child)


def test_p7_closed_standard_output(machine):
    """What is opened first would take its place, and get the messages."""
    child = before_init(machine, "exec >&-")
    assert "10.0.2.15/24" in plain(child.before)
    for descriptor in "0", "1", "2":
        assert re.search(
            "^/dev/console$",
            output_of(child, f"readlink /proc/1/fd/{descriptor}"), re.M)
    power_off(child)
