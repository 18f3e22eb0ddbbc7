"""A real SLURM on this machine alone: munged, slurmctld and slurmd, on request with accounting.

Needs root, the packages slurm-wlm and munge (with accounting slurmdbd and mariadb-server too), and
no other SLURM. All state is in one temporary folder; only links to the configuration are outside of
it, in /etc/slurm, since job steps look for it nowhere else.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

ETC = Path("/etc/slurm")
PROGRAMS = ("munged", "slurmctld", "slurmd", "srun", "sbatch")
ACCOUNTING_PROGRAMS = ("slurmdbd", "mariadbd", "mariadb-install-db", "sacctmgr")
ACCOUNT = "lab"
DATABASE_PORT = 33306

# task=1: memory is looked at every second. batch_sched_delay: without it, jobs wait for seconds.
# cred_expire: a requeued job starts again after this time (a cluster's default: two minutes).
# config_overrides: the node has as many CPUs as is said here.
SLURM = """\
ClusterName=test
SlurmctldHost=localhost
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={state}/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
EnforcePartLimits=ALL
MinJobAge=600
KillWait=2
SlurmdTimeout=10
ReturnToService=2
StateSaveLocation={state}/slurmctld
SlurmdSpoolDir={state}/slurmd
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd.pid
SlurmctldLogFile={state}/slurmctld.log
SlurmdLogFile={state}/slurmd.log
GresTypes=gpu
NodeName=localhost CPUs={cpus} RealMemory={memory} Gres=gpu:2
PartitionName={partition} Nodes=localhost Default=YES MaxTime=INFINITE PriorityTier=1
PartitionName=urgent Nodes=localhost MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF
"""
NO_ACCOUNTING = "AccountingStorageType=accounting_storage/none\n"
ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePass={state}/munge.socket
AccountingStorageEnforce=associations,limits
AccountingStorageTRES=gres/gpu
"""
SLURMDBD = """\
AuthType=auth/munge
AuthInfo=socket={state}/munge.socket
DbdHost=localhost
SlurmUser=root
PidFile={state}/slurmdbd.pid
LogFile={state}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={port}
StorageUser=root
StoragePass=none
StorageLoc=slurm_acct_db
"""
# Stand-ins for two GPUs: SLURM only hands out their numbers.
GRES = "Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n"


def why_not(accounting: bool = False) -> str | None:
    """Return why no SLURM can be started here; None if it can."""
    wanted = PROGRAMS + (ACCOUNTING_PROGRAMS if accounting else ())
    missing = [name for name in wanted if shutil.which(name, path=_path()) is None]
    if missing:
        return f"SLURM's programs are not installed: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "a SLURM can be started by root only"
    configuration = ETC / "slurm.conf"
    if configuration.exists() and not configuration.is_symlink():
        return f"this machine belongs to a SLURM: {configuration}"
    return None


class Cluster:
    """SLURM's daemons, their configuration and their state."""

    def __init__(
        self, *, cpus: int = 4, partition: str = "batch", accounting: bool = False
    ) -> None:
        """Describe a cluster of one node; nothing starts yet."""
        self.cpus, self.partition, self.accounting = cpus, partition, accounting
        self.state = Path(tempfile.mkdtemp(prefix="slurm-"))
        self._database: subprocess.Popen | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator["Cluster"]:
        """Start, and stop whatever happens."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start all daemons and wait until the node takes jobs."""
        self._end_forgotten()
        self._configure()
        socket_file = self.state / "munge.socket"
        (self.state / "munge.key").write_bytes(os.urandom(128))
        (self.state / "munge.key").chmod(0o400)
        # --force: a folder that root alone can enter is no mistake here.
        self._call(
            "munged",
            "--force",
            f"--socket={socket_file}",
            *(f"--{name}-file={self.state}/munge.{name}" for name in ("key", "log", "pid", "seed")),
        )
        wait_for(socket_file.exists, "munged")
        if self.accounting:
            self._start_accounting()
        self.start_controller()
        self.start_node()

    def stop(self) -> None:
        """Cancel all jobs, end all daemons, remove the configuration and the state."""
        with contextlib.suppress(subprocess.SubprocessError, TimeoutError):
            self.cancel_all()
        self._end_daemons()
        if self._database:
            self._database.wait()
        for name in ("slurm.conf", "gres.conf", "slurmdbd.conf"):
            (ETC / name).unlink(missing_ok=True)
        shutil.rmtree(self.state, ignore_errors=True)

    def start_controller(self) -> None:
        """Start slurmctld; jobs known to an earlier one go on."""
        self._call("slurmctld")
        wait_for(lambda: "UP" in self.query("scontrol", "ping"), "slurmctld")

    def start_node(self) -> None:
        """Start slurmd and wait until its node takes jobs."""
        self._call("slurmd", "-N", "localhost")
        states = ("idle", "mix", "alloc")
        wait_for(lambda: self.node_state() in states, "slurmd")

    def lose_node(self) -> None:
        """Kill slurmd and all that its jobs run, as if the node had lost its power."""
        self.end("slurmd", signal.SIGKILL)
        for step in psutil.process_iter(["name"]):
            if step.info["name"] == "slurmstepd":
                for process in (step, *step.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        process.kill()

    def node_state(self) -> str:
        """Return the node's state, for example ``idle`` or ``down``."""
        return self.query("sinfo", "-h", "-p", self.partition, "-o", "%t").rstrip("*~#!%$@^-")

    def cancel_all(self, folder: Path | None = None) -> None:
        """Cancel all jobs (submitted in a folder) and wait until they are gone."""

        def jobs() -> list[str]:
            lines = self.query("squeue", "--noheader", "-o", "%i %Z").splitlines()
            pairs = [line.split(maxsplit=1) for line in lines]
            return [job for job, place in pairs if folder is None or place == str(folder)]

        if left := jobs():
            self.query("scancel", *left)
        wait_for(lambda: not jobs(), "jobs to end", 60)

    def end(self, daemon: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End a daemon by its pid file and wait for its end."""
        pid_file = self.state / f"{daemon}.pid"
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            pid = int(pid_file.read_text())
            os.kill(pid, how)
            wait_for(lambda: not _runs(pid), f"the end of {daemon}")
            pid_file.unlink(missing_ok=True)

    def query(self, program: str, *arguments: str, timeout: float = 30) -> str:
        """Run one of SLURM's programs; give its output."""
        return subprocess.run(
            [program, *arguments],
            env=os.environ | {"PATH": _path()},
            capture_output=True,
            text=True,
            timeout=timeout,
        ).stdout.strip()

    def _end_daemons(self) -> None:
        for name in ("slurmd", "slurmctld", "slurmdbd", "munge"):
            self.end(name)
        self.end("database", signal.SIGKILL)  # nothing of it is kept

    @staticmethod
    def _end_forgotten() -> None:
        """End what tests that were killed have left running."""
        if (ETC / "slurm.conf").is_symlink():
            forgotten = object.__new__(Cluster)
            forgotten.state = (ETC / "slurm.conf").readlink().parent
            forgotten._end_daemons()

    def _configure(self) -> None:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        text = SLURM.format(
            state=self.state, cpus=self.cpus, memory=memory, partition=self.partition
        )
        text += ACCOUNTING.format(state=self.state) if self.accounting else NO_ACCOUNTING
        ETC.mkdir(exist_ok=True)
        files = {"slurm.conf": text, "gres.conf": GRES}
        if self.accounting:
            files["slurmdbd.conf"] = SLURMDBD.format(state=self.state, port=DATABASE_PORT)
        for name, content in files.items():
            (self.state / name).write_text(content)
            (self.state / name).chmod(0o600 if name == "slurmdbd.conf" else 0o644)
            (ETC / name).unlink(missing_ok=True)  # of a run of the tests that was killed
            (ETC / name).symlink_to(self.state / name)
        for name in ("slurmctld", "slurmd"):
            (self.state / name).mkdir()

    def _start_accounting(self) -> None:
        data = self.state / "database"
        quick = ("--user=root", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0")
        self._call("mariadb-install-db", f"--datadir={data}", *quick, "--skip-test-db")
        options = (*quick, "--skip-grant-tables", "--bind-address=127.0.0.1")
        options += (
            f"--pid-file={self.state}/database.pid",
            f"--datadir={data}",
            f"--port={DATABASE_PORT}",
            f"--socket={data}/socket",
        )
        with (self.state / "database.log").open("w") as log:
            self._database = subprocess.Popen(
                ["mariadbd", "--no-defaults", *options],
                env=os.environ | {"PATH": _path()},
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: _listens(DATABASE_PORT), "mariadbd")
        self._call("slurmdbd")
        wait_for(lambda: _listens(6819), "slurmdbd")
        self._call("sacctmgr", "-i", "add", "cluster", "test")
        self._call("sacctmgr", "-i", "add", "account", ACCOUNT)
        self._call("sacctmgr", "-i", "add", "user", "root", f"account={ACCOUNT}")

    def _call(self, program: str, *arguments: str) -> None:
        process = subprocess.run(
            [program, *arguments],
            env=os.environ | {"PATH": _path()},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert process.returncode == 0, f"{program}: {process.stdout}{process.stderr}"


def wait_for(
    ready: Callable[[], object], what: str, seconds: float = 120, pause: float = 0.1
) -> None:
    """Wait until ``ready()`` is true, asking every ``pause`` seconds.

    Raises:
        TimeoutError: it was not for so long.
    """
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(pause)


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
