"""KERNEL="a b": rootfs/kernel on a small cache, and the modules of two kernels
in one tree."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
RELEASES = {"one": "6.0-one", "two": "6.9+two", "same": "6.0-one", "none": None}
MODULES = {"6.0-one": ["apple", "plum"], "6.9+two": ["plum"]}


@pytest.fixture
def cache(tmp_path):
    """A cache of kernels as rootfs/deps leaves it."""
    for name, release in RELEASES.items():
        top = tmp_path / "cache" / "arm64" / "kernel" / name
        (top / "boot").mkdir(parents=True)
        (top / "boot" / f"vmlinuz-{release}").write_text(name)
        if release:
            tree = top / "lib" / "modules" / release
            (tree / "kernel").mkdir(parents=True)
            for module in MODULES[release]:
                (tree / f"kernel/{module}.ko").write_text(release + module)
            (tree / "modules.dep").write_text("".join(
                f"kernel/{module}.ko:\n" for module in MODULES[release]))
            for name in "alias", "softdep", "builtin":
                (tree / f"modules.{name}").touch()
    return tmp_path / "cache"


def kernel(cache, *words):
    return subprocess.run(
        ["rootfs/kernel", "arm64", *words], cwd=ROOT, text=True, check=False,
        env={**os.environ, "CACHE": str(cache)}, capture_output=True)


def test_one_name(cache):
    done = kernel(cache, " one ")
    assert done.returncode == 0
    assert [line.split("=")[0] for line in done.stdout.splitlines()] == [
        "image", "tree", "release", "id"]


def test_several_names_in_their_order(cache):
    done = kernel(cache, "two  one")
    assert done.returncode == 0
    lines = [line.split("=", 1) for line in done.stdout.splitlines()]
    assert [key for key, _ in lines] == [
        "name", "image", "tree", "release", "id"] * 2
    values = [value for _, value in lines]
    assert values[0::5] == ["two", "one"]
    assert [value.split("/")[-1] for value in values[1::5]] == [
        "vmlinuz-6.9+two", "vmlinuz-6.0-one"]
    assert values[3::5] == ["6.9+two", "6.0-one"]


@pytest.mark.parametrize("words, message", [
    (["one nosuch"], "nosuch for arm64 is not in the cache: run "
     "`make deps ARCH=arm64 KERNEL='one nosuch'`"),
    (["one one"], "one: 6.0-one is there twice (KERNEL='one one')"),
    (["one same"], "same: 6.0-one is there twice (KERNEL='one same')"),
    (["one none"], "none for arm64 has no modules, and takes any initramfs: "
     "it cannot be one of several (KERNEL='one none')"),
    (["one ./vmlinuz"], "'one ./vmlinuz' is no file, and a list of kernels "
     "has names only, no paths"),
    (["one two", "/lib/modules/6.0"],
     "MODULES is for a KERNEL that is a path"),
    ([""], "KERNEL is empty"),
    (["./nosuch"], "no such file: ./nosuch"),
])
def test_lists_that_cannot_be(cache, words, message):
    done = kernel(cache, *words)
    assert done.returncode == 1
    assert done.stderr == f"kernel: {message}\n"


def test_a_path_may_have_blanks(cache, tmp_path):
    image = tmp_path / "an image"
    image.touch()
    done = kernel(cache, str(image))
    assert done.returncode == 0
    assert done.stdout.startswith(f"image={image}\nid=")


def modules(cache, build, step, *entries):
    """rootfs/modules for both kernels."""
    build.mkdir(exist_ok=True)
    (build / "kernel.id").write_text(kernel(cache, "two one").stdout)
    (build / "list").write_text("\n".join(entries) + "\n")
    return subprocess.run(
        ["rootfs/modules", step, build, build / "list"], cwd=ROOT, text=True,
        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "MODULES_ADD": "", "DECOMPRESS": "auto",
             "PHASE_MODULES": str(ROOT / "build/host/phase-modules")})


def test_modules_of_both_side_by_side(cache, tmp_path):
    build = tmp_path / "build"
    done = modules(cache, build, "stage", "plum", "apple?")
    assert done.returncode == 0, done.stdout
    staged = build / "rootfs/lib/modules"
    for release, names in MODULES.items():
        tree = staged / release
        assert sorted(path.stem for path in tree.rglob("*.ko")) == names
        for name in names:
            assert (tree / f"kernel/{name}.ko").read_text() == release + name
        assert (tree / "modules.dep").read_text() == "".join(
            f"kernel/{name}.ko:\n" for name in names)
    # The first one's plan is where a single kernel's is.
    assert "6.9+two" in (build / "modules.plan").read_text()
    done = modules(cache, build, "sizes", "plum", "apple?")
    titles = [line.split()[0] for line in done.stdout.splitlines()
              if "modules" in line and "bytes" in line]
    assert titles == ["6.9+two", "6.0-one"]


def test_what_one_of_them_has_not_stops_the_build(cache, tmp_path):
    done = modules(cache, tmp_path / "build", "stage", "apple")
    assert done.returncode == 1
    assert "6.9+two has not all of 'apple'" in done.stdout
