"""``ssl-landscape fetch``: put an archive's results in place, so that nothing has to be trained.

The archive is unpacked beside the results, and each file is checked against the lists that git has
(:mod:`ssl_landscape.provenance.listing`); only then are files moved to their places, each whole. At
last Snakemake notes them as its own (``--touch``). A kill leaves results that are whole, and the
same command goes on.
"""

import io
import logging
import os
import shutil
import tarfile
from pathlib import Path
from typing import IO, Any

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import replacing
from ssl_landscape.io.write_errors import explaining_writes
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.stale_locks import read_note, sentence
from ssl_landscape.provenance.archive import opened
from ssl_landscape.provenance.differences import some
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.listing import Listing, sums_of
from ssl_landscape.provenance.manifest import manifest_inputs
from ssl_landscape.provenance.own_snakemake import config_options, run_snakemake
from ssl_landscape.provenance.record import read_record

log = logging.getLogger(__name__)


def fetch(plan: Plan, source: str, configs: list[Path], replace: bool) -> str:
    """Unpack the published results into place; return what was done, as one line.

    Args:
        plan: the plan of the config.
        source: the archive, a file or a URL (http, https, file).
        configs: the config files of the plan, for Snakemake.
        replace: whether files that are built already and differ are overwritten.

    Raises:
        UserError: the archive cannot be read, is not that of the published results, or would
            overwrite what is built. Nothing is changed then.
    """
    config_options(configs)
    listing = Listing(Graph(plan))
    results = Path(listing.graph.results)
    note = read_note(results.as_posix())
    if note and note["alive"] is not False:
        raise UserError(sentence(note))
    folder = results / ".fetch"
    shutil.rmtree(folder, ignore_errors=True)  # of a fetch that was killed
    try:
        with explaining_writes([folder]):
            unpacked = _unpack(listing, source, folder)
            kept, left_out = _of_this_code(listing, unpacked)
            if not kept:
                raise UserError(f"{source}: nothing in it is of this config and code")
            files = {file for job in kept for file in job.files}
            files |= {file for file in unpacked if listing.is_list(file)}
            new = _place({file: unpacked[file] for file in files}, replace)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    log.info("Snakemake notes the files of %d jobs as its own", len(kept))
    records = [job.record for job in kept]
    note_as_made = ["--touch", "--forceall", "--cores", "1", "--quiet", "all", "--"]
    run_snakemake(note_as_made + records, configs, "note", Path())
    done = f"{results}: {len(files)} files of {len(kept)} jobs, {new} of them new"
    if not left_out:
        return done
    names = some([f"{job.rule} {job.name}".strip() for job in left_out])
    return f"{done}; not those of {len(left_out)} jobs of other settings or code than now: {names}"


def _unpack(listing: Listing, source: str, folder: Path) -> dict[str, Path]:
    """Unpack and check all files of an archive; return file -> where its content is now."""
    seal = listing.published.seal_path
    found: dict[str, Path] = {}
    with opened(source, listing.most) as archive:
        for member in archive:
            file = member.name
            if file == seal.as_posix() and not found:
                _check_seal(source, _content(archive, member).read(2**20), seal)
                found[file] = seal
                continue
            if not found:
                raise UserError(f"{source}: is no archive of results: {seal} does not come first")
            # Stricter than tarfile's own filters: only plain files that the lists name, once each.
            if not (member.isreg() and listing.has_room(file, member.size)) or file in found:
                raise UserError(f"{source}: {file!r} is not as it was published, or never was")
            found[file] = folder / file
            found[file].parent.mkdir(parents=True, exist_ok=True)
            with found[file].open("wb") as target:
                shutil.copyfileobj(_content(archive, member), target)
            if file != listing.sums and not listing.is_sound(file, found[file]):
                raise UserError(f"{source}: {file} is not as it was published")
    found.pop(seal.as_posix(), None)
    if missing := sorted(listing.files_with(found) - found.keys()):
        raise UserError(f"{source}: lacks {len(missing)} files, first {missing[0]}")
    rest = {file: path for file, path in found.items() if file != listing.sums}
    if found[listing.sums].read_text(encoding="utf-8", errors="replace") != sums_of(rest):
        raise UserError(f"{source}: {listing.sums}: is not as it was published")
    return found


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(member) or io.BytesIO()  # what is no file is empty


def _check_seal(source: str, content: bytes, seal: Path) -> None:
    if content != seal.read_bytes():
        raise UserError(
            f"{source}: is not of the results in {seal.parent}, but of an older, later or other "
            "publication; check out the commit that it belongs to, or fetch the archive of this one"
        )


def _of_this_code(listing: Listing, unpacked: dict[str, Path]) -> tuple[list[Job], list[Job]]:
    """Return the jobs that this checkout would run in the same way, and those it would not.

    What rests on one of the latter is one of them: Snakemake makes both.
    """
    kept: list[Job] = []
    left_out: list[Job] = []
    gone: set[str] = set()
    for job in [*listing.graph.jobs, *listing.manifests]:
        if job.record not in unpacked:  # not published
            gone.update(job.files)
            continue
        is_manifest = job.rule == "manifest"
        inputs = manifest_inputs(listing.graph, job.target) if is_manifest else job.inputs
        record = read_record(unpacked[job.record])
        if gone.isdisjoint(inputs) and _is_same(listing.graph, job, record):
            kept.append(job)
        else:
            left_out.append(job)
            gone.update(job.files)
    return kept, left_out


def _is_same(graph: Graph, job: Job, record: dict[str, Any]) -> bool:
    """Return whether a job would run now as its record tells: settings, code, tracked inputs."""
    tracked = [file for file in job.inputs if file not in graph.producer]
    now = {file: sha256(Path(file)) for file in tracked}
    then = {file: record["inputs"].get(file, {}).get("sha256") for file in tracked}
    return hash_spec(record["spec"]) == job.spec_hash and record["code"] == job.code and now == then


def _place(files: dict[str, Path], replace: bool) -> int:
    """Move files to their places, but those that are there already; return how many.

    Raises:
        UserError: others are there, and are not to be replaced; nothing is moved then.
    """
    new = {file for file in files if not os.path.lexists(file)}
    differ = [file for file in sorted(files.keys() - new) if not _is_equal(Path(file), files[file])]
    if differ and not replace:
        raise UserError(
            f"{differ[0]}: is built already and differs, as {len(differ) - 1} other files; "
            "--replace overwrites them"
        )
    for file in sorted(new.union(differ)):
        with replacing(Path(file)) as temporary:
            shutil.move(files[file], temporary)
    return len(new.union(differ))


def _is_equal(there: Path, other: Path) -> bool:
    return there.is_file() and sha256(there) == sha256(other)
