"""qemu/provider, what `make provider` starts: a web server and an announcement,
found by phase-discover from the other end of a cable."""

import datetime
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from namespaces import PATIENCE, ROOT
from responders import SEARCH, SERVER4, TYPE, Watch, discover

PROVIDER = ROOT / "qemu/provider"
NAME = "plasmd-test"
KERNEL = bytes(range(256)) * 40
INITRAMFS = b"initramfs\n"
DBUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration
1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow receive_sender="*" eavesdrop="true"/></policy>
</busconfig>
"""
AVAHI = """mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon &&
mount --bind "$0" /etc/avahi &&
exec avahi-daemon --no-drop-root --no-rlimits --no-chroot"""


# Nothing reaches a daemon of the machine's, neither by D-Bus nor by a file.
NO_AVAHI = """mkdir -p /run/avahi-daemon &&
mount -t tmpfs none /run/avahi-daemon && exec "$@" """


@pytest.fixture
def images(tmp_path):
    directory = tmp_path / "images"
    directory.mkdir()
    (directory / "vmlinuz").write_bytes(KERNEL)
    (directory / "initramfs.cpio.gz").write_bytes(INITRAMFS)
    (directory / "kernel.id").write_text("no kernel")
    return directory


@pytest.fixture
def daemon(link, tmp_path):
    """avahi-daemon on a bus of its own; the environment that leads to it."""
    bus = tmp_path / "bus"
    (tmp_path / "dbus.conf").write_text(DBUS.format(bus))
    link.server.start("dbus-daemon", "--nofork", "--nosyslog",
                      f"--config-file={tmp_path}/dbus.conf",
                      "--print-address", ready="unix:path=")
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={bus}")
    etc = tmp_path / "avahi"
    (etc / "services").mkdir(parents=True)
    (etc / "avahi-daemon.conf").write_text(
        "[server]\nhost-name=box\nenable-dbus=yes\n"
        "[publish]\npublish-workstation=no\npublish-hinfo=no\n")
    link.server.serve("unshare", "-m", "sh", "-c", AVAHI, etc,
                      ready="Server startup complete", env=environment)
    return environment


@pytest.fixture
def provide(link, tmp_path):
    (tmp_path / "tmp").mkdir()

    def start(*arguments, environment=None, wrap=None):
        environment = environment or dict(
            os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
        return link.server.process(
            *(wrap or ("unshare", "-m", "sh", "-c", NO_AVAHI, "sh")),
            sys.executable, PROVIDER, "--name", NAME, *arguments,
            env=dict(environment, TMPDIR=str(tmp_path / "tmp")))
    yield start


def announced(process):
    process.wait_for(f"announced by avahi-publish-service: {NAME} {TYPE}")


def found(link, *arguments):
    return [service for service in
            discover(link, "--json", "--timeout", SEARCH, *arguments).objects()
            if service.get("instance") == NAME]


def get(link, path, *options):
    """Status, header fields and body."""
    done = subprocess.run(
        link.client.command(sys.executable, "-c", """
import http.client, json, sys
link = http.client.HTTPConnection(sys.argv[1], 8080, timeout=20)
link.request("GET", sys.argv[2], headers=json.loads(sys.argv[3]))
answer = link.getresponse()
body = answer.read()
print(json.dumps([answer.status, dict(answer.getheaders()), body.hex()]))
""", SERVER4, path, json.dumps(dict(options))), check=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    status, fields, body = json.loads(done.stdout)
    return status, fields, bytes.fromhex(body)


def ours(namespace):
    """Names of what runs there."""
    names = []
    for pid in namespace.pids():
        try:
            with open(f"/proc/{pid}/comm") as file:
                names.append(file.read().strip())
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended since
    return sorted(names)


def test_found_by_its_announcement(link, daemon, provide, images):
    process = provide("--channel", "testing", images, environment=daemon)
    process.wait_for("lighttpd serves")
    announced(process)
    # --first would end before the manifest is there.
    (service,) = found(link, "--arch", "arm64", "--channel", "testing")
    assert service["health"] == "ok"
    assert service["manifest_state"] == "unsigned"
    assert service["port"] == 8080
    version = (ROOT / "VERSION").read_text().strip()
    assert service["txt"] == {"channel": "testing", "arch": "arm64",
                              "version": version, "http_port": "8080"}


def test_manifest_and_files(link, provide, images):
    process = provide("--arch", "x86_64", "--version", "1.2.3", images)
    process.wait_for("not announced: ")
    status, fields, body = get(link, "/manifest.json")
    assert status == 200 and fields["Content-Type"] == "application/json"
    manifest = json.loads(body)
    # PROVIDER.md: compact, keys sorted
    assert json.dumps(manifest, sort_keys=True,
                      separators=(",", ":")).encode() == body
    assert list(manifest) == ["arch", "artifacts", "channel", "created_at",
                              "expires_at", "manifest_version", "signatures",
                              "version"]
    assert (manifest["arch"], manifest["channel"], manifest["version"],
            manifest["manifest_version"], manifest["signatures"]) == (
                "x86_64", "stable", "1.2.3", 1, [])
    times = [datetime.datetime.fromisoformat(manifest[key])
             for key in ("created_at", "expires_at")]
    assert times[0] < times[1] and times[0].utcoffset().seconds == 0
    assert get(link, "/stable/x86_64/manifest.json")[2] == body
    assert set(manifest["artifacts"]) == {"kernel", "initramfs"}
    for kind, content in (("kernel", KERNEL), ("initramfs", INITRAMFS)):
        artifact = manifest["artifacts"][kind]
        assert artifact["size_bytes"] == len(content)
        assert artifact["hash"] == (
            "sha256:" + hashlib.sha256(content).hexdigest())
        assert artifact["download_url"] == (
            "/stable/x86_64/" + artifact["filename"])
        assert get(link, artifact["download_url"])[::2] == (200, content)
    assert get(link, "/health")[0] == 200
    assert json.loads(get(link, "/")[2])["name"] == NAME
    assert get(link, "/stable/x86_64/kernel.id")[0] == 404


@pytest.mark.parametrize("wanted, status, part", [
    ("bytes=2-5", 206, slice(2, 6)),
    ("bytes=0-0", 206, slice(0, 1)),
    ("bytes=10000-", 206, slice(10000, None)),
    ("bytes=0-10239", 206, slice(0, None)),
    ("bytes=10240-", 416, None),
])
def test_ranges(link, provide, images, wanted, status, part):
    provide(images).wait_for("not announced: ")
    path = "/stable/arm64/vmlinuz"
    answer = get(link, path, ("Range", wanted))
    assert answer[0] == status
    if part:
        assert answer[2] == KERNEL[part]
        first, last, _ = part.indices(len(KERNEL))
        assert answer[1]["Content-Range"] == (
            f"bytes {first}-{last - 1}/{len(KERNEL)}")


def test_manifest_follows_its_files(link, provide, images):
    process = provide(images)
    process.wait_for("not announced: ")
    (images / "new").write_bytes(b"another kernel")
    (images / "new").rename(images / "vmlinuz")
    process.wait_for("the manifest is new")
    kernel = json.loads(get(link, "/manifest.json")[2])["artifacts"]["kernel"]
    assert kernel["size_bytes"] == 14
    assert get(link, kernel["download_url"])[2] == b"another kernel"


def test_tree_of_its_own(link, provide, images):
    (images / "manifest.json").write_text('{"schema_version":1}')
    provide(images).wait_for("not announced: ")
    assert get(link, "/manifest.json")[2] == b'{"schema_version":1}'
    assert get(link, "/vmlinuz")[2] == KERNEL
    assert get(link, "/health")[0] == 200
    # nothing has been added to the user's directory
    assert sorted(path.name for path in images.iterdir()) == [
        "initramfs.cpio.gz", "kernel.id", "manifest.json", "vmlinuz"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_goodbye(link, daemon, provide, images, tmp_path, number):
    before = ours(link.server)
    process = provide(images, environment=daemon)
    announced(process)
    watch = Watch(link, "--watch")
    watch.wait("service", instance=NAME)
    assert process.stop(number) == 0
    # By its goodbye: its records are good for 75 minutes.
    watch.wait("lost", instance=NAME)
    assert ours(link.server) == before
    assert list((tmp_path / "tmp").iterdir()) == []


def test_killed_takes_its_children_along(link, daemon, provide, images):
    process = provide(images, environment=daemon)
    announced(process)
    watch = Watch(link, "--watch")
    watch.wait("service", instance=NAME)
    process.stop(signal.SIGKILL)
    watch.wait("lost", instance=NAME)


def test_avahi_without_dbus(link, provide, images, tmp_path):
    """Announced by a file that the daemon sees coming and going."""
    etc = tmp_path / "etc"
    (etc / "services").mkdir(parents=True)
    run = tmp_path / "run"
    run.mkdir()
    stale = etc / "services/phase-provider-4194305.service"
    stale.write_text("of one that was killed")
    (etc / "avahi-daemon.conf").write_text(
        "[server]\nhost-name=box\nenable-dbus=no\n"
        "[publish]\npublish-workstation=no\npublish-hinfo=no\n")
    shared = ("mkdir -p /run/avahi-daemon && mount --bind $0/run"
              " /run/avahi-daemon && mount --bind $0/etc /etc/avahi && ")
    link.server.serve(
        "unshare", "-m", "sh", "-c", shared +
        "exec avahi-daemon --no-drop-root --no-rlimits --no-chroot",
        tmp_path, ready="Server startup complete")
    process = provide(
        images, environment=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS="unix:"
                                 f"path={tmp_path}/none"),
        wrap=("unshare", "-m", "sh", "-c", shared + 'exec "$@"', tmp_path))
    process.wait_for(f"announced by avahi-daemon: {NAME} {TYPE}")
    assert not stale.exists()
    watch = Watch(link, "--watch")
    watch.wait("service", instance=NAME)
    assert process.stop() == 0
    watch.wait("lost", instance=NAME)
    assert list((etc / "services").iterdir()) == []


def test_no_responder(link, provide, images):
    """Says how; and a guest behind this machine finds it all the same."""
    process = provide("--channel", "it's", images)
    assert process.child.wait(PATIENCE) == 1
    process = provide(images)
    at = process.wait_for("not announced: avahi-publish-service: ")
    at = process.wait_for("Once a responder runs:", start=at)
    process.wait_for(
        f"avahi-publish-service {NAME} {TYPE} 8080 channel=stable arch=arm64"
        " version=", start=at)
    found = discover(link, "--json", "--gateway", SERVER4, "--first",
                     "--timeout", "20s").objects()
    assert "ok" in [service["health"] for service in found
                    if service["source"] == "gateway"], found


def test_port_is_taken(link, provide, images):
    provide(images).wait_for("not announced: ")
    second = provide(images)
    assert second.child.wait(PATIENCE) == 1
    second.wait_for("port 8080: Address already in use: PORT= names another")


def run(*arguments):
    return subprocess.run([sys.executable, PROVIDER, *arguments], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)


def test_no_images(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 1
    assert "holds no manifest.json, and no kernel" in done.stderr
    for name in "vmlinuz", "Image.gz":
        (tmp_path / name).touch()
    assert re.search("which one is the kernel: Image.gz, vmlinuz",
                     run(tmp_path).stderr)
    assert "no such directory: /nowhere" in run("/nowhere").stderr


@pytest.mark.skipif(not shutil.which("busybox"), reason="no busybox here")
def test_busybox(link, provide, images):
    provide("--server", "busybox", images).wait_for("BusyBox httpd serves")
    assert get(link, "/health")[0] == 200
    answer = get(link, "/stable/arm64/vmlinuz", ("Range", "bytes=2-5"))
    assert answer[::2] == (206, KERNEL[2:6])
