"""Fix the code paths and threads of the numeric libraries, before any of them is loaded.

NumPy, OpenBLAS, PyTorch, MKL, oneDNN and numba choose their code by the processor and by what the
user's environment says; both would change the last bits of a job's numbers.
"""

import os
import platform
from pathlib import Path

from ssl_landscape.errors import UserError

# What these libraries read, GPU libraries included. Found in their documentation, and by searching
# the installed ones for names of variables. Which GPU is used (CUDA_VISIBLE_DEVICES) is not here.
_READ = (
    *("ATEN_", "TORCH", "PYTORCH_", "USE_NNPACK", "FBGEMM_"),  # PyTorch
    *("ONEDNN_", "DNNL_", "MKLDNN_", "MKL_", "INTEL_ISA_", "VML_"),  # oneDNN, MKL
    *("OPENBLAS_", "GOTO_", "BLIS_", "VECLIB_", "NPY_", "NUMPY_"),  # NumPy
    *("OMP_", "GOMP_", "KMP_", "TBB_", "NUMBA_", "ARROW_"),
    *("CUBLAS", "CUDNN", "NVIDIA_TF32_"),
)
_KEPT = {"NUMBA_CACHE_DIR"}  # where compiled code is stored, by processor and source

_CPUINFO = Path("/proc/cpuinfo")
_X86 = {  # the same instructions on each processor with AVX2, of any vendor
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",  # MKL ignores AVX2 on other vendors' processors
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "",  # none beside Haswell's own
    "NUMBA_DISABLE_INTEL_SVML": "1",  # would be used where it happens to be installed
}


def fix_environment(threads: int) -> None:
    """Drop what the user set for the numeric libraries, and set what they are to use.

    Args:
        threads: cores that each of them may use.

    Raises:
        UserError: the processor lacks AVX2, or a setting is out of reach.
    """
    for name in [name for name in os.environ if name.startswith(_READ) and name not in _KEPT]:
        del os.environ[name]
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)
    if platform.machine() in ("x86_64", "AMD64"):
        _require_avx2()
        os.environ.update(_X86)
    # Read when Python starts, and from the working folder.
    if "glibc.cpu.hwcaps" in os.environ.get("GLIBC_TUNABLES", ""):
        raise UserError("GLIBC_TUNABLES changes mathematical functions; type: unset GLIBC_TUNABLES")
    if Path(".numba_config.yaml").exists():
        raise UserError(".numba_config.yaml: changes what numba computes; remove it")


def _require_avx2() -> None:
    if _CPUINFO.exists():  # on Linux
        flags = _CPUINFO.read_text(encoding="utf-8").partition("\nflags")[2].partition("\n")[0]
        missing = {"avx2", "fma"} - set(flags.split())
        if missing:
            names = " and ".join(name.upper() for name in sorted(missing))
            raise UserError(f"this processor lacks {names}; jobs need an x86-64 with AVX2 and FMA")
