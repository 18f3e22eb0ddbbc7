"""Every processor with AVX2 trains to the same bytes, whatever the user has set."""

import csv
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from .portable_hashes import TABLE

ROOT = Path(__file__).parents[2]
HOSTILE = {
    "MKL_CBWR": "AVX512",
    "OPENBLAS_CORETYPE": "Prescott",
    "ATEN_CPU_CAPABILITY": "default",
    "NUMBA_CPU_NAME": "nehalem",
    "NPY_DISABLE_CPU_FEATURES": "AVX2",
    "OMP_NUM_THREADS": "2",
}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="for x86-64")
@pytest.mark.parametrize("settings", [{}, HOSTILE], ids=["plain", "hostile"])
def test_this_machine_s_are_the_recorded_ones(settings):
    command = [sys.executable, "-m", "tests.results.portable_hashes"]
    env = os.environ | settings
    process = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    ours = {result: found for _, result, found in csv.reader(process.stdout.splitlines())}
    with TABLE.open(encoding="utf-8") as file:
        recorded = list(csv.DictReader(file))
    assert {row["result"] for row in recorded} == set(ours)
    differing = [row for row in recorded if ours[row["result"]] != row["sha256"]]
    assert differing == []
