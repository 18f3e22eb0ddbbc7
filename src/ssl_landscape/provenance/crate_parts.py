"""What a crate is made of: entities, each added once, and files with their hashes."""

import mimetypes
import os
import shutil
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from ssl_landscape.errors import UserError
from ssl_landscape.provenance.inventory import Inventory

TERMS = "https://w3id.org/ro/terms/workflow-run#"
BIOSCHEMAS = "https://bioschemas.org/profiles/"
TYPES = {".parquet": "application/vnd.apache.parquet", ".safetensors": "application/octet-stream"}


class Parts:
    """Adds entities to a crate, and files to its folder."""

    def __init__(self, found: Inventory, folder: Path) -> None:
        """Begin an empty crate in a folder."""
        self.found, self.folder = found, folder
        self.crate = ROCrate(version="1.1")
        terms = {name: f"{TERMS}{name}" for name in ("sha256", "resourceUsage")}
        self.crate.metadata.extra_terms = terms
        self.files: dict[str, Entity] = {}

    def add(self, ident: str, kind: str, **properties: Any) -> Entity:
        """Add a contextual entity, once; properties that are None are left out."""
        if known := self.crate.dereference(ident):
            return known
        entity = self.crate.add(ContextEntity(self.crate, ident, properties={"@type": kind}))
        for name, value in properties.items():
            if value is not None:
                entity[name] = value
        return entity

    def profile(self, name: str) -> Entity:
        """Add a profile of Bioschemas."""
        ident = f"{BIOSCHEMAS}{name}/1.0-RELEASE"
        return self.add(ident, "CreativeWork", name=name, version="1.0-RELEASE")

    def parameter(self, name: str, paths: list[str]) -> Entity:
        """Add a parameter of the workflow, whose values these files are."""
        files, conforms = [self.file(path) for path in paths], self.profile("FormalParameter")
        about = {"name": name, "additionalType": "File", "workExample": files}
        parameter = self.add(f"#parameter-{name}", "FormalParameter", **about, conformsTo=conforms)
        for file in files:
            file["exampleOfWork"] = parameter
        return parameter

    def file(self, path: str, kinds: list[str] | None = None) -> Entity:
        """Add a file of the repository, once.

        Raises:
            UserError: it is missing, or not as its record says.
        """
        if path in self.files:
            return self.files[path]
        recorded, now = self.found.known(path), self.found.hash(path)
        if now is None or (recorded and recorded["sha256"] != now):
            raise UserError(f"{path}: does not match its record; see ssl-landscape audit")
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        _link(Path(path), place)
        kind = TYPES.get(place.suffix) or mimetypes.guess_type(path)[0] or "text/plain"
        size = str(place.stat().st_size)
        about = {"name": place.name, "encodingFormat": kind, "contentSize": size, "sha256": now}
        about |= {"@type": kinds} if kinds else {}
        self.files[path] = self.crate.add(File(self.crate, path, path, properties=about))
        return self.files[path]


def _link(source: Path, target: Path) -> None:
    """Link a file, or copy it where that cannot be: every writer here replaces, none overwrites."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
