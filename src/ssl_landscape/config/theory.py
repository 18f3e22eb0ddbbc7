"""The config's section ``theory``: at which sizes the theorems are computed.

Ranges here are the statements' own assumptions, where one value decides them.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from ssl_landscape.config.types import Count, NonNegative, Positive, Seed, Some, Strict, about

Probability = Annotated[float, Field(gt=0, lt=1)]
Two = Annotated[int, Field(ge=2)]  # or more
# Permutations are enumerated, and states of masks and latents too.
Dimension = Annotated[int, Field(ge=2, le=7)]
StateDimension = Annotated[int, Field(ge=2, le=5)]
Sizes = Annotated[list[Count], Field(min_length=2)]
Range = Annotated[list[Positive], Field(min_length=2, max_length=2)]


class Theorem1(Strict):
    """Landscapes of both losses (section 5.1)."""

    dimensions: Some[Dimension] = about("d = p = m")
    keep: Probability = about("alpha, the probability that an entry is kept")
    tau: Positive = about("Eq. 9 multiplies the similarity by it")
    taus: Some[Positive] = about("values at which readings of Eq. 9 are compared")
    readings_dimension: Dimension = about("d of that comparison and of the paths")
    points: Count = about("random W in U>=, and as many in the rest of U")
    starts: Count = about("descents from U, and as many from U>=")
    steps: Count = about("steps of a descent")
    step_size: Positive = about("of a descent")
    tolerance: Positive = about("distance at which an end counts as a permutation")
    negatives: Count = about("|B| where Eq. 9 is sampled")
    anchors: Two = about("samples of Eq. 9")
    path_points: Two = about("points on a path")
    grid: Two = about("points per side of the landscape, d = 2")


class Shape(Strict):
    """Dimensions of a dual linear network: neurons m, inputs p, dictionary columns d <= p."""

    m: Count
    p: Count
    d: Count

    def model_post_init(self, _: object) -> None:
        """Orthonormal columns need p >= d."""
        if self.p < self.d:
            raise ValueError(f"p = {self.p} is below d = {self.d}; allowed: p >= d")


class Theorem2(Strict):
    """Gradient descent of the dual linear network (section 5.2.1)."""

    shapes: Some[Shape]
    schedules: Some[Literal["constant", "decaying", "cyclic", "random"]] = about(
        "how the step size varies"
    )
    keep: Probability = about("alpha")
    kappa: Probability = about("Pr(z_i != 0)")
    noise: NonNegative = about("sigma_0")
    decay: Probability = about("lambda: what every step multiplies the weights by")
    fraction: Probability = about("largest step size, as a share of the one allowed")
    steps: Two


class Warm(Strict):
    """A setting of Theorem 3."""

    keep: Probability = about("alpha")
    kappa: Probability = about("Pr(z_i != 0)")
    bias: Probability = about("b_i of every neuron")


class Samples(Warm):
    """Theorem 3 on samples."""

    noises: Some[NonNegative] = about("sigma_0")
    sizes: Sizes = about("numbers of samples")
    repeats: Count
    rounds: Count
    inner_steps: Count


class Maps(Strict):
    """Where Theorem 3's algorithm still ends at I."""

    dimension: StateDimension
    keep: Probability
    kappa: Probability
    high_keep: Probability = about("alpha of the map over Pr(z_i != 0)")
    points: Two = about("points per side")
    starts: Count = about("runs per point; their median is shown")
    rounds: Count
    inner_steps: Count
    samples: Count = about("samples of the map over noise")
    bias: Range = about("smallest and largest b")
    radius: Range = about("smallest and largest max|Delta|")
    kappas: Range = about("smallest and largest Pr(z_i != 0)")
    noise: Range = about("smallest and largest sigma_0")


class Theorem3(Strict):
    """Alternating optimisation with normalised rows (section 5.2.1)."""

    dimension: StateDimension = about("d = p = m")
    starts: Count = about("warm starts per case")
    rounds: Count = about("updates of each network to convergence")
    inner_steps: Count = about("most steps of such an update")
    relative_step: Positive = about("step size in units of 1 / (2 alpha^2 kappa)")
    draws: Count = about("random settings that meet the assumptions")
    cases: Annotated[list[Warm], Field(min_length=1, max_length=6)]
    samples: Samples
    maps: Maps


class Lemma1(Strict):
    """The proportional update with normalisation (appendix D)."""

    dimensions: Some[Two]
    steps_c: Some[Positive] = about("c, below every c_t")
    variation: NonNegative = about("c_t is uniform between c and (1 + this) c")
    starts: Count
    iterations: Two


class Theory(Strict):
    """The theorems' settings; a statement is computed again when its own entry changes."""

    seed: Seed = about("of every random stream")
    theorem_1: Theorem1
    theorem_2: Theorem2
    theorem_3: Theorem3
    lemma_1: Lemma1

    def spec(self, statement: str) -> dict[str, Any]:
        """Return the resolved spec of a statement."""
        settings = getattr(self, statement).model_dump()
        return {"statement": statement, "seed": self.seed, "settings": settings}
