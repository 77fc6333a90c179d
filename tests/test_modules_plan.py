"""The load plan of the real loader against modprobe's, for every module of the
kernels that are booted here, and a thousand aliases of each."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
ARCHES = os.environ.get("ARCHES", "arm64 x86_64").split()


@pytest.mark.parametrize("arch", ARCHES)
def test_plan_is_modprobes(arch):
    # rootfs/kernel has written where the kernel that is booted comes from
    lines = (ROOT / "build" / arch / "kernel.id").read_text().splitlines()
    facts = dict(line.split("=", 1) for line in lines)
    environment = dict(os.environ)
    environment["PATH"] += ":/usr/sbin:/sbin"
    result = subprocess.run(
        [sys.executable, ROOT / "tests/tools/modules-compare", facts["tree"],
         facts["release"], ROOT / "build/host/modules-plan"],
        env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    print(result.stdout[-4000:])
    assert result.returncode == 0
