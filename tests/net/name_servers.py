"""Name servers with the zone lab.example, for discovery by unicast DNS."""

import os
import shutil
from pathlib import Path

import pytest

from responders import NATIVE, SERVER4, numbers

ZONES = Path(__file__).resolve().parents[1] / "fixtures/zones"
DOMAIN = "lab.example"
SERVER6 = "fd00:97::1"


def start_bind(namespace, directory):
    """BIND, with the zone as it is."""
    directory = directory / f"bind{next(numbers)}"
    directory.mkdir()
    shutil.copy(ZONES / f"{DOMAIN}.zone", directory)
    (directory / "conf").write_text(f"""
options {{
  directory "{directory}"; managed-keys-directory "{directory}";
  pid-file none; session-keyfile none; lock-file none;
  listen-on {{ any; }}; listen-on-v6 {{ any; }};
  recursion no; dnssec-validation no;
}};
controls {{ }};
zone "{DOMAIN}" {{ type primary; file "{DOMAIN}.zone"; }};
""")
    libraries, = (NATIVE / "bind9-libs").glob("usr/lib/*")
    process = namespace.serve(
        NATIVE / "bind9/usr/sbin/named", "-g", "-n", "1", "-c",
        directory / "conf", ready=f"zone {DOMAIN}/IN: loaded",
        env=dict(os.environ, LD_LIBRARY_PATH=str(libraries)))
    process.wait_for("all zones loaded")
    return process


def start_dnsmasq(namespace, directory):
    """dnsmasq, with the part of the zone that it has options for."""
    type = f"_phase-image._tcp.{DOMAIN}"
    # It takes names as they are, without escapes for dots.
    lab = f"Lab.{type}"
    return namespace.serve(
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
        "--log-facility=-", "--user=root", "--group=root", "--pid-file=",
        "--no-resolv", "--no-hosts", f"--local=/{DOMAIN}/",
        f"--host-record=box.{DOMAIN},{SERVER4},{SERVER6}",
        f"--ptr-record=_services._dns-sd._udp.{DOMAIN},{type}",
        f"--ptr-record=_services._dns-sd._udp.{DOMAIN},_ipp._tcp.{DOMAIN}",
        f"--ptr-record={type},spare.{type}", f"--ptr-record={type},{lab}",
        f"--srv-host=spare.{type},box.{DOMAIN},8081,20,0",
        f"--txt-record=spare.{type},channel=stable,arch=arm64",
        f"--srv-host={lab},box.{DOMAIN},8080,10,5",
        f"--txt-record={lab},channel=stable,arch=arm64,version=7",
        f"--ptr-record=_ipp._tcp.{DOMAIN},color._ipp._tcp.{DOMAIN}",
        f"--ptr-record=_color._sub._ipp._tcp.{DOMAIN},"
        f"color._ipp._tcp.{DOMAIN}",
        f"--srv-host=color._ipp._tcp.{DOMAIN},box.{DOMAIN},631",
        f"--txt-record=color._ipp._tcp.{DOMAIN},note=second floor",
        ready="started")


KINDS = {"bind": start_bind, "dnsmasq": start_dnsmasq}


@pytest.fixture
def dns_server(link, tmp_path):
    """Starts one of KINDS on the server's side of a link."""
    def start(kind):
        link.server.run("ip", "addr", "add", SERVER6 + "/64", "dev", "dsc0",
                        "nodad")
        link.client.run("ip", "addr", "add", "fd00:97::2/64", "dev", "dsc0",
                        "nodad")
        return KINDS[kind](link.server, tmp_path)
    return start
