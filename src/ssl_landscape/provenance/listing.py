"""What an archive of the published results holds, and how each of its files is checked.

The lists are those that git has, in ``results/published``: the manifests hash all artefacts, and a
line of a list of jobs has all that is published of a record, its seal included.
"""

import itertools
import re
from collections.abc import Container
from pathlib import Path, PurePosixPath

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import ALL
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.manifest import job_line, manifest_job, read_manifest
from ssl_landscape.provenance.published import Published, checksums
from ssl_landscape.provenance.record import read_record

SUMS = "SHA256SUMS"
LARGEST = 2**22  # bytes of a file whose size no manifest tells: a record, a list of packages
INSTALLED = re.compile(r"installed-([0-9a-f]{16})\.txt")


class Listing:
    """The files of an archive of the published results, by their paths from the root."""

    def __init__(self, graph: Graph) -> None:
        """Read the published lists.

        Raises:
            UserError: nothing is published here, or the published copy is damaged or too old.
        """
        if variant := graph.plan.config.variant:
            raise UserError(f"variant {variant!r}: only the paper's own results are published")
        published = Published(graph)
        if not published.exists:
            raise UserError(f"{published.folder}: nothing is published here")
        for path, why in published.broken.items():
            raise UserError(f"{path}: {why}")
        self.graph, self.published = graph, published
        self.hashes = {file: known["sha256"] for file, known in published.artefacts.items()}
        self.sizes = {file: known["bytes"] for file, known in published.artefacts.items()}
        self.lines: dict[str, str] = {}  # record -> its line in a list of jobs
        self.of_target: dict[str, set[str]] = {}  # the files of each published target
        self.manifests = [manifest_job(graph, t) for t in self.published.targets]
        for job in self.manifests:
            for file in job.outputs:
                copy = Path(graph.published_path(file))
                self.hashes[file] = published.files[str(copy)]
                self.sizes[file] = copy.stat().st_size
            header, *lines = copy.read_text(encoding="utf-8").splitlines()
            if not header.endswith(",seal"):
                raise UserError(f"{copy}: does not tell the records' seals; publish again")
            own = {line.partition(",")[0]: line for line in lines}
            artefacts = read_manifest(Path(graph.published_path(job.outputs[0])))
            self.of_target[job.target] = {*artefacts, *own, *job.files}
            self.lines |= own
        self._add_what_they_rest_on()
        self.records = {*self.lines, *(job.record for job in self.manifests)}
        self.provenance = f"{graph.results}/provenance"
        self.sums = f"{self.provenance}/{SUMS}"

    def _add_what_they_rest_on(self) -> None:
        """Add to each target's files those of other targets that it needs."""
        for target, files in self.of_target.items():
            needed = self.graph.needed_for(self.graph.of(target))
            made = {file for job in needed for file in job.files}
            files |= made & {*self.hashes, *self.lines}

    def targets_with(self, some: Container[str]) -> list[str]:
        """Return the targets of an archive with ``some`` files: `all`, others by their manifest."""
        lists = {job.target: job.outputs[0] for job in self.manifests}
        return [target for target, file in lists.items() if target == ALL or file in some]

    def files_with(self, some: Container[str]) -> set[str]:
        """Return the files of an archive that has ``some`` of them: all of its targets."""
        files = (self.of_target[target] for target in self.targets_with(some))
        return {self.sums, *itertools.chain(*files)}

    @property
    def most(self) -> int:
        """How many bytes an archive can have at most: a fuse, with room for records and lists."""
        return 2 * sum(self.sizes.values()) + 2**27

    def has_room(self, file: str, size: int) -> bool:
        """Return whether a file belongs into an archive, and can have this size."""
        if file in self.sizes:
            return size == self.sizes[file]
        return size <= LARGEST and (file in {*self.records, self.sums} or self.is_list(file))

    def is_list(self, file: str) -> bool:
        """Return whether a file lists installed packages: its name has the hash of the list."""
        name = PurePosixPath(file).name
        return bool(INSTALLED.fullmatch(name)) and file == f"{self.provenance}/{name}"

    def is_sound(self, file: str, path: Path) -> bool:
        """Return whether ``path`` has what was published as ``file``."""
        if file in self.hashes:
            return sha256(path) == self.hashes[file]
        if file in self.records:
            return self._is_record(file, path)
        return self.is_list(file) and sha256(path)[:16] in PurePosixPath(file).name

    def _is_record(self, file: str, path: Path) -> bool:
        try:
            record = read_record(path)
        except UserError:
            return False
        if file in self.lines:
            return job_line(file, record) == self.lines[file]
        # A manifest's own job is in no list: it counts for what it says of its files.
        return all(self.hashes.get(f) == made["sha256"] for f, made in record["outputs"].items())


def sums_of(files: dict[str, Path]) -> str:
    """Return the checksums of an archive's files, to be checked from the repository's root."""
    return checksums({file: sha256(path) for file, path in files.items()})
