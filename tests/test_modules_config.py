"""modprobe.d as the loader reads it against modprobe, for the files of
tests/fixtures/modprobe.d and the modules of the kernels that are booted."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
ARCHES = os.environ.get("ARCHES", "arm64 x86_64").split()
# modprobe's order
PLACES = ["etc", "run", "usr/local/lib", "usr/lib", "lib"]
NAMES = ["eth0", "eth1", "net-pf-17", "loop", "old-name", "two-steps",
         "virtio_net", "virtio-net", "bridge", "bonding", "overlay", "dm-mod",
         "dm_crypt", "veth", "cifs", "nfsd", "ena", "gve", "tun", "nbd",
         "dummy", "no_such_module"]


@pytest.fixture(params=ARCHES)
def tree(request, tmp_path):
    """A root with the configuration and a kernel's modules; its release."""
    lines = (ROOT / "build" / request.param / "kernel.id").read_text()
    facts = dict(line.split("=", 1) for line in lines.splitlines())
    root = tmp_path / "root"
    shutil.copytree(ROOT / "tests/fixtures/modprobe.d", root)
    (root / "lib/modules").symlink_to(
        pathlib.Path(facts["tree"]) / "lib/modules")
    return root, facts["release"]


def modprobe(root, release, name):
    """What is loaded for NAME, (path, parameters), each once; its messages."""
    configs = [f"--config={root}/{place}/modprobe.d" for place in PLACES]
    environment = dict(os.environ)
    environment["PATH"] += ":/usr/sbin:/sbin"
    done = subprocess.run(
        ["modprobe", *configs, "--use-blacklist", "-D", "-d", root, "-S",
         release, "--", name],
        env=environment, capture_output=True, text=True, check=False)
    loads = []
    for line in done.stdout.splitlines():
        kind, path, *options = line.split(" ", 2)
        if kind != "insmod":
            continue
        load = (path.split(f"/lib/modules/{release}/", 1)[1],
                " ".join(options).split())
        if load not in loads:
            loads.append(load)
    return loads, done.stderr


def ours(root, release, names):
    """The same of our loader, for all the names."""
    base = f"{root}/lib/modules/{release}/"
    done = subprocess.run(
        [ROOT / "build/host/phase-modules", "-D", "--json", "-d", root, "-S",
         release, "-"], input="".join(name + "\n" for name in names),
        capture_output=True, text=True, check=False)
    answers = {}
    for answer in map(json.loads, done.stdout.splitlines()):
        answers[answer["query"]] = [
            (module["path"].removeprefix(base), module["options"].split())
            for module in answer.get("modules", [])]
    return answers, done.stderr


def test_configuration_is_modprobes(tree):
    root, release = tree
    answers, _ = ours(root, release, NAMES)
    assert list(answers) == NAMES
    for name in NAMES:
        assert answers[name] == modprobe(root, release, name)[0], name
    # The control: the files were read, by both.
    paths = [pathlib.Path(path).name.split(".")[0]
             for path, options in answers["eth0"] if options]
    assert paths == ["virtio_net", "dummy"]
    assert answers["bonding"] == answers["two-steps"] == []
    assert len(answers["bridge"]) > 8


def test_bad_lines_are_modprobes(tree):
    root, release = tree
    theirs = re.findall(r"/([^/ ]+\.conf) line (\d+): .* '(\w+)'",
                        modprobe(root, release, "tun")[1])
    told = re.findall(r"/([^/ ]+\.conf):(\d+): \"(\w+)\"",
                      ours(root, release, ["tun"])[1])
    # A modprobe before 33 knows no weakdep; and it runs commands.
    theirs = [line for line in theirs if line[2] != "weakdep"]
    assert told == sorted(theirs + [("20-more.conf", "2", "install")])
    assert len(theirs) == 3


def test_masked_files(tree):
    root, release = tree
    assert ours(root, release, ["veth"])[0]["veth"][0][1] == ["this=counts"]
    masked = root / "etc/modprobe.d/masked.conf"
    masked.unlink()
    assert ours(root, release, ["veth"])[0]["veth"] == []
    # As people mask a file of a later directory altogether
    masked.symlink_to("/dev/null")
    answers, messages = ours(root, release, ["veth"])
    assert [options for _, options in answers["veth"]] == [[]]
    assert "masked.conf" not in messages


def test_many_files_and_bad_lines(tree):
    root, release = tree
    place = root / "etc/modprobe.d"
    for i in range(70):
        (place / f"m{i:02}.conf").write_text(f"options tun n={i}\nbad\n")
    answers, messages = ours(root, release, ["tun"])
    options = answers["tun"][0][1]
    # 64 with 00-first, 10-net, 20-more, 30-dist; the last ones are left
    # out, of which masked.conf is there twice
    assert options == ["debug=1", "debug=2"] + [f"n={i}" for i in range(60)]
    assert "more than 64 files, the last 13 are ignored" in messages
    assert messages.count("/modprobe.d/m") == 12
    assert "and 48 more lines like that" in messages
