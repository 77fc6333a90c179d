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
