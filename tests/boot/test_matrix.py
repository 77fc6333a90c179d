"""The quick rows of `make matrix` (tests/boot/matrix.py), and its table: one
initramfs under several kernels, over both transports, in little memory."""

import matrix
import pytest

QUICK = [row for row in matrix.ROWS if row.quick]


@pytest.mark.parametrize("row", QUICK, ids=[row.name for row in QUICK])
def test_row(row, tmp_path):
    try:
        seen = matrix.run_row(row, tmp_path)
    except matrix.Absent as absent:
        pytest.skip(str(absent))
    print(seen.console[-8000:])
    assert not seen.trouble
    assert seen.lease == matrix.ADDRESS


def test_rows_have_names_of_their_own():
    """Each has a directory by its name."""
    names = [row.name for row in matrix.ROWS]
    assert len(set(names)) == len(names)


EARLY = """[    3.591397] CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.95
[    3.592489] Kernel panic - not syncing: Attempted to kill init!"""


@pytest.mark.parametrize("console, is_early", [
    (EARLY, True),
    ("Phase Boot 0.1.0, Linux 6.12 on x86_64\n" + EARLY, False),
    ("init: no shell on /dev/ttyS0: No such file\n" + EARLY, False),
    (EARLY.replace("swapper/0", "init"), False),
    (EARLY.replace("Kernel panic", "Oops"), False),
])
def test_which_panics_are_the_kernels_own(console, is_early):
    assert matrix.panicked_early(console) == is_early
