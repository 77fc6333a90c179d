"""Charts of what was measured, as SVG: bars with their spread, and growth on
logarithmic axes.

    bars(path, title, unit, [(label, [sample, ...], is_ours), ...])
    growth(path, title, x_label, y_label, {name: [(x, y), ...], ...})

The same numbers give the same bytes. A picture is light or dark as its viewer
prefers, has a background of its own, and says in <title> and <desc> what it
shows.
"""

import math
import pathlib
import statistics
from xml.sax.saxutils import escape

WIDTH = 800
SIZE = 13  # of the text
ADVANCE = 0.6 * SIZE  # of a character, rather too much
ROW = 40
HUES = ("#4f46e5", "#d97706", "#059669", "#db2777", "#0284c7", "#7c3aed",
        "#65a30d", "#dc2626")
STYLE = """
svg { font-family: Inter, system-ui, "Segoe UI", Helvetica, Arial,
  "DejaVu Sans", sans-serif; font-size: 13px }
.paper { fill: #ffffff } text { fill: #1e293b }
.soft { fill: #64748b } .head { font-size: 16px; font-weight: 600 }
.grid { stroke: #e3e7ee } .rule { stroke: #94a3b8 }
.ours { fill: #4f46e5 } .other { fill: #94a3b8 } .name { font-weight: 600 }
.spread { stroke: #1e293b; stroke-width: 1.5; fill: none }
.box { fill: #1e293b; fill-opacity: .3 }
.line { fill: none; stroke-width: 2 } .end { text-anchor: end }
.mid { text-anchor: middle }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0f172a } text { fill: #e2e8f0 } .soft { fill: #94a3b8 }
  .grid { stroke: #233049 } .rule { stroke: #64748b }
  .ours { fill: #818cf8 } .other { fill: #64748b }
  .spread { stroke: #e2e8f0 } .box { fill: #e2e8f0 }
}
"""


def number(value):
    """Three digits that count, thousands apart: 0.214, 12.8, 1,430."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short(value):
    """For an axis: 100, 10k, 2.5M."""
    for power, letter in ((9, "G"), (6, "M"), (3, "k")):
        if abs(value) >= 10 ** power:
            return number(value / 10 ** power) + letter
    return number(value)


def exponent(points):
    """The e of y = c x^e that fits the points best, by logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    if len({x for x, _ in logs}) < 2:
        return math.nan
    mean_x = statistics.fmean(x for x, _ in logs)
    mean_y = statistics.fmean(y for _, y in logs)
    return (sum((x - mean_x) * (y - mean_y) for x, y in logs)
            / sum((x - mean_x) ** 2 for x, _ in logs))


class Drawing:
    """Elements in their order, on paper."""

    def __init__(self, height, title, told):
        self.height = height
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" '
            'aria-labelledby="t d">',
            f'<title id="t">{escape(title)}</title>',
            f'<desc id="d">{escape(told)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height}"/>']
        self.text(16, 28, title, "head")

    def text(self, x, y, text, style="", more=""):
        self.parts.append(f'<text class="{style}" x="{x:.1f}" y="{y:.1f}"'
                          f'{more}>{escape(text)}</text>')

    def rect(self, x, y, width, height, style):
        self.parts.append(f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" '
                          f'width="{width:.1f}" height="{height:.1f}"/>')

    def path(self, points, style, more=""):
        steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.parts.append(f'<path class="{style}" d="M{steps}"{more}/>')

    def write(self, path):
        pathlib.Path(path).write_text("\n".join(self.parts) + "\n</svg>\n",
                                      encoding="utf-8")


def tick_step(most):
    """Of 1, 2 or 5 times a power of ten, four to eight steps to `most`."""
    step = 10 ** math.floor(math.log10(most / 4))
    return next(step * k for k in (1, 2, 5, 10) if most / (step * k) <= 8)


def bars(path, title, unit, rows):
    """A bar to each row's median; a box from quartile to quartile, and a
    whisker from the least to the most, where there are samples enough."""
    rows = [(label, sorted(samples), ours) for label, samples, ours in rows]
    told = [f"{label}: {number(statistics.median(s))} {unit}"
            + (f" ({number(s[0])} to {number(s[-1])})" if s[0] < s[-1] else "")
            for label, s, _ in rows]
    left = 24 + min(260, max(len(label) for label, _, _ in rows) * ADVANCE)
    widest = max(len(text) - len(label) - 2
                 for text, (label, _, _) in zip(told, rows))
    right = WIDTH - 24 - widest * ADVANCE
    most = max(s[-1] for _, s, _ in rows) or 1
    drawing = Drawing(96 + ROW * len(rows), title,
                      "Medians (least to most). " + "; ".join(told) + ".")

    def at(value):
        return left + value / most * (right - left)

    bottom = 48 + ROW * len(rows)
    step = tick_step(most)
    for i in range(int(most / step) + 1):
        drawing.path([(at(i * step), 44), (at(i * step), bottom)], "grid")
        drawing.text(at(i * step), bottom + 18, short(i * step), "soft mid")
    drawing.text(left, bottom + 38, unit, "soft")
    for i, (label, samples, ours) in enumerate(rows):
        y = 48 + ROW * i
        drawing.text(left - 8, y + 24, label, "end name" if ours else "end")
        drawing.rect(left, y + 8, at(statistics.median(samples)) - left,
                     24, "ours" if ours else "other")
        if len(samples) >= 4:
            low, _, high = statistics.quantiles(samples, method="inclusive")
            drawing.rect(at(low), y + 14, at(high) - at(low), 12, "box")
        if samples[0] < samples[-1]:
            ends = at(samples[0]), at(samples[-1])
            drawing.path([(x, y + 20) for x in ends], "spread")
            for x in ends:
                drawing.path([(x, y + 15), (x, y + 25)], "spread")
        drawing.text(at(samples[-1]) + 8, y + 24, told[i][len(label) + 2:])
    drawing.path([(left, 44), (left, bottom)], "rule")
    drawing.write(path)


def growth(path, title, x_label, y_label, series):
    """A line a series on logarithmic axes, with the exponent of its fit."""
    series = {name: sorted((x, y) for x, y in points if x > 0 and y > 0)
              for name, points in series.items()}
    names = {name: f"{name} (n^{exponent(points):.2f})"
             for name, points in series.items()}
    left, top, bottom = 72, 64, 384
    right = WIDTH - 36 - max(len(text) for text in names.values()) * ADVANCE
    ends = [[f(math.log10(p[axis]) for points in series.values()
               for p in points) for f in (min, max)] for axis in (0, 1)]
    ends = [(math.floor(a), max(math.floor(a) + 1, math.ceil(b)))
            for a, b in ends]
    drawing = Drawing(440, title, f"{y_label} by {x_label}: " + "; ".join(
        f"{names[name]} from {number(p[0][1])} at {number(p[0][0])} "
        f"to {number(p[-1][1])} at {number(p[-1][0])}"
        for name, p in series.items()) + ".")

    def at(x, y):
        (x0, x1), (y0, y1) = ends
        return (left + (math.log10(x) - x0) / (x1 - x0) * (right - left),
                bottom - (math.log10(y) - y0) / (y1 - y0) * (bottom - top))

    for power in range(ends[0][0], ends[0][1] + 1):
        x, _ = at(10 ** power, 10 ** ends[1][0])
        drawing.path([(x, top), (x, bottom)], "grid")
        drawing.text(x, bottom + 18, short(10 ** power), "soft mid")
    for power in range(ends[1][0], ends[1][1] + 1):
        _, y = at(10 ** ends[0][0], 10 ** power)
        drawing.path([(left, y), (right, y)], "grid")
        drawing.text(left - 8, y + 4, short(10 ** power), "soft end")
    drawing.text((left + right) / 2, bottom + 40, x_label, "soft mid")
    drawing.text(16, top - 14, y_label, "soft")
    # A name beside the end of its line, below that of the line above
    free = top - 100
    for i, name in sorted(enumerate(series),
                          key=lambda it: -series[it[1]][-1][1]):
        hue = f' style="stroke:{HUES[i % len(HUES)]}"'
        spots = [at(*point) for point in series[name]]
        drawing.path(spots, "line", hue)
        for x, y in spots:
            drawing.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" '
                                 f'style="fill:{HUES[i % len(HUES)]}"/>')
        free = max(free + 18, spots[-1][1] + 4)
        drawing.text(right + 12, free, names[name], "name",
                     f' style="fill:{HUES[i % len(HUES)]}"')
    drawing.write(path)
