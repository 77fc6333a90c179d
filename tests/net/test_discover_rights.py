"""What phase-discover gives up before it reads anything."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from responders import (PROGRAM, PROVIDER, no_neighbours, start_responder,
                        start_web)


def test_no_privilege_is_left(link):
    child = start_responder(link, "def handle(q, kind, reply): pass")
    program = subprocess.Popen(
        link.client.command(PROGRAM, "--timeout", "1h"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        # The query comes after privileges have gone.
        assert child.stdout.readline() == "query\n"
        process = Path(f"/proc/{program.pid}")
        status = (process / "status").read_text()
        limits = (process / "limits").read_text()
        assert os.readlink(process / "root").endswith(" (deleted)")
        assert os.readlink(process / "cwd") == os.readlink(process / "root")
        assert os.listdir(process / "root") == []
        opened = [os.readlink(fd) for fd in (process / "fd").iterdir()]
    finally:
        program.kill()
        program.wait()
    fields = dict(line.split(":\t", 1) for line in status.splitlines()
                  if ":\t" in line)
    assert fields["Name"] == "phase-discover"
    assert fields["Uid"].split() == ["65502"] * 4
    assert fields["Gid"].split() == ["65502"] * 4
    assert fields["Groups"].split() == []
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(fields[key], 16) == 0, key
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    for limit in ("core file size", "processes", "file size"):
        assert re.search(rf"^Max {limit} +0 +0 ", limits, re.M), limit
    assert re.search(r"^Max open files +64 +64 ", limits, re.M)
    # Nothing is open by which it would see more.
    assert all(re.match(r"socket:|pipe:|/dev/", what) for what in opened), opened


# Runs what follows as a user who may read no directory of ours.
AS_ANOTHER_USER = r"""
import os, sys
program = os.open(sys.argv[1], os.O_PATH)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
os.execve(program, sys.argv[1:], os.environ)
"""


def test_as_another_user(link, avahi):
    """What only root can give up is nothing to complain about."""
    no_neighbours(link)
    avahi(PROVIDER)
    start_web(link)
    done = subprocess.run(
        link.client.command(sys.executable, "-c", AS_ANOTHER_USER, PROGRAM,
                            "--first", "--json", "--timeout", "20s",
                            "--arch", "arm64"),
        stdin=subprocess.DEVNULL, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["health"] == "ok"


def test_into_a_file(link, avahi, tmp_path):
    """Files do not grow, but for the one that the answer is wanted in."""
    avahi(PROVIDER)
    for stream in ("stdout", "stderr"):
        path = tmp_path / stream
        with path.open("wb") as file:
            done = subprocess.run(
                link.client.command(PROGRAM, "-v", "--first", "--no-probe",
                                    "--timeout", "20s", "--arch", "arm64"),
                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, stream: file})
        assert done.returncode == 0
        text = {"stdout": "plasmd-box", "stderr": "packets"}[stream]
        assert text in path.read_text()
