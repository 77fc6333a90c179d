#!/usr/bin/env python3
"""How large things are, and what takes the bytes.

usage: tests/bench/size.py [--map] [--charts DIRECTORY] ARCH...

Of what `make ARCH=... all` has built: the programs, BusyBox beside them, and
the initramfs, whole and without the shell or the modules; as they are, by
libdeflate's gzip, which is how it is made, and by xz and zstd as kernels take
them. Then the goals, and what each directory of the sources has of a program:
by the lines that its code came from, so what was made part of another function
counts where it was written. --map has each file.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

import chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = {"init": "init", "phase-discover": "phase-discover",
            "BusyBox": "rootfs/bin/busybox"}
PACKERS = {
    "gzip": ["libdeflate-gzip", "-12", "-c"],
    "xz": ["xz", "--check=crc32", "-9e", "-c"],
    "zstd": ["zstd", "-q", "--ultra", "-22", "-c"],
}
# KB of 1000 bytes, of files and of initramfs.cpio.gz
GOALS = {"init": 120, "phase-discover": 90, "with the shell": 700,
         "without shell and modules": 130}
# What they say of themselves; docs/benchmarks.md has where.
PUBLISHED = {"tiny-initramfs, all options": 14033}
CPUS = {"arm64": "aarch64", "x86_64": "x86_64"}


def packed(data):
    """Bytes, as they are and by each packer."""
    yield len(data)
    for command in PACKERS.values():
        yield len(subprocess.run(command, input=data, check=True,
                                 stdout=subprocess.PIPE).stdout)


def archive(tree, leave_out):
    """The staged tree as the initramfs has it, less what is left out."""
    names = sorted(
        str(path.relative_to(tree)) for path in tree.rglob("*")
        if not leave_out(path))
    return subprocess.run(
        ["cpio", "-o", "-H", "newc", "-R", "0:0", "--reproducible", "--quiet"],
        input="\n".join(names).encode(), cwd=tree, check=True,
        stdout=subprocess.PIPE).stdout


def is_shell(path):
    return path.name == "busybox" or (
        path.is_symlink() and str(path.readlink()).endswith("/busybox"))


def is_module(path):
    return "modules" in path.parts and "lib" in path.parts


def rows_of(build):
    """Name, and its sizes."""
    for name, path in PROGRAMS.items():
        yield name, list(packed((build / path).read_bytes()))
    for name, leave_out in {
            "with the shell": lambda _: False,
            "without modules": is_module,
            "without the shell": is_shell,
            "without shell and modules":
                lambda path: is_shell(path) or is_module(path)}.items():
        yield name, list(packed(archive(build / "rootfs", leave_out)))


def sections(program, cpu):
    text = subprocess.run([f"{cpu}-linux-gnu-size", "-A", program], text=True,
                          check=True, stdout=subprocess.PIPE).stdout
    return {f[0]: int(f[1]) for f in map(str.split, text.splitlines())
            if len(f) == 3 and f[1].isdigit()}


def code_of(program, cpu):
    """Bytes of code by the file that they were written in."""
    text = subprocess.run(
        [f"{cpu}-linux-gnu-readelf", "-wL", "-W", program], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        errors="replace", check=True).stdout
    lines = []
    name = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"(?:CU: )?(\S+):", line):
            name = heading[1].lstrip("./")
        elif row := re.match(r"\S+\s+(\d+|-)\s+(0x[0-9a-f]+)", line):
            lines.append((int(row[2], 16), name, row[1] == "-"))
    code = collections.Counter()
    for (start, name, is_end), (end, _, _) in zip(lines, lines[1:]):
        if not is_end and 0 < end - start < 65536:
            code[name] += end - start
    return code


def show_map(program, cpu, each_file):
    is_in = sections(program, cpu)
    code = code_of(program, cpu)
    parts = collections.Counter()
    for name, size in code.items():
        if "/" in name and (ROOT / name).exists():
            parts[name if each_file else name.split("/")[0]] += size
    known = sum(parts.values())
    parts["libc, libmnl, libgcc"] = is_in[".text"] - known
    parts["(texts and tables)"] = is_in[".rodata"]
    parts["(tables of addresses, relocations)"] = sum(
        is_in.get(name, 0)
        for name in (".data.rel.ro", ".rela.dyn", ".got", ".dynamic"))
    for name, size in parts.most_common():
        print(f"{size:9,}  {name}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch", nargs="+")
    parser.add_argument("--map", action="store_true")
    parser.add_argument("--charts")
    options = parser.parse_args()
    for arch in options.arch:
        build = ROOT / "build" / arch
        rows = dict(rows_of(build))
        print(f"{arch:28} {'bytes':>10}" +
              "".join(f"{name:>9}" for name in PACKERS))
        for name, sizes in rows.items():
            print(f"{name:28} {sizes[0]:10}" +
                  "".join(f"{size:9}" for size in sizes[1:]))
        for name, goal in GOALS.items():
            size = rows[name][name not in PROGRAMS] / 1000
            print(f"{name}: {size:.1f} KB of {goal}, " +
                  ("met" if size <= goal else f"{size / goal:.2f} times that"))
        for program in "init", "phase-discover":
            print(f"what is in {program}:")
            show_map(build / f"{program}.debug", CPUS[arch], options.map)
        if options.charts:
            bars = [(name, [sizes[1] / 1000], True)
                    for name, sizes in rows.items() if name not in PROGRAMS]
            bars += [(name, [size / 1000], False)
                     for name, size in PUBLISHED.items()]
            chart.bars(pathlib.Path(options.charts) / f"size-{arch}.svg",
                       f"Initramfs of {arch}, gzip", "KB", bars)


if __name__ == "__main__":
    sys.exit(main())
