"""Process 1 and phase-discover: when it is started, what it is told, and what
becomes of what it says. phase-discover is a shell script in most of these."""

import json
import re

import pytest

from lan import Lan
from machine import PROMPT, output_of, plain, power_off, status_of

pytestmark = pytest.mark.quick
# Keeps what it is told in /heard1, a file for each time it was started.
# Once there is a NIC, /say is what it says; it is done, and says more as
# lines are added there. Builtins alone: cat is killed with it.
STAND_IN = """#!/bin/sh
n=1
while [ -e /heard$n ]; do n=$((n + 1)); done
echo "$*" >/arguments$n
: >/heard$n
tail -n +1 -f /say &
while read -r line; do echo "$line" >>/heard$n; done
"""
MDNS = ("service source=mdns suitable=yes best=yes near=yes health=ok "
        "latency-ms=2 interface=eth0 address=10.0.2.2 port=8080 "
        "url=http://10.0.2.2:8080 instance=plasmd-%22host%22 channel=stable\n")
GATEWAY = ("service source=gateway suitable=yes best=no health=ok "
           "url=http://10.0.2.9:8080\n")


def stand_in(machine, say="", script=STAND_IN):
    """Puts SCRIPT in the place of phase-discover; SAY is what it says at
    first."""
    machine.add_file("say", say)
    machine.add_file("stand-in", script)
    machine.add_file("before", """#!/bin/sh
cp /stand-in /sbin/phase-discover
exec /init
""")
    return "rdinit=/before"


def services(child):
    """/run/phase/services.json."""
    text = output_of(child, "cat /run/phase/services.json")
    return json.loads(text[text.index("{"):])


def until(child, command):
    child.sendline(f"until {command}; do usleep 20000; done; echo tr''ue")
    child.expect("true")
    child.expect(PROMPT)


def resident(child, pid):
    """What the process takes of the memory, in kB."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", output_of(
        child, f"cat /proc/{pid}/status"))[1])


def say(child, text):
    for line in text.splitlines():
        child.sendline(f"echo '{line}' >>/say")
        child.expect(PROMPT)


def announced(child):
    """Not the host as a neighbour, until it is known that it is the same."""
    return [service for service in services(child)["services"]
            if service["source"] == "mdns"]


def until_services(child, count):
    until(child, f'[ "$(grep -c source /run/phase/services.json)" = {count} ]')


@pytest.fixture
def lan(machine):
    lan = Lan(machine)
    yield lan
    lan.close()


def test_m19_life_of_providers(machine):
    """Banner, file and news say the same, from a first answer to a goodbye."""
    child = machine.talk(append=stand_in(machine, GATEWAY + MDNS + "done\n") +
                         " phase.wait=30s")
    banner = plain(child.before)
    assert re.search(r'provider  http://10\.0\.2\.2:8080  plasmd-"host"  '
                     r'\(mdns, ok\)\n  provider  http://10\.0\.2\.9:8080  '
                     r'\(gateway, ok\)\n\n', banner), banner
    found = services(child)
    assert found["version"] == 1 and found["over"] == 0
    best, other = found["services"]
    assert best == {
        "source": "mdns", "instance": 'plasmd-"host"', "interface": "eth0",
        "domain": None, "host": None, "address": "10.0.2.2",
        "url": "http://10.0.2.2:8080", "manifest": None,
        "manifest_state": None, "channel": "stable", "arch": None,
        "version": None, "health": "ok", "port": 8080, "latency_ms": 2,
        "suitable": True, "best": True, "near": True}
    assert other["source"] == "gateway" and not other["best"]
    until(child, 'grep -q ed.:true /run/phase/services.json')
    assert "644" in output_of(child, "stat -c %a /run/phase/services.json")

    # It goes, which is a line; that another is the best one now is none.
    child.sendline("echo lost source=mdns interface=eth0 "
                   "instance=plasmd-%22host%22 >>/say")
    child.expect_exact('init: provider gone  http://10.0.2.2:8080  '
                       'plasmd-"host"  (mdns)')
    say(child, GATEWAY.replace("service", "changed").replace("=no", "=yes"))
    until(child, "grep -q best.:true /run/phase/services.json")
    only, = services(child)["services"]
    assert only["source"] == "gateway"
    # One that comes later: a line once its health is known.
    say(child, MDNS.replace("=ok", "=unchecked").replace("best=yes ", ""))
    until_services(child, 2)
    child.sendline("echo '" + MDNS.strip().replace("service", "changed") +
                   "' >>/say")
    child.expect_exact("init: provider  http://10.0.2.2:8080")
    child.sendline("")
    child.expect(PROMPT)
    assert machine.console.count("init: provider") == 2
    assert [s["best"] for s in services(child)["services"]] == [True, False]
    power_off(child)


def test_p19_discovery_is_told_again_after_a_crash(machine):
    """It hears what its predecessor has heard, and nothing that was found is
    lost; what its successor does not find goes."""
    child = machine.talk(append=stand_in(machine, MDNS + GATEWAY))
    until(child, "grep -q ^lease /heard1")
    told = output_of(child, "cat /heard1")
    assert re.search(r"^nic interface=eth0 .*carrier=1", told, re.M)
    words = output_of(child, "cat /arguments1")
    assert ("--format=report --events --watch --timeout=10s --mode internet "
            "--channel stable") in words
    output_of(child, ": >/say")
    say(child, GATEWAY)
    child.sendline("kill -SEGV $(pidof -s phase-discover || "
                   "pgrep -f sbin/phase-discover)")
    child.expect("phase-discover was killed by SIGSEGV; again")
    until(child, "grep -q ^lease /heard2")
    lease = [re.findall(r"^(lease .*domain|lease .*)", output_of(
        child, f"cat /heard{n}"), re.M)[-1] for n in (1, 2)]
    assert lease[0] == lease[1] and "router=10.0.2.2" in lease[0]
    assert re.search(r"^nic interface=eth0 .*carrier=1",
                     output_of(child, "cat /heard2"), re.M)
    assert len(services(child)["services"]) == 2
    child.sendline("echo done >>/say")
    child.expect("provider gone  http://10.0.2.2:8080")
    child.sendline("")
    child.expect(PROMPT)
    until_services(child, 1)
    power_off(child)


def test_p19_discovery_that_does_not_read(machine):
    """Once its pipe is full it is ended, and the next one told everything."""
    # It fills its pipe itself but for some records: thousands take long.
    script = STAND_IN.replace("tail", """[ $n -gt 1 ] || {
until [ -e /go ]; do usleep 20000; done
dd if=/dev/zero bs=4096 count=14 >/proc/self/fd/0
dd if=/dev/zero bs=3900 count=1 >/proc/self/fd/0
sleep 1000; }
tail""")
    child = machine.talk(append=stand_in(machine, "done\n", script))
    child.sendline(
        ">/go; while [ ! -e /arguments2 ]; do "
        "ip link set eth0 down; ip link set eth0 up; done")
    child.expect("phase-discover does not listen: Resource temporarily")
    child.expect("phase-discover was killed by SIGKILL; again")
    child.expect(PROMPT)
    until(child, "grep -q carrier=1 /heard2")
    power_off(child)


@pytest.mark.either
def test_m21_flood_of_providers(machine):
    """Few lines, a file of sixteen, and the shell answers; the best one is
    found among them."""
    script = STAND_IN.replace("tail", """
until [ -e /go ]; do usleep 20000; done
(i=0; while [ $i -lt 3000 ]; do
echo "service source=mdns instance=$i%1b%5b2J url=http://10.9.9.9/$i health=ok"
i=$((i + 1)); done; echo done)
tail""")
    child = machine.talk(append=stand_in(machine, MDNS, script) +
                         " phase.wait=1ms", lease=False)
    # Not before there is a shell that lines could be in the way of.
    child.sendline(">/go")
    child.expect(r"init: (\d+) more changes of providers, see "
                 r"/run/phase/services.json; the best is "
                 r"http://10.0.2.2:8080\r")
    child.sendline("")
    child.expect(PROMPT)
    found = services(child)
    assert len(found["services"]) == 16
    assert found["services"][0]["instance"] == 'plasmd-"host"'
    assert found["over"] >= 2980
    console = machine.console
    assert console.count("init: provider") <= 16
    assert "init: more than 16 providers; the rest is left out" in console
    assert "\x1b[2J" not in machine.log.read_bytes().decode(errors="replace")
    assert resident(child, "1") < 400
    power_off(child)


@pytest.mark.either
def test_discovery_once(machine):
    """It ends, and a new lease has it search again."""
    script = STAND_IN.replace("tail -n +1 -f /say &", "cat /say; exit")
    child = machine.talk(append=stand_in(machine, MDNS + "done\n", script) +
                         " phase.discover=once phase.wait=30s")
    assert "http://10.0.2.2:8080" in plain(child.before)
    assert "--watch" not in output_of(child, "cat /arguments1")
    assert len(services(child)["services"]) == 1
    output_of(child, "kill -SEGV $(pidof phase-net)")
    assert "phase-discover" not in machine.console
    power_off(child)


@pytest.mark.either
def test_discovery_off(machine):
    """Nobody waits for it."""
    child = machine.talk(append=stand_in(machine) +
                         " phase.discover=off phase.wait=1h", provider=True)
    assert "10.0.2.15/24" in plain(child.before)
    assert services(child) | {"updated": 0} == {
        "version": 1, "updated": 0, "searched": True, "over": 0,
        "services": []}
    assert "arguments" not in output_of(child, "ls /")
    power_off(child)


@pytest.mark.either
def test_discovery_before_there_is_an_address(machine, lan):
    """No DHCP server: it is started with the carrier, and what it finds is in
    the banner, before the first prompt."""
    nic = lan.nic(0)
    child = machine.talk("--net", "none", "--", *nic,
                         append=stand_in(machine, MDNS) + " phase.wait=4s")
    banner = plain(child.before)
    assert "no DHCP server has answered yet" in banner
    assert "provider  http://10.0.2.2:8080" in banner
    power_off(child)


@pytest.mark.either
def test_phase_run_waits_for_a_lease_all_the_same(machine, lan):
    """A provider that has been found without one does not start a command that
    needs the network."""
    nic = lan.nic(0)
    command = machine.command(
        "--net", "none", "--", *nic, run="ip -4 addr show dev eth0; exit 7",
        append=stand_in(machine, MDNS + "done\n") + " phase.net.timeout=1h")
    child = machine.spawn(command)
    lan.serve(0)
    assert status_of(child) == 7
    assert "inet 10.77.0.1" in machine.console


def test_provider_on_the_link(machine, lan):
    """The real phase-discover, and avahi: found without DHCP, in the banner;
    goodbye, a late one, a crash, and then DHCP."""
    nic = lan.nic(0)
    lan.provide()
    avahi = lan.announce(0, "plasmd-host")
    child = machine.talk("--net", "none", "--", *nic, append="phase.wait=5s")
    banner = plain(child.before)
    assert "no DHCP server has answered yet" in banner
    assert re.search(r"provider  http://\[fe80::\S+:8080\S*  plasmd-host  "
                     r"\(mdns, ok\)", banner), banner
    best, = announced(child)
    assert (best["instance"], best["health"], best["best"], best["near"],
            best["interface"], best["channel"]) == (
                "plasmd-host", "ok", True, True, "eth0", "stable")
    avahi.terminate()
    child.expect("init: provider gone  http://[^\r]*plasmd-host")
    child.sendline("")
    child.expect(PROMPT)
    # Its host may be guessed by now, as a neighbour that still answers.
    until(child, "! grep -q plasmd-host /run/phase/services.json")
    lan.announce(0, "plasmd-late")
    child.expect("init: provider  http://[^\r]*plasmd-late  [(]mdns, ok[)]")
    child.sendline("kill -SEGV $(pidof phase-discover)")
    child.expect("phase-discover was killed by SIGSEGV; again")
    child.sendline("")
    child.expect(PROMPT)
    until(child, "grep -q plasmd-late /run/phase/services.json")
    lan.serve(0)
    child.expect(r"10\.77\.0\.1\d\d/24")
    # By IPv4 now, or still by IPv6; no line, since it never went.
    until(child, "grep -q searched.:true /run/phase/services.json")
    late, = announced(child)
    assert (late["instance"], late["health"]) == ("plasmd-late", "ok")
    assert not re.search("provider gone[^\n]*plasmd-late", machine.console)
    assert resident(child, "1") < 400
    assert resident(child, "$(pidof phase-discover)") < 1024
    power_off(child)
