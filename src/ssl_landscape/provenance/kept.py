"""What stays published although it is not built here: targets that are as this build has them.

Results of the same settings and code, from the same inputs, have the same bytes: nobody has to
build the ablations again to publish another figure.
"""

from collections.abc import Iterator

from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.manifest import manifest_job


def kept_targets(graph: Graph, found: Inventory, built: set[str]) -> list[str]:
    """Return the targets that are published, still in the config, and not built here."""
    targets = found.published.targets if found.published.exists else []
    return [target for target in targets if target not in built and graph.of(target)]


def kept_files(graph: Graph, target: str) -> list[str]:
    """Return the published files of a target as paths of the build, its lists too."""
    lists = list(manifest_job(graph, target).outputs)
    return lists + [f for job in graph.of(target) for f in job.outputs if graph.is_published(f)]


def objections_to_keeping(
    graph: Graph, found: Inventory, target: str, kept: list[str]
) -> Iterator[str]:
    """Yield why a published target cannot stay beside this build, the first reason of a kind.

    What it takes from others that are ``kept``, too, is as they were published.
    """
    published, jobs = found.published, graph.of(target)
    remedy = f"snakemake --cores 2 {target}"
    own = {file for job in graph.jobs if job.target in kept for file in job.outputs}
    for job in jobs:
        facts = published.facts(job)
        if (facts.get("spec"), facts.get("code")) != (job.spec_hash, job.code):
            yield f"{target}: {job.record} was published with other settings or code; {remedy}"
            return
        for file in {*job.inputs} - own:
            known = published.known(file)
            if known and known["sha256"] != found.hash(file):
                yield f"{target}: was published with another {file}; {remedy}"
                return
    for file in kept_files(graph, target):
        place = graph.published_path(file)
        if found.hash(place) != published.files.get(place):
            yield f"{place} is not as it was published; git checkout it, or {remedy}"
            return
