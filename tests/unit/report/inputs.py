"""Inputs of the report's texts, and captions as a reader sees them."""

import json
import re

import pandas as pd
import pyarrow as pa
from docutils.core import publish_parts

from ssl_landscape.io.files import write_parquet

STRICT = {"report_level": 2, "halt_level": 2}  # a warning of the markup is an error


def as_html(rst):
    return publish_parts(rst, writer="html", settings_overrides=STRICT)["body"]


def rows_of(html):
    """Return the text of each cell of a table."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


def metrics(path, **by_sparsity):
    """Write a model's metrics: sparsity -> (start, end, lowest, highest) of the minimum."""
    rows = []
    for sparsity, (start, end, low, high) in by_sparsity.items():
        for quantity in ("loss", "min_max_cosine"):
            shift = 100 if quantity == "loss" else 0
            common = {"sparsity": sparsity, "quantity": quantity, "runs": 5}
            first = {"epoch": 0, "mean": start + shift, "min": 0.0, "max": 1.0}
            last = {"epoch": 70, "mean": end + shift, "min": low, "max": high}
            for line in (first, last):  # the second run is the median
                runs = {f"seed-{1 + k}": line["mean"] + (0, -0.1, 0.5)[k] for k in range(3)}
                rows.append(common | line | runs)
    write_parquet(path, pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False))
    return path


def cells(path, *within):
    lines = [
        {
            "table": 1 + position % 2,
            "label": "CL-basic",
            "sigma": None,
            "pr_sparse": 0.1,
            "metric": "min_max_cosine",
            "model": "cl-basic",
            "published_mean": 0.9,
            "published_std": 0.01,
            "runs": 0 if inside is None else 5,
            "mean": 0.88,
            "sample_std": 0.02,
            "difference": -0.02,
            "tolerance": 0.05,
            "within": inside,
            "lower": 0.87,
            "upper": 0.89,
            "published_in_interval": False,
            "subsets": 0,
            "misleading_share": None,
        }
        for position, inside in enumerate(within)
    ]
    pd.DataFrame(lines).to_csv(path, index=False)
    return path


def claims(path, *verdicts):
    lines = [
        {"number": number, "statement": f"Claim_{number} holds.", "claim_verdict": verdict}
        | {"claim_decided": "undecided" if verdict == "partly" else verdict}
        for number, verdict in enumerate(verdicts, 1)
        for _ in range(2)  # one line a case
    ]
    pd.DataFrame(lines).to_csv(path, index=False)
    return path


def statement(path, status="partly confirmed"):
    claim = {"text": "W_t > 0", "source": "C.1", "status": "confirmed", "evidence": "0 of 3"}
    verdict = {"title": "Theorem 1", "status": status, "claims": [claim], "disagreements": [{}]}
    path.write_text(json.dumps({"statement": "theorem_1", "verdict": verdict}))
    return path
