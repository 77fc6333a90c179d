"""modprobe.d and phase.modules= in a machine that boots."""

import gzip
import subprocess

from machine import output_of, power_off

CONFIG = """\
# The command line comes last, and wins.
options virtio-net napi_tx=0 \\
\tcsum=1
blacklist virtio_rng
install virtio_mmio /bin/false
alias my-[a-n]* failover
softdep virtio_mmio pre: my-name
nonsense
"""


def add_files(machine, files):
    """Puts files into the initramfs: a second archive behind the first."""
    tree = machine.directory / "files"
    names = []
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        parents = [str(p) for p in (tree / name).relative_to(tree).parents]
        names += reversed(parents[:-1])
        names.append(name)
    archive = subprocess.run(
        ["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree,
        input="\n".join(dict.fromkeys(names)).encode(),
        stdout=subprocess.PIPE, check=True).stdout
    initrd = machine.directory / "with-files.cpio.gz"
    initrd.write_bytes(machine.initrd.read_bytes() + gzip.compress(archive))
    machine.initrd = initrd


def test_configuration_and_wanted_modules(machine):
    add_files(machine, {
        "etc/modprobe.d/test.conf": CONFIG.replace("\n", "\r\n"),
        "usr/lib/modprobe.d/test.conf": "blacklist virtio_net\n",
    })
    child = machine.talk(
        append="phase.modules=no_such,virtio-mmio virtio_net.csum=0 "
               "phase.modules=virtio_rng")
    # csum and napi_tx
    assert output_of(child, "cat /sys/module/virtio_net/p*/[cn]*").split()[
        :2] == ["N", "N"]
    loaded = [line.split()[0] for line
              in output_of(child, "cat /proc/modules").splitlines()
              if " Live " in line]
    # The newest first: its soft dependency was there before it.
    assert loaded.index("failover") > loaded.index("virtio_mmio")
    assert "virtio_net" in loaded and "virtio_rng" not in loaded
    power_off(child)
    log = machine.console
    for text in ('/etc/modprobe.d/test.conf:5: "install" is not supported',
                 '/etc/modprobe.d/test.conf:8: "nonsense" is unknown',
                 "module no_such, which the command line wants: there is none",
                 "module virtio_rng, which the command line wants: it is "
                 "blacklisted"):
        assert text in log
    assert "usr/lib/modprobe.d" not in log
    assert "unknown parameters" not in log
