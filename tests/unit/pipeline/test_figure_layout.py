"""Nothing is cut off or covered: each figure of config.yaml, with its own labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ssl_landscape.config import load_config
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.pipeline.figures import plot_curves
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.specs import SPECS

PLAN = Plan(load_config(Path(__file__).parents[3] / "config.yaml"))


def synthetic(sparsities, metrics, seeds):
    epochs = np.arange(0, 8001, 400)
    runs = {f"seed-{seed}": 0.95 for seed in expand(seeds)}
    parts = [
        {"sparsity": s, "quantity": m, "epoch": epochs, **runs} for s in sparsities for m in metrics
    ]
    return pd.concat([pd.DataFrame(part) for part in parts])


@pytest.mark.parametrize("name", PLAN.config.figures)
def test_all_text_is_inside_and_the_legend_covers_no_panel(name):
    spec = SPECS["figure"](PLAN, name)
    frames = [
        synthetic(PLAN.models[entry["model"]].sparsities, spec["metrics"], entry["seeds"])
        for entry in spec["models"]
    ]
    figure = plot_curves(spec, frames)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    (legend,) = figure.legends
    for artist in (*legend.get_texts(), figure._suptitle, *(a.title for a in figure.axes)):
        box = artist.get_window_extent(renderer)
        assert box.x0 >= 0, artist
        assert box.x1 <= figure.bbox.x1, artist
        assert box.y0 >= 0, artist
        assert box.y1 <= figure.bbox.y1, artist
    covered = legend.get_window_extent(renderer)
    for axis in figure.axes:
        assert not covered.overlaps(axis.get_tightbbox(renderer))
