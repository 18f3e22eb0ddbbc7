"""What the Snakefile asks of the package: devices and growing resources."""

import pytest

from ssl_landscape.pipeline.snakefile_helpers import device_per_run, gpus_per_run, growing


@pytest.fixture
def environment(monkeypatch):
    """Give a function that sets what a SLURM job would see; None unsets."""

    def setup(job, gpus):
        for name, value in {"SLURM_JOB_ID": job, "CUDA_VISIBLE_DEVICES": gpus}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return setup


@pytest.mark.parametrize(
    ("wanted", "given", "gpus", "device"),
    [
        ("cpu", None, 0, "cpu"),
        ("cpu", "0", 0, "cpu"),
        ("auto", "0", 1, "auto"),
        ("auto", "GPU-8f1c", 1, "auto"),
        ("auto", None, 0, "cpu"),
        ("auto", "", 0, "cpu"),
        ("auto", "NoDevFiles", 0, "cpu"),
        ("auto", "-1", 0, "cpu"),
        ("cuda", "1", 1, "cuda"),
        ("cuda", None, 1, "cuda"),  # fails in the job, with one clear error
    ],
)
def test_a_slurm_job_uses_the_gpu_that_it_was_given(environment, wanted, given, gpus, device):
    environment("17", given)
    assert gpus_per_run(wanted) == gpus
    assert device_per_run(wanted) == device


@pytest.mark.parametrize(("wanted", "gpus"), [("cpu", 0), ("cuda", 1)])
def test_outside_of_slurm_the_config_decides(environment, wanted, gpus):
    environment(None, None)
    assert gpus_per_run(wanted) == gpus
    assert device_per_run(wanted) == wanted


def test_outside_of_slurm_auto_is_left_to_the_training(environment):
    environment(None, None)
    assert device_per_run("auto") == "auto"


def test_a_retry_asks_for_more():
    assert [growing(1000)(None, attempt) for attempt in (1, 2, 3)] == [1000, 2000, 3000]
