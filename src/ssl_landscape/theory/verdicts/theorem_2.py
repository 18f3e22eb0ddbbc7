"""The verdict on Theorem 2."""

from typing import Any

from ssl_landscape.theory.verdict import Disagreement, Verdict, claim, disagreement

EXACT = 1e-10  # largest relative error of an exact formula over hundreds of float64 steps
WRONG = 1e-6  # a formula this far off is not the one that the iteration follows


def judge(q: dict[str, Any]) -> Verdict:
    """Decide Theorem 2 from its quantities."""
    runs = q["runs"]
    error = {
        name: max(run["largest_relative_error"][name] for run in runs)
        for name in runs[0]["largest_relative_error"]
    }
    schedules = ", ".join(dict.fromkeys(run["schedule"] for run in runs))
    scope = f"{len(runs)} runs of {runs[0]['steps']} steps; step sizes {schedules}"
    low = min(run["c1_range"][0] for run in runs)
    high = max(run["c1_range"][1] for run in runs)
    second = min(run["smallest_c2"] for run in runs)
    end = max(run["distance_to_line"]["end"] for run in runs)
    start = min(run["distance_to_line"]["start"] for run in runs)
    line = max(run["distance_to_line_error"] for run in runs)
    claims = [
        claim(
            "W_t^o M = C1 W_0^o M + C2 (W_0^o M + W_0^t M) with C1, C2 of C.25, where every step "
            "multiplies the weights by λ",
            "Theorem 2, C.25",
            f"largest relative error {error['proof_formula_on_proof_update']:.2g} "
            f"(threshold {EXACT:g}); {scope}",
            error["proof_formula_on_proof_update"] < EXACT,
        ),
        claim(
            "The same for gradient descent on the loss as printed, with learning rate η_t",
            "Theorem 2, Eq. 13",
            f"largest relative error {error['proof_formula_on_eq_13']:.2g} (threshold {EXACT:g})",
            error["proof_formula_on_eq_13"] < EXACT,
        ),
        claim(
            "C2 as the main text prints it",
            "Theorem 2, section 5.2.1",
            f"largest relative error {error['main_text_formula_on_proof_update']:.2g} "
            f"(threshold {EXACT:g})",
            error["main_text_formula_on_proof_update"] < EXACT,
        ),
        claim(
            "C1 lies in (0, 1), C2 is above 0",
            "Theorem 2",
            f"C1 from {low:.2g} to {high:.4g}, smallest C2 {second:.2g}",
            low > 0 and high < 1,
            second > 0,
        ),
        claim(
            "W_t^o M approaches the line through W_0^o M + W_0^t M: what is learned is the start",
            "Remark 5",
            f"sine of the angle to the line: from {start:.2f} or more to {end:.2g} or less "
            f"(threshold 0.02); at every step Π(λ-c)/Π(λ+c) predicts it within {line:.2g} "
            "(relative, threshold 1e-5)",
            end < 0.02 < start,
            line < 1e-5,
        ),
    ]
    found = [*_weight_decay(error, runs), *_main_text(error), *_growth(runs)]
    return Verdict("Theorem 2", claims, found, [_in_turn(error), _learned(runs)])


def _weight_decay(error: dict[str, float], runs: list[dict[str, Any]]) -> list[Disagreement]:
    return disagreement(
        error["proof_formula_on_eq_13"] >= WRONG,
        "Eq. 13 and the step from ∇L to W_{t+1} = λ W_t + ...",
        "Gradient descent with step size η_t on a loss with (1 - λ)/2 ‖W‖² multiplies W by λ.",
        f"it multiplies W by 1 - η_t (1 - λ). On Eq. 13 the printed closed form is off by up to "
        f"{error['proof_formula_on_eq_13']:.2g} (relative; η_t up to "
        f"{max(run['largest_eta'] for run in runs):.3g}); with λ_t = 1 - η_t (1 - λ) in place of λ "
        f"by {error['corrected_formula_on_eq_13']:.2g}. The theorem is about weight decay apart "
        "from the learning rate, as Remark 4 hints.",
    )


def _main_text(error: dict[str, float]) -> list[Disagreement]:
    return disagreement(
        error["main_text_formula_on_proof_update"] >= WRONG,
        "Theorem 2's C2 (main text and restatement) against C.25",
        "C2 = Σ_j c_i Π_{i=j}^{t-1} (λ - c_i) Π_{i<j} (λ + c_i), with c_i outside its product.",
        "C.25 is right: c_j, and the first product from i = j + 1 "
        f"(error {error['proof_formula_on_proof_update']:.2g}). The printed product from i = j "
        "has a factor λ - c_j too many in every term, relative error up to "
        f"{error['main_text_formula_on_proof_update']:.2g} even with c_j read for c_i. C2 is also "
        "(Π(λ + c_i) - Π(λ - c_i))/2. (p_z in c_i is κ/2; C.24 labels an empty line.)",
    )


def _in_turn(error: dict[str, float]) -> str:
    return (
        "The proof updates both networks at the same time, training (section 4.1) in turn: for "
        "updates in turn the closed form is off by up to "
        f"{error['proof_formula_on_updates_in_turn']:.2g} (relative), an approximation that a "
        "smaller step size improves."
    )


def _learned(runs: list[dict[str, Any]]) -> str:
    ends = [run["min_max_cosine"]["end"] for run in runs]
    changes = [abs(run["min_max_cosine"]["end"] - run["min_max_cosine"]["line"]) for run in runs]
    return (
        f"The minimum max-cosine of W_t^o M ends between {min(ends):.2f} and {max(ends):.2f}, "
        f"within {max(changes):.1g} of that of W_0^o M + W_0^t M: the dictionary is not learned."
    )


def _growth(runs: list[dict[str, Any]]) -> list[Disagreement]:
    most = max(runs, key=lambda run: run["norm_growth"])
    return disagreement(
        most["norm_growth"] >= 10,
        "Section 5.2.1, before Eq. 13",
        "The L2 term is essential to prevent the weights from growing exponentially.",
        "it does not prevent it under the stated assumption c_t < λ: they grow as Π(λ + c_i), and "
        f"so whenever c_t > 1 - λ. With {most['schedule']} steps ‖W_t^o M‖ grew "
        f"{most['norm_growth']:.3g}-fold in {most['steps']} steps.",
    )
