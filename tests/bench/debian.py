"""What Debian's own makers of an initramfs make for a network boot:
initramfs-tools with ip=dhcp, and dracut with its network module.

They run in a Debian of their own, which debootstrap unpacks once into the
cache, from the mirror that `make deps` takes packages from; as root, and for
this machine's architecture, since their programs are executed. Both get a list
of modules that is as short as ours, and a hook that says when the address is
there and gives a shell; both are much larger as they are used.
"""

import hashlib
import os
import pathlib
import platform
import shutil
import subprocess

from guest import PROMPT_MARK

SUITE = "bookworm"
PACKAGES = ("busybox", "cpio", "dracut-core", "dracut-network",
            "initramfs-tools", "iproute2", "iputils-arping", "iputils-ping",
            "isc-dhcp-client", "kmod", "mdns-scan", "procps", "systemd",
            "systemd-resolved", "udev")
CACHE = pathlib.Path(os.environ.get("CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
    "phase-boot"))
# As the modules of ours; the transport is not among virtio_net's needs.
DRIVERS = ("virtio_pci", "virtio_net")
SHELL = f"""echo '<6>bench: address' >/dev/kmsg
echo '<6>{PROMPT_MARK}' >/dev/kmsg
export PS1='bench:/# ' HOME=/ TERM=vt220
exec sh -i </dev/console >/dev/console 2>&1
"""
PREMOUNT = """#!/bin/sh
case $1 in prereqs) exit 0 ;; esac
. /scripts/functions
configure_networking
""" + SHELL
# (name, kernel command line)
TOOLS = {"initramfs-tools": "ip=dhcp",
         "dracut": "ip=dhcp rd.neednet=1 root=/dev/none"}


def can():
    """Why not, or an empty string."""
    if os.geteuid() != 0:
        return "debootstrap and chroot want root"
    if not tree().exists() and not shutil.which("debootstrap"):
        return "debootstrap is not installed"
    if not tree().exists() and not entry():
        return "no Debian mirror is known: run `make deps`"
    return ""


def tree():
    """Where that Debian is, or is to be."""
    key = hashlib.sha256(" ".join((SUITE, *PACKAGES)).encode()).hexdigest()
    return CACHE / "packages" / f"bench-debian_{SUITE}-{key[:12]}"


def entry():
    """URI, suite and keyring of a mirror, as rootfs/deps has found them."""
    path = CACHE / "apt/entries"
    lines = path.read_text().splitlines() if path.exists() else []
    return next((words for words in map(str.split, lines)
                 if words[1] == SUITE), None)


def make_tree():
    if tree().exists():
        return
    uri, _, keyring = entry()
    new = tree().with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase",
         f"--include={','.join(PACKAGES)}",
         *([f"--keyring={keyring}"] if keyring != "-" else []),
         SUITE, new, uri], check=True, stdout=subprocess.DEVNULL)
    hook = new / "etc/initramfs-tools/scripts/init-premount/bench"
    hook.write_text(PREMOUNT)
    hook.chmod(0o755)
    (new / "etc/initramfs-tools/modules").write_text(
        "".join(f"{name}\n" for name in DRIVERS))
    (new / "etc/initramfs-tools/conf.d/bench").write_text(
        "MODULES=list\nBUSYBOX=y\nCOMPRESS=gzip\nRESUME=none\n")
    hook = new / "bench-online.sh"
    hook.write_text("#!/bin/sh\n" + SHELL)
    hook.chmod(0o755)
    new.rename(tree())


def run_inside(modules, *command):
    """COMMAND in that Debian, with MODULES, lib/modules/RELEASE of a kernel,
    at its place; in a mount namespace of its own."""
    release = modules.name
    staged = tree() / "lib/modules" / release
    staged.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         'mount --bind "$1" "$2" && tree=$3 && shift 3 && '
         'mount -t proc proc "$tree/proc" && '
         'mount --rbind /dev "$tree/dev" && exec chroot "$tree" "$@"',
         "sh", modules, staged, tree(), "env",
         "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command],
        check=True, stdout=subprocess.DEVNULL)


def make(name, facts, archive):
    """The image of tool NAME for the kernel of FACTS, at ARCHIVE."""
    make_tree()
    release = facts["release"]
    modules = pathlib.Path(facts["tree"], "lib/modules", release)
    config = pathlib.Path(facts["tree"], "boot", f"config-{release}")
    shutil.copy(config, tree() / "boot")
    inside = "/boot/image"
    if name == "dracut":
        run_inside(
            modules, "dracut", "--force", "--quiet", "--no-hostonly",
            "--gzip", "--no-early-microcode", "--modules",
            "base network network-legacy rootfs-block", "--add-drivers", " ".join(DRIVERS),
            "--install", "dmesg grep sh", "--include", "/bench-online.sh",
            "/lib/dracut/hooks/initqueue/online/99-bench.sh", inside, release)
    else:
        run_inside(modules, "mkinitramfs", "-o", inside, release)
    shutil.move(tree() / inside.lstrip("/"), archive)
    return archive


def is_native(arch):
    return platform.machine() == {"arm64": "aarch64"}.get(arch, arch)
