"""The config's section ``theory``: at which sizes the theorems are computed.

Ranges here are the statements' own assumptions, where one value decides them.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from ssl_landscape.config.types import MOST, Count, NonNegative, Positive, Strict

Probability = Annotated[float, Field(gt=0, lt=1)]
# Permutations are enumerated, and states of masks and latents too.
Dimension = Annotated[int, Field(ge=2, le=7)]
StateDimension = Annotated[int, Field(ge=2, le=5)]
Sizes = Annotated[list[Count], Field(min_length=2)]
NonNegatives = Annotated[list[NonNegative], Field(min_length=1)]
Positives = Annotated[list[Positive], Field(min_length=1)]
Range = Annotated[list[Positive], Field(min_length=2, max_length=2)]


class Theorem1(Strict):
    """Landscapes of both losses (section 5.1)."""

    dimensions: Annotated[list[Dimension], Field(min_length=1)] = Field(description="d = p = m")
    keep: Probability = Field(description="alpha, the probability that an entry is kept")
    tau: Positive = Field(description="Eq. 9 multiplies the similarity by it")
    taus: Positives = Field(description="values at which readings of Eq. 9 are compared")
    readings_dimension: Dimension = Field(description="d of that comparison and of the paths")
    points: Count = Field(description="random W in U>=, and as many in the rest of U")
    starts: Count = Field(description="descents from U, and as many from U>=")
    steps: Count = Field(description="steps of a descent")
    step_size: Positive = Field(description="of a descent")
    tolerance: Positive = Field(description="distance at which an end counts as a permutation")
    negatives: Count = Field(description="|B| where Eq. 9 is sampled")
    anchors: Annotated[int, Field(ge=2)] = Field(description="samples of Eq. 9")
    path_points: Annotated[int, Field(ge=2)] = Field(description="points on a path")
    grid: Annotated[int, Field(ge=2)] = Field(description="points a side of the landscape, d = 2")


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

    shapes: Annotated[list[Shape], Field(min_length=1)]
    schedules: Annotated[
        list[Literal["constant", "decaying", "cyclic", "random"]], Field(min_length=1)
    ] = Field(description="how the step size varies")
    keep: Probability = Field(description="alpha")
    kappa: Probability = Field(description="Pr(z_i != 0)")
    noise: NonNegative = Field(description="sigma_0")
    decay: Probability = Field(description="lambda: what every step multiplies the weights by")
    fraction: Probability = Field(description="largest step size, as a share of the one allowed")
    steps: Annotated[int, Field(ge=2)]


class Warm(Strict):
    """A setting of Theorem 3."""

    keep: Probability = Field(description="alpha")
    kappa: Probability = Field(description="Pr(z_i != 0)")
    bias: Probability = Field(description="b_i of every neuron")


class Samples(Warm):
    """Theorem 3 on samples."""

    noises: NonNegatives = Field(description="sigma_0")
    sizes: Sizes = Field(description="numbers of samples")
    repeats: Count
    rounds: Count
    inner_steps: Count


class Maps(Strict):
    """Where Theorem 3's algorithm still ends at I."""

    dimension: StateDimension
    keep: Probability
    kappa: Probability
    high_keep: Probability = Field(description="alpha of the map over Pr(z_i != 0)")
    points: Annotated[int, Field(ge=2)] = Field(description="points a side")
    starts: Count = Field(description="runs a point; their median is shown")
    rounds: Count
    inner_steps: Count
    samples: Count = Field(description="samples of the map over noise")
    bias: Range = Field(description="smallest and largest b")
    radius: Range = Field(description="smallest and largest max|Delta|")
    kappas: Range = Field(description="smallest and largest Pr(z_i != 0)")
    noise: Range = Field(description="smallest and largest sigma_0")


class Theorem3(Strict):
    """Alternating optimisation with normalised rows (section 5.2.1)."""

    dimension: StateDimension = Field(description="d = p = m")
    starts: Count = Field(description="warm starts a case")
    rounds: Count = Field(description="updates of each network to convergence")
    inner_steps: Count = Field(description="most steps of such an update")
    relative_step: Positive = Field(description="step size in units of 1 / (2 alpha^2 kappa)")
    draws: Count = Field(description="random settings that meet the assumptions")
    cases: Annotated[list[Warm], Field(min_length=1, max_length=6)]
    samples: Samples
    maps: Maps


class Lemma1(Strict):
    """The proportional update with normalisation (appendix D)."""

    dimensions: Annotated[list[Annotated[int, Field(ge=2)]], Field(min_length=1)]
    steps_c: Positives = Field(description="c, below every c_t")
    variation: NonNegative = Field(description="c_t is uniform between c and (1 + this) c")
    starts: Count
    iterations: Annotated[int, Field(ge=2)]


class Theory(Strict):
    """The theorems' settings; a statement is computed again when its own entry changes."""

    seed: Annotated[int, Field(ge=0, le=MOST)] = Field(description="of every random stream")
    theorem_1: Theorem1
    theorem_2: Theorem2
    theorem_3: Theorem3
    lemma_1: Lemma1

    def spec(self, statement: str) -> dict[str, Any]:
        """Return the resolved spec of a statement."""
        settings = getattr(self, statement).model_dump()
        return {"statement": statement, "seed": self.seed, "settings": settings}
