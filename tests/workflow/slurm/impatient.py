"""Snakemake as it is, but for the pause between two looks at SLURM's jobs: always a second.

The plugin's pause grows by ten seconds with each look in vain. Nothing else differs: jobs start the
real Snakemake.
"""

import signal
import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

PAUSE = property(lambda self: 1, lambda self, value: None)

if __name__ == "__main__":
    # Where the tests run in the background, the shell has Ctrl-C ignored for all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    RemoteExecutor.next_seconds_between_status_checks = PAUSE
    sys.exit(main())
