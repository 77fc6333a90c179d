"""For gdb: the command "phase-attach SOCKET FILE". It attaches to a machine
that has not started, lets it run until it is at the first instruction of /init,
and reads the symbols of FILE for where that is.

/init is position-independent and has no interpreter. The kernel lays it where
mmap() begins, at the top, which without randomness (norandmaps) depends on the
processor, the size of a page and the alignment that the kernel honours, and on
the size of /init. That leaves a few addresses; each gets a breakpoint, and the
one that is hit tells.
"""

import struct

import gdb

PAGES = (0x1000, 0x4000, 0x10000)
# The stack's limit is the least that the kernel keeps free: 128 MB
STACK = 0x8000000
EM_X86_64, EM_AARCH64 = 62, 183
PT_LOAD = 1


class Program:
    """What an ELF file of 64 bits says of itself."""

    def __init__(self, path):
        with open(path, "rb") as file:
            head = file.read(64)
            (self.cpu, _, self.entry, offset) = struct.unpack_from(
                "<HIQQ", head, 18)
            (size, number) = struct.unpack_from("<HH", head, 54)
            file.seek(offset)
            table = file.read(size * number)
        self.end = 0
        self.align = 1
        for i in range(number):
            (kind, _, _, address, _, _, length, align) = struct.unpack_from(
                "<IIQQQQQQ", table, i * size)
            if kind == PT_LOAD:
                self.end = max(self.end, address + length)
                self.align = max(self.align, align)

    def places(self):
        """Where it may begin."""
        # Up to Linux 6.10 a page is all the alignment that there is.
        for page in PAGES:
            top = ((1 << 47) - page if self.cpu == EM_X86_64 else 1 << 48)
            first = top - STACK - -(-self.end // page) * page
            yield first
            yield first // self.align * self.align


def run(command):
    return gdb.execute(command, to_string=True)


class Attach(gdb.Command):
    """phase-attach SOCKET FILE: run until /init is about to start."""

    def __init__(self):
        super().__init__("phase-attach", gdb.COMMAND_RUNNING,
                         gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        socket, path = gdb.string_to_argv(argument)
        program = Program(path)
        for setting in ("confirm off", "pagination off", "architecture " + {
                EM_X86_64: "i386:x86-64", EM_AARCH64: "aarch64"}[program.cpu]):
            run("set " + setting)
        run("target remote " + socket)
        entries = {place + program.entry for place in program.places()}
        breakpoints = [gdb.Breakpoint(f"*{entry:#x}", internal=True,
                                      type=gdb.BP_HARDWARE_BREAKPOINT)
                       for entry in entries]
        for each in breakpoints:
            each.silent = True
        run("continue")
        at = int(gdb.selected_frame().pc())
        for each in breakpoints:
            each.delete()
        if at not in entries:
            raise gdb.GdbError(f"stopped at {at:#x}: /init has not been seen")
        base = at - program.entry
        run(f"symbol-file -o {base:#x} {path}")
        print(f"/init is at {base:#x}, and about to start")


Attach()
