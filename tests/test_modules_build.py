"""The builder's side of modules: rootfs/modules on small trees, made of
modules of the kernel that is booted; and phase-modules' own errors."""

import gzip
import json
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/host/phase-modules"
ARCHES = os.environ.get("ARCHES", "arm64 x86_64").split()
RELEASE = "6.0-test"
# Names, and all that each needs, the nearest first.
MODULES = {"apple": [], "pear": ["apple"], "plum": [],
           "quince": ["pear", "apple"]}
XZ_CRC64 = lzma.CHECK_CRC64


def zstd(data):
    return subprocess.run(["zstd", "-c"], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


PACKERS = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".xz": lambda data: lzma.compress(data, check=lzma.CHECK_CRC32),
    ".zst": zstd,
}


def contents(name):
    """What a module's file unpacks to; only its bytes matter here."""
    return (name * 1000).encode()


class Tree:
    """A kernel's tree, and a place to build from it."""

    def __init__(self, directory):
        self.root = directory / "kernel"
        self.modules = self.root / "lib/modules" / RELEASE
        (self.modules / "kernel/fruit").mkdir(parents=True)
        self.build = directory / "build"
        self.build.mkdir()
        (self.build / "kernel.id").write_text(
            f"tree={self.root}\nrelease={RELEASE}\n")
        self.staged = self.build / "rootfs/lib/modules" / RELEASE

    def fill(self, suffix="", pack=None):
        pack = pack or PACKERS[suffix]
        paths = {name: f"kernel/fruit/{name}.ko{suffix}" for name in MODULES}
        for name, path in paths.items():
            (self.modules / path).write_bytes(pack(contents(name)))
        self.write("dep", *(
            f"{paths[name]}: {' '.join(paths[n] for n in needs)}".rstrip()
            for name, needs in MODULES.items()))
        self.write("alias", "# by depmod", "alias fruit:p* pear",
                   "alias fruit:q[a-m]* quince", "alias fruit:* plum")
        self.write("softdep", "softdep pear post: plum")
        self.write("builtin", "kernel/fruit/stone.ko")

    def write(self, name, *lines):
        (self.modules / f"modules.{name}").write_text(
            "".join(f"{line}\n" for line in lines))

    def config(self, *words):
        (self.root / "boot").mkdir(exist_ok=True)
        (self.root / "boot" / f"config-{RELEASE}").write_text(
            "".join(f"CONFIG_{word}=y\n" for word in words))

    def stage(self, *entries, step="stage", **environment):
        """Runs the builder; what it says, and its status."""
        (self.build / "list").write_text("".join(f"{e}\n" for e in entries))
        if step == "stage":
            shutil.rmtree(self.build / "rootfs", ignore_errors=True)
        return subprocess.run(
            ["rootfs/modules", step, str(self.build),
             str(self.build / "list")], cwd=ROOT, text=True, check=False,
            env={**os.environ, "PHASE_MODULES": str(PROGRAM),
                 "MODULES_ADD": "", "DECOMPRESS": "auto", "SIGNATURES": "keep",
                 **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def files(self):
        return sorted(path.name for path in self.staged.rglob("*.ko*"))

    def text(self, name):
        return (self.staged / f"modules.{name}").read_text()

    def program(self, *arguments, **words):
        return subprocess.run(
            [PROGRAM, *arguments, "--root", self.root, "--release", RELEASE],
            text=True, check=False, capture_output=True, **words)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_what_a_line_may_be(tree):
    tree.fill()
    for entry, files in {
        "apple": ["apple.ko"],
        # with its soft dependency
        "pear  # a comment": ["apple.ko", "pear.ko", "plum.ko"],
        "fruit:qa": ["apple.ko", "pear.ko", "plum.ko", "quince.ko"],
        "kernel/fruit/": ["apple.ko", "pear.ko", "plum.ko", "quince.ko"],
        "stone": [],
        "cherry?": [],
        "kernel/vegetables/?": [],
    }.items():
        done = tree.stage(entry)
        assert done.returncode == 0, done.stdout
        assert tree.files() == files, entry


def test_lists_are_of_what_is_there(tree):
    tree.fill()
    assert tree.stage("apple", MODULES_ADD="plum").returncode == 0
    assert tree.text("dep") == (
        "kernel/fruit/apple.ko:\nkernel/fruit/plum.ko:\n")
    assert tree.text("alias") == "alias fruit:* plum\n"
    assert tree.text("softdep") == ""
    assert tree.text("builtin") == "kernel/fruit/stone.ko\n"


def test_builtin_aliases_are_kept(tree):
    tree.fill()
    (tree.modules / "modules.builtin.modinfo").write_bytes(
        b"stone.license=GPL\0stone.alias=fruit:s*\0stone.parm=x:a\nb\0")
    assert tree.stage("apple").returncode == 0
    assert tree.text("builtin.modinfo") == "stone.alias=fruit:s*\0"
    assert tree.program("-R", "stone").stdout == "stone\n"
    tree.write("alias")
    assert tree.program("-D", "fruit:sa").stdout == "builtin stone\n"


def test_weak_dependencies_come_along(tree):
    tree.fill()
    tree.write("weakdep", "weakdep apple quince cherry", "weakdep plum apple")
    assert tree.stage("apple").returncode == 0
    assert tree.files() == ["apple.ko", "pear.ko", "plum.ko", "quince.ko"]
    # They are no reason to load one.
    assert tree.program("-D", "apple").stdout.count("insmod") == 1


def test_wrong_lists_are_told_of(tree):
    tree.fill()
    for entry, why in {
        "cherry": f"{RELEASE} has not all of 'cherry': cherry: no module",
        "kernel/vegetables/": "no module, alias",
        "@nonsense": "no such group: @nonsense .*@net-all",
        "@../modules.list": "is no group",
    }.items():
        done = tree.stage("apple", entry)
        assert done.returncode == 1 and re.search(why, done.stdout), entry
    done = tree.stage("apple", DECOMPRESS="perhaps")
    assert done.returncode == 1 and "yes, no or auto" in done.stdout


@pytest.mark.parametrize("suffix", PACKERS)
def test_unpacked_where_the_kernel_cannot(tree, suffix):
    tree.fill(suffix)
    formats = {".gz": "GZIP", ".xz": "XZ", ".zst": "ZSTD"}
    able = ["MODULE_DECOMPRESS", f"MODULE_COMPRESS_{formats.get(suffix)}"]
    for config, kept in (
        (able, True),
        (["MODULE_DECOMPRESS", "MODULE_COMPRESS_LZO"], False),
        (able[1:], False),
        (None, False),
    ):
        shutil.rmtree(tree.root / "boot", ignore_errors=True)
        if config is not None:
            tree.config(*config)
        done = tree.stage("quince")
        assert done.returncode == 0, done.stdout
        assert tree.files() == [
            f"{name}.ko{suffix if kept else ''}" for name in sorted(MODULES)]
        if not kept:
            for name in MODULES:
                path = tree.staged / f"kernel/fruit/{name}.ko"
                assert path.read_bytes() == contents(name)
        # The lists follow, and what is staged can be planned again.
        shown = subprocess.run(
            [PROGRAM, "-D", "--json", "-d", tree.build / "rootfs", "-S",
             RELEASE, "quince"], text=True, check=True,
            stdout=subprocess.PIPE).stdout
        assert [m["name"] for m in json.loads(shown)["modules"]] == [
            "apple", "pear", "plum", "quince"]
        assert all(m["bytes"] > 0 for m in json.loads(shown)["modules"])
    assert tree.stage("apple", DECOMPRESS="yes").returncode == 0
    assert tree.files() == ["apple.ko"]
    assert tree.stage("apple", DECOMPRESS="no").returncode == 0
    assert tree.files() == [f"apple.ko{suffix}"]


def signed(data, length=None):
    """As scripts/sign-file appends it: PKCS#7 (id_type 2), and its length."""
    signature = b"0" * 681
    length = len(signature) if length is None else length
    return (data + signature + struct.pack(">BBBBB3xI", 0, 0, 2, 0, 0, length)
            + b"~Module signature appended~\n")


@pytest.mark.parametrize("suffix", PACKERS)
def test_signatures_are_cut_off(tree, suffix):
    tree.config("MODULE_SIG", "MODULE_DECOMPRESS", "MODULE_COMPRESS_XZ")
    tree.fill(suffix, lambda data: PACKERS[suffix](signed(data)))
    done = tree.stage("quince", SIGNATURES="strip")
    assert done.returncode == 0, done.stdout
    # Packed again they would not be what the kernel has signed either.
    assert tree.files() == [f"{name}.ko" for name in sorted(MODULES)]
    for name in MODULES:
        path = tree.staged / f"kernel/fruit/{name}.ko"
        assert path.read_bytes() == contents(name)
    assert tree.text("dep").startswith("kernel/fruit/apple.ko:\n")
    # One that has none stays as it is, and all do when nobody asks.
    tree.fill(suffix)
    assert tree.stage("apple", SIGNATURES="strip").returncode == 0
    path = tree.staged / "kernel/fruit/apple.ko"
    assert path.read_bytes() == contents("apple")
    tree.fill("", signed)
    assert tree.stage("apple").returncode == 0
    assert path.read_bytes() == signed(contents("apple"))


def test_signatures_that_are_none(tree):
    for length in 0x7fffffff, 0xffffff, 20000:
        tree.fill("", lambda data, n=length: signed(data, n))
        done = tree.stage("apple", SIGNATURES="strip")
        assert done.returncode == 1 and "no good length" in done.stdout
    done = tree.stage("apple", SIGNATURES="perhaps")
    assert done.returncode == 1 and "keep or strip" in done.stdout
    tree.config("MODULE_SIG", "MODULE_SIG_FORCE")
    done = tree.stage("apple", SIGNATURES="strip")
    assert done.returncode == 1 and "MODULE_SIG_FORCE" in done.stdout


def test_xz_with_crc64_is_unpacked(tree):
    """The kernel's XZ has no CRC64, which xz(1) writes unless it is told."""
    tree.fill(".xz", lambda data: lzma.compress(data, check=XZ_CRC64))
    tree.config("MODULE_DECOMPRESS", "MODULE_COMPRESS_XZ")
    done = tree.stage("apple")
    assert done.returncode == 0, done.stdout
    assert tree.files() == ["apple.ko"]
    path = tree.staged / "kernel/fruit/apple.ko"
    assert path.read_bytes() == contents("apple")


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_p15_damaged_or_a_bomb(tree, suffix):
    tree.fill(suffix, lambda data: PACKERS[suffix](data)[:-9])
    done = tree.stage("apple")
    assert done.returncode == 1 and "damaged" in done.stdout
    # Streams may follow each other in all of these formats.
    bomb = PACKERS[suffix](bytes(1 << 20)) * 257
    tree.fill(suffix, lambda _: bomb)
    done = tree.stage("apple")
    assert done.returncode == 1
    assert "more than 268435456 bytes" in done.stdout


@pytest.mark.parametrize("arch", ARCHES)
def test_groups_of_a_full_kernel(tree, arch):
    """Every group there is; and what one takes from another is in it."""
    facts = subprocess.run(
        ["rootfs/kernel", arch, "debian-6.12"], cwd=ROOT, check=True,
        text=True, stdout=subprocess.PIPE).stdout
    (tree.build / "kernel.id").write_text(facts)
    groups = [f"@{path.name}" for path in (ROOT / "rootfs/groups").iterdir()]
    done = tree.stage(*groups)
    assert done.returncode == 0, done.stdout
    found = {group: set() for group in groups}
    for line in (tree.build / "modules.plan").read_text().splitlines():
        group, _, path = line.split()
        found[group].add(path.rsplit("/", 1)[-1].split(".")[0])
    for group, names in {
        "@net-all": {"e1000e", "vmxnet3", "virtio_net", "cdc_ether", "ena",
                     "mlx5_core", "realtek", "xhci-pci", "hv_netvsc"},
        "@net-virtio": {"virtio_net", "virtio_mmio"},
        "@block-all": {"nvme", "ahci", "sd_mod", "virtio_blk", "xhci-pci",
                       "usb-storage", "virtio_scsi"},
        "@fs-all": {"ext4", "xfs", "vfat", "nls_cp437", "nfs", "9p"},
        "@console": {"usbhid", "ftdi_sio"},
        "@usb-host": {"xhci-pci", "ehci-pci"},
        "@virtio": {"virtio_scsi", "virtio_blk"},
    }.items():
        assert names <= found.pop(group), group
    assert not found


def test_sizes(tree):
    tree.fill()
    assert tree.stage("apple", "quince").returncode == 0
    done = tree.stage("apple", "quince", step="sizes")
    assert done.returncode == 0, done.stdout
    rows = {line.split()[0]: line.split()[1:]
            for line in done.stdout.splitlines()[1:]}
    assert rows["apple"][:2] == ["1", "1"]
    assert rows["quince"][:2] == ["4", "3"]
    assert rows["all"][0] == "4"
    assert 0 < int(rows["apple"][2]) < int(rows["quince"][2]) < int(
        rows["all"][1])


def test_parameters_and_blacklists(tree):
    tree.fill()
    words = 'apple.size=3 apple.kind="a b" modprobe.blacklist=plum'
    done = tree.program("-D", "pear", "--cmdline", words)
    base = f"insmod {tree.modules}/kernel/fruit"
    assert done.stdout.splitlines() == [
        f'{base}/apple.ko size=3 kind="a b"', f"{base}/pear.ko "]
    assert tree.program("-R", "fruit:pa").stdout == "pear\nplum\n"
    (tree.root / "etc/modprobe.d").mkdir(parents=True)
    (tree.root / "etc/modprobe.d/a.conf").write_text(
        "blacklist plum\noptions apple size=4\n")
    assert tree.program("-R", "fruit:pa").stdout == "pear\n"
    assert tree.program("-D", "apple").stdout == f"{base}/apple.ko size=4\n"
    done = tree.program("-D", "--no-config", "apple")
    assert done.stdout == f"{base}/apple.ko \n"
    done = tree.program("-D", "plum", "--cmdline", words)
    assert done.returncode == 1 and "plum: blacklisted" in done.stderr


def test_names_from_standard_input(tree):
    tree.fill()
    text = f"# fruit\n\napple\r\ncherry?\n{'x' * 3000}\nfruit:xa"
    done = tree.program("-D", "--json", "-", "stone", input=text)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["query"] for a in answers] == [
        "apple", "fruit:xa", "a line of standard input", "stone"]
    assert [m["name"] for m in answers[1]["modules"]] == ["plum"]
    assert "error" in answers[2] and answers[3]["builtin"]
    assert done.returncode == 1


def test_errors(tree):
    tree.fill()
    done = tree.program("-D", "cherry", "apple")
    assert done.returncode == 1
    assert "cherry: no module, alias or built-in" in done.stderr
    assert done.stdout.endswith("apple.ko \n")
    assert tree.program("-Dq", "cherry").returncode == 2
    assert tree.program("-D", "-q", "cherry").stderr == ""
    done = tree.program("-R", "\x1b[2Jfruit")
    assert done.returncode == 1 and "\\x1b[2Jfruit" in done.stderr
    assert tree.program("-R", "fruit:[").stdout == "plum\n"
    assert tree.program("-R", "x" * 3000).returncode == 1
    tree.write("dep", "kernel/../../../apple.ko:")
    done = tree.program("-D", "apple")
    assert done.returncode == 1 and "outside" in done.stderr
    (tree.modules / "modules.dep").unlink()
    done = tree.program("-D", "apple")
    assert done.returncode == 1 and "no modules.dep" in done.stderr
    with open("/dev/full", "w") as full:
        tree.fill()
        done = subprocess.run(
            [PROGRAM, "-D", "apple", "-d", tree.root, "-S", RELEASE],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 1 and "output: " in done.stderr


def test_loading_takes_root():
    # In a user namespace without a map everybody is nobody.
    done = subprocess.run(["unshare", "--user", PROGRAM, "apple"], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 1 and "only root" in done.stderr
