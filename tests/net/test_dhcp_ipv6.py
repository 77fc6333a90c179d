"""phase-net and dnsmasq's router advertisements and DHCPv6."""

from servers import NIC


def link_local(lab):
    """The kernel gives NIC an address of its own, which labs do not have."""
    lab.client.run("sh", "-c",
                   f"echo 0 >/proc/sys/net/ipv6/conf/{NIC}/addr_gen_mode")
    lab.client.run("ip", "link", "set", NIC, "down")


def test_address_of_a_router_advertisement(lab):
    """SLAAC: an address out of the advertised prefix, and a route."""
    lab.dnsmasq6("fd00:96::,ra-only,1h")
    link_local(lab)
    lab.phase_net()
    address = lab.wait_for_address6(NIC, "fd00:96:")
    assert address["prefixlen"] == 64
    assert 0 < address["valid_life_time"] <= 86400
    assert "default via fe80::1 " in lab.client.output("ip", "-6", "route")


def test_address_of_dhcpv6(lab):
    """The advertisement has the M flag."""
    lab.dnsmasq6("fd00:96::100,fd00:96::1ff,64,1h")
    link_local(lab)
    net = lab.phase_net()
    address = lab.wait_for_address6(NIC, "fd00:96::1")
    assert 0 < address["valid_life_time"] <= 3600
    net.wait("address6", interface=NIC)
    assert "nameserver fd00:96::1\n" in net.resolv()
