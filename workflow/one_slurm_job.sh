#!/usr/bin/env bash
# The whole pipeline as one SLURM job, Snakemake and its jobs on the job's own cores:
#   sbatch --cpus-per-task=16 workflow/one_slurm_job.sh all
# Submit it in the repository's root; arguments go to Snakemake.
#SBATCH --job-name=ssl-landscape
#SBATCH --output=slurm-%j.log
#SBATCH --open-mode=append
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=1000M
#SBATCH --time=02:00:00
#SBATCH --requeue
set -euo pipefail
if ! command -v ssl-landscape > /dev/null; then
    if [ ! -f .venv/bin/activate ]; then
        echo "the project's environment is not active: type . .venv/bin/activate, then sbatch again" >&2
        exit 2
    fi
    . .venv/bin/activate
fi
# Not another environment's Snakemake.
PATH=$(dirname "$(command -v ssl-landscape)"):$PATH
# After a node failure or a preemption, the lock of the Snakemake that was killed is still there.
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then
    snakemake --unlock
fi
exec snakemake --cores "$SLURM_CPUS_PER_TASK" "$@"
