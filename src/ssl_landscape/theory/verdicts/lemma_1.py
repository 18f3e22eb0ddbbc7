"""The verdict on Lemma 1."""

from ssl_landscape.theory.verdict import Row, Rows, claim, disagreement, extremes, verdict

ARRIVED = 1e-9  # distance to the stated limit after the last step
EXACT = 1e-4  # relative error of the last measured factor against the asymptotic one


def judge(q: Row) -> Row:
    """Decide Lemma 1 from its quantities."""
    lemma = [case for case in q["cases"] if case["factors"] == "lemma"]
    general = [case for case in q["cases"] if case["factors"] != "lemma"]
    claims = [
        *_limit_and_rate(
            lemma,
            "Lemma 1",
            "v converges to (1, a, .., a)/sqrt(1 + (d - 1) a²)",
            "In every step |v_i - a v_1| shrinks by γ or more",
        ),
        *_limit_and_rate(
            general,
            "Lemma 1 in C.2",
            "The same with a factor of its own in each entry, as Theorem 3 uses the lemma",
            "γ bounds the step there too, with ‖w‖² in place of 1 + (d - 1) a²",
        ),
    ]
    found = _disagreements(lemma, general, q["outside"]["opposite_start_final_distance"])
    outside = (
        "Starts with v_1 + a Σ v_i < 0, outside the assumption: "
        f"{100 * q['outside']['share_that_converges']:.0f} % of {q['outside']['starts']} random "
        "ones converge as well, so that it is sufficient, not necessary; |v_i - a v_1| first "
        f"grows, up to {q['outside']['largest_growth_on_the_way']:.3g}-fold, so that D.31 needs it."
    )
    return verdict("Lemma 1", claims, found, [outside])


def _limit_and_rate(cases: Rows, source: str, limit: str, rate: str) -> Rows:
    _, worst = extremes(cases)
    starts = sum(case["starts"] for case in cases)
    sizes = ", ".join(str(d) for d in dict.fromkeys(case["d"] for case in cases))
    return [
        claim(
            limit,
            source,
            f"largest distance at the end {worst['largest_final_distance']:.2g} over {starts} "
            f"random starts, d = {sizes} (threshold {ARRIVED:g})",
            worst["largest_final_distance"] < ARRIVED,
        ),
        claim(
            rate,
            "D.31",
            f"largest factor of a step over γ: {worst['largest_ratio_over_gamma']:.4f} (threshold "
            "1); the last factor is 1/(1 + ‖w‖ c) within "
            f"{worst['largest_error_of_last_ratio']:.2g} (relative, threshold {EXACT:g})",
            worst["largest_ratio_over_gamma"] <= 1,
            worst["largest_error_of_last_ratio"] < EXACT,
        ),
    ]


def _disagreements(lemma: Rows, general: Rows, stuck: float) -> Rows:
    (_, worst), (_, general_worst) = extremes(lemma), extremes(general)
    numerator = worst["largest_error_of_printed_numerator"]
    gap = min(case["largest_gamma"] - case["rate_at_largest_gamma"] for case in lemma)
    return [
        *disagreement(
            numerator > 1e-6,
            "The induction for D.30",
            "After a step the numerator is v_1 + a Σ v_i + (d - 1) a² c.",
            f"it is larger by {numerator:.6g} c: the c that v_1 itself gains was lost. The "
            "conclusion stands; and with a = 0 the printed bound would give no more than ≥ 0.",
        ),
        *disagreement(
            stuck > 1,
            "The last step of the proof, 'whose unique solution'",
            "‖v‖ = 1 and v_i = a v_1 have one solution.",
            "two, v and -v; D.30 rules out the second. Started exactly opposite, with "
            f"c ‖w‖ < 1, the update stays there, at distance {stuck:.3f} in the largest entry.",
        ),
        *disagreement(
            general_worst["largest_final_distance"] < ARRIVED,
            "Its use in C.2",
            "The lemma has one factor a for all entries; Theorem 3's proof applies it with "
            "a Δ_ij, another factor in each.",
            "the more general lemma holds, with the same proof: v converges to w/‖w‖, w = "
            f"(1, a_2, .., a_d), within {general_worst['largest_final_distance']:.2g}.",
        ),
        *disagreement(
            worst["largest_ratio_over_gamma"] <= 1,
            "D.31",
            "|v_i - a v_1| shrinks by γ, and strictly.",
            "true as a bound (not strict where v_i = a v_1), but not the rate: steps of size c "
            f"shrink it by 1/(1 + ‖w‖ c) in the end, smaller than γ by {gap:.3g} or more here.",
        ),
    ]
