"""Every unit test program, as each architecture's own build, and once more
natively with sanitizers."""

import os
import pathlib
import platform
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
ARCHES = os.environ.get("ARCHES", "arm64 x86_64").split()
CPUS = {"arm64": "aarch64", "x86_64": "x86_64"}


def runner(arch):
    if CPUS[arch] == platform.machine():
        return []
    return [f"qemu-{CPUS[arch]}-static"]


def programs():
    for arch in ARCHES:
        # `make test` writes it: what the Makefile lists, not what an older
        # build left in the directory
        names = ROOT / "build" / arch / "unit-tests"
        assert names.exists(), f"run `make test` or `make test-programs ARCH={arch}`"
        for name in names.read_text().split():
            yield pytest.param(
                [*runner(arch), f"build/{arch}/tests/{name}"],
                id=f"{arch}-{name}")
    for name in names.read_text().split():
        yield pytest.param([f"build/host/tests/{name}"],
                           id=f"sanitized-{name}")
    for name in (ROOT / "build/host/net-tests").read_text().split():
        yield pytest.param([f"build/host/tests/{name}"], id=f"net-{name}")


@pytest.mark.parametrize("command", programs())
def test_unit(command):
    result = subprocess.run(command, cwd=ROOT, text=True, timeout=300,
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(result.stdout[-8000:])
    assert result.returncode == 0
    # a program that ran no test has shown nothing
    assert "[  PASSED  ]" in result.stdout


def test_every_unit_test_is_listed():
    """A file that nobody lists would pass for ever."""
    for files, listed in (("tests/unit", f"build/{ARCHES[0]}/unit-tests"),
                          ("tests/net", "build/host/net-tests")):
        names = sorted(p.stem for p in (ROOT / files).glob("test_*.c"))
        assert sorted((ROOT / listed).read_text().split()) == names
