"""The verdict on Theorem 1."""

import math

from ssl_landscape.theory.verdict import Row, Rows, claim, disagreement, extremes, verdict

EXACT = 1e-12  # two exact expectations in float64 are equal within this
APART = 1e-3  # a loss this far above the minimum is no minimum


def judge(q: Row) -> Row:
    """Decide Theorem 1 from its quantities."""
    claims = [
        *_non_contrastive(q["non_contrastive"]),
        _contrastive(q["contrastive"]),
        _reading(q["readings"], "limit_distinct", "another latent than the anchor's"),
        _reading(q["readings"], "limit", "any latent, the anchor's included"),
    ]
    return verdict("Theorem 1", claims, _disagreements(q), [_descent(q["contrastive"])])


def _non_contrastive(parts: Rows) -> Rows:
    low, high = extremes(parts)
    worst, error = high["largest_deviation_inside"], high["excess_formula_error"]
    points = sum(part["points"] for part in parts)
    dimensions = ", ".join(str(part["d"]) for part in parts)
    distance = min(part["distance_to_permutation"]["median"] for part in parts)
    cosine = max(part["mean_cosine_of_columns"]["median"] for part in parts)
    return [
        claim(
            "(a) Every W in U≥ attains the minimum 2 - 2α² of the non-contrastive loss over U",
            "Theorem 1(a)",
            f"largest deviation {worst:.2g} at {points} random W, d = {dimensions} "
            f"(threshold {EXACT:g})",
            worst < EXACT,
        ),
        claim(
            "W in U with a negative entry does not: the minimisers are U≥ and nothing else",
            "sharper than Theorem 1(a), which says ⊆",
            f"smallest excess {low['smallest_excess_outside']:.2g}, above 0; it is 2α²/d times "
            f"the squared negative entries within {error:.2g} (threshold {EXACT:g})",
            low["smallest_excess_outside"] > 0 and error < EXACT,
        ),
        claim(
            "These minima are abundant, not collapsed, and far from the ground truth",
            "section 5.1",
            f"over d, the median distance to the nearest permutation is {distance:.2f} or more "
            f"(threshold 0.5), the median mean cosine between columns {cosine:.2f} or less "
            "(threshold 0.95; 1 is collapsed)",
            distance > 0.5,
            cosine < 0.95,
        ),
    ]


def _contrastive(parts: Rows) -> Row:
    low, _ = extremes(parts)
    attained = max(abs(part["gap_of_permutations"]) for part in parts)
    below = max(-low["smallest_gap_to_bound"], 0)
    nearest = low.get("smallest_gap_at_other_ends", math.inf)
    return claim(
        "(b) The minimisers of the proof's contrastive loss (A.17) over U are the permutations",
        "Theorem 1(b), A.17 to A.21",
        f"permutations attain the bound within {attained:.2g}, no end of a descent is below it by "
        f"more than {below:.2g} (threshold {EXACT:g}), ends elsewhere stay {nearest:.2g} above it "
        f"(threshold {APART:g})",
        attained < EXACT and below < EXACT and nearest > APART,
    )


def _reading(readings: Rows, reading: str, negatives: str) -> Row:
    gaps = {
        f"{part['tau']:g}": part["lowest_end_less_permutation"]
        for part in readings
        if part["reading"] == reading
    }
    good = [tau for tau, gap in gaps.items() if gap > -EXACT]
    bad = [f"{tau} (lower by {-gap:.3g})" for tau, gap in gaps.items() if gap <= -EXACT]
    text = f"permutations are lowest at τ = {', '.join(good) or 'none'}"
    if bad:
        text += f"; not at τ = {', '.join(bad)}"
    return claim(
        f"(b) for Eq. 9 itself with |B| → ∞, negatives of {negatives}",
        "Theorem 1(b), Eq. 9",
        f"{text} (d = {readings[0]['d']}, threshold {EXACT:g})",
        *[gap > -EXACT for gap in gaps.values()],
    )


def _disagreements(q: Row) -> Rows:
    gaps = {part["d"]: part["gap_of_permutations_as_printed"] for part in q["contrastive"]}
    text = ", ".join(f"{gap:.3f} (d = {d})" for d, gap in gaps.items())
    s = q["samples"]
    broken = [
        part
        for part in q["readings"]
        if part["reading"] == "limit" and part["lowest_end_less_permutation"] < -EXACT
    ]
    worst = (broken or q["readings"])[-1]
    return [
        *disagreement(
            max(gaps.values()) >= EXACT,
            "A.21 and the definition of g above it",
            "g = exp{τ (Σ_j D1_jj)(Σ_j D2_jj)}, and permutations attain the bound with equality.",
            f"with this g no W attains it: permutations stay above it by {text} (mean over "
            "anchors). With g = exp{τ D1_ii D2_ii}, which A.19 gives, they attain it. (The "
            "expectation is over D1, D2; printed: D2, D2.)",
        ),
        *disagreement(
            abs(s["printed_less_estimate"]) >= 5 * s["standard_error"],
            "A.16",
            "The limit |B| → ∞ by the law of large numbers, with the expectation over the "
            "negatives' masks outside the logarithm, and the positive pair in place of negatives "
            "with the anchor's latent.",
            f"the law of large numbers puts that expectation inside. Eq. 9 sampled with |B| = "
            f"{s['negatives']} at a random W in U≥ (d = {s['d']}, τ = {s['tau']:g}) is "
            f"{s['estimate']:.5f} ± {s['standard_error']:.1g} (less log |B|); A.16 is off by "
            f"{s['printed_less_estimate']:+.5f}, the limit taken exactly by "
            f"{s['limit_less_estimate']:+.1g}.",
        ),
        *disagreement(
            bool(broken),
            "Theorem 1(b), negatives",
            "Permutations minimise L_CL for every τ.",
            "where negatives may share the anchor's latent, as in a batch of one-hot latents, "
            f"they do so only up to τ = log((d - α)/(1 - α)) = {worst['threshold']:.4f} (d = "
            f"{worst['d']}). At τ = {worst['tau']:g} a W at distance "
            f"{worst['distance_of_lowest_end']:.2f} from the nearest permutation is lower by "
            f"{-worst['lowest_end_less_permutation']:.4f} (predicted "
            f"{-worst['predicted_lowest_of_limit']:.4f}, at Gram matrix (log((d - α)/(1 - α))/τ) "
            "I). With negatives of other latents only, the claim holds.",
        ),
    ]


def _descent(parts: Rows) -> str:
    anywhere, inside = (
        [part for part in parts if part["starts_in"] == kind] for kind in ("U", "U>=")
    )
    return (
        f"The theorem is about minima, not about reaching them. Over d, projected gradient descent "
        f"on A.17 ends at a permutation from {_percent(anywhere, 'permutation_share')} of the "
        f"random starts in U ({_percent(anywhere, 'dead_column_share')} end with a column without "
        "a positive entry, on which ReLU leaves no gradient) and from "
        f"{_percent(inside, 'permutation_share')} of those in U≥. The other ends are "
        f"stationary points above the minimum: a further step moves no entry by more than "
        f"{extremes(parts)[1]['largest_last_movement']:.1g}."
    )


def _percent(parts: Rows, key: str) -> str:
    low, high = extremes(parts)
    return f"{100 * low[key]:.0f} to {100 * high[key]:.0f} %"
