"""Options that servers get wrong, or write in a way that few do, through a
whole exchange: D rows of the fault list. The test plays the server."""

import pytest

from dhcp_wire import (ASKED, DNS, DOMAIN, END, LEASE_TIME, OVERLOAD, REQUEST,
                       SERVER_ID, T1, T2, ip, options_bytes, u32)
from servers import SERVER4

GOOD = "10.96.0.50"
FILE = options_bytes([(DOMAIN, b"file.example")]) + bytes([END])
SNAME = options_bytes([(DNS, ip("10.96.0.3"))]) + bytes([END])


def lease_of(lab, options, **fields):
    """What becomes of a server that says so, in the OFFER and the ACK."""
    server = lab.play()
    net = lab.phase_net()
    server.bind(options, **fields)
    assert net.bound()["address"] == GOOD == net.address()
    return net.lease()


@pytest.mark.parametrize("value, file, sname", [
    (b"\x01", True, False), (b"\x02", False, True), (b"\x03", True, True),
    # Others are as if there were none, and so is one of another size.
    (None, False, False), (b"\x00", False, False), (b"\x04", False, False),
    (b"\x07", False, False), (b"\xff", False, False),
    (b"\x00\x03", False, False), (b"", False, False),
])
def test_d12_overload(lab, value, file, sname):
    """The fields that it names hold options, the others a name each."""
    lease = lease_of(lab, {OVERLOAD: value}, file=FILE, sname=SNAME)
    assert lease.get("domain") == ("file.example" if file else None)
    assert lease.get("dns") == ("10.96.0.3" if sname else None)


@pytest.mark.parametrize("value", [b"\x00", b"\x04", b"\xff"])
def test_d12_fields_of_no_overload_are_names(lab, value):
    lease = lease_of(lab, {OVERLOAD: value}, file=b"/pxe/linux.0",
                     sname=b"boot.example")
    assert lease["boot_file"] == "/pxe/linux.0"
    assert lease["tftp_server"] == "boot.example"


def test_d12_nested(lab):
    """An option 52 inside of a field has no say."""
    file = options_bytes([(OVERLOAD, b"\x03"), (DOMAIN, b"file.example")])
    lease = lease_of(lab, {OVERLOAD: b"\x01"}, file=file + bytes([END]),
                     sname=SNAME)
    assert lease["domain"] == "file.example" and "dns" not in lease


def test_d12_without_end(lab):
    """A field is full without an END, or cut short."""
    file = options_bytes([(DOMAIN, b"d" * 124 + b".e")])
    assert len(file) == 128
    sname = options_bytes([(DNS, ip("10.96.0.3"))]) + bytes([15, 200, 64])
    lease = lease_of(lab, {OVERLOAD: b"\x03"}, file=file, sname=sname)
    assert lease["dns"] == "10.96.0.3"
    assert "boot_file" not in lease and "tftp_server" not in lease


# Of a lease of 4 s. The right ones are at 2 s and at 3.5 s.
TIMES = [
    {T1: u32(3), T2: u32(1)},
    {T1: u32(1), T2: u32(4)},
    {T1: u32(1), T2: u32(1000)},
    {T1: u32(0), T2: u32(1)},
    {T1: u32(0), T2: None},
    {T1: u32(0), T2: u32(0)},
    {T1: u32(0xffffffff), T2: u32(0xffffffff)},
    {T1: b"\0\1", T2: b"\0\0\0\0\1"},
]


@pytest.mark.parametrize("times", TIMES, ids=[
    "t1-over-t2", "t2-is-the-lease", "t2-over-the-lease", "t1-0",
    "t1-0-alone", "both-0", "for-ever", "wrong-size"])
def test_d16_times_that_make_no_sense(lab, times):
    """Asked of the server at half of the lease: not before, not by broadcast,
    and not so late that it is gone."""
    server = lab.play()
    net = lab.phase_net()
    bound = server.bind({LEASE_TIME: u32(4), **times})
    net.bound()
    asked = server.expect(REQUEST)
    while asked.ciaddr == "0.0.0.0":
        asked = server.expect(REQUEST)
    assert (asked.ciaddr, asked.source) == (GOOD, GOOD)
    assert asked.destination == SERVER4
    assert not {ASKED, SERVER_ID} & set(asked.options)
    # Waited for: only a first REQUEST that was sent late makes this shorter.
    assert 1.3 < asked.at - bound.at < 4


@pytest.mark.parametrize("value", [b"", b"\x07", b"\0\x07\x08",
                                   b"\0\0\x07\x08\0", bytes(8)])
def test_d35_option_108_of_a_wrong_length(lab, value):
    """As if it were not there: there is IPv4."""
    assert "ipv6_only" not in lease_of(lab, {108: value})
