#!/usr/bin/env python3
"""How fast phase-discover finds a service, and how large it is meanwhile.

usage: tests/bench/discover.py ARCH [RUNS]

On one veth pair between two network namespaces, with avahi-daemon and a small
web server on the other side: from exec to exit, or to the first resolved line of
avahi-browse, in turn. Compared with

  one-shot       tests/bench/oneshot.c, linked as our programs are: one query
                 from an ephemeral port, the end with the first packet that
                 comes back, without a look into it. For a provider it gets
                 /health once as well, as phase-discover does.
  one-shot, cc   the same as this machine's compiler makes it, with its libc
  avahi-browse   -rpt, with a D-Bus and an avahi-daemon of its own that know the
                 service from the run before, so that nothing is asked; and with
                 ones that have just started
  mdns-scan      to its first line
  resolvectl     the pointers of the type from a systemd-resolved of its own on
                 that D-Bus, which has just forgotten all that it knew
  nothing        the one-shot program that ends at once: what is no search

Then how exactly a search ends at its timeout when nobody answers; and the most
that it ever had in memory while 10,000 services were announced, and while
100,000 packets a second came. Needs root. What is not installed is left out.

Prints median and quartiles, and the ratios of the medians and of the minima,
which are what a busy machine can tell; build/bench/discover.* has all of it, and
a chart. Says whether the goals are met: at most twice a one-shot query's time,
at most a fifth of avahi-browse's (the one that asks nothing), by the medians,
and less than 1 MB resident at any time.
"""

import os
import pathlib
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/net"))

import chart  # noqa: E402
import debian  # noqa: E402
import responders  # noqa: E402
from namespaces import PATIENCE  # noqa: E402
from responder import message, service  # noqa: E402
from responders import SERVER4, TYPE, Link  # noqa: E402
from results import PLACE as BUILT, Results, quartiles  # noqa: E402

ARCH = os.uname().machine
LEAST = ROOT / "build" / ARCH / "tests/oneshot"
NIC = "dsc0"
OTHER = "_http._tcp"
HEALTH = 8080
SERVICES, PER_PACKET = 10_000, 10
RATE = 100_000
TIMEOUT_MS = 500
# Rounds of those that take seconds
FEW, SECONDS = 5, ("avahi-browse, cold", "mdns-scan", "resolvectl")
GOAL_ONESHOT, GOAL_BROWSE, GOAL_KB = 2, 0.2, 1024
BUS = """<busconfig><type>system</type><listen>unix:path={path}</listen>
<auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/><allow user="*"/></policy></busconfig>"""
# /run as it is where a search is of use.
PLACE = 'mount -t tmpfs run /run && echo && read -r go && exec "$@"'
# A copy of avahi-daemon that has its own places.
AVAHI = """
mount -t tmpfs run /run && mkdir /run/avahi-daemon &&
mount --bind "$0" /etc/avahi &&
exec avahi-daemon --no-drop-root --no-rlimits --no-chroot
"""


class Browser:
    """D-Bus and avahi-daemon on the client's side, for avahi-browse."""

    def __init__(self, link, directory):
        self.link = link
        self.directory = directory
        self.socket = directory / "bus"
        self.env = dict(os.environ,
                        DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self.socket}")
        (directory / "bus.conf").write_text(BUS.format(path=self.socket))
        (directory / "avahi/services").mkdir(parents=True)
        (directory / "avahi/avahi-daemon.conf").write_text(
            "[server]\nhost-name=browser\nenable-dbus=yes\n"
            "[publish]\ndisable-publishing=yes\n")
        self.bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={directory / 'bus.conf'}",
             "--nofork", "--print-address"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        assert self.bus.stdout.readline()
        self.daemon = None
        self.restart()

    def restart(self):
        self.stop_daemon()
        self.daemon = self.link.client.process(
            "unshare", "-m", "sh", "-c", AVAHI, self.directory / "avahi",
            env=self.env)
        self.daemon.wait_for("startup complete")

    def stop_daemon(self):
        if self.daemon:
            self.daemon.stop()

    def close(self):
        self.stop_daemon()
        self.bus.kill()
        self.bus.wait()
        self.bus.stdout.close()


def start(link, command, env=None):
    """The clock starts when the program does: what has gone into its place
    waits for a byte, and replaces itself."""
    child = subprocess.Popen(
        link.client.command("unshare", "-m", "sh", "-c", PLACE, "sh",
                            *map(str, command)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=env, bufsize=0)
    assert child.stdout.read(1) == b"\n"
    started = time.perf_counter()
    child.stdin.write(b"\n")
    return child, started


def finish(child):
    child.stdin.close()
    child.stdout.close()
    return child.wait(PATIENCE)


def to_exit(link, command, status=0):
    """Milliseconds."""
    child, started = start(link, command)
    ended = child.wait()
    took = time.perf_counter() - started
    finish(child)
    assert ended == status, f"{command}: {ended}"
    return took * 1000


def to_line(link, command, wanted, env):
    """Milliseconds to the first line that begins with WANTED, or None."""
    child, started = start(link, command, env)
    seen = b""
    while True:
        assert select.select([child.stdout], [], [], PATIENCE)[0], seen
        piece = child.stdout.read(65536)
        now = time.perf_counter()
        seen += piece
        good = any(line.startswith(wanted)
                   for line in seen.replace(b"\r", b"\n").split(b"\n"))
        if good or not piece:
            break
    child.kill()
    finish(child)
    return (now - started) * 1000 if good else None


def row_of(name, values, ours):
    first, median, third = quartiles(values)
    return [name, str(len(values)), f"{median:.2f}",
            f"{first:.2f} to {third:.2f}",
            f"{quartiles(ours)[1] / median:.3f}",
            f"{min(ours) / min(values):.3f}"]


def compile_here(directory):
    """The one-shot query as everybody would compile it; None without a
    compiler."""
    if not shutil.which("gcc"):
        return None
    out = directory / "oneshot"
    subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", out,
                    ROOT / "tests/bench/oneshot.c"], check=True)
    return out


def cases(link, directory, kind, browser):
    """Name and function that takes one measurement, of a search for KIND."""
    found = [responders.PROGRAM, "--first", "--quiet", "--type", kind]
    query = [NIC, kind]
    if kind == TYPE:
        query += [SERVER4, HEALTH]
    yield "phase-discover", lambda: to_exit(link, found)
    yield "one-shot", lambda: to_exit(link, [LEAST, *query])
    here = compile_here(directory)
    if here:
        yield "one-shot, cc", lambda: to_exit(link, [here, *query])
    yield "nothing", lambda: to_exit(link, [LEAST, "nothing"])
    if not browser:
        return

    def browse():
        # What it multicast less than a second ago, the other avahi-daemon does
        # not say again; then nothing is found.
        while not (took := to_line(link, ["avahi-browse", "-rpt", kind], b"=;",
                                   browser.env)):
            pass
        return took

    def browse_anew():
        browser.restart()
        time.sleep(1.5)
        return browse()

    browse()

    yield "avahi-browse", browse
    yield "avahi-browse, cold", browse_anew
    scan = debian.tree() / "usr/bin/mdns-scan"
    if scan.exists():
        # What it says is for people: it goes to where errors go.
        words = ["sh", "-c", 'exec "$0" 2>&1', scan]
        # It leaves it to the routes where it joins the group
        route = "224.0.0.0/4", "dev", NIC

        def look():
            link.client.run("ip", "route", "add", *route)
            took = to_line(link, words, b"+", None)
            link.client.run("ip", "route", "del", *route)
            return took

        if look():
            yield "mdns-scan", look
        else:
            print("without mdns-scan: it found nothing")
    resolver = start_resolver(link, directory, browser)
    if resolver:
        def resolve():
            resolver("flush-caches")
            return resolver("query", "--protocol=mdns", "--type=PTR",
                            f"{kind}.local")

        yield "resolvectl", resolve


def start_resolver(link, directory, browser):
    """A function that runs resolvectl and returns milliseconds, or None where
    there is none."""
    found = list((responders.NATIVE / "systemd-resolved").glob("usr/bin/resolvectl"))
    libraries = list((responders.NATIVE / "libsystemd-shared").glob(
        "usr/lib/*/systemd"))
    if not found or not libraries:
        return None
    before = dict(os.environ)
    os.environ.update(browser.env)
    try:
        responders.start_resolved(link.client, directory, "asker", [], NIC)
    finally:
        os.environ.clear()
        os.environ.update(before)
    env = dict(browser.env, LD_LIBRARY_PATH=str(libraries[0]))

    def run(*words):
        child, started = start(link, [found[0], *words], env)
        ended = child.wait(PATIENCE)
        took = (time.perf_counter() - started) * 1000
        finish(child)
        if ended != 0:
            raise OSError(f"resolvectl {words[0]} ended with {ended}")
        return took

    try:
        run("flush-caches")
        run("query", "--protocol=mdns", "--type=PTR", f"{OTHER}.local")
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"without resolvectl: {error}")
        return None
    return run


def measure_times(link, directory, runs, browser, results):
    groups = [("web", [(OTHER, 80, ["path=/"])]),
              ("provider", [(TYPE, HEALTH, ["channel=stable"])])]
    responders.start_avahi(link.server, directory, groups)
    link.server.serve(LEAST, "serve", str(HEALTH), ready="ready")
    for kind, title in ((OTHER, "a service"), (TYPE, "a checked provider")):
        todo = list(cases(link, directory, kind, browser))
        times = {name: [] for name, _ in todo}
        # in turn, so that what slows the machine slows all
        for n in range(runs):
            for name, one in todo:
                # a daemon takes its time to start
                if name not in SECONDS or n < FEW:
                    times[name].append(one())
        ours = times["phase-discover"]
        results.table(f"From exec to {title}, ms", [
            "", "runs", "median", "quartiles", "ours/its", "of minima"],
            [row_of(name, values, ours) for name, values in times.items()])
        for name, values in times.items():
            results.samples(what=title, who=name, ms=values)
        results.say()
        median = {name: quartiles(values)[1]
                  for name, values in times.items()}
        results.goal(f"{title}, ratio to a one-shot query",
                     median["phase-discover"] / median["one-shot"],
                     GOAL_ONESHOT, reason="a provider is checked over TCP, by "
                     "a process that has given up its rights before"
                     if kind == TYPE else "")
        # which checks nothing
        if kind == OTHER and "avahi-browse" in median:
            results.goal(f"{title}, ratio to avahi-browse",
                         median["phase-discover"] / median["avahi-browse"],
                         GOAL_BROWSE)
        chart.bars(str(BUILT / f"discover-{kind.strip('_').split('.')[0]}.svg"),
                   f"From exec to {title}", "ms",
                   [(name, values, name == "phase-discover")
                    for name, values in times.items()
                    if name not in SECONDS])


def measure_timeout(link, runs, results):
    """A search that nobody answers."""
    command = [responders.PROGRAM, "--timeout", f"{TIMEOUT_MS}ms"]
    times = [to_exit(link, command, 1) - TIMEOUT_MS for _ in range(runs)]
    first, median, third = quartiles(times)
    results.samples(what="silence", who="phase-discover", ms=times)
    results.note(f"When nobody answers it ends {median:.2f} ms after its "
                 f"timeout of {TIMEOUT_MS} ms (quartiles {first:.2f} to "
                 f"{third:.2f}).")


def write_packets(path):
    with open(path, "wb") as out:
        for first in range(0, SERVICES, PER_PACKET):
            records = [record for i in range(first, first + PER_PACKET)
                       for record in service(f"s{i}", host=f"h{i}")]
            packet = message(*records)
            out.write(struct.pack(">H", len(packet)) + packet)


def peak(link, *arguments):
    process = link.client.process(
        responders.PROGRAM, "--no-probe", "--json", *arguments,
        stderr=subprocess.DEVNULL)
    status, kb = responders.exit_and_peak(process)
    return status, kb, len(process.lines)


def measure_size(link, directory, results):
    """Announcing all services takes a second, and so does the flood."""
    packets = directory / "packets"
    write_packets(packets)
    for title, rate in ((f"{SERVICES} services", SERVICES // PER_PACKET),
                        (f"{RATE} packets/s", RATE)):
        sender = link.server.serve(LEAST, "stream", str(rate), "1000",
                                   packets, ready="ready")
        status, kb, n_found = peak(link, "--timeout", "1500ms")
        assert status == 0
        sender.wait_for(lambda line: line.isdigit())
        results.samples(what=title, who="phase-discover", kib=kb)
        results.goal(f"{title}, resident at most ({n_found} lines, "
                     f"{sender.lines[-1]} packets in a second)", kb, GOAL_KB,
                     " KiB")
        sender.close()


def main(arch, runs=15):
    if os.geteuid() != 0 or arch != ARCH:
        print("discover: only as root, and for this machine's own programs")
        return
    results = Results("discover", f"tests/bench/discover.py {arch} {runs}")
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        directory.chmod(0o755)
        link = Link()
        browser = None
        try:
            if shutil.which("avahi-browse") and shutil.which("dbus-daemon"):
                browser = Browser(link, directory)
            else:
                results.note("No avahi-browse or dbus-daemon to compare with.")
            measure_times(link, directory, int(runs), browser, results)
        finally:
            if browser:
                browser.close()
            link.close()
        link = Link()
        try:
            measure_timeout(link, int(runs), results)
            measure_size(link, directory, results)
        finally:
            link.close()
    results.save()


if __name__ == "__main__":
    main(*sys.argv[1:])
