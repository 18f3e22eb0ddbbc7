#!/usr/bin/env bash
# Snakemake runs this in the repository's root after it has made the conda environment.
set -euo pipefail
"${CONDA_PREFIX}/bin/python" -m pip install --no-deps --no-build-isolation --editable .
