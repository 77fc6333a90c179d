#!/usr/bin/env python3
"""How long userland takes to an address and to a prompt, and what others take.

usage: tests/bench/boot.py [--runs N] [--minutes M] [--cpus N]
                           [--only NAME;...] ARCH[:KERNEL]...

Without KERNEL those of KERNELS that are in the cache. Machines have one
processor, or N. For each one these boot
in turn, with the same machine, the same kernel and the same modules for the
NIC; the slow ones in every third round:

  floor                   tests/bench/floor.c: no check, no other work
  phase boot              ours, and the answer of a provider that announces
                          itself on the host's network
  phase boot, stripped    the same with SIGNATURES=strip
  script, polling         a shell script with insmod and udhcpc, which polls
                          for the NIC
  script, sleep 2         the same with the customary wait
  initramfs-tools, dracut Debian's, with ip=dhcp (debian.py)

Milliseconds from the kernel's "Run /init" by its own clock: to the address, and
to the shell's prompt, which for ours has discovery's answer in the banner
before it; from QEMU's start to the prompt by the host's clock. Prints medians,
quartiles, and ratios of the medians to the floor's and to the polling
script's; build/bench/boot.* has them too, and charts. A goal that is missed is
said, and no failure.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import chart
import debian
import guest
import images
from guest import ROOT
from results import PLACE, Results, quartiles

sys.path.insert(0, str(ROOT / "tests/boot"))
import inside  # noqa: E402

KERNELS = ("debian-6.12-cloud", "debian-6.1-cloud", "mmio")
# Panics now and then under QEMU 7.2
UNSTEADY = {("x86_64", "debian-6.12-cloud")}
MARK = "bench: address"
OURS = r"init\[1\]: eth0 .* 10\.0\.2\.15/24"
ANSWER = r"provider .*\(mdns, ok\)"
# It must come, however busy this machine is
APPEND = "phase.wait=60s"
SLOW = ("script, sleep 2", "initramfs-tools", "dracut")
LEAST = 3
TIMES = {"address": "to the address", "prompt": "to the prompt",
         "qemu": "QEMU to the prompt"}
FLOOR, OUR, STRIPPED, POLL = ("floor", "phase boot", "phase boot, stripped",
                              "script, polling")
GOALS = {"address": 1.2, "prompt": 1.5}
MMIO_MS = 1000


class Contest:
    """Who boots one kernel, and what came of it."""

    def __init__(self, arch, kernel, directory, options, results):
        only = [name for name in options.only.split(";") if name]
        self.arch = arch
        self.kernel = kernel
        self.device = ("virtio-net-device" if kernel.startswith("mmio")
                       else "virtio-net-pci")
        made = images.Images(arch, kernel, self.device, directory)
        self.cases = {}
        self.times = {}
        makers = {
            FLOOR: (made.floor, MARK, None, ""),
            OUR: (made.ours, OURS, ANSWER, APPEND),
            POLL: (lambda: made.peer("polling", images.POLL), MARK, None, ""),
            SLOW[0]: (lambda: made.peer("sleeping", images.SLEEP), MARK, None,
                      ""),
        }
        self.has_modules = bool(made.modules())
        if self.has_modules:
            strip = images.Images(arch, kernel, self.device,
                                  directory / "stripped", SIGNATURES="strip")
            makers[STRIPPED] = (strip.ours, OURS, ANSWER, APPEND)
            why = debian.can()
            if not debian.is_native(arch):
                why = "their programs are executed to make them"
            for name, append in debian.TOOLS.items():
                if why and name not in only:
                    continue
                makers[name] = (
                    lambda name=name: debian.make(
                        name, made.facts, made.directory / f"{name}.cpio.gz"),
                    MARK, None, append)
            if why:
                results.note(f"{arch} {kernel}: without Debian's images: "
                             f"{why}.")
        for name, (make, mark, wanted, append) in makers.items():
            if only and name not in only:
                continue
            try:
                image = make()
            except subprocess.CalledProcessError as error:
                results.note(f"{arch} {kernel}: no image of {name}: {error}.")
                continue
            command = guest.command(arch, made.kernel, image, append,
                                    "--device", self.device,
                                    "--cpus", options.cpus)
            self.cases[name] = (command, mark, wanted)
            self.times[name] = []

    def round(self, number, results):
        for name, case in self.cases.items():
            if name in SLOW and number % 3:
                continue
            try:
                self.times[name].append(guest.boot(*case))
            except guest.Failed as error:
                # a kernel that has panicked is no measurement
                results.say(f"{self.arch} {self.kernel} {name}: not counted: "
                            f"{str(error)[-300:]}")

    def values(self, name, which):
        return [run[which] for run in self.times.get(name, ())]

    def median(self, name, which):
        values = self.values(name, which)
        return quartiles(values)[1] if values else None

    def ratio(self, name, other, which):
        ours, theirs = self.median(name, which), self.median(other, which)
        return ours / theirs if ours and theirs else None

    def show(self, results):
        for which, title in TIMES.items():
            rows = []
            for name in self.times:
                values = self.values(name, which)
                if not values:
                    continue
                first, median, third = quartiles(values)
                ratios = [self.ratio(name, other, which)
                          for other in (FLOOR, POLL)]
                rows.append([name, str(len(values)), f"{median:.0f}",
                             f"{first:.0f} to {third:.0f}",
                             *(f"{r:.2f}" if r else "" for r in ratios)])
                results.samples(arch=self.arch, kernel=self.kernel, who=name,
                                what=which, ms=values)
            results.table(f"{self.arch} {self.kernel}, {title}, ms",
                          ["", "runs", "median", "quartiles", "/ floor",
                           "/ polling"], rows)

    def judge(self, results):
        where = f"{self.arch} {self.kernel}"
        for which, limit in GOALS.items():
            ratio = self.ratio(OUR, FLOOR, which)
            if not ratio:
                continue
            ours, floor = (self.median(name, which) for name in (OUR, FLOOR))
            results.goal(f"{where}, {TIMES[which]}, ratio to the floor", ratio,
                         limit, reason=f"{ours - floor:.0f} ms more than "
                         f"{floor:.0f}{self.reason(which)}")
        ratio = (self.median(STRIPPED, "address") or 0) / (
            self.median(FLOOR, "address") or 1)
        if ratio:
            results.goal(f"{where}, stripped, to the address, ratio to the "
                         "plain floor", ratio, 1)
        total = self.median(OUR, "qemu")
        if self.kernel == "mmio" and total:
            results.goal(f"{where}, QEMU to the prompt", total, MMIO_MS,
                         " ms")

    def reason(self, which):
        """Of a distance to the floor."""
        if which == "prompt":
            return (", of which up to 20 are the moment that other providers "
                    "have to answer in")
        if not self.has_modules:
            return ", where there is no module to load, and no other process"
        return ""

    def draw(self, path):
        bars = [(f"{name}: {TIMES[which]}", self.values(name, which),
                 name.startswith(OUR))
                for which in ("address", "prompt") for name in self.times
                if self.values(name, which)]
        chart.bars(str(path), "From the kernel's first exec, "
                   f"{self.kernel} on {self.arch}", "ms", bars)


def kernels(words):
    """Pairs of what WORDS name that can be booted."""
    for word in words:
        arch, _, kernel = word.partition(":")
        for name in [kernel] if kernel else KERNELS:
            if kernel or ((arch, name) not in UNSTEADY
                          and images.kernel_facts(arch, name)):
                yield arch, name


def measure(contests, runs, minutes, results):
    """Rounds of all, until they are RUNS or the time is over."""
    end = time.monotonic() + minutes * 60
    for number in range(runs):
        if number >= LEAST and time.monotonic() > end:
            results.note(f"{number} rounds of {runs}, as {minutes:g} minutes "
                         "were over.")
            break
        for contest in contests:
            contest.round(number, results)


def main(arguments):
    parser = argparse.ArgumentParser(
        usage="see the file's beginning", add_help=True)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--cpus", default="1")
    parser.add_argument("--only", default="")
    parser.add_argument("arches", nargs="+")
    options = parser.parse_args(arguments)
    # A network of its own, for the provider on it
    guest.isolate(__file__, arguments)
    results = Results("boot", " ".join(["tests/bench/boot.py", *arguments]))
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        place = directory / "avahi"
        place.mkdir()
        server = inside.serve()
        daemon = inside.announce(str(place))
        try:
            contests = [Contest(arch, kernel, PLACE / "images", options,
                                results)
                        for arch, kernel in kernels(options.arches)]
            measure(contests, options.runs, options.minutes, results)
        finally:
            daemon.kill()
            daemon.wait()
            server.shutdown()
    for contest in contests:
        contest.show(results)
    results.say()
    for contest in contests:
        contest.judge(results)
        contest.draw(PLACE / f"boot-{contest.arch}-{contest.kernel}.svg")
    results.save()
    shutil.rmtree(PLACE / "images")


if __name__ == "__main__":
    main(sys.argv[1:])
