"""A trace as text: a tree of jobs and files, then code, settings and machines."""

from collections.abc import Iterator
from typing import Any

from ssl_landscape.provenance.trace import Node


def text(report: dict[str, Any]) -> str:
    """Return the report as text."""
    lines = [f"{report['artefact']}: {report['what']}"]
    if row := report["row"]:
        mean, std = row.get("mean"), row.get("std") or row.get("sample_std")
        theirs = row.get("published_mean")
        published = f"; published {theirs} ± {row.get('published_std')}" if theirs else ""
        lines.append(f"{mean} ± {std} over {row['runs']} runs{published}")
    lines += ["", *_branches(report["tree"], "", ""), ""]
    lines.append("Reaches " + ", ".join(f"{n} {rule}" for rule, n in report["reaches"].items()))
    lines += ["", "Code"]
    for rule, codes in report["code"].items():
        for code, known in codes.items():
            state = "" if known["current"] else " (NOT the current code)"
            modules = ", ".join(m.removeprefix("ssl_landscape.") for m in known["modules"])
            lines.append(f"  {rule}: {code}{state}{': ' if modules else ''}{modules}")
    for rule, spec in report["settings"].items():
        lines += ["", f"Settings that all its {rule} jobs share"]
        lines += [f"  {key}: {value}" for key, value in spec.items()]
    lines += ["", "Made on"]
    if not report["made on"]:
        lines.append("  not recorded: its jobs have not run here; trace the published file instead")
    for place in report["made on"]:
        git, host = place["git"], place["host"] or "a host that is not published"
        commit = git["commit"] + (" (DIRTY)" if git["dirty"] else "") if git else "no commit"
        packages = ", ".join(f"{name} {version}" for name, version in place["packages"].items())
        lines.append(f"  {place['jobs']} job(s) on {host}, {place['cpu']}, {commit}")
        lines.append(f"    Python {place['python']}, {packages}")
    lines += ["", "Reproduce it"]
    lines += [f"  {what}: {command}" for what, command in report["reproduce it"].items()]
    return "\n".join(lines) + "\n"


def _branches(node: Node, first: str, rest: str) -> Iterator[str]:
    title = f"{node['rule']} {node['name']}".strip()
    value = f", {node['value']:.6f}" if "value" in node else ""
    yield f"{first}{title}{value}  [code {node['code'] or 'not recorded'}]"
    bar = "│  " if node["from"] else "   "
    for file in node["files"]:
        yield f"{rest}{bar}{file['file']}  {(file['sha256'] or '')[:12]}  {file['state']}"
    for one in node["from"]:
        last = one is node["from"][-1]
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _branches(one, rest + branch, rest + below)
