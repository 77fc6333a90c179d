"""qemu/raspi3: what it takes out of a device tree, and the command it makes.
The machine itself is a row of `make matrix`."""

import importlib.machinery
import importlib.util
import pathlib
import shlex
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "qemu" / "raspi3"
BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9


def load():
    loader = importlib.machinery.SourceFileLoader("raspi3", str(SCRIPT))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("raspi3", loader))
    loader.exec_module(module)
    return module


def padded(data):
    return data + bytes(-len(data) % 4)


def node(name, *contents):
    return (struct.pack(">I", BEGIN) + padded(name.encode() + b"\0") +
            b"".join(contents) + struct.pack(">I", END))


def prop(value):
    return struct.pack(">3I", PROP, len(value), 0) + padded(value)


def tree(structure):
    """A flattened device tree: a head, no reserved memory, STRUCTURE."""
    body = structure + struct.pack(">I", LAST)
    head = struct.pack(">10I", 0xd00dfeed, 56 + len(body) + 5, 56,
                       56 + len(body), 40, 17, 16, 0, 5, len(body))
    return head + bytes(16) + body + b"name\0"


def test_a_node_is_replaced_by_nops():
    bluetooth = node("bluetooth", prop(b"odd"), node("child", prop(b"")))
    # Its name as a value is not it, nor is what only begins so.
    rest = prop(b"bluetooth\0"), node("bluetooth@1", prop(b"x"))
    whole = tree(node("", node("serial", rest[0], bluetooth), rest[1]))
    nops = struct.pack(">I", NOP) * (len(bluetooth) // 4)
    assert load().without_node(whole, "bluetooth") == tree(
        node("", node("serial", rest[0], nops), rest[1]))


def test_a_tree_without_it_stays():
    whole = tree(node("", node("serial", prop(b"abc"))))
    assert load().without_node(whole, "bluetooth") == whole


def test_what_is_no_tree():
    with pytest.raises(SystemExit, match="the device tree is none"):
        load().without_node(bytes(64), "bluetooth")


def run(*arguments):
    return subprocess.run([SCRIPT, *arguments], text=True, check=False,
                          capture_output=True)


def test_command():
    done = run("--dry-run", "--dtb", "b.dtb", "--kernel", "k", "--serial",
               "ttyS1", "--net", "none", "--append", "a b", "--", "-S")
    words = shlex.split(done.stdout)
    assert words[:3] == ["qemu-system-aarch64", "-M", "raspi3b"]
    assert words[words.index("-append") + 1] == \
        "console=ttyS1 panic=-1 quiet a b"
    assert "-serial null -serial chardev:console" in done.stdout
    assert "usb-net" not in done.stdout
    assert words[-1] == "-S"


def test_files_that_are_not_there(tmp_path):
    done = run("--kernel", str(tmp_path / "nothing"), "--dtb", "b.dtb")
    assert done.returncode == 1
    assert f"qemu/raspi3: no such file: {tmp_path}/nothing" in done.stderr
