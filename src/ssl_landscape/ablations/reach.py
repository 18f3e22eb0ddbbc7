"""The most published cells that any choice among the readings tried can reach."""

from collections.abc import Iterable

import pandas as pd

from ssl_landscape.io.markdown import markdown_table

TITLE = "## How many cells any choice among these readings can reach"
HEAD = ["Models", "Agree, in use", "Best other reading", "It can reach at most"]
NOTE = (
    "A cell is lost to a reading that was run there and missed it, on whichever seeds; all other "
    "cells of the models count as won, run or not. If each model had the reading that reaches "
    "most, at most {single} of {cells} cells would agree; if models that an ablation asks together "
    "had one reading, at most {joint}. With the readings in use {have} do."
)


def reach(tables: dict[str, pd.DataFrame], ours: pd.DataFrame) -> list[str]:
    """Return the section: what each model, and models asked together, can reach; then the totals.

    Args:
        tables: ablation -> its cells, as :func:`ssl_landscape.ablations.table.read_cells` has them.
        ours: the tables' cells, as :func:`ssl_landscape.comparison.cells.read_cells` has them.
    """
    ours = ours[ours["runs"] > 0]
    by_model = ours.assign(agree=ours["within"].eq(True)).groupby("model", sort=False)["agree"]
    counts = by_model.agg(["size", "sum"])
    lost = _lost(tables, counts.index)
    single = [(model,) for model in counts.index]
    asked = {tuple(m for m in dict.fromkeys(t["base"]) if m in lost) for t in tables.values()}
    most, lines = {}, {}
    for group in (*single, *sorted(group for group in asked if len(group) > 1)):
        cells, agree = counts.loc[list(group)].sum()
        of_each = lost.reindex(columns=list(group)).dropna().sum(axis=1).sort_values(kind="stable")
        most[group] = int(max([agree, *(cells - of_each)]))
        best = [of_each.index[0], f"{cells - of_each.iloc[0]:g} of {cells}"] if len(of_each) else []
        lines[group] = [", ".join(group), f"{agree} of {cells}", *(best or ["none tried", ""])]
    gain = {group: most[group] - counts.loc[list(group), "sum"].sum() for group in most}
    joint = _disjoint(sorted({*most} - {*single}, key=lambda group: (-gain[group], group)))
    left = [group for group in single if not any(group[0] in together for together in joint)]
    totals = {"single": sum(most[g] for g in single), "joint": sum(most[g] for g in joint + left)}
    totals |= {"cells": len(ours), "have": counts["sum"].sum()}
    shown = [lines[group] for group in (*single, *joint)]
    return [TITLE, markdown_table(HEAD, shown), NOTE.format_map(totals)]


def _lost(tables: dict[str, pd.DataFrame], models: Iterable[str]) -> pd.DataFrame:
    """Return how many cells are lost: a line per other reading, a column per model run under it."""
    cells = pd.concat([t.assign(ablation=name) for name, t in tables.items()])
    known = cells["published_mean"].notna() & cells["base"].isin(models)
    tried = cells[known & ~cells["in_use"].astype(bool)]
    tried = tried.assign(lost=tried["within"].astype(str).ne("True"))
    lost = tried.groupby(["label", "base", "ablation"], sort=False)["lost"].sum()
    return lost.groupby(["label", "base"], sort=False).max().unstack("base")


def _disjoint(groups: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the first groups that share no model."""
    chosen: list[tuple[str, ...]] = []
    for group in groups:
        if not {*group} & {model for other in chosen for model in other}:
            chosen.append(group)
    return chosen
