"""phase-discover finds what is there, in network namespaces."""

import subprocess

from responders import (PROGRAM, PROVIDER, SEARCH, SERVER4, TYPE, discover,
                        no_neighbours, start_responder, start_web, together)


def test_browse_json(link, avahi):
    no_neighbours(link)
    avahi(PROVIDER, ("Other thing", [("_http._tcp", 81, ["path=/x"])]))
    start_web(link)
    result = discover(link, "--json", "--first", "--timeout", "20s",
                      "--arch", "aarch64", "--channel", "stable")
    assert result.status == 0
    (found,) = result.objects()
    assert found["event"] == "service"
    assert found["source"] == "mdns"
    assert found["instance"] == "plasmd-box"
    assert found["interface"] == "dsc0"
    assert found["host"] == "box.local"
    assert found["type"] == TYPE
    assert found["port"] == 8080
    assert found["channel"] == "stable"
    assert found["arch"] == "arm64"
    assert found["version"] == "1.2.3"
    assert found["txt"] == {"channel": "stable", "arch": "arm64",
                            "version": "1.2.3"}
    assert found["health"] == "ok"
    assert found["suitable"] is True
    assert found["latency_ms"] >= 0
    assert found["url"].endswith(":8080")
    assert found["manifest"] == (found["url"]
                                 + "/stable/arm64/manifest.json")


def test_browse_another_type(link, avahi):
    avahi(PROVIDER, ("Web. Site", [("_http._tcp", 81, ["path=/x", "flag"])]),
          ("shell", [("_ssh._tcp", 22, [])]))
    (web,) = discover(link, "--type", "_http._tcp", "--json", "--first",
                      "--timeout", "20s").objects()
    assert web["instance"] == "Web. Site"
    assert web["txt"] == {"path": "/x", "flag": True}
    assert web["health"] == "unchecked"
    assert web["url"].endswith(":81")
    (shell,) = discover(link, "--type", "_ssh._tcp.local.", "--json",
                        "--first", "--timeout", "20s").objects()
    assert shell["instance"] == "shell"
    assert shell["url"] is None
    assert shell["port"] == 22


def test_other_architecture_is_listed_but_not_chosen(link, avahi):
    avahi(PROVIDER)
    start_web(link)
    result, quiet = together(
        lambda form: discover(link, form, "--timeout", SEARCH, "--arch",
                              "x86_64"), ["--json", "--quiet"])
    assert result.status == 1
    (found,) = result.objects()
    assert found["suitable"] is False
    assert (quiet.status, quiet.out) == (1, b"")


def test_gateway_of_the_routing_table(link):
    start_web(link)
    link.client.run("ip", "route", "add", "default", "via", SERVER4)
    result = discover(link, "--json", "--first", "--timeout", "20s")
    assert result.status == 0
    # The same host is a neighbour as well.
    (found,) = [o for o in result.objects() if o["source"] == "gateway"]
    assert found["url"] == f"http://{SERVER4}:8080"
    assert found["manifest"] == f"http://{SERVER4}:8080/manifest.json"
    assert found["health"] == "ok"
    assert found["instance"] is None


def test_gateway_given(link):
    start_web(link, port=8123)
    result = discover(link, "--quiet", "--first", "--timeout", "20s",
                      "--gateway", f"{SERVER4}:8123")
    assert result.status == 0
    assert result.text() == f"http://{SERVER4}:8123\n"


def test_gateway_that_is_no_provider(link):
    start_web(link, status=404)
    result = discover(link, "--json", "--timeout", SEARCH, "--gateway",
                      SERVER4)
    assert (result.status, result.out) == (1, b"")


def test_provider_that_is_not_well(link):
    start_web(link, status=503)
    result = discover(link, "--json", "--timeout", SEARCH, "--provider",
                      f"http://{SERVER4}:8080/")
    assert result.status == 1
    (found,) = [o for o in result.objects() if o["source"] == "explicit"]
    assert found["health"] == "unhealthy"
    assert found["suitable"] is False
    result = discover(link, "--json", "--timeout", SEARCH, "--provider",
                      f"http://{SERVER4}:8079")
    assert result.status == 1
    (found,) = [o for o in result.objects() if o["source"] == "explicit"]
    assert found["health"] == "unreachable"


def test_provider_over_link_local_ipv6(link):
    start_web(link)
    url = "http://[fe80::1:1%25dsc0]:8080"
    result = discover(link, "--quiet", "--first", "--timeout", "20s",
                      "--provider", url)
    assert (result.status, result.text()) == (0, url + "\n")


def test_the_named_one_comes_first(link, avahi):
    avahi(PROVIDER)
    start_web(link)
    url = f"http://{SERVER4}:8080"
    result = discover(link, "--format", "text", "--timeout", SEARCH,
                      "--arch", "arm64", "--provider", url,
                      "--gateway", SERVER4)
    assert result.status == 0
    rows = [row.split("  ")[0] for row in result.text().splitlines()[1:]]
    # The guess has the address that was named: it is no third one.
    assert rows == ["(given)", "plasmd-box"]


def test_nothing_there(link):
    result = discover(link, "--timeout", "300ms", "--format", "report",
                      "--gateway", SERVER4)
    assert result.status == 1
    ((event, done),) = result.records()
    assert event == "done"
    assert done["found"] == b"0"
    assert int(done["elapsed-ms"]) >= 300
    result = discover(link, "--timeout", "0.1")
    assert (result.status, result.out) == (1, b"")
    assert b"nothing found" in result.err


def test_no_network_at_all(link):
    link.client.run("ip", "link", "del", "dsc0")
    result = discover(link, "--timeout", "1h", "--format", "report")
    assert result.status == 1
    assert [event for event, _ in result.records()] == ["done"]


def test_m17_records_one_by_one(link):
    start_responder(link, r"""
host, who = name("box", "local"), instance("slow")
def handle(question, kind, reply):
    if (question, kind) == (TYPE, 12):
        reply(message(ptr(TYPE, who)))
    elif (question, kind) == (who, 33):
        reply(message(srv(who, 7, host)))
    elif (question, kind) == (who, 16):
        reply(message(txt(who, b"channel=x")))
    elif (question, kind) == (host, 1):
        reply(message(a(host, "10.97.0.1")))
""")
    result = discover(link, "--json", "--no-probe", "--first", "--timeout",
                      "20s")
    (found,) = result.objects()
    assert found["instance"] == "slow"
    assert found["url"] == "http://10.97.0.1:7"
    assert found["channel"] == "x"


def test_m17_pointer_only(link):
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        reply(message(ptr(TYPE, instance("lonely"))))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert (result.status, result.out) == (1, b"")
    assert b"1 announced without an address" in result.err


def test_m20_same_instance_on_two_nics(link):
    link.cable("10.98.0.1", "10.98.0.2")
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        reply(message(*service("twin")), message(*service("twin")))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert sorted((o["instance"], o["interface"])
                  for o in result.objects()) == [("twin", "dsc0"),
                                                 ("twin", "dsc1")]
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH,
                      "--interface", "dsc1")
    assert [o["interface"] for o in result.objects()] == ["dsc1"]


def test_m23_query(link):
    """From an ephemeral port, with the QU bit and an id of its own; from the
    first second on from port 5353 as well, with neither."""
    child = start_responder(link, r"""
def handle(question, kind, reply):
    pass
class Socket:
    def recvfrom(self, n):
        packet, peer = raw.recvfrom(n)
        print("packet", packet.hex(), peer[1], flush=True)
        return packet, peer
raw, s = s, Socket()
""")
    program = subprocess.Popen(
        link.client.command(PROGRAM, "--timeout", "1h"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    seen = {True: [], False: []}
    try:
        while not seen[True] or len(seen[False]) < 3:
            line = child.stdout.readline()
            if line.startswith("packet"):
                packet, port = line.split()[1:]
                seen[port == "5353"].append(bytes.fromhex(packet))
    finally:
        program.kill()
        program.wait()
    rest = bytes.fromhex("00000001000000000000") + b"\x0c_phase-image\x04_tcp\x05local\0" + b"\0\x0c"
    assert {packet[2:] for packet in seen[False]} == {rest + b"\x80\x01"}
    assert len({packet[:2] for packet in seen[False]}) > 1
    assert set(seen[True]) == {b"\0\0" + rest + b"\0\x01"}


def test_m24_nic_without_address(link, avahi):
    """Found over IPv6 link-local, before there is any IPv4."""
    avahi(PROVIDER)
    start_web(link)
    link.client.run("ip", "addr", "flush", "dev", "dsc0", "scope", "global")
    # To its end: the same host is a neighbour as well.
    result = discover(link, "--json", "--timeout", "6s", "--arch", "arm64")
    assert result.status == 0
    (found,) = result.objects()
    assert found["interface"] == "dsc0"
    assert found["url"] == "http://[fe80::1:1%25dsc0]:8080"
    assert found["health"] == "ok"


def test_m24_no_multicast_route(link, avahi):
    avahi(PROVIDER)
    link.client.run("ip", "-6", "addr", "flush", "dev", "dsc0")
    link.client.run("ip", "route", "add", "unreachable", "224.0.0.0/4")
    result = discover(link, "--json", "--first", "--no-probe", "--timeout",
                      "20s", "--arch", "arm64")
    assert result.status == 0
    assert result.objects()[0]["instance"] == "plasmd-box"
