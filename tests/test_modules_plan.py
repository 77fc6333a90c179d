"""The load plan of phase-modules against modprobe's: every module and 500
aliases of Debian's full kernels, and of those that are booted here."""

import concurrent.futures
import itertools
import json
import os
import pathlib
import random
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build/host/phase-modules"
ARCHES = os.environ.get("ARCHES", "arm64 x86_64").split()
KERNELS = {
    "arm64": ("debian-6.12", "debian-6.12-cloud"),
    "x86_64": ("debian-6.12", "debian-6.1", "debian-6.1-cloud"),
}
ALIASES = 500
# modprobe for each name of a list, one after another
LOOP = """PATH=$PATH:/usr/sbin:/sbin
while read -r name; do
    echo "= $name"
    modprobe -C /dev/null "$1" -d "$2" -S "$3" -- "$name" 2>/dev/null
done
:"""


class Tree:
    """A kernel's modules, as rootfs/kernel finds them."""

    def __init__(self, arch, kernel):
        text = subprocess.run(
            ["rootfs/kernel", arch, kernel], cwd=ROOT, check=True, text=True,
            stdout=subprocess.PIPE).stdout
        facts = dict(line.split("=", 1) for line in text.splitlines())
        self.root, self.release = facts["tree"], facts["release"]
        self.directory = f"{self.root}/lib/modules/{self.release}"

    def lines(self, name):
        with open(f"{self.directory}/modules.{name}") as file:
            return file.read().splitlines()

    def modules(self):
        return [line.split(":")[0].split("/")[-1].split(".")[0]
                for line in self.lines("dep")]

    def aliases(self):
        """Modaliases that devices could have, from all over the list."""
        patterns = [line.split()[1] for line in self.lines("alias")
                    if line.startswith("alias ")]
        chance = random.Random(1)
        return [concrete(patterns[i * len(patterns) // ALIASES], chance)
                for i in range(ALIASES)]

    def ours(self, option, names):
        done = subprocess.run(
            [PROGRAM, option, "--json", "--no-config", "--root", self.root,
             "--release", self.release, "-"], text=True, check=False,
            input="".join(f"{name}\n" for name in names),
            stdout=subprocess.PIPE)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert [answer["query"] for answer in answers] == names
        # Some names of modules.alias belong to nothing that is there.
        assert done.returncode == any("error" in a for a in answers)
        return answers

    def theirs(self, option, names):
        """What modprobe prints, a list of lines for each name, once each."""
        def run(part):
            return subprocess.run(
                ["sh", "-c", LOOP, "sh", option, self.root, self.release],
                text=True, check=True, input="".join(f"{n}\n" for n in part),
                stdout=subprocess.PIPE).stdout.splitlines()

        half = len(names) // 2
        with concurrent.futures.ThreadPoolExecutor() as pool:
            lines = pool.map(run, (names[:half], names[half:]))
        answers = []
        for line in itertools.chain(*lines):
            if line.startswith("= "):
                answers.append({})
            else:
                answers[-1][line] = True
        return [list(answer) for answer in answers]


def concrete(pattern, chance):
    """A modalias that PATTERN matches."""
    out, i = "", 0
    while i < len(pattern):
        c = pattern[i]
        if c == "*":
            out += chance.choice(["", "0", "00x", "abc_d"])
        elif c == "?":
            out += "7"
        elif c == "[":
            out += pattern[i + 1]
            i = pattern.index("]", i + 1)
        else:
            out += c
        i += 1
    return out


def as_lines(answer):
    """Our answer, in modprobe's words."""
    if answer.get("builtin"):
        return [f"builtin {answer['query'].replace('-', '_')}"]
    return [f"insmod {module['path']} {module['options']}"
            for module in answer.get("modules", [])]


def files(lines):
    """modprobe also names built-in modules that are wished for besides, of
    which there is nothing to load."""
    return [line for line in lines if line.startswith("insmod ")] or lines


def differences(names, ours, theirs):
    assert len(names) == len(ours) == len(theirs)
    return [f"{name}\n  ours   {a}\n  theirs {b}"
            for name, a, b in zip(names, ours, theirs) if a != b]


@pytest.mark.parametrize(
    "arch, kernel", [(a, k) for a in ARCHES for k in KERNELS[a]])
def test_plan_is_modprobes(arch, kernel):
    tree = Tree(arch, kernel)
    names = tree.modules() + tree.aliases()
    wrong = differences(
        names,
        [as_lines(answer) for answer in tree.ours("--show-depends", names)],
        [files(lines) for lines in tree.theirs("-D", names)])
    names = tree.aliases()
    resolved = tree.ours("--resolve", names)
    wrong += differences(
        names, [answer.get("names", []) for answer in resolved],
        tree.theirs("-R", names))
    print("\n".join(wrong[:20]))
    assert len(tree.modules()) > 1000 and not wrong
