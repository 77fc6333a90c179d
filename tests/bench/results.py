"""What a bench has measured: as lines of text, as JSON, and as a piece of
Markdown for docs/benchmarks.md, in build/bench/."""

import datetime
import json
import os
import pathlib
import platform
import statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "build/bench"


def quartiles(values):
    """The first, the median and the third; of one value it is that."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, median, third = statistics.quantiles(
        values, n=4, method="inclusive")
    return first, median, third


def machine():
    """This machine, in a line."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{os.cpu_count()} x {model} ({platform.machine()})"


class Results:
    """Of the bench NAME, that COMMAND has run."""

    def __init__(self, name, command):
        self.name = name
        self.text = []
        PLACE.mkdir(parents=True, exist_ok=True)
        self.data = {
            "bench": name, "command": command, "machine": machine(),
            "date": datetime.date.today().isoformat(),
            "load": os.getloadavg()[0], "rows": [], "goals": []}

    def say(self, line=""):
        print(line, flush=True)

    def note(self, line):
        """A sentence for all three."""
        self.say(line)
        self.text.append(f"\n{line}\n")
        self.data.setdefault("notes", []).append(line)

    def table(self, title, head, rows):
        """HEAD and ROWS hold strings; the first column is the row's name."""
        widths = [max(len(row[i]) for row in (head, *rows))
                  for i in range(len(head))]
        self.say(f"\n{title}")
        for row in head, *rows:
            self.say("  ".join(
                text.ljust(width) if i == 0 else text.rjust(width)
                for i, (text, width) in enumerate(zip(row, widths))).rstrip())
        self.text.append(f"\n{title}:\n\n| {' | '.join(head)} |\n|"
                         f"{'---|'}{'--:|' * (len(head) - 1)}\n")
        self.text.extend(f"| {' | '.join(row)} |\n" for row in rows)

    def samples(self, **row):
        """A row of the JSON."""
        self.data["rows"].append(row)

    def goal(self, what, value, limit, unit="", reason=""):
        """VALUE is to be LIMIT at most. REASON is why it is not, if known."""
        met = value <= limit
        line = (f"{'met' if met else 'MISSED'}: {what}: {value:.3g}{unit} of "
                f"{limit:.3g}{unit}")
        if not met:
            line += f", {(value / limit - 1) * 100:.0f} % over"
            line += f": {reason}" if reason else ""
        self.say(line)
        self.text.append(f"\n* {line}")
        self.data["goals"].append({"goal": what, "value": value,
                                   "limit": limit, "unit": unit, "met": met})

    def save(self):
        (PLACE / f"{self.name}.json").write_text(
            json.dumps(self.data, indent=1) + "\n")
        (PLACE / f"{self.name}.md").write_text(
            f"`{self.data['command']}`, {self.data['date']}, "
            f"{self.data['machine']}, load {self.data['load']:.1f} at the "
            f"start.\n{''.join(self.text)}\n")
        self.say(f"-> build/bench/{self.name}.json, {self.name}.md")
