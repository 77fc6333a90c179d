"""What kernels of our own are made of: qemu/kernel-build --config."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


def config(arch, name):
    """Exit status, and the options as a dictionary or the complaint."""
    done = subprocess.run(
        [ROOT / "qemu/kernel-build", "--config", arch, name], check=False,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return done.returncode, done.stderr
    lines = done.stdout.splitlines()
    options = dict(line.split("=", 1) for line in lines)
    assert len(options) == len(lines), "an option is there twice"
    return 0, options


@pytest.mark.parametrize("arch", ("arm64", "x86_64"))
def test_option_that_is_off_is_all_that_differs(arch):
    _, whole = config(arch, "mmio")
    status, without = config(arch, "mmio-without-PROC_FS")
    assert status == 0
    assert whole["CONFIG_PROC_FS"] == "y"
    assert without == {**whole, "CONFIG_PROC_FS": "n"}


@pytest.mark.parametrize("size", (16, 64))
def test_size_of_pages_is_all_that_differs(size):
    _, whole = config("arm64", "mmio")
    status, pages = config("arm64", f"mmio-{size}k")
    assert status == 0
    assert whole["CONFIG_ARM64_4K_PAGES"] == "y"
    assert pages == {**whole, "CONFIG_ARM64_4K_PAGES": "n",
                     f"CONFIG_ARM64_{size}K_PAGES": "y"}


@pytest.mark.parametrize("arch,name,complaint", (
    ("arm64", "nothing", "no qemu/kernels/nothing.config"),
    ("x86_64", "mmio-64k", "no qemu/kernels/mmio-64k.config.x86_64"),
    ("arm64", "mmio-without-NO_SUCH", "CONFIG_NO_SUCH is not in mmio.config"),
    ("arm64", "../kernels/mmio", "no kernel is called"),
))
def test_name_that_is_none(arch, name, complaint):
    status, text = config(arch, name)
    assert status == 1
    assert complaint in text
