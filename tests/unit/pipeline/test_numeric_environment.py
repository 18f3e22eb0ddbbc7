"""What a user's environment tells the numeric libraries reaches no job."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline import numeric_environment
from ssl_landscape.pipeline.jobs import find_job
from ssl_landscape.pipeline.numeric_environment import fix_environment
from ssl_landscape.pipeline.plan import Plan

from ..helpers import REPOSITORY

HOSTILE = {
    "ARROW_USER_SIMD_LEVEL": "NONE",
    "ATEN_CPU_CAPABILITY": "default",
    "CUBLAS_WORKSPACE_CONFIG": ":16:8",
    "CUDNN_LOGLEVEL_DBG": "0",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "FBGEMM_ENABLE_INSTRUCTIONS": "AVX2",
    "GOMP_CPU_AFFINITY": "0",
    "GOTO_NUM_THREADS": "2",
    "INTEL_ISA_DISABLE": "AVX2",
    "KMP_DETERMINISTIC_REDUCTION": "false",
    "MKLDNN_VERBOSE": "0",
    "MKL_CBWR": "AUTO",
    "MKL_DEBUG_CPU_TYPE": "5",
    "MKL_DISABLE_FAST_MM": "1",
    "MKL_DYNAMIC": "FALSE",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "MKL_NUM_STRIPES": "2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    "NPY_ENABLE_CPU_FEATURES": "X86_V3",
    "NUMBA_CPU_FEATURES": "+sse2",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_DISABLE_JIT": "1",
    "NUMBA_ENABLE_AVX": "0",
    "NUMBA_LOOP_VECTORIZE": "0",
    "NUMBA_NUM_THREADS": "2",
    "NUMBA_OPT": "0",
    "NVIDIA_TF32_OVERRIDE": "1",
    "OMP_DYNAMIC": "true",
    "OMP_NUM_THREADS": "2",
    "OMP_SCHEDULE": "dynamic",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_BLOCK_FACTOR": "20",
    "OPENBLAS_CORETYPE": "Prescott",
    "OPENBLAS_L2_SIZE": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "PYTORCH_JIT": "0",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
    "TORCH_LINEAR_FLATTEN_3D": "1",
    "TORCH_MKLDNN_MATMUL_MIN_DIM": "1",
    "USE_NNPACK": "0",
}
THREADS = {f"{name}_NUM_THREADS": "3" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """A copy of the environment, without what it has of these libraries."""
    read = numeric_environment._READ  # other tests' imports set some, too
    changed = {name: text for name, text in os.environ.items() if not name.startswith(read)}
    monkeypatch.setattr(os, "environ", changed)
    monkeypatch.chdir(tmp_path)
    return changed


@pytest.fixture
def processor(environment, monkeypatch, tmp_path):
    """Set the architecture and the flags that the machine shows."""

    def set_to(machine, flags):
        (tmp_path / "cpuinfo").write_text(f"processor: 0\nflags\t\t: {flags}\n\n", "utf-8")
        monkeypatch.setattr(platform, "machine", lambda: machine)
        monkeypatch.setattr(numeric_environment, "_CPUINFO", tmp_path / "cpuinfo")

    return set_to


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_user_set_is_dropped_or_replaced(environment, processor, name):
    processor("x86_64", "fpu avx avx2 fma")
    fix_environment(3)
    fixed = dict(environment)
    environment[name] = HOSTILE[name]
    fix_environment(3)
    assert environment == fixed
    assert environment.items() >= THREADS.items()


@pytest.mark.parametrize("name", ["CUDA_VISIBLE_DEVICES", "NUMBA_CACHE_DIR", "TMPDIR", "HOME"])
def test_what_changes_no_number_is_kept(environment, processor, name):
    processor("x86_64", "avx2 fma")
    environment[name] = "kept"
    fix_environment(1)
    assert environment[name] == "kept"


def test_another_architecture_gets_its_threads_only(environment, processor):
    processor("aarch64", "asimd")
    before = dict(environment)
    environment["MKL_CBWR"] = "AUTO"
    fix_environment(3)
    assert environment == before | THREADS


@pytest.mark.parametrize(
    ("flags", "lacks"), [("sse2 avx", "AVX2 and FMA"), ("fma avx", "AVX2"), ("avx2", "FMA")]
)
def test_a_processor_without_avx2_is_told_so(processor, flags, lacks):
    processor("x86_64", flags)
    with pytest.raises(UserError, match=f"^this processor lacks {lacks}; jobs need .*$"):
        fix_environment(1)


def test_settings_that_are_out_of_reach_are_refused(environment, processor, tmp_path):
    processor("x86_64", "avx2 fma")
    environment["GLIBC_TUNABLES"] = "glibc.rtld.optional_static_tls=2000"
    fix_environment(1)
    environment["GLIBC_TUNABLES"] += ":glibc.cpu.hwcaps=-AVX2,-FMA"
    with pytest.raises(UserError, match=r"type: unset GLIBC_TUNABLES$"):
        fix_environment(1)
    del environment["GLIBC_TUNABLES"]
    (tmp_path / ".numba_config.yaml").write_text("opt: 0\n")
    with pytest.raises(UserError, match=r"^\.numba_config\.yaml: "):
        fix_environment(1)


FILES = [str(REPOSITORY / file) for file in ("config.yaml", "workflow/variants/smoke.yaml")]
CONFIG = ["--config", *FILES]
RUN = "ncl-basic/sparsity-0.1/seed-1"
COMMANDS = {
    "job": ["job", "dataset", "sparse-0.1/seed-1", *CONFIG],
    "a rule's job": ["job", "dataset", "sparse-0.1/seed-1", "--results=results", "--spec=@"],
    "train": ["train", "--model=ncl-basic", "--sparsity=0.1", "--seed=1", *CONFIG],
}


def python(code, folder, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_no_numeric_library_is_loaded_before(tmp_path, name):
    """They read their variables when they are loaded."""
    command = [word.replace("@", "{}") for word in COMMANDS[name]]
    code = f"""if True:
        import sys
        from ssl_landscape.cli import job, main
        def fix(threads):
            libraries = {{"numpy", "torch", "numba", "pyarrow", "pandas", "matplotlib"}}
            print("loaded:", *(libraries & set(sys.modules)))
            raise SystemExit
        job.fix_environment = fix
        main.main({command!r})"""
    process = python(code, tmp_path)
    assert process.stdout == "loaded:\n", process.stderr


def table_of_one_model(plan):
    """Return the spec of a small table that one model suffices for."""
    spec = find_job(plan, "table", "table_2").spec
    return spec | {"rows": [row for row in spec["rows"] if row["model"] == "ncl-basic"]}


def hashes(folder, plan, **environment):
    """Hash what some jobs write; each begins in a process that has loaded nothing."""
    folder.mkdir()
    jobs = [("dataset", f"sparse-{sparsity}/seed-{k}") for sparsity in (0.1, 0.3) for k in (1, 2)]
    jobs += [("train", f"ncl-basic/sparsity-{s}/seed-{k}") for s in (0.1, 0.3) for k in (1, 2)]
    jobs += [("theorem", "theorem_2"), ("metrics", "ncl-basic")]
    commands = [["job", *job, *CONFIG] for job in jobs]
    table = json.dumps(table_of_one_model(plan))
    commands.append(["job", "table", "table_2", "--results=results/smoke", f"--spec={table}"])
    code = f"""if True:
        from ssl_landscape.cli.main import main
        for command in {commands!r}:
            assert not main(command)
        import ctypes, glob, numpy, os, torch
        path, = glob.glob(os.path.dirname(numpy.__file__) + ".libs/*openblas*")
        core = ctypes.CDLL(path).scipy_openblas_get_corename64_
        core.restype = ctypes.c_char_p
        print(core().decode(), torch.backends.cpu.get_cpu_capability(), torch.get_num_threads())"""
    process = python(code, folder, **environment)
    assert process.returncode == 0, process.stderr
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.*"))
        if path.is_file() and "record" not in path.name and path.name != "run.json"
    }
    return process.stdout.split(), {n: h for n, h in found.items() if "/jobs/" not in n}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="fixes threads only")
def test_hostile_settings_change_no_byte(tmp_path):
    small_plan = Plan(load_config(*map(Path, FILES)))
    libraries, wanted = hashes(tmp_path / "plain", small_plan)
    assert libraries == ["Haswell", "AVX2", "1"]
    assert len(wanted) >= 8 + 8 + 4 + 2 + 3
    assert hashes(tmp_path / "hostile", small_plan, **HOSTILE) == (libraries, wanted)
