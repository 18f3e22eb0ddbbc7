"""The verdict on Theorem 3."""

from ssl_landscape.theory.verdict import Row, Rows, claim, disagreement, extremes, verdict

EXACT = 1e-6  # relative error of a measured contraction or gradient
ARRIVED = 1e-3  # share of the start's distance to I that may be left after the last round
CASE = "α = {keep:g}, κ = {kappa:g}, b = {bias:g}"


def judge(q: Row) -> Row:
    """Decide Theorem 3 from its quantities."""
    inside = [case for case in q["cases"] if case["a_at_identity"] < 1]
    beyond = [case for case in q["cases"] if case["a_at_identity"] >= 1]
    claims = [
        *_converges("with a below 1", inside),
        *_converges("with a of 1 or more, which the assumptions allow", beyond),
        _contracts(q["cases"]),
        claim(
            "a in (0, 1) follows from Assumptions 2 and 4",
            "above C.29",
            f"{100 * q['admissible']['share_with_a_of_1_or_more']:.1f} % of "
            f"{q['admissible']['draws']} settings that meet them (α, κ and b uniform, no noise) "
            "have a ≥ 1 or a ≤ 0 (threshold: none)",
            q["admissible"]["share_with_a_of_1_or_more"] == 0,
        ),
        _samples(q["samples"], q["sample_slopes"]),
    ]
    seen = _beyond(q["maps"]["radius"], q["maps"]["noise"])
    return verdict("Theorem 3", claims, _disagreements(q, beyond), seen)


def _converges(words: str, cases: Rows) -> Rows:
    if not cases:
        return []
    template = "a = {a_at_identity:.3g} (" + CASE + "): max|W - I| from {start_distance:.2g} to "
    text = "; ".join((template + "{final_distance:.2g}").format(**case) for case in cases)
    return [
        claim(
            f"W^o and W^t converge to I from warm starts inside Assumptions 2 and 4, {words}",
            "Theorem 3",
            f"{text} (threshold: {ARRIVED:g} of the start; d = {cases[0]['d']}, exact gradients)",
            *[case["final_distance"] < ARRIVED * case["start_distance"] for case in cases],
        )
    ]


def _contracts(cases: Rows) -> Row:
    _, worst = extremes(cases)
    factor, gradient = worst["largest_contraction_error"], worst["gradient_error"]
    template = "{contraction_range[0]:.4g} to {contraction_range[1]:.4g} for a = "
    ranges = "; ".join((template + "{a_at_identity:.4g}").format(**case) for case in cases)
    return claim(
        "Each half of a round multiplies off-diagonals by a W_ii, a as in C.29",
        "C.29, Lemma 1",
        f"relative error of the factor {factor:.2g}, of the proof's gradient against the exact "
        f"one {gradient:.2g} (threshold {EXACT:g}), while every neuron answers to its own latent "
        f"alone; measured factors {ranges} at I",
        factor < EXACT,
        gradient < EXACT,
    )


def _samples(samples: Rows, slopes: list[dict[str, float]]) -> Row:
    text = ", ".join("{slope:.2f} (σ₀ = {noise:g})".format(**entry) for entry in slopes)
    size = max(entry["samples"] for entry in samples)
    ends = [max(entry["final_distances"]) for entry in samples if entry["samples"] == size]
    return claim(
        "On sampled data, with noise, the end approaches I as the sample grows",
        "Theorem 3, extended: its loss is an expectation",
        f"max|W - I| at the end falls as samples^s with s = {text} (threshold: below -0.25); with "
        f"{size} samples it is at most {max(ends):.2g}",
        *[entry["slope"] < -0.25 for entry in slopes],
    )


def _disagreements(q: Row, beyond: Rows) -> Rows:
    template = CASE + ": a = {a_at_identity:.3g}, max|W - I| grows from {start_distance:.2g} to "
    left = [
        (template + "{final_distance:.2g}").format(**case)
        for case in beyond
        if case["smallest_final_distance"] > case["start_distance"]
    ]
    inactive = q["admissible"]["share_that_does_not_activate"]
    noisy = [entry for entry in q["samples"] if entry["noise"] > 0]
    best = min(noisy or q["samples"], key=lambda entry: max(entry["final_distances"]))
    return [
        *disagreement(
            bool(left),
            "Theorem 3, and 'a in (0, 1)' above C.29",
            "Assumptions 1, 2 and 4 suffice.",
            f"they do not. Near I, a is α²(κ + σ₀²)/(1 + σ₀² - b), which passes 1 at b = 1 - α²κ "
            f"(no noise); Assumption 4 allows b up to nearly 1. There I repels: {'; '.join(left)}. "
            "Under strong masks and sparse latents α²κ is small, and few biases are concerned.",
        ),
        *disagreement(
            inactive > 0,
            "Assumption 4",
            "b_i < 1 ± c_b makes neuron i answer whenever its own latent is on.",
            f"it has to be b_i < 1 + Δ_ii ± c_b: the bias of {100 * inactive:.2g} % of random "
            "settings that meet the assumption is too large for that. (c_b is said to be in "
            "(0, 1); it takes both signs, as the assumption's own max shows.)",
        ),
        *disagreement(
            bool(noisy),
            "Assumption 3, left out of Theorem 3's list",
            "Assumption 4 rests on ‖ε‖ ≤ |Δ_ij| for all i, j; the theorem names 1, 2 and 4.",
            "Gaussian noise breaks it with probability 1 as Δ → 0, so that taken literally the "
            f"proof covers σ₀ = 0 alone. It is not needed: with σ₀ = {best['noise']:g} and "
            f"{best['samples']} samples the runs end within {max(best['final_distances']):.2g} "
            "of I.",
        ),
    ]


def _beyond(radius: Row, noise: Row) -> list[str]:
    by_radius, by_noise = (
        [min(column) for column in zip(*found["median_final_distance"], strict=True)]
        for found in (radius, noise)
    )
    limit = 1 / (10 * radius["d"])
    reached = [x for x, least in zip(radius["x"], by_radius, strict=True) if least < 1e-3]
    largest = max(reached, default=0)
    larger_radius = (
        "Larger radius: at the best bias the median run still ends within 1e-3 of I from starts "
        f"with |Δ_ij| up to {largest:.2g}, {largest / limit:.0f} times the {limit:.3g} of "
        f"Assumption 2 (d = {radius['d']}, no noise)."
    )
    larger_noise = (
        f"Larger noise: on {noise['samples']} samples the end at the best bias is "
        f"{by_noise[0]:.2g} from I with σ₀ = {noise['x'][0]:g} and {by_noise[-1]:.2g} with σ₀ = "
        f"{noise['x'][-1]:g}."
    )
    return [larger_radius, larger_noise] if reached else [larger_noise]
