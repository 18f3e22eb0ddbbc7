"""What the documents say of a GPU is what its published report says."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
REPORT = (ROOT / "results/published/benchmarks/gpu.md").read_text(encoding="utf-8")


def rows():
    header, _, *lines = [line for line in REPORT.splitlines() if line.startswith("|")]
    names = [cell.strip() for cell in header.strip("|").split("|")]
    return [
        dict(zip(names, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
        for line in lines
    ]


def test_all_is_right_and_repeats():
    assert len(rows()) == 7
    assert all("(right)" in row["differences"] and row["repeats"] == "yes" for row in rows())


def test_the_page_on_speed_has_its_times():
    page = (ROOT / "docs/speed.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if line.count("|") == 6 and "ms" not in line]
    times = {line.split("|")[1].strip(): line.split("|")[2:6] for line in shown}
    for row in (row for row in rows() if row["model"] in times):
        alone = [f"{float(row[name]):.2f}" for name in ("CPU", "graph")]
        wanted = [*alone, row["5 at once"], row["20 at once"]]
        assert [cell.strip() for cell in times[row["model"]]] == wanted
    assert {"NCL-basic", "Simplified-SimSiam", "CL-basic"} <= times.keys()


def test_the_changelog_has_its_gains():
    gains = [
        float(row["CPU"]) / float(row[name])
        for row in rows()
        for name in ("5 at once", "20 at once")
    ]
    changes = " ".join((ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split())
    assert f"{min(gains):.0f} to {max(gains):.0f} times as fast as a core" in changes
