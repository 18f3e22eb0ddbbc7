"""Snakemake as it is, but for the pause between two looks at SLURM's jobs: always a second.

The plugin's pause grows by ten seconds with each look in vain. Nothing else differs: jobs start the
real Snakemake.
"""

import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

PAUSE = property(lambda self: 1, lambda self, value: None)

if __name__ == "__main__":
    RemoteExecutor.next_seconds_between_status_checks = PAUSE
    sys.exit(main())
