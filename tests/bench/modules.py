#!/usr/bin/env python3
"""phase-modules against modprobe: what loads for every module of a kernel.

usage: tests/bench/modules.py ARCH KERNEL [RUNS]

The same names, first with one process each as the shell starts them, for a
sample; then all of them in one process, which modprobe cannot do. Prints
medians and their ratio.
"""

import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = str(ROOT / "build/host/phase-modules")
SAMPLE = 200
LOOP = 'while read -r name; do "$@" "$name"; done'


def seconds(command, names):
    start = time.monotonic()
    subprocess.run(command, input="".join(f"{n}\n" for n in names), text=True,
                   stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


def main(arch, kernel, runs=5):
    text = subprocess.run(
        [ROOT / "rootfs/kernel", arch, kernel], check=True, text=True,
        stdout=subprocess.PIPE).stdout
    facts = dict(line.split("=", 1) for line in text.splitlines())
    root, release = facts["tree"], facts["release"]
    with open(f"{root}/lib/modules/{release}/modules.dep") as file:
        names = [line.split(":")[0].split("/")[-1].split(".")[0]
                 for line in file]
    sample = names[::max(1, len(names) // SAMPLE)]
    shell = ["sh", "-c", f"PATH=$PATH:/usr/sbin:/sbin; {LOOP}", "sh"]
    ours = [OURS, "-D", "-d", root, "-S", release]
    cases = {
        "modprobe": (
            [*shell, "modprobe", "-C", "/dev/null", *ours[1:]], sample),
        "phase-modules": ([*shell, *ours], sample),
        "phase-modules, one process": ([*ours, "-"], names),
    }
    times = {name: [] for name in cases}
    for _ in range(int(runs)):
        for name, (command, queries) in cases.items():
            times[name].append(seconds(command, queries) / len(queries))
    print(f"a load plan of {release}, {len(names)} modules, microseconds each:")
    medians = {name: statistics.median(t) for name, t in times.items()}
    for name, median in medians.items():
        print(f"{arch} {name:28} {median * 1e6:8.0f}  "
              f"ratio {median / medians['modprobe']:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
