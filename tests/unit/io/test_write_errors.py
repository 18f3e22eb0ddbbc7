"""Errors of writing, and what killed writers leave."""

import errno
import uuid

import pytest
from safetensors import SafetensorError

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import replacing
from ssl_landscape.io.write_errors import explaining_writes, remove_temporaries


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "x"),
            r"No space left on device, while writing a\.csv, b\.md; free space on the disk and",
        ),
        (OSError(errno.EACCES, "x", "/there/c.csv"), r"^/there/c\.csv: Permission denied; get"),
        (OSError("odd"), "odd, while writing a.csv, b.md; fix the cause and"),
        (SafetensorError("Error (os error 28)"), r"No space left on device.*free space"),
        (SafetensorError("odd"), "odd, while writing"),
    ],
)
def test_an_error_of_the_system_is_one_line_with_a_remedy(tmp_path, error, message):
    outputs = [tmp_path / "a.csv", tmp_path / "b.md"]
    with pytest.raises(UserError, match=message) as caught, explaining_writes(outputs):
        raise error
    assert str(caught.value).endswith("rerun the command; it will resume")


def test_the_file_s_own_name_is_shown_not_the_temporary_one(tmp_path):
    target = tmp_path / "curve.parquet"
    with pytest.raises(UserError, match=r"/curve\.parquet: File too large"):  # noqa: SIM117
        with explaining_writes([target]), replacing(target) as temporary:
            raise OSError(errno.EFBIG, "x", str(temporary))


def test_only_what_earlier_copies_of_the_job_left_is_removed(tmp_path):
    target, token = tmp_path / "curve.parquet", uuid.uuid4().hex
    left = [tmp_path / f".curve.{token}.parquet", tmp_path / f".checkpoint.{token}.safetensors"]
    kept = [target, tmp_path / f".other.{token}.parquet", tmp_path / ".curve.parquet"]
    for path in [*left, *kept]:
        path.touch()
    remove_temporaries([target])
    assert sorted(tmp_path.iterdir()) == sorted(kept)
