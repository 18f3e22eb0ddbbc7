"""An example of each step, for the help texts."""

EXAMPLES = {
    "dataset": "ssl-landscape dataset --dataset sparse-0.1 --seed 1",
    "train": "ssl-landscape train --model ncl-basic --sparsity 0.1 --seed 1",
    "metrics": "ssl-landscape metrics --model ncl-basic",
    "figure": "ssl-landscape figure --figure figure_02",
    "table": "ssl-landscape table --table table_2",
    "ablation": "ssl-landscape ablation --ablation latents",
    "ablation-summary": "ssl-landscape ablation-summary",
    "theory": "ssl-landscape theory --statement theorem_1",
    "theory-verdicts": "ssl-landscape theory-verdicts",
    "fidelity": "ssl-landscape fidelity claims",
    "fidelity cells": "ssl-landscape fidelity cells",
    "fidelity claims": "ssl-landscape fidelity claims",
    "fidelity figure": "ssl-landscape fidelity figure --output fidelity.png",
    "fidelity discrepancies": "ssl-landscape fidelity discrepancies",
    "report": "ssl-landscape report page --page fidelity/claims",
    "report figures": "ssl-landscape report figures",
    "report theory": "ssl-landscape report theory",
    "report fidelity": "ssl-landscape report fidelity",
    "report page": "ssl-landscape report page --page tables/table_2",
    "report front": "ssl-landscape report front",
    "status": "ssl-landscape status\n  watch -n 10 ssl-landscape status",
    "show": "ssl-landscape show figure_02 --open\n"
    "  ssl-landscape show ncl-basic/0.1/1 --curve ncl-basic.png",
    "compare": "ssl-landscape compare config.yaml workflow/variants/as_written.yaml\n"
    "  ssl-landscape compare results results/as_written",
    "bench": "ssl-landscape bench --models ncl-basic",
    "timings": "ssl-landscape timings",
    "manifest": "ssl-landscape manifest",
    "audit": "ssl-landscape audit",
    "publish": "ssl-landscape publish",
    "trace": 'ssl-landscape trace results/tables/table_2.md --cell "CL-basic,0.1,min"',
    "crate": "ssl-landscape crate --output crate",
    "why": "ssl-landscape why results/figures/figure_02.pdf",
    "check": "ssl-landscape check --config config.yaml workflow/variants/smoke.yaml",
    "schema": "ssl-landscape schema",
}


def example_of(program: str) -> str | None:
    """Return the example of a step as the end of its help text, or None if it has none.

    Args:
        program: how the step is called, for example ``ssl-landscape fidelity cells``.
    """
    text = EXAMPLES.get(program.partition(" ")[2])
    return f"example:\n  {text}" if text else None


def all_examples() -> str:
    """Return one example of each step."""
    lines = [text.split("\n")[0] for name, text in EXAMPLES.items() if " " not in name]
    setup = 'eval "$(register-python-argcomplete ssl-landscape)"'
    return "\n  ".join(["examples:", *lines]) + f"\n\ncompletion, in bash and zsh:\n  {setup}"
