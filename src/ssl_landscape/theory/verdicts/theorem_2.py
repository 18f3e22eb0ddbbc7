"""The verdict on Theorem 2."""

from ssl_landscape.theory.verdict import Row, Rows, claim, disagreement, extremes, verdict

EXACT = 1e-10  # largest relative error of an exact formula over hundreds of float64 steps
WRONG = 1e-6  # a formula this far off is not the one that the iteration follows


def judge(q: Row) -> Row:
    """Decide Theorem 2 from its quantities."""
    runs = q["runs"]
    _, errors = extremes([run["largest_relative_error"] for run in runs])
    low, high = extremes([run["min_max_cosine"] for run in runs])
    change = max(abs(r["min_max_cosine"]["end"] - r["min_max_cosine"]["line"]) for r in runs)
    seen = [
        "The proof updates both networks at the same time, training (section 4.1) in turn: for "
        "updates in turn the closed form is off by up to "
        f"{errors['proof_formula_on_updates_in_turn']:.2g} (relative), an approximation that a "
        "smaller step size improves.",
        f"The minimum max-cosine of W_t^o M ends between {low['end']:.2f} and {high['end']:.2f}, "
        f"within {change:.1g} of that of W_0^o M + W_0^t M: the dictionary is not learned.",
    ]
    return verdict("Theorem 2", _claims(runs, errors), _disagreements(runs, errors), seen)


def _claims(runs: Rows, errors: dict[str, float]) -> Rows:
    low, high = extremes(runs)
    schedules = ", ".join(dict.fromkeys(run["schedule"] for run in runs))
    scope = f"; {len(runs)} runs of {runs[0]['steps']} steps; step sizes {schedules}"
    least = min(run["c1_range"][0] for run in runs)
    most = max(run["c1_range"][1] for run in runs)
    start = min(run["distance_to_line"]["start"] for run in runs)
    end = max(run["distance_to_line"]["end"] for run in runs)

    def formula(text: str, source: str, name: str, scope: str = "") -> Row:
        evidence = f"largest relative error {errors[name]:.2g} (threshold {EXACT:g}){scope}"
        return claim(text, source, evidence, errors[name] < EXACT)

    return [
        formula(
            "W_t^o M = C1 W_0^o M + C2 (W_0^o M + W_0^t M) with C1, C2 of C.25, where every step "
            "multiplies the weights by λ",
            "Theorem 2, C.25",
            "proof_formula_on_proof_update",
            scope,
        ),
        formula(
            "The same for gradient descent on the loss as printed, with learning rate η_t",
            "Theorem 2, Eq. 13",
            "proof_formula_on_eq_13",
        ),
        formula(
            "C2 as the main text prints it",
            "Theorem 2, section 5.2.1",
            "main_text_formula_on_proof_update",
        ),
        claim(
            "C1 lies in (0, 1), C2 is above 0",
            "Theorem 2",
            f"C1 from {least:.2g} to {most:.4g}, smallest C2 {low['smallest_c2']:.2g}",
            least > 0 and most < 1,
            low["smallest_c2"] > 0,
        ),
        claim(
            "W_t^o M approaches the line through W_0^o M + W_0^t M: what is learned is the start",
            "Remark 5",
            f"sine of the angle to the line: from {start:.2f} or more to {end:.2g} or less "
            "(threshold 0.02); at every step Π(λ-c)/Π(λ+c) predicts it within "
            f"{high['distance_to_line_error']:.2g} (relative, threshold 1e-5)",
            end < 0.02 < start,
            high["distance_to_line_error"] < 1e-5,
        ),
    ]


def _disagreements(runs: Rows, errors: dict[str, float]) -> Rows:
    most = max(runs, key=lambda run: run["norm_growth"])
    return [
        *disagreement(
            errors["proof_formula_on_eq_13"] >= WRONG,
            "Eq. 13 and the step from ∇L to W_{t+1} = λ W_t + ...",
            "Gradient descent with step size η_t on a loss with (1 - λ)/2 ‖W‖² multiplies W by λ.",
            f"it multiplies W by 1 - η_t (1 - λ). On Eq. 13 the printed closed form is off by up "
            f"to {errors['proof_formula_on_eq_13']:.2g} (relative; η_t up to "
            f"{max(run['largest_eta'] for run in runs):.3g}); with λ_t = 1 - η_t (1 - λ) in place "
            f"of λ by {errors['corrected_formula_on_eq_13']:.2g}. The theorem is about weight "
            "decay apart from the learning rate, as Remark 4 hints.",
        ),
        *disagreement(
            errors["main_text_formula_on_proof_update"] >= WRONG,
            "Theorem 2's C2 (main text and restatement) against C.25",
            "C2 = Σ_j c_i Π_{i=j}^{t-1} (λ - c_i) Π_{i<j} (λ + c_i), with c_i outside its product.",
            "C.25 is right: c_j, and the first product from i = j + 1 (error "
            f"{errors['proof_formula_on_proof_update']:.2g}). The printed product from i = j has a "
            "factor λ - c_j too many in every term, relative error up to "
            f"{errors['main_text_formula_on_proof_update']:.2g} even with c_j read for c_i. C2 is "
            "also (Π(λ + c_i) - Π(λ - c_i))/2. (p_z in c_i is κ/2; C.24 labels an empty line.)",
        ),
        *disagreement(
            most["norm_growth"] >= 10,
            "Section 5.2.1, before Eq. 13",
            "The L2 term is essential to prevent the weights from growing exponentially.",
            "it does not prevent it under the stated assumption c_t < λ: they grow as Π(λ + c_i), "
            f"and so whenever c_t > 1 - λ. With {most['schedule']} steps ‖W_t^o M‖ grew "
            f"{most['norm_growth']:.3g}-fold in {most['steps']} steps.",
        ),
    ]
