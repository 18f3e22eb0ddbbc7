"""An archive of results as a stream: from a file or over the network, with a limit to its size."""

import contextlib
import http.client
import lzma
import re
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ssl_landscape.errors import UserError

SECONDS = 60  # without a byte, after which a server is given up
BLOCK = 2**20  # bytes read from a server at a time


@contextlib.contextmanager
def opened(source: str, most: int) -> Iterator[tarfile.TarFile]:
    """Open an archive (``.tar.xz``), to be read once from its beginning to its end.

    Args:
        source: a file, or a URL that begins with http:, https: or file:.
        most: of how many bytes it can be at most, packed or unpacked.

    Raises:
        UserError: it cannot be read, is damaged or too large; in the block as well.
    """
    stream, size = _connected(source)
    bar = tqdm(total=size, unit="B", unit_scale=True, desc="fetch", disable=None, leave=False)
    packed: Any = _Limited(source, stream, most, bar.update)
    try:
        with stream, bar, lzma.open(packed) as unpacked:
            limited: Any = _Limited(source, unpacked, most)
            with tarfile.open(fileobj=limited, mode="r|") as archive:
                yield archive
            while limited.read(BLOCK):  # to the end of the packed stream, where its checksum is
                pass
    except (EOFError, lzma.LZMAError, tarfile.TarError) as error:
        raise UserError(f"{source}: is damaged, cut off or no archive ({error})") from None


def _connected(source: str) -> tuple[Any, int | None]:
    """Return a stream of a file or URL, and its size if it is known."""
    try:
        if not re.match(r"[a-z]+://", source):
            return Path(source).open("rb"), Path(source).stat().st_size
        if not re.match(r"(https?|file)://", source):
            raise UserError(f"{source}: is neither a file nor a URL of http, https or file")
        answer = urllib.request.urlopen(source, timeout=SECONDS)  # noqa: S310, see above
        return answer, answer.length if hasattr(answer, "length") else None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UserError(f"{source}: cannot be read ({error})") from None


class _Limited:
    """A stream that ends with an error where it fails, or gives more bytes than expected."""

    def __init__(self, source: str, stream: Any, most: int, count: Any = None) -> None:
        self.source, self.stream, self.most, self.count = source, stream, most, count

    def read(self, size: int = -1) -> bytes:
        """Read at most ``size`` bytes.

        Raises:
            UserError: the stream cannot be read on, or is too long.
        """
        try:
            content = self.stream.read(min(size, BLOCK) if size > 0 else size)
        except (OSError, http.client.HTTPException) as error:
            raise UserError(f"{self.source}: cannot be read ({error!r})") from None
        self.most -= len(content)
        if self.most < 0:
            raise UserError(f"{self.source}: is larger than the published results can be")
        if self.count:
            self.count(len(content))
        return content
