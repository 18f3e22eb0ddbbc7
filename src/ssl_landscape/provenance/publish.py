"""``ssl-landscape publish``: copy a complete, audited, clean build to ``results/published``.

The copy is written beside it and takes its place by a rename: it is all of one build, or as before.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.pipeline.jobs import ALL, Job
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks import CHECKS_OF_BUILT, findings_of
from ssl_landscape.provenance.finding import PROBLEM
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import seal, sha256
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.kept import kept_files, kept_targets, objections_to_keeping
from ssl_landscape.provenance.published import FORMAT, SUMS, checksums
from ssl_landscape.provenance.recompute import recompute


def publish(plan: Plan) -> str:
    """Replace the published copy by the current build; return what was done, as one line.

    Raises:
        UserError: the build is a variant's, is incomplete, does not pass the audit or is not clean;
            a line for each reason.
    """
    if variant := plan.config.variant:
        raise UserError(f"variant {variant!r}: only the paper's own results are published")
    graph = Graph(plan)
    found = Inventory(graph)
    built = {ALL, *_begun(graph, found)}
    manifests = [job for job in found.manifests if job.target in built]
    jobs = [job for job in graph.jobs if job.target in built]
    kept = kept_targets(graph, found, built)
    reasons = [*_objections(graph, found, manifests)]
    for target in kept:
        reasons += objections_to_keeping(graph, found, target, kept)
    if reasons:
        raise UserError("not published: " + "\n  ".join(reasons))
    published = found.published
    new, old = (published.folder.with_name(f".published.{what}") for what in ("new", "old"))
    if old.exists() and not published.folder.exists():  # killed between the two renames
        old.rename(published.folder)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    files = [f for job in jobs for f in job.outputs if graph.is_published(f)]
    lists = [file for job in manifests for file in job.outputs]
    for file in map(Path, [*files, *lists]):
        _copy(file, new / file.relative_to(graph.results))
    for name in (name for target in kept for name in kept_files(graph, target)):
        place = Path(graph.published_path(name))
        _copy(place, new / place.relative_to(published.folder))
    for benchmarks in (Path(graph.results) / "benchmarks", published.folder / "benchmarks"):
        measured = [p for p in benchmarks.rglob("[!.]*") if p.is_file()]
        for path in measured:
            _copy(path, new / "benchmarks" / path.relative_to(benchmarks))
        if measured:  # else those that are published already stay
            break
    records = [found.records[job.record] for job in jobs]
    origins = [published.facts(job)["git"] for job in graph.jobs if job.target in kept]
    origins += [record["git"] for record in records]
    sealed = [p for kind in ("provenance", "benchmarks") for p in sorted((new / kind).rglob("*"))]
    content = {
        "format": FORMAT,
        "commits": sorted({git["commit"] for git in origins if git}),
        "date": max(record["end"] for record in records),  # not of publication: equal, if repeated
        "files": {p.relative_to(new).as_posix(): sha256(p) for p in sealed if p.is_file()},
    }
    write_json(new / published.seal_path.name, seal(content))
    written = {p.relative_to(new).as_posix(): sha256(p) for p in new.rglob("*") if p.is_file()}
    write_text(new / SUMS, checksums(written))
    if published.folder.exists():
        published.folder.rename(old)
    new.rename(published.folder)
    shutil.rmtree(old, ignore_errors=True)
    stays = f"; {', '.join(kept)} as published before" if kept else ""
    return f"{published.folder}: {len(files)} artefacts of {len(records)} jobs{stays}"


def _begun(graph: Graph, found: Inventory) -> Iterator[str]:
    """Yield the targets beside `all` of which something is built for their own sake.

    Nothing of them need be built; but what has begun has to be complete.
    """
    built = [job for job in graph.jobs if found.files & {*job.files}]
    for manifest in found.manifests:
        of_others = graph.needed_for(job for job in built if job.target != manifest.target)
        own = {job.record for job in built if job.target == manifest.target}
        if found.files & {*manifest.files} or own - {job.record for job in of_others}:
            yield manifest.target


def _objections(graph: Graph, found: Inventory, manifests: list[Job]) -> Iterator[str]:
    """Yield why the build, as far as these manifests list it, cannot be published."""
    for manifest in manifests:
        jobs, command = graph.of(manifest.target), f"snakemake --cores 2 {manifest.target}"
        unbuilt = [job for job in jobs if job.record not in found.files]
        if unbuilt:
            yield f"{manifest.target}: {len(unbuilt)} of {len(jobs)} jobs are not built; {command}"
        elif manifest.outputs[0] not in found.files:
            yield f"{manifest.outputs[0]} is missing; {command}"
        elif found.facts(manifest).get("spec") != manifest.spec:
            yield f"{manifest.outputs[0]} is of other settings or code; {command}"
    findings = findings_of(graph, found, CHECKS_OF_BUILT)
    findings += recompute(found, False, 0, 0, Counter())
    old = found.published.folder.as_posix()  # is replaced, whatever it says
    findings = [f for f in findings if f.weight == PROBLEM and not f.subject.startswith(old)]
    dirty = [finding for finding in findings if finding.kind == "dirty tree"]
    if dirty:
        yield f"{len(dirty)} jobs ran with uncommitted changes; commit them, rerun with --forceall"
    if others := len(findings) - len(dirty):
        yield f"the audit finds {others} problem(s); see ssl-landscape audit"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
