"""phase-net and servers that are wrong, hostile or only unusual. The test
plays the server, packet by packet: D rows of the fault list."""

import socket

import pytest

from dhcp_wire import (ACK, ASKED, CLIENT_ID, DISCOVER, DNS, DOMAIN, END,
                       LEASE_TIME, MASK, MAX_SIZE, MTU, NAK, OFFER, OVERLOAD,
                       PADDING, RAPID, REQUEST, ROUTER, ROUTES, SERVER_ID, T1,
                       T2, TYPE, ip, options_bytes, u32)
from servers import NIC, SERVER4

GOOD = "10.96.0.50"
BAD = "10.96.0.66"


def begin(lab, *arguments, **settings):
    server = lab.play(**settings)
    net = lab.phase_net(*arguments)
    return server, net


def finish(server, net, discover, **fields):
    """The rest of a plain exchange after DISCOVER; nothing but it counts."""
    server.send(discover, OFFER, **fields)
    request = server.expect(REQUEST, xid=discover.xid)
    assert request.options[ASKED] == ip(GOOD)
    server.send(request, ACK, **fields)
    only(net)


def only(net, address=GOOD):
    """There was one lease, and it is the good one."""
    assert net.bound()["address"] == address == net.address()
    assert len(net.events("lease")) == 1
    assert not net.events("lost")


def test_d1_d25_silent_then_broadcast(lab):
    """Sent again while nobody answers, with one xid; later with the flag
    that asks for a broadcast, and that is answered so."""
    server, net = begin(lab)
    sent = [server.expect(DISCOVER) for _ in range(6)]
    assert len({m.xid for m in sent}) == 1
    assert [m.broadcast() for m in sent] == [False] * 5 + [True]
    for m in sent:
        assert m.destination == "255.255.255.255" and m.source == "0.0.0.0"
        assert m.to_mac == b"\xff" * 6 and m.chaddr == m.from_mac
    finish(server, net, sent[-1])


@pytest.mark.parametrize("broadcast", [True, False])
def test_d25_unicast_and_broadcast_offers(lab, broadcast):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    assert not discover.broadcast()
    wire = {"broadcast": broadcast}
    finish(server, net, discover, wire=wire)


def test_d2_answer_to_the_first_after_the_third(lab):
    server, net = begin(lab)
    first, *_ = [server.expect(DISCOVER) for _ in range(3)]
    finish(server, net, first)


def test_d3_nak_and_again(lab):
    """The first time at once, then with a wait that grows."""
    server, net = begin(lab)
    first = server.offer()
    server.send(first, NAK)
    second = server.offer()
    server.send(second, NAK)
    discover = server.expect(DISCOVER)
    while discover.xid == second.xid:
        discover = server.expect(DISCOVER)
    assert len({first.xid, second.xid, discover.xid}) == 3
    # Waited for: no machine makes this shorter.
    assert discover.at - second.at > 0.9
    server.send(server.offer(discover), ACK)
    only(net)


def test_d4_no_server_id_and_other_servers(lab):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    server.send(discover, OFFER, {SERVER_ID: None}, yiaddr=BAD)
    server.send(discover, OFFER, {SERVER_ID: b"\x0a"}, yiaddr=BAD)
    server.send(discover, OFFER)
    request = server.expect(REQUEST)
    assert request.options[ASKED] == ip(GOOD)
    other = {SERVER_ID: ip("10.96.0.2")}
    server.send(request, ACK, other, yiaddr=BAD)
    server.send(request, NAK, other)
    server.send(request, ACK, {SERVER_ID: None}, yiaddr=BAD)
    server.send(request, NAK, {SERVER_ID: None})
    server.send(request, ACK)
    only(net)


def wrong_headers(m):
    """What makes a reply another's, or none."""
    return [
        {"xid": m.xid ^ 1},
        {"xid": 0},
        {"chaddr": bytes(a ^ (i == 5) for i, a in enumerate(m.chaddr))},
        {"chaddr": bytes(6)},
        {"op": 1},
        {"op": 3},
        {"htype": 6},
        {"hlen": 16},
        {"hlen": 0},
        {"cookie": b"\x63\x82\x53\x64"},
        {"cookie": bytes(4)},
        {"options": {TYPE: None}},
        {"options": {TYPE: b"\x02\x02"}},
        {"options": {TYPE: b"\x04"}},
        {"options": {TYPE: b"\xff"}},
        {"raw": b""},
        {"raw": options_bytes([(TYPE, b"\x02")])[:2]},
    ]


def test_d5_d6_not_ours(lab):
    """Wrong xid, chaddr, op, htype, hlen, cookie, type and client-id are as if
    they had never come, in each state that listens."""
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for fields in wrong_headers(discover):
        server.send(discover, OFFER, yiaddr=BAD, **fields)
    server.send(discover, OFFER, {CLIENT_ID: b"\x01not you"}, yiaddr=BAD)
    server.send(discover, OFFER)
    request = server.expect(REQUEST)
    assert request.options[ASKED] == ip(GOOD)
    for fields in wrong_headers(request):
        server.send(request, ACK, yiaddr=BAD, **fields)
        server.send(request, NAK, **fields)
    server.send(request, ACK, {CLIENT_ID: b"\x01not you"}, yiaddr=BAD)
    server.send(request, ACK)
    only(net)


def test_d7_bad_checksums(lab):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for wire in {"bad_ip": True}, {"bad_udp": True}:
        server.send(discover, OFFER, yiaddr=BAD, wire=wire)
    finish(server, net, discover)


def test_d7_no_udp_checksum(lab):
    server, net = begin(lab)
    finish(server, net, server.expect(DISCOVER), wire={"no_udp": True})


@pytest.mark.parametrize("ports", [(67, 67), (67, 69), (68, 67)])
def test_other_ports(lab, ports):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    server.send(discover, OFFER, yiaddr=BAD, wire={"ports": ports})
    finish(server, net, discover)


def test_d9_fragments(lab):
    """One that says that more follows, and one that is not the first."""
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for fragment in 0x2000, 0x0010, 0x2010:
        server.send(discover, OFFER, yiaddr=BAD, wire={"fragment": fragment})
    finish(server, net, discover)


def test_d10_vlan_tags(lab):
    """Another VLAN's are not for us; VLAN 0 is only a priority."""
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for tag in 5, 0xe005, 4095:
        server.send(discover, OFFER, yiaddr=BAD, wire={"vlan": tag})
    finish(server, net, discover, wire={"vlan": 0xe000})


def test_d11_options_cut_short(lab):
    """What is whole is used; no END, a length past the end."""
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    whole = options_bytes([(TYPE, b"\x02"), (SERVER_ID, ip(SERVER4)),
                           (LEASE_TIME, u32(60)), (MASK, u32(0xffffff00))])
    for raw in (whole[:-1], whole[:4], bytes([TYPE]), bytes([TYPE, 1]),
                bytes([PADDING]) * 300):
        server.send(discover, OFFER, yiaddr=BAD, raw=raw[:0] + (
            raw if raw != whole[:-1] else whole[:len(whole) - 13]))
    server.send(discover, OFFER, raw=whole + bytes([ROUTER, 200, 10]))
    request = server.expect(REQUEST)
    assert request.options[ASKED] == ip(GOOD)
    server.send(request, ACK, raw=b"\x35\x01\x05" + whole[3:])
    only(net)
    assert net.routes() == {}


def test_d12_d13_overload_and_split_options(lab):
    """Option 52: the fields file and sname hold options, in that order, and
    one that is split over them is one."""
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    file = options_bytes([(ROUTER, ip(SERVER4)), (DOMAIN, b"over")])
    sname = options_bytes([(DOMAIN, b"load.example"), (DNS, ip("10.96.0.3"))])
    fields = {"options": {OVERLOAD: b"\x03", ROUTER: None},
              "file": file + bytes([END]), "sname": sname + bytes([END])}
    finish(server, net, discover, **fields)
    lease = net.lease()
    assert lease["domain"] == "overload.example"
    assert lease["dns"] == "10.96.0.3"
    assert "boot_file" not in lease and "tftp_server" not in lease
    assert net.routes() == {"default": SERVER4}


def test_d14_no_lease_time(lab):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for time in None, u32(0), b"\0\0\1":
        server.send(discover, OFFER, {LEASE_TIME: time}, yiaddr=BAD)
    server.send(discover, OFFER)
    request = server.expect(REQUEST)
    assert request.options[ASKED] == ip(GOOD)
    for time in None, u32(0), b"\0\0\1":
        server.send(request, ACK, {LEASE_TIME: time}, yiaddr=BAD)
    server.send(request, ACK)
    only(net)


def test_d17_lease_of_a_second(lab):
    """Bound, and gone when it ends, without a rush of packets."""
    server, net = begin(lab)
    request = server.bind({LEASE_TIME: u32(1)})
    assert net.bound()["address"] == GOOD
    net.wait("lost", interface=NIC)
    assert net.address() is None
    discover = server.expect(DISCOVER)
    # A machine that stood still at T1 and T2 has asked for nothing.
    asked = [m for m in server.seen if m.type == REQUEST and
             m.ciaddr == GOOD]
    assert len(asked) <= 20
    # The end of the kernel's own count is not before ours.
    assert discover.at - request.at > 0.5
    server.offer(discover)


def test_d18_d19_d20_server_gone(lab):
    """T1, T2 and the end, which all count from the REQUEST; another server
    answers at T2."""
    times = {LEASE_TIME: u32(60), T1: u32(1), T2: u32(2)}
    server, net = begin(lab)
    bound = server.bind(times)
    net.bound()
    renewing = server.expect(REQUEST)
    while renewing.ciaddr == "0.0.0.0":
        renewing = server.expect(REQUEST)
    assert (renewing.ciaddr, renewing.source, renewing.destination) == (
        GOOD, GOOD, SERVER4)
    assert not {ASKED, SERVER_ID} & set(renewing.options)
    assert renewing.at - bound.at > 0.5
    rebinding = server.expect(REQUEST)
    while rebinding.destination == SERVER4:
        rebinding = server.expect(REQUEST)
    assert rebinding.destination == "255.255.255.255"
    assert (rebinding.ciaddr, rebinding.source) == (GOOD, GOOD)
    assert not {ASKED, SERVER_ID} & set(rebinding.options)
    assert rebinding.at - bound.at > 1.5
    lab.server.run("ip", "addr", "add", "10.96.0.2/24", "dev", NIC)
    other = lab.play(address="10.96.0.2")
    other.send(rebinding, ACK, {LEASE_TIME: u32(3600), DNS: ip("10.96.0.2")})
    assert net.bound(server="10.96.0.2")["address"] == GOOD
    assert not net.events("lost")
    assert net.lease()["dns"] == "10.96.0.2"
    assert net.routes() == {"default": "10.96.0.2"}


@pytest.mark.parametrize("rebinding", [False, True])
def test_d20_nak_while_renewing(lab, rebinding):
    """The address goes at once, and another one is asked for."""
    server, net = begin(lab)
    server.bind({LEASE_TIME: u32(600), T1: u32(1), T2: u32(2)})
    net.bound()
    renewing = server.expect(REQUEST)
    while renewing.ciaddr == "0.0.0.0":
        renewing = server.expect(REQUEST)
    while rebinding and renewing.destination == SERVER4:
        renewing = server.expect(REQUEST)
    server.send(renewing, NAK)
    net.wait("lost", interface=NIC)
    server.pool = "10.96.0.51"
    server.bind()
    assert net.bound()["address"] == "10.96.0.51" == net.address()


IMPOSSIBLE = ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.2.3",
              "255.255.255.255", "10.96.0.0", "10.96.0.255", SERVER4)


def test_d29_impossible_addresses(lab):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for address in IMPOSSIBLE:
        server.send(discover, OFFER, yiaddr=address)
    server.send(discover, OFFER)
    request = server.expect(REQUEST)
    assert request.options[ASKED] == ip(GOOD)
    for address in IMPOSSIBLE:
        server.send(request, ACK, yiaddr=address)
    server.send(request, ACK)
    only(net)


def test_d30_impossible_masks(lab):
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    for mask in (u32(0xff00ff00), u32(0), u32(0x00ffffff), b"\xff\xff\xff",
                 u32(0xfffffffd), bytes(8)):
        server.send(discover, OFFER, {MASK: mask}, yiaddr=BAD)
    finish(server, net, discover)


def test_d31_router_off_the_subnet(lab):
    server, net = begin(lab)
    options = {ROUTER: ip("192.0.2.1"), DNS: ip("127.0.0.1") + ip("10.96.0.3")}
    finish(server, net, server.expect(DISCOVER), options=options)
    assert net.routes() == {}
    assert "10.96.0.3" in net.lease()["dns"]


@pytest.mark.parametrize("routes", [
    bytes([33]) + ip("10.1.2.3") + ip("10.96.0.7"),
    bytes([8, 10]) + ip("10.96.0.7") + bytes([16, 10, 1, 10]),
    bytes([32]) + ip("10.1.2.3")[:3],
])
def test_d32_broken_option_121(lab, routes):
    """All of it is invalid, and option 3 counts again."""
    server, net = begin(lab)
    finish(server, net, server.expect(DISCOVER), options={ROUTES: routes})
    assert net.routes() == {"default": SERVER4}


def test_d33_mtu_of_a_wrong_size(lab):
    server, net = begin(lab)
    finish(server, net, server.expect(DISCOVER), options={MTU: b"\x05"})
    assert net.mtu() == 1500


@pytest.mark.parametrize("size, taken", [(1400, True), (1500, True),
                                         (1514, False), (3000, False)])
def test_d26_long_replies(lab, size, taken):
    """As much as option 57 allows, which is no more than 1500; over 576."""
    for side in lab.server, lab.client:
        side.run("ip", "link", "set", NIC, "mtu", "4000")
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    most = int.from_bytes(discover.options[MAX_SIZE], "big")
    assert most == 1500
    # The whole packet's size is what counts.
    head = len(server.message(discover, OFFER)) + 28
    fill = {}
    code, left = 200, size - head
    while left > 0:
        n = min(left - 2, 255) if left > 2 else 0
        if 0 < left - 2 - n <= 2:
            n -= 3
        fill[code] = bytes(n)
        code, left = code + 1, left - 2 - n
    assert len(server.message(discover, OFFER, fill)) + 28 == size
    if taken:
        finish(server, net, discover, options=fill)
    else:
        server.send(discover, OFFER, fill, yiaddr=BAD)
        finish(server, net, discover)


def test_d34_forcerenew_and_unknown_types(lab):
    server, net = begin(lab)
    request = server.bind()
    net.bound()
    for kind in 9, 10, 13, 18, 200, NAK, ACK:
        server.send(request, kind, wire={"broadcast": False}, yiaddr=BAD)
    assert net.address() == GOOD
    assert len(net.events("lease")) == 1 and not net.events("lost")
    assert all(m.type in (DISCOVER, REQUEST) for m in server.drain())


def test_d39_rapid_commit_only_at_first(lab):
    """Whatever stumbles over option 80 gets plain DISCOVERs soon."""
    server, net = begin(lab)
    sent = [server.expect(DISCOVER) for _ in range(4)]
    assert [RAPID in m.options for m in sent] == [True] * 3 + [False]
    finish(server, net, sent[3])


def test_d39_rapid_commit_that_was_not_said(lab):
    """An ACK to a DISCOVER counts with option 80 alone."""
    server, net = begin(lab)
    discover = server.expect(DISCOVER)
    server.send(discover, ACK, yiaddr=BAD)
    server.send(discover, ACK, {RAPID: b""})
    only(net)


def test_d22_two_servers(lab):
    """One is chosen, and nothing of the other's is mixed in."""
    lab.server.run("ip", "addr", "add", "10.96.0.2/24", "dev", NIC)
    one = lab.play()
    two = lab.play(address="10.96.0.2", pool="10.96.0.60")
    net = lab.phase_net()
    for server in one, two:
        server.options[DNS] = ip(server.address)
        server.options[DOMAIN] = b"of-" + server.address.encode().replace(
            b".", b"-")
    discover = one.expect(DISCOVER)
    two.send(discover, OFFER)
    one.send(discover, OFFER)
    request = one.expect(REQUEST)
    assert request.options[SERVER_ID] == ip("10.96.0.2")
    assert request.options[ASKED] == ip("10.96.0.60")
    # The other one does not hear who was chosen.
    one.send(request, ACK)
    one.send(request, NAK)
    two.send(request, ACK)
    only(net, "10.96.0.60")
    lease = net.lease()
    assert lease["server"] == lease["dns"] == "10.96.0.2"
    assert lease["domain"] == "of-10-96-0-2"
    assert net.routes() == {"default": "10.96.0.2"}


def test_an_offer_with_boot_options_is_waited_for(lab):
    """The first offer says nothing of booting, the second one does."""
    lab.server.run("ip", "addr", "add", "10.96.0.2/24", "dev", NIC)
    one = lab.play()
    two = lab.play(address="10.96.0.2", pool="10.96.0.60")
    net = lab.phase_net("--boot-wait", "60s")
    discover = one.expect(DISCOVER)
    one.send(discover, OFFER)
    two.send(discover, OFFER, {67: b"kernel"})
    request = one.expect(REQUEST)
    assert request.options[SERVER_ID] == ip("10.96.0.2")
    two.send(request, ACK, {67: b"kernel"})
    only(net, "10.96.0.60")
    assert net.lease()["boot_file"] == "kernel"


def test_an_offer_without_boot_options_is_taken_in_the_end(lab):
    server, net = begin(lab, "--boot-wait", "100ms")
    finish(server, net, server.expect(DISCOVER))


POINTERS = (b"\x01a\xc0\x00", b"\xc0\x00", b"\x01a\xc0\x05\x00",
            b"\x3f" + b"x" * 10, b"\x01a", b"\x40a\0", b"\x01a\xc0",
            b"\x07ex'$(x)\0")


@pytest.mark.parametrize("names", POINTERS)
def test_d42_broken_names_of_option_119(lab, names):
    """Pointers that loop or lead past the end: the rest of the lease is used."""
    server, net = begin(lab)
    options = {119: names, DOMAIN: b"good.example", DNS: ip(SERVER4)}
    finish(server, net, server.expect(DISCOVER), options=options)
    assert net.lease()["domain"] == "good.example"
    assert net.resolv().splitlines()[0] == "search good.example"


def test_d23_no_announcement_before_the_first_answer(lab):
    """The address is in use, and its owner answers the first probe at once:
    nobody's ARP cache is told that it is ours."""
    lab.server.run("ip", "addr", "add", f"{GOOD}/32", "dev", "lo")
    arp = lab.server.socket(socket.AF_PACKET, socket.SOCK_RAW,
                            socket.htons(0x806))
    arp.bind((NIC, 0x806))
    lab.dnsmasq(pool=f"{GOOD},{GOOD},1h")
    net = lab.phase_net()
    net.wait("conflict", address=GOOD)
    arp.setblocking(False)
    senders = []
    with pytest.raises(BlockingIOError):
        while True:
            packet, (*_, kind, _, _) = arp.recvfrom(2048)
            if kind != socket.PACKET_OUTGOING:
                senders.append(packet[28:32])
    assert senders and set(senders) == {bytes(4)}
