"""What the charts of `make bench` say, and that they say it safely."""

import importlib.util
import math
import pathlib
import re
import xml.etree.ElementTree as ET

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
SVG = "{http://www.w3.org/2000/svg}"
ROWS = [("ours", [3, 1, 2, 4, 90], True), ("peer <a & b>", [100, 100], False)]
LINES = {"linear": [(1, 2), (10, 20), (1000, 2000)],
         "square": [(1, 1), (10, 100), (100, 10000)]}


@pytest.fixture(scope="module")
def chart():
    spec = importlib.util.spec_from_file_location(
        "chart", ROOT / "tests/bench/chart.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(tree):
    return ["".join(node.itertext()) for node in tree.iter(f"{SVG}text")]


def test_bars_reach_the_median(chart, tmp_path):
    chart.bars(tmp_path / "a.svg", "Boot <1>", "ms", ROWS)
    tree = ET.parse(tmp_path / "a.svg").getroot()
    width = {r.get("class"): float(r.get("width"))
             for r in tree.iter(f"{SVG}rect")}
    assert width["ours"] / width["other"] == pytest.approx(3 / 100, abs=.005)
    # the box: from the first quartile, 2, to the third, 4
    assert width["box"] / width["other"] == pytest.approx(2 / 100, abs=.005)
    assert "3 ms (1 to 90)" in texts(tree)
    assert "100 ms" in texts(tree)
    assert "peer <a & b>" in texts(tree)


def test_what_it_shows_is_told(chart, tmp_path):
    chart.bars(tmp_path / "a.svg", "Boot <1>", "ms", ROWS)
    tree = ET.parse(tmp_path / "a.svg").getroot()
    assert tree.get("role") == "img"
    assert tree.find(f"{SVG}title").text == "Boot <1>"
    assert "peer <a & b>: 100 ms" in tree.find(f"{SVG}desc").text


def test_nothing_leaves_the_paper(chart, tmp_path):
    chart.bars(tmp_path / "a.svg", "t", "ms", ROWS * 4)
    chart.growth(tmp_path / "b.svg", "t", "modules", "µs", LINES)
    for name in "ab":
        tree = ET.parse(tmp_path / f"{name}.svg").getroot()
        paper = tree.find(f"{SVG}rect")
        assert paper.get("class") == "paper"
        width, height = (float(paper.get(k)) for k in ("width", "height"))
        for node in tree.iter():
            if node.tag in (f"{SVG}text", f"{SVG}rect", f"{SVG}circle"):
                x, y = (float(node.get(k) or node.get("c" + k) or 0)
                        for k in "xy")
                assert 0 <= x <= width and 0 <= y <= height
            for x, y in re.findall(r"([-\d.]+) ([-\d.]+)",
                                   node.get("d") or ""):
                assert 0 <= float(x) <= width and 0 <= float(y) <= height


def test_growth_has_straight_lines_and_exponents(chart, tmp_path):
    chart.growth(tmp_path / "a.svg", "t", "modules", "µs", LINES)
    tree = ET.parse(tmp_path / "a.svg").getroot()
    assert {"linear (n^1.00)", "square (n^2.00)", "modules",
            "µs"} <= set(texts(tree))
    line = next(p.get("d") for p in tree.iter(f"{SVG}path")
                if p.get("class") == "line")
    (x0, y0), (x1, y1), (x2, y2) = [
        tuple(map(float, p.split())) for p in line[1:].split("L")]
    assert (y1 - y0) / (x1 - x0) == pytest.approx((y2 - y0) / (x2 - x0), .02)


def test_names_of_lines_do_not_lie_on_each_other(chart, tmp_path):
    chart.growth(tmp_path / "a.svg", "t", "x", "y",
                 {str(i): [(1, 1), (10, 10 + i / 100)] for i in range(4)})
    tree = ET.parse(tmp_path / "a.svg").getroot()
    heights = sorted(float(t.get("y")) for t in tree.iter(f"{SVG}text")
                     if t.get("class") == "name")
    assert len(heights) == 4
    assert min(b - a for a, b in zip(heights, heights[1:])) >= 17


def test_the_same_numbers_are_the_same_bytes(chart, tmp_path):
    for name in "ab":
        chart.bars(tmp_path / name, "t", "ms", ROWS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_exponent(chart):
    assert chart.exponent([(n, 5 * n ** 1.5) for n in (1, 7, 90)]) \
        == pytest.approx(1.5)
    assert math.isnan(chart.exponent([(3, 4)]))


@pytest.mark.parametrize("value,text", [
    (0, "0"), (0.21412, "0.214"), (12.84, "12.8"), (1430.4, "1,430"),
    (100, "100"), (5, "5")])
def test_numbers_have_three_digits(chart, value, text):
    assert chart.number(value) == text


def test_axes_of_any_range(chart, tmp_path):
    for most in (1e-6, 0.3, 1, 7, 999, 1e9):
        chart.bars(tmp_path / "a.svg", "t", "s", [("x", [most], True)])
        tree = ET.parse(tmp_path / "a.svg").getroot()
        ticks = [t for t in tree.iter(f"{SVG}text")
                 if t.get("class") == "soft mid"]
        assert 4 <= len(ticks) <= 9
