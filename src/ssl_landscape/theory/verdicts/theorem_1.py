"""The verdict on Theorem 1."""

from typing import Any

from ssl_landscape.theory.verdict import Claim, Disagreement, Verdict, claim, disagreement

EXACT = 1e-12  # two exact expectations in float64 are equal within this
APART = 1e-3  # a loss this far above the minimum is no minimum


def judge(q: dict[str, Any]) -> Verdict:
    """Decide Theorem 1 from its quantities."""
    claims = [_minima(q), _outside(q), _not_collapsed(q), _permutations(q)]
    claims += [_reading(q, "limit_distinct", "negatives of another latent than the anchor's")]
    claims += [_reading(q, "limit", "negatives of any latent, the anchor's included")]
    found = [*_bound(q), *_average(q), *_temperature(q)]
    return Verdict("Theorem 1", claims, found, [_descent(q)])


def _minima(q: dict[str, Any]) -> Claim:
    worst = max(part["largest_deviation_inside"] for part in q["non_contrastive"])
    points = sum(part["points"] for part in q["non_contrastive"])
    return claim(
        "(a) Every W in U≥ attains the minimum 2 - 2α² of the non-contrastive loss over U",
        "Theorem 1(a)",
        f"largest deviation {worst:.2g} at {points} random W, d = {_dimensions(q)} "
        f"(threshold {EXACT:g})",
        worst < EXACT,
    )


def _outside(q: dict[str, Any]) -> Claim:
    lowest = min(part["smallest_excess_outside"] for part in q["non_contrastive"])
    error = max(part["excess_formula_error"] for part in q["non_contrastive"])
    return claim(
        "W in U with a negative entry does not: the minimisers are U≥ and nothing else",
        "sharper than Theorem 1(a), which says ⊆",
        f"smallest excess {lowest:.2g}, above 0; it is 2α²/d times the squared negative entries "
        f"within {error:.2g} (threshold {EXACT:g})",
        lowest > 0 and error < EXACT,
    )


def _not_collapsed(q: dict[str, Any]) -> Claim:
    parts = q["non_contrastive"]
    distance = min(part["distance_to_permutation"]["median"] for part in parts)
    cosine = max(part["mean_cosine_of_columns"]["median"] for part in parts)
    return claim(
        "These minima are abundant, not collapsed, and far from the ground truth",
        "section 5.1",
        f"over d, the median distance to the nearest permutation is {distance:.2f} or more "
        f"(threshold 0.5), the median mean cosine between columns {cosine:.2f} or less "
        "(threshold 0.95; 1 is collapsed)",
        distance > 0.5,
        cosine < 0.95,
    )


def _permutations(q: dict[str, Any]) -> Claim:
    parts = q["contrastive"]
    attained = max(abs(part["gap_of_permutations"]) for part in parts)
    lowest = min(part["smallest_gap_to_bound"] for part in parts)
    others = [p["smallest_gap_at_other_ends"] for p in parts]
    nearest = min((gap for gap in others if gap is not None), default=float("inf"))
    return claim(
        "(b) The minimisers of the proof's contrastive loss (A.17) over U are the permutations",
        "Theorem 1(b), A.17 to A.21",
        f"permutations attain the bound within {attained:.2g}, no end of a descent is below it by "
        f"more than {max(-lowest, 0):.2g} (threshold {EXACT:g}), ends elsewhere stay "
        f"{nearest:.2g} above it (threshold {APART:g})",
        attained < EXACT and lowest > -EXACT and nearest > APART,
    )


def _descent(q: dict[str, Any]) -> str:
    parts = q["contrastive"]
    shares = {
        kind: [p["permutation_share"] for p in parts if p["starts_in"] == kind]
        for kind in ("U", "U>=")
    }
    dead = [p["dead_column_share"] for p in parts if p["starts_in"] == "U"]
    still = max(p["largest_last_movement"] for p in parts)
    return (
        f"The theorem is about minima, not about reaching them. Over d, projected gradient descent "
        f"on A.17 ends at a permutation from {_percent(shares['U'])} of the random starts in U "
        f"({_percent(dead)} end with a column without a positive entry, on which ReLU leaves no "
        f"gradient) and from {_percent(shares['U>='])} of those in U≥. The other ends are "
        f"stationary points above the minimum: a further step moves no entry by more than "
        f"{still:.1g}."
    )


def _reading(q: dict[str, Any], reading: str, words: str) -> Claim:
    found = [part for part in q["readings"] if part["reading"] == reading]
    holds = [part["lowest_end_less_permutation"] > -EXACT for part in found]
    good = [f"{part['tau']:g}" for part, held in zip(found, holds, strict=True) if held]
    bad = [
        f"{part['tau']:g} (lower by {-part['lowest_end_less_permutation']:.3g})"
        for part, held in zip(found, holds, strict=True)
        if not held
    ]
    text = f"permutations are lowest at τ = {', '.join(good) or 'none'}"
    if bad:
        text += f"; not at τ = {', '.join(bad)}"
    return claim(
        f"(b) for Eq. 9 itself with |B| → ∞, {words}",
        "Theorem 1(b), Eq. 9",
        f"{text} (d = {found[0]['d']}, threshold {EXACT:g})",
        *holds,
    )


def _bound(q: dict[str, Any]) -> list[Disagreement]:
    gaps = {part["d"]: part["gap_of_permutations_as_printed"] for part in q["contrastive"]}
    text = ", ".join(f"{gap:.3f} (d = {d})" for d, gap in gaps.items())
    return disagreement(
        max(gaps.values()) >= EXACT,
        "A.21 and the definition of g above it",
        "g = exp{τ (Σ_j D1_jj)(Σ_j D2_jj)}, and permutations attain the bound with equality.",
        f"with this g no W attains it: permutations stay above it by {text} (mean over anchors). "
        "With g = exp{τ D1_ii D2_ii}, which A.19 gives, they attain it. (The expectation is over "
        "D1, D2; printed: D2, D2.)",
    )


def _average(q: dict[str, Any]) -> list[Disagreement]:
    s = q["samples"]
    return disagreement(
        abs(s["printed_less_estimate"]) >= 5 * s["standard_error"],
        "A.16",
        "The limit |B| → ∞ by the law of large numbers, with the expectation over the negatives' "
        "masks outside the logarithm, and the positive pair in place of negatives with the "
        "anchor's latent.",
        f"the law of large numbers puts that expectation inside. Eq. 9 sampled with |B| = "
        f"{s['negatives']} at a random W in U≥ (d = {s['d']}, τ = {s['tau']:g}) is "
        f"{s['estimate']:.5f} ± {s['standard_error']:.1g} (less log |B|); A.16 is off by "
        f"{s['printed_less_estimate']:+.5f}, the limit taken exactly by "
        f"{s['limit_less_estimate']:+.1g}.",
    )


def _temperature(q: dict[str, Any]) -> list[Disagreement]:
    broken = [
        part
        for part in q["readings"]
        if part["reading"] == "limit" and part["lowest_end_less_permutation"] < -EXACT
    ]
    if not broken:
        return []
    worst = broken[-1]
    return disagreement(
        True,
        "Theorem 1(b), negatives",
        "Permutations minimise L_CL for every τ.",
        "where negatives may share the anchor's latent, as in a batch of one-hot latents, they do "
        f"so only up to τ = log((d - α)/(1 - α)) = {worst['threshold']:.4f} (d = {worst['d']}). "
        f"At τ = {worst['tau']:g} a W at distance {worst['distance_of_lowest_end']:.2f} from the "
        f"nearest permutation is lower by {-worst['lowest_end_less_permutation']:.4f} (predicted "
        f"{-worst['predicted_lowest_of_limit']:.4f}, at Gram matrix (log((d - α)/(1 - α))/τ) I). "
        "With negatives of other latents only, the claim holds.",
    )


def _dimensions(q: dict[str, Any]) -> str:
    return ", ".join(str(part["d"]) for part in q["non_contrastive"])


def _percent(shares: list[float]) -> str:
    return f"{100 * min(shares):.0f} to {100 * max(shares):.0f} %"
