import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from machine import ROOT, Machine  # noqa: E402


def pytest_generate_tests(metafunc):
    if "machine" in metafunc.fixturenames:
        arches = os.environ.get("ARCHES", "arm64 x86_64").split()
        metafunc.parametrize("arch", arches, scope="session")


@pytest.fixture
def machine(arch, tmp_path):
    """A machine whose initramfs and kernel the Makefile has built."""
    machine = Machine(arch, tmp_path)
    for path in machine.initrd, machine.build / "vmlinuz":
        assert path.exists(), (
            f"{path.relative_to(ROOT)} is missing: run `make all ARCH={arch}`")
    yield machine
    if machine.log.exists():
        print(machine.console[-8000:])
    if machine.errors:
        print(machine.errors)
