"""Scores of a system by bw2calc, run in its own environment by benchmarks/monte_carlo.py and study.py.

Arguments: file of the matrices, number of draws (0: static score only), repeats. Prints one line of JSON. Of several
categories each is one elementary flow, so that the sums of the inventory's rows are all scores at once: the least work
that bw2calc can have with them.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import bw2calc
import bw_processing as bwp
import numpy as np

LOGNORMAL, NONE = 2, 0


def package(given):
    """The system as a data package: columns are processes, each making one unit of its product."""
    n = given["n"]
    made = [[i, i, 1.0, 0.0] for i in range(n)]
    technosphere = made + given["inputs"]
    data = bwp.create_datapackage()
    for matrix, rows, offset in (
        ("technosphere_matrix", technosphere, 0),
        ("biosphere_matrix", given["direct"], 10_000),
    ):
        indices = np.array([(r[0] + offset, r[1]) for r in rows], dtype=bwp.INDICES_DTYPE)
        values = np.array([r[2] for r in rows], dtype=float)
        flip = np.array([matrix == "technosphere_matrix" and i >= n for i in range(len(rows))])
        spread = np.zeros(len(rows), dtype=bwp.UNCERTAINTY_DTYPE)
        for i, row in enumerate(rows):
            kind = LOGNORMAL if row[3] > 0 else NONE
            loc = np.log(row[2]) if kind == LOGNORMAL else row[2]
            spread[i] = (kind, loc, row[3] if kind == LOGNORMAL else np.nan, np.nan, np.nan, np.nan, False)
        data.add_persistent_vector(
            matrix=matrix,
            indices_array=indices,
            data_array=values,
            flip_array=flip,
            distributions_array=spread,
            name=matrix,
        )
    data.add_persistent_vector(
        matrix="characterization_matrix",
        indices_array=np.array([(10_000 + i,) * 2 for i in range(given["categories"])], dtype=bwp.INDICES_DTYPE),
        data_array=np.ones(given["categories"]),
        name="characterization",
    )
    return data


def scores_of(lca, categories):
    """The score, or the scores by category in their order."""
    if categories == 1:
        return lca.score
    sums = np.asarray(lca.inventory.sum(axis=1)).ravel()
    return [float(sums[lca.dicts.biosphere[10_000 + i]]) for i in range(categories)]


def main():
    given = json.loads(Path(sys.argv[1]).read_text())
    draws, repeats = int(sys.argv[2]), int(sys.argv[3])
    demand = {given["n"] - 1: 1}
    data = package(given)
    static = bw2calc.LCA(demand, data_objs=[data])
    static.lci()
    static.lcia()
    scores, seconds = [], []
    for _ in range(repeats if draws else 0):
        lca = bw2calc.LCA(demand, data_objs=[data], use_distributions=True)
        begun = time.perf_counter()
        lca.lci()
        lca.lcia()
        found = [scores_of(lca, given["categories"])]
        for _ in range(draws - 1):
            next(lca)
            found.append(scores_of(lca, given["categories"]))
        seconds.append(time.perf_counter() - begun)
        scores += found
    version = bw2calc.__version__
    version = ".".join(map(str, version)) if isinstance(version, tuple) else version
    out = {"version": version, "static": static.score, "scores": scores, "seconds": statistics.median(seconds or [0.0])}
    print(json.dumps(out))


main()
