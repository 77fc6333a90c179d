#!/usr/bin/env python3
"""Puts what `make bench` has measured into the documents.

usage: tests/bench/publish.py

What stands in docs/benchmarks.md between "<!-- NAME -->" and "<!-- end -->" is
replaced by build/bench/NAME.md, where there is one, and the chart of the boot
that the README shows by that of CHART.
"""

import pathlib
import re
import shutil
import sys

from results import PLACE, ROOT

DOCUMENT = ROOT / "docs/benchmarks.md"
CHART = "boot-arm64-debian-6.12-cloud.svg"


def main():
    missing = []

    def fill(match):
        path = PLACE / f"{match[1]}.md"
        if not path.exists():
            missing.append(match[1])
            return match[0]
        return f"<!-- {match[1]} -->\n{path.read_text().strip()}\n<!-- end -->"

    text = DOCUMENT.read_text()
    new = re.sub(r"<!-- ([\w.-]+) -->\n(?:(?!<!-- end).*\n)*<!-- end -->",
                 fill, text)
    DOCUMENT.write_text(new)
    if (PLACE / CHART).exists():
        shutil.copy(PLACE / CHART, ROOT / "docs/boot-bench.svg")
    else:
        missing.append(CHART)
    if missing:
        sys.exit(f"not measured, so left as it was: {', '.join(missing)}")


if __name__ == "__main__":
    main()
