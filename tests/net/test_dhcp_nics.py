"""phase-net with several NICs (D41), and with two networks at once."""

import json

from dhcp_wire import ACK, DISCOVER, DNS, ip
from servers import NIC

GOOD = (3, 5, 6, 7)


def server_on(lab, n, **settings):
    return lab.dnsmasq(f"--dhcp-option=6,10.96.{n}.1",
                       pool=f"10.96.{n}.100,10.96.{n}.150,1h", nic=f"dhc{n}",
                       **settings)


def test_d41_eight_nics(lab):
    """No cable, no server, a slow server, one that starts late, good ones:
    none waits for another, and what comes later is picked up."""
    for n in range(1, 8):
        lab.cable(f"10.96.{n}.1/24")
    lab.pull()
    slow = lab.play("10.96.2.1", "dhc2", pool="10.96.2.100")
    slow.options[DNS] = ip("10.96.2.1")
    for n in GOOD:
        server_on(lab, n)
    net = lab.phase_net(nics=[f"dhc{n}" for n in range(8)])
    told = {n: net.first(f"dhc{n}") for n in GOOD}
    for n, (lease, _) in told.items():
        assert lease["address"].startswith(f"10.96.{n}.1")
        assert net.address(f"dhc{n}") == lease["address"]
    # The first lookup of a name may go out.
    assert "nameserver 10.96." in net.resolv()
    bound = {e["interface"] for e in net.events("lease")}
    assert not bound & {"dhc0", "dhc1", "dhc2", "dhc4"}
    # One that takes its time: longer than the others of any machine.
    slow.send(slow.offer(slow.expect(DISCOVER)), ACK)
    server_on(lab, 4)
    lab.dnsmasq()
    lab.plug()
    assert net.first("dhc2")[0]["address"] == "10.96.2.100"
    assert net.first(NIC)[0]["address"].startswith("10.96.0.1")
    assert net.first("dhc4")[0]["address"].startswith("10.96.4.1")
    # No two default routes are the same, and the NIC without a server has
    # none.
    routes = json.loads(lab.client.output("ip", "-j", "route", "show",
                                          "default"))
    assert sorted(r["dev"] for r in routes if "gateway" in r) == [
        f"dhc{n}" for n in (0, 2, 3, 4, 5, 6, 7)]
    assert len({r["metric"] for r in routes}) == len(routes)
    assert "dhc1" not in {e["interface"] for e in net.events("lease")}
    # What all of them say together.
    assert net.resolv().count("nameserver") == 3


def test_eight_nics_in_one_network(lab):
    """Each has a lease of its own, of one server."""
    lab.server.run("ip", "addr", "flush", "dev", NIC)
    lab.server.run("ip", "link", "add", "dhbr", "type", "bridge")
    for n in range(1, 8):
        lab.cable(None)
    for n in range(8):
        lab.server.run("ip", "link", "set", f"dhc{n}", "master", "dhbr")
    lab.server.run("ip", "addr", "add", "10.96.0.1/24", "dev", "dhbr")
    lab.server.run("ip", "link", "set", "dhbr", "up")
    lab.server.wait_for_carrier("dhbr")
    lab.dnsmasq(nic="dhbr")
    nics = [f"dhc{n}" for n in range(8)]
    net = lab.phase_net(nics=nics)
    addresses = {net.first(nic)[0]["address"] for nic in nics}
    assert len(addresses) == 8
    assert {net.address(nic) for nic in nics} == addresses


def test_nic_that_comes_and_goes(lab):
    """It is taken up while the program runs, and nothing of it is left."""
    lab.dnsmasq()
    net = lab.phase_net(nics=["dhc*"])
    net.bound()
    lab.cable("10.96.1.1/24")
    server_on(lab, 1)
    lease, _ = net.first("dhc1")
    assert "nameserver 10.96.1.1\n" in net.resolv()
    lab.remove("dhc1")
    net.wait("gone", interface="dhc1")
    assert not net.lease_path("dhc1").exists()
    assert "10.96.1.1" not in net.resolv()
    assert net.address()
