"""phase-discover and the responders that there are, on one link or several."""

from responders import (PROGRAM, PROVIDER, SEARCH, TYPE, Watch, browse,
                        discover, start_avahi,
                        start_npm, start_resolved,
                        start_web, together)

# A whole responder, made of what reads and writes packets.
MULTICAST_DNS = r"""
const mdns = require("multicast-dns")({ interface: "ADDRESS", bind: "0.0.0.0" });
const type = "_phase-image._tcp.local", who = "npm one." + type;
const answers = [
  { name: type, type: "PTR", ttl: 120, data: who },
  { name: who, type: "SRV", ttl: 120, data: { port: 8083, target: "npm.local" } },
  { name: who, type: "TXT", ttl: 120, data: ["channel=testing", "arch=x86_64"] },
  { name: "npm.local", type: "A", ttl: 120, data: "ADDRESS" },
];
mdns.on("query", (query, from) => {
  if (query.questions.some((q) => q.name === type && q.type === "PTR"))
    mdns.respond({ id: query.id, answers }, from);
});
mdns.on("ready", () => console.log("ready"));
"""
# The same for whoever wants no packets: it answers to the group alone.
BONJOUR = r"""
const { Bonjour } = require("bonjour-service");
const bonjour = new Bonjour({ interface: "ADDRESS", bind: "0.0.0.0" });
const service = bonjour.publish({ name: "bonjour one", type: "phase-image",
  port: 8084, host: "bonjour.local", txt: { channel: "stable", arch: "arm64" } });
service.on("up", () => console.log("ready"));
"""


def start_all(lan, directory):
    """Each of them on a host of its own."""
    start_avahi(lan.host(), directory, [PROVIDER])
    start_resolved(lan.host(), directory, "resbox", [
        ("resolved one", TYPE, 8082, ["channel=stable", "arch=arm64"])],
        "lan3")
    start_npm(lan.host(), MULTICAST_DNS.replace("ADDRESS", "10.97.0.4"))
    start_npm(lan.host(), BONJOUR.replace("ADDRESS", "10.97.0.5"))


def test_m23_all_responders_at_once(lan, tmp_path):
    """Through a bridge. One answers to the group alone: whoever asks from
    another port hears nothing of it, row M23."""
    start_all(lan, tmp_path)
    program = Watch(lan, "--watch")
    found = {}
    while len(found) < 4:
        told = program.wait("service")
        found[told["instance"]] = told
    assert sorted(found) == ["bonjour one", "npm one", "plasmd-box",
                             "resolved one"]
    assert found["npm one"]["txt"] == {"channel": "testing", "arch": "x86_64"}
    assert found["npm one"]["url"] == "http://10.97.0.4:8083"
    resolved = found["resolved one"]
    assert resolved["txt"] == {"channel": "stable", "arch": "arm64"}
    assert resolved["host"] == "resbox.local"
    assert resolved["url"] in ("http://10.97.0.3:8082",
                               "http://[fe80::3%25lan1]:8082")
    assert found["plasmd-box"]["port"] == 8080
    assert found["bonjour one"]["url"] == "http://10.97.0.5:8084"
    assert found["bonjour one"]["txt"] == {"channel": "stable",
                                           "arch": "arm64"}
    assert {o["interface"] for o in found.values()} == {"lan1"}


def test_m5_txt_of_all_kinds(link, avahi):
    long = "long=" + "x" * 250
    avahi(("no txt", [("_bare._tcp", 1, [])]),
          ("all \u00fcml\u00e4ut. txt", [("_full._tcp", 2, [
              "flag", "empty=", long, "utf8=gr\u00fc\u00df\U0001f600",
              "spaced = a = b", b"bin=\0\x01\xff\x80", "Twice=1",
              "twice=2"])]))
    (bare,), (full,) = together(lambda type: browse(link, "--type", type),
                                ["_bare._tcp", "_full._tcp"])
    assert (bare["instance"], bare["txt"]) == ("no txt", {})
    assert full["instance"] == "all \u00fcml\u00e4ut. txt"
    assert len(long) == 255
    # Which of two is the first: avahi has its strings in another order.
    assert full["txt"].pop("twice", None) or full["txt"].pop("Twice")
    # Bytes that are no UTF-8 are one character each.
    assert full["txt"] == {
        "flag": True, "empty": "", "long": "x" * 250,
        "utf8": "gr\u00fc\u00df\U0001f600", "spaced ": " a = b",
        "bin": "\0\x01\xff\x80"}


def test_several_services_of_one_host(link, avahi):
    avahi(("one", [(TYPE, 81, ["channel=a"]), ("_http._tcp", 80, [])]),
          ("two", [(TYPE, 82, ["channel=b"])]),
          ("three", [("_http._tcp,_printer", 83, [])]))
    providers, sites = together(lambda type: sorted(
        (o["instance"], o["port"]) for o in browse(link, "--type", type)),
        [TYPE, "_http._tcp"])
    assert providers == [("one", 81), ("two", 82)]
    assert sites == [("one", 80), ("three", 83)]


def test_renamed_on_conflict(lan, tmp_path):
    """Two hosts of one name with a service of one name."""
    start_avahi(lan.host(), tmp_path, [PROVIDER])
    other = start_avahi(lan.host(), tmp_path, [PROVIDER], wait=False)
    other.wait_for("Service name conflict")
    other.wait_for("successfully established")
    found = sorted(browse(lan), key=lambda o: o["instance"])
    assert [(o["instance"], o["host"]) for o in found] == [
        ("plasmd-box", "box.local"), ("plasmd-box #2", "box-2.local")]
    assert len({o["url"] for o in found}) == 2


def test_m11_goodbye_of_one_that_stops(link, avahi):
    daemon = avahi(PROVIDER, ("other", [("_http._tcp", 80, [])]))
    program = Watch(link, "--watch")
    found = program.wait("service")
    assert daemon.stop() == 0
    lost = program.wait("lost")
    # It may have been known by one family's address only at first.
    assert lost["instance"] == found["instance"]
    assert lost["url"] == program.events()[-2]["url"]


def test_m20_the_same_instance_over_two_nics(link, avahi):
    """One per NIC, each with an address that is reached over it."""
    link.cable("10.98.0.1", "10.98.0.2")
    avahi(PROVIDER)
    start_web(link)
    program = Watch(link, "--watch", program=(PROGRAM, "--json"))
    told = [program.wait("service", source="mdns") for _ in range(2)]
    found = {o["interface"]: o for o in told}
    assert sorted(found) == ["dsc0", "dsc1"]
    assert found["dsc0"]["url"] in ("http://10.97.0.1:8080",
                                    "http://[fe80::1:1%25dsc0]:8080")
    assert found["dsc1"]["url"] in ("http://10.98.0.1:8080",
                                    "http://[fe80::2:1%25dsc1]:8080")
    assert {o["health"] for o in found.values()} == {"ok"}


def test_m24_ipv6_only(link, avahi):
    """No IPv4 on either side, and none in sight."""
    for side in link.server, link.client:
        side.run("ip", "-4", "addr", "flush", "dev", "dsc0")
    avahi(PROVIDER)
    start_web(link)
    (found,) = discover(link, "--json", "--timeout", SEARCH, "--arch",
                        "arm64").objects()
    assert found["url"] == "http://[fe80::1:1%25dsc0]:8080"
    assert found["health"] == "ok"


def test_m24_no_address_at_all(link, avahi):
    """It searches for as long as it was told to, and says what it found."""
    avahi(PROVIDER)
    link.client.run("ip", "addr", "flush", "dev", "dsc0")
    result = discover(link, "--timeout", "300ms", "--format", "report")
    assert result.status == 1
    (event, done), = result.records()
    assert (event, done["found"]) == ("done", b"0")
