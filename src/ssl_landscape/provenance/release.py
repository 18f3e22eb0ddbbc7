"""``ssl-landscape release``: pack the published results with all that git does not have of them.

Curves, weights, metrics, datasets, records, pictures: whoever unpacks them (``ssl-landscape
fetch``) has nothing to train. Equal results and records give equal bytes: names in order, no times,
no owners. Logs and timings are left out: nothing that git has vouches for them.
"""

import io
import lzma
import tarfile
from pathlib import Path

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import replacing
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.listing import Listing, sums_of
from ssl_landscape.provenance.record import read_record

PUBLISH = "build and publish first: snakemake --cores 2 publish"
ARCHIVE = "ssl-landscape-results.tar.xz"
PRESET = 1  # of xz: Parquet is compressed already, higher ones take minutes for a hundredth


def write_release(plan: Plan, target: Path, chosen: list[str] | None = None) -> str:
    """Pack the targets that are built and published; return what was done, as one line.

    Args:
        plan: the plan of the config.
        target: the archive.
        chosen: the targets to pack beside `all`; None for those that are built here.

    Raises:
        UserError: a target is not published, or the build is not the published one; the first
            file that differs is named.
    """
    listing = Listing(Graph(plan))
    published = [*listing.of_target]
    if unknown := [name for name in chosen or [] if name not in published]:
        raise UserError(f"{unknown[0]}: is not published; choose from {', '.join(published)}")
    manifests = {
        job.outputs[0]
        for job in listing.manifests
        if (Path(job.outputs[0]).is_file() if chosen is None else job.target in chosen)
    }
    wanted = listing.files_with(manifests) - {listing.sums}
    left_out = [name for name in published if name not in listing.targets_with(manifests)]
    files = {file: Path(file) for file in sorted(wanted)}
    if missing := [file for file, path in files.items() if not path.is_file()]:
        raise UserError(f"{missing[0]}: not built; {len(missing)} files are missing; {PUBLISH}")
    records = (read_record(files[file]) for file in sorted(listing.records & wanted))
    lists = {f"{listing.graph.results}/provenance/installed-{r['installed']}.txt" for r in records}
    files |= {file: Path(file) for file in sorted(lists) if Path(file).is_file()}
    if altered := [file for file, path in files.items() if not listing.is_sound(file, path)]:
        raise UserError(f"{altered[0]}: is not as it was published; {PUBLISH}")
    seal = listing.published.seal_path
    sums = sums_of(files).encode()
    with (
        replacing(target) as temporary,
        lzma.open(temporary, "wb", preset=PRESET) as compressed,
        tarfile.open(fileobj=compressed, mode="w|", format=tarfile.GNU_FORMAT) as archive,
    ):
        # The seal first: it tells at once which results these are.
        for file, content in ((seal.as_posix(), seal.read_bytes()), (listing.sums, sums)):
            archive.addfile(_member(file, len(content)), io.BytesIO(content))
        for file, path in sorted(files.items()):
            with path.open("rb") as stream:
                archive.addfile(_member(file, path.stat().st_size), stream)
    size = sum(path.stat().st_size for path in files.values())
    packed = target.stat().st_size
    done = f"{target}: {packed / 1e6:.1f} MB, {len(files)} files of {size / 1e6:.1f} MB"
    return f"{done}; without {', '.join(left_out)}" if left_out else done


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Return a plain file of the archive: of nobody, at no time."""
    member = tarfile.TarInfo(name)
    member.size = size
    return member
