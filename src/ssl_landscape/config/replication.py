"""The replication: how many seeds the tables and claims are judged on again."""

from ssl_landscape.config.types import Count, Strict, about


class Replication(Strict):
    """Tables and claims again, with more seeds than the paper's."""

    seeds: Count = about("runs of each model and sparsity: seeds 1..k, beside the model's own")
