"""qemu/vmnet-macos where no Mac is: with another uname, sysctl and id, and with
stand-ins of socket_vmnet and vmnet-helper that speak as these do. The options
of vmnet-shared itself are compared with QEMU's documentation, as no QEMU but a
Mac's takes them."""

import os
import pathlib
import shlex
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading

import pytest

from machine import LIMIT, ROOT

# qemu-options.hx since QEMU 7.1: -netdev vmnet-shared,id=str
# [,isolated=on|off][,nat66-prefix=addr]
# [,start-address=addr,end-address=addr,subnet-mask=mask]
SHARED = {"id", "isolated", "nat66-prefix", "start-address", "end-address",
          "subnet-mask"}
RANGE = {"VMNET_START": "192.168.2.1", "VMNET_END": "192.168.2.254",
         "VMNET_MASK": "255.255.255.0"}
# `printf default | cksum` is 4075000644; the low three bytes, lowest first
MAC = "52:54:00:44:93:e3"


class Mac:
    """Its programs, and the files that Homebrew and the helpers install."""

    def __init__(self, directory):
        # A socket's path is at most 108 bytes long.
        self.root = pathlib.Path(directory)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.say("uname", 'case $1 in -s) echo Darwin ;; *) echo arm64 ;; esac')
        self.hypervisor(True)
        self.user(501)
        self.say("sudo", "echo sudo was called >&2; exit 9")

    def say(self, name, script):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def user(self, number):
        self.say("id", f"echo {number}")

    def hypervisor(self, is_there):
        self.say("sysctl", f"echo {int(is_there)}")

    def file(self, path, script=""):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)
        return path

    def socket(self, path="opt/homebrew/var/run/socket_vmnet"):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        return listener

    def run(self, *command, **environment):
        return subprocess.run(
            [ROOT / "qemu/vmnet-macos", *command], check=False, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, errors="replace",
            timeout=LIMIT, env={
                **{key: value for key, value in os.environ.items()
                   if not key.startswith("VMNET_") and key != "VM"},
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "PHASE_MACOS_ROOT": str(self.root), **environment})

    def dry(self, *options, **environment):
        """The words of the command."""
        done = self.run("--dry-run", ROOT / "qemu/run", *options,
                        **environment)
        assert done.returncode == 0, done.stderr
        return shlex.split(done.stdout)

    def refused(self, *options, **environment):
        done = self.run(*options, **environment)
        assert done.returncode == 1
        return done.stderr


@pytest.fixture
def mac():
    directory = tempfile.mkdtemp(prefix="mac", dir="/tmp")
    yield Mac(directory)
    shutil.rmtree(directory)


def value(words, option, number=0):
    return [words[i + 1] for i, word in enumerate(words)
            if word == option][number]


def test_command_of_qemu_itself(mac):
    """Word for word, but for paths."""
    words = mac.dry("--kernel", "K", "--initrd", "I", "--log", "L",
                    "--append", "a", VMNET_WITH="qemu")
    status = [word for word in words if word.startswith("file,id=status,")]
    assert words == [
        "qemu-system-aarch64", "-M", "virt", "-accel", "hvf", "-cpu", "host",
        "-smp", "1", "-m", "256M", "-no-user-config", "-nodefaults",
        "-display", "none", "-no-reboot", "-kernel", "K", "-initrd", "I",
        "-append", "console=ttyAMA0 panic=-1 quiet a",
        "-chardev", "stdio,signal=off,id=console,mux=on,logfile=L",
        "-serial", "chardev:console", "-mon", "chardev=console,mode=readline",
        "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
        "-chardev", *status,
        "-device", "virtserialport,chardev=status,name=phase.status",
        "-netdev", "vmnet-shared,id=net",
        "-device", f"virtio-net-pci,romfile=,netdev=net,mac={MAC}",
    ]


@pytest.mark.parametrize("settings, options", [
    ({}, {}),
    (RANGE, {"start-address": "192.168.2.1", "end-address": "192.168.2.254",
             "subnet-mask": "255.255.255.0"}),
    ({"VMNET_ISOLATED": "on"}, {"isolated": "on"}),
    ({"VMNET_ISOLATED": "off"}, {}),
])
def test_options_of_vmnet_shared(mac, settings, options):
    mac.user(0)
    kind, *fields = value(mac.dry(**settings), "-netdev").split(",")
    assert kind == "vmnet-shared"
    given = dict(field.split("=", 1) for field in fields)
    assert given == {"id": "net", **options}
    assert set(given) <= SHARED


@pytest.mark.parametrize("settings, words", [
    ({"VMNET_START": "192.168.2.1"}, "go together"),
    ({"VMNET_ISOLATED": "perhaps"}, "on or off"),
    ({"VMNET_WITH": "luck"}, "auto, qemu, socket or helper"),
    ({"VMNET_WITH": "socket"}, "sudo brew services start socket_vmnet"),
    ({"VMNET_WITH": "helper"}, "not installed"),
    ({}, "sudo make qemu-vmnet"),
])
def test_refusals(mac, settings, words):
    assert words in mac.refused("true", **settings)


def test_qemu_without_vmnet(mac):
    mac.user(0)
    assert "brew install qemu" in mac.refused("true")


def test_not_elsewhere(mac):
    mac.say("uname", "echo Linux")
    assert "for macOS" in mac.refused("true")


def test_tcg_where_no_hypervisor_is(mac):
    mac.hypervisor(False)
    words = mac.dry()
    assert (value(words, "-accel"), value(words, "-cpu")) == (
        "tcg", "cortex-a72")
    mac.hypervisor(True)
    assert value(mac.dry("--arch", "x86_64"), "-accel") == "tcg"


def test_mac_follows_from_the_name(mac):
    def address(*options, **environment):
        device = value(mac.dry(*options, **environment), "-device", -1)
        return device.rsplit("mac=", 1)[1]

    assert address() == address(VM="default") == MAC
    names = ["default", "one", "two", "a name"]
    assert len({address(VM=name) for name in names}) == len(names)
    assert address(VM="one") == address(VM="one")


def test_device_of_the_bus(mac):
    words = mac.dry("--device=virtio-net-device")
    assert value(words, "-device", -1) == (
        f"virtio-net-device,netdev=net,mac={MAC}")


@pytest.mark.parametrize("path", [
    "opt/homebrew/var/run/socket_vmnet", "usr/local/var/run/socket_vmnet",
    "var/run/socket_vmnet"])
def test_socket_vmnet_without_sudo(mac, path):
    with mac.socket(path):
        words = mac.dry()
        assert words[0] == "qemu-system-aarch64"
        assert value(words, "-netdev") == (
            "stream,id=net,server=off,addr.type=unix,"
            f"addr.path={mac.root}/{path}")
        # Its addresses are its own: then it has to be QEMU.
        assert value(mac.dry(**RANGE), "-netdev").startswith("vmnet-shared,")
        assert "the daemon's own" in mac.refused("true", VMNET_WITH="socket",
                                                 **RANGE)
        mac.user(0)
        assert value(mac.dry(), "-netdev").startswith("vmnet-shared,")


@pytest.mark.parametrize("path", [
    "opt/vmnet-helper/bin/vmnet-run", "opt/vmnet-helper/bin/vmnet-client",
    "opt/homebrew/opt/vmnet-helper/bin/vmnet-run"])
def test_vmnet_helper_without_sudo(mac, path):
    helper = mac.file(path)
    words = mac.dry(**RANGE)
    assert words[:6] == [
        str(helper), "--operation-mode=shared", "--start-address=192.168.2.1",
        "--end-address=192.168.2.254", "--subnet-mask=255.255.255.0", "--"]
    assert words[6] == "qemu-system-aarch64"
    assert value(words, "-netdev") == "dgram,id=net,local.type=fd,local.str=4"
    assert "host mode only" in mac.refused("true", VMNET_WITH="helper",
                                           VMNET_ISOLATED="on")


def test_path_of_homebrew(mac):
    """sudo has taken it out of PATH."""
    mac.user(0)
    path = mac.file("opt/homebrew/bin/qemu-system-x86_128",
                    "#!/bin/sh\necho vmnet-shared\n")
    assert path.stat().st_mode & stat.S_IXUSR
    assert mac.run("true", "--arch", "x86_128").returncode == 0


# --- with guests -------------------------------------------------------------

def is_discover(frame):
    """From port 68 to 67, by the Ethernet address that follows from VM."""
    return (frame[6:12] == bytes.fromhex(MAC.replace(":", "")) and
            frame[12:14] == b"\x08\x00" and frame[23] == 17 and
            frame[34:38] == struct.pack(">HH", 68, 67))


def boot(mac, machine, *options, **environment):
    mac.hypervisor(False)
    return mac.run(
        ROOT / "qemu/run", "--arch", machine.arch, "--initrd", machine.initrd,
        "--log", machine.log, "--timeout", str(LIMIT), *options,
        "--append", 'phase.run="true" phase.wait=0 phase.net.timeout=3s'
        " phase.need=lease", **environment)


def no_lease(done):
    assert done.returncode == 120, done.stderr
    assert "the guest had no lease" in done.stderr
    assert "socketfilterfw --add /usr/libexec/bootpd" in done.stderr


def test_guest_and_socket_vmnet(mac, machine):
    """Each frame has its length before it, four bytes in network order."""
    found = []

    def serve(listener):
        link, _ = listener.accept()
        with link, link.makefile("rb") as stream:
            while head := stream.read(4):
                frame = stream.read(struct.unpack(">I", head)[0])
                found.append(is_discover(frame))

    with mac.socket() as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        done = boot(mac, machine)
        thread.join(LIMIT)
    assert any(found)
    no_lease(done)


HELPER = """#!%s
import os, socket, sys
at = sys.argv.index("--")
assert sys.argv[1:at] == ["--operation-mode=shared"], sys.argv
helper, command = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
if os.fork() == 0:
    command.close()
    with open(%r, "wb") as file:
        helper.settimeout(%d)
        frame = b""
        while frame[34:38] != bytes([0, 68, 0, 67]):
            frame = helper.recv(65536)
            file.write(len(frame).to_bytes(4, "big") + frame)
            file.flush()
else:
    os.dup2(helper.fileno(), 3)
    os.dup2(command.fileno(), 4)
    os.set_inheritable(4, True)
    os.execv(sys.argv[at + 1], sys.argv[at + 1:])
"""


def test_guest_and_vmnet_helper(mac, machine):
    """Each datagram is a frame, on descriptor 4."""
    frames = mac.root / "frames"
    mac.file("opt/vmnet-helper/bin/vmnet-run",
             HELPER % (sys.executable, str(frames), LIMIT))
    done = boot(mac, machine)
    data, found = frames.read_bytes(), []
    while data:
        length = struct.unpack(">I", data[:4])[0]
        found.append(is_discover(data[4:4 + length]))
        data = data[4 + length:]
    assert any(found), done.stderr
    no_lease(done)


def test_words_about_a_lease_without_provider(mac, machine):
    """Told by the console's log; nothing is said of what has no guest."""
    mac.user(0)
    mac.file("opt/homebrew/bin/qemu-system-other",
             "#!/bin/sh\necho vmnet-shared\n")
    log = mac.root / "console.log"

    def after(text):
        log.write_text(text)
        done = mac.run("true", "--arch", "other", "--log", log)
        assert done.returncode == 0
        return done.stderr

    banner = "Phase Boot 0.1.0, Linux\r\n"
    lease = "  eth0  virtio_net  52:54:00:00:00:01  192.168.64.2/24\r\n"
    assert after("") == ""
    assert "no lease" in after(banner)
    assert "no lease" in after(
        banner + "  eth0  52:54:00:00:00:01  169.254.3.4/16\r\n")
    assert "Local Network Privacy" in after(banner + lease)
    assert after(banner + lease +
                 "  provider  http://192.168.64.1:8080  (mdns, ok)\r\n") == ""
