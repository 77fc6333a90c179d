"""The boot report: the file, what the host gets, phase-report, and the chart."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from machine import PROMPT, ROOT, output_of, plain, power_off

CHART = ROOT / "qemu" / "boot-chart"
STEPS = ["link", "up", "carrier", "discover", "offer", "request", "ack",
         "address", "lease"]
# The last two are for people, and made when they come.
MOUNTS = ["/dev", "/proc", "/sys", "/dev/shm", "/run", "/tmp",
          "/sys/fs/cgroup", "/dev/pts"]
# Each kind, with the fields that it may have besides those of all.
KINDS = {
    "kernel": set(), "init": set(), "console": {"error"},
    "mount": {"error"}, "params": set(), "process": set(),
    "coldplug": set(), "module": {"error"}, "nic": {"step", "detail"},
    "discovery": {"error"}, "provider": {"detail"}, "shell": set(),
    "end": set(),
}


def is_time(value):
    return type(value) is int and value >= 0


def validated(text):
    """The report TEXT; every field of it is as docs/boot-report.md says."""
    def once(pairs):
        assert len(dict(pairs)) == len(pairs), "a key is there twice"
        return dict(pairs)

    report = json.loads(text, object_pairs_hook=once)
    assert list(report) == ["schema", "version", "kernel", "machine",
                            "written_ns", "events", "unserved", "messages",
                            "dropped"]
    assert report["schema"] == 1
    assert report["version"] == (ROOT / "VERSION").read_text().strip()
    assert re.fullmatch(r"6\.\d+\.\S+", report["kernel"])
    assert is_time(report["written_ns"])
    for event in report["events"]:
        fields = {"kind", "name", "start_ns", "end_ns"}
        assert fields <= set(event) <= fields | KINDS[event["kind"]], event
        assert event["name"] and isinstance(event["name"], str)
        assert is_time(event["start_ns"])
        assert event["start_ns"] <= report["written_ns"]
        end = event["end_ns"]
        assert end is None or (
            is_time(end) and
            event["start_ns"] <= end <= report["written_ns"])
        for key in "step", "detail", "error":
            assert event.get(key) != "", event
        assert ("step" in event) == (event["kind"] == "nic")
    starts = [event["start_ns"] for event in report["events"]]
    assert starts == sorted(starts)
    for device in report["unserved"]:
        assert set(device) == {"alias", "count"}
        assert device["alias"] and device["count"] >= 1
    for message in report["messages"]:
        assert set(message) == {"at_ns", "level", "text"}
        assert message["level"] in ("warning", "error") and message["text"]
        assert is_time(message["at_ns"])
    assert report["dropped"] == {"events": 0, "unserved": 0, "messages": 0,
                                 "records": 0}
    return report


def of_kind(report, kind):
    return [e for e in report["events"] if e["kind"] == kind]


def raw_output_of(child, command):
    child.sendline(command)
    child.expect_exact(command)
    child.expect(PROMPT)
    return child.before


def the(report, kind):
    found = of_kind(report, kind)
    assert len(found) == 1, found
    return found[0]


def between(text, start, end):
    return text.split(start + "\n", 1)[1].split(end, 1)[0]


def check_steps(report, name, address):
    steps = [e for e in of_kind(report, "nic") if e["name"] == name]
    assert [e["step"] for e in steps] == STEPS
    assert [e.get("detail") for e in steps] == [None] * 8 + [address]
    assert all(e["end_ns"] == e["start_ns"] for e in steps)


def check_events(report, machine):
    """What every boot with a network does."""
    assert report["machine"] == {"arm64": "aarch64"}.get(machine.arch,
                                                         machine.arch)
    kernel, init = the(report, "kernel"), the(report, "init")
    assert kernel["start_ns"] == 0
    assert kernel["end_ns"] == init["start_ns"] > 0
    assert the(report, "console")["name"] == "/dev/console"
    mounts = of_kind(report, "mount")
    assert [e["name"] for e in mounts] == MOUNTS
    for one, next_one in zip(mounts, mounts[1:]):
        assert one["end_ns"] <= next_one["start_ns"]
    coldplug = the(report, "coldplug")
    for module in of_kind(report, "module"):
        assert coldplug["start_ns"] <= module["start_ns"]
        assert module["end_ns"] <= coldplug["end_ns"] <= init["end_ns"]
    assert "phase-net" in [e["name"] for e in of_kind(report, "process")]
    check_steps(report, "eth0", "10.0.2.15/24")
    carrier, = (e for e in of_kind(report, "nic") if e["step"] == "carrier")
    assert carrier["start_ns"] <= the(report, "discovery")["start_ns"]
    shell = the(report, "shell")
    assert shell["start_ns"] <= init["end_ns"] <= report["written_ns"]
    assert all("error" not in e for e in report["events"])


def test_report_of_a_boot(machine):
    """The file is there before the command is; the host gets the whole."""
    path = machine.directory / "boot.json"
    status = machine.run(
        "--report", str(path), provider=True,
        append="phase.wait=60s phase.net.timeout=soon",
        run="echo BEGIN; cat /run/phase/boot.json; echo END; "
            "phase-report --json | cmp - /run/phase/boot.json && echo SAME; "
            "stat -c 'mode %a' /run/phase/boot.json; ls /run/phase; "
            "echo LIST; lsmod; echo TABLE; phase-report | cat; echo DONE")
    console = machine.console
    assert status == 0
    assert "\nSAME\n" in console and "\nmode 644\n" in console
    assert "boot.json.new" not in console
    early = validated(between(console, "\nBEGIN", "\nEND\n"))
    report = validated(path.read_text())
    for each in early, report:
        check_events(each, machine)
        assert len(each["messages"]) == 1
        assert each["messages"][0]["level"] == "warning"
        assert "soon is not a duration" in each["messages"][0]["text"]
    assert not of_kind(early, "end")
    assert the(report, "end")["name"] == "powering off"
    for each in early, report:
        provider = the(each, "provider")
        assert provider["name"] == "http://10.0.2.2:8080"
        assert provider["detail"] == "ok"
    listed = between(console, "\nLIST", "\nTABLE").splitlines()[1:]
    assert ({line.split()[0] for line in listed} ==
            {e["name"] for e in of_kind(report, "module")})
    check_table(between(console, "\nTABLE", "\nDONE"), early)
    check_chart(chart(path, machine.directory), report)


def check_table(table, report):
    """A row for each event, in its order, with its times; no escapes."""
    assert "\033" not in table
    assert re.match(r"Phase Boot \S+, Linux \S+ on \S+\nShell after [\d.]+m?s:"
                    r" kernel [\d.]+m?s, userland [\d.]+m?s\n\n", table)
    rows = re.findall(r"^ *(\d+\.\d)  +(\d+\.\d)?  +(\S.*)$", table, re.M)
    events = report["events"]
    assert len(rows) >= len(events)
    for event, (start, took, what) in zip(events, rows):
        assert event["name"] in what
        if event["kind"] != "nic":
            assert start == f"{(event['start_ns'] + 50000) // 100000 / 10:.1f}"
        assert len(f"{start:>9}  {took:>8}  {what}") <= 80
        if event["kind"] not in ("kernel",):
            assert re.search(r"[#=|>-]$", what), what
    assert "Messages:\n" in table and "soon is not a duration" in table


@pytest.mark.either
def test_phase_report_at_the_prompt(machine):
    child = machine.talk(provider=True, append="phase.wait=60s")
    text = output_of(child, "phase-report")
    assert "mount /proc" in text and "nic eth0 lease 10.0.2.15/24" in text
    # Colour is for terminals.
    assert "\033[32m" in raw_output_of(child, "phase-report")
    assert "\033[32m" not in raw_output_of(child, "phase-report | cat")
    blame = [float(took) for took in re.findall(
        r"^ *\d+\.\d +(\d+\.\d)  ", output_of(child, "phase-report --blame"),
        re.M)]
    assert len(blame) > 8 and blame == sorted(blame, reverse=True)
    for command, status, said in [
            ("phase-report - </run/phase/boot.json", 0, "Shell after"),
            ("phase-report --version", 0, "Phase Boot"),
            ("phase-report --help", 0, "Usage"),
            ("phase-report /nowhere", 1, "/nowhere: No such file"),
            ("phase-report /etc/passwd", 1, "not a boot report"),
            ("phase-report --nonsense", 2, "--nonsense"),
            ("echo '{\"schema\":9}' >/tmp/a", 0, ""),
            ("phase-report /tmp/a", 1, "another version"),
            ("echo '{\"schema\":1,\"kernel\":\"\\u001b\"}' >/tmp/b", 0, ""),
            ("phase-report /tmp/b", 0, "x1b"),
            ("phase-report >/dev/full", 1, "No space left")]:
        text = output_of(child, f"{command}; echo status $?")
        assert said in text and f"status {status}\n" in text, text
    power_off(child)


@pytest.mark.either
def test_report_follows_what_comes_later(machine):
    """A child's death is in the file. The second shell that fails is started
    again after 250 ms: the 100 ms that a report may wait are over by then."""
    path = machine.directory / "boot.json"
    child = machine.talk("--report", str(path))
    child.sendline("kill -SEGV $(pidof phase-net)")
    child.expect("net was killed by SIGSEGV")
    child.sendline("exit 1")
    child.expect("exited with status 1; again now")
    child.expect(PROMPT)
    child.sendline("exit 1")
    child.expect("exited with status 1; again in 250ms")
    child.expect(PROMPT)
    text = output_of(child, "cat /run/phase/boot.json")
    assert "net was killed by SIGSEGV" in plain(text)
    power_off(child)
    report = validated(path.read_text())
    assert any("SIGSEGV" in m["text"] for m in report["messages"])
    # What happens again is not noted again.
    check_steps(report, "eth0", "10.0.2.15/24")
    the(report, "shell")


@pytest.mark.either
def test_no_port_and_no_nic(machine):
    """Without a port nobody is told, and nobody minds."""
    status = machine.run("--net", "none",
                         run="echo BEGIN; phase-report --json; echo END")
    assert status == 0
    console = machine.console
    report = validated(between(console, "\nBEGIN", "\nEND\n"))
    assert not of_kind(report, "nic") and not of_kind(report, "discovery")
    assert "boot report" not in console


def chart(path, directory):
    svg = directory / "boot.svg"
    subprocess.run([sys.executable, CHART, path, svg], check=True)
    return ET.parse(svg).getroot()


def check_chart(root, report):
    """A group with class "event" for each event, with something drawn."""
    names = [(g.get("data-kind"), g.get("data-name"))
             for g in root.iter("{http://www.w3.org/2000/svg}g")
             if g.get("class") == "event"]
    assert sorted(names) == sorted(
        (e["kind"], e["name"]) for e in report["events"])
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        if group.get("class") == "event":
            tags = [child.tag.split("}")[1] for child in group]
            assert "title" in tags and ("rect" in tags or "path" in tags)


def test_port_that_nobody_has_opened(machine):
    """The host may attach to it later, or never: no reason to wait."""
    socket = machine.directory / "report.sock"
    status = machine.run(
        "--", "-chardev", f"socket,id=nobody,path={socket},server=on,wait=off",
        "-device", "virtserialport,chardev=nobody,name=phase.report",
        run="true")
    assert status == 0
