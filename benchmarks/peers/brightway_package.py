"""Scores of exported data packages by bw2calc, run in its own environment.

Arguments: the folder that `treadlight lca export --to bw` wrote, and how many of the draws are followed. Prints a line
of JSON: for each system and category the static score and those of the draws.
"""

import json
import sys
from pathlib import Path

import bw2calc
import bw_processing as bwp
from bw_processing.io_helpers import generic_directory_filesystem


def package(folder):
    """The data package of a folder."""
    return bwp.load_datapackage(generic_directory_filesystem(dirpath=folder))


def scores(folder, category, demand, draws):
    """The static score, and those of the first draws."""
    objects = [package(folder / "inventory"), package(folder / category)]
    static = bw2calc.LCA({demand: 1}, data_objs=objects)
    static.lci()
    static.lcia()
    drawn = bw2calc.LCA({demand: 1}, data_objs=objects, use_arrays=True)
    drawn.lci()
    drawn.lcia()
    found = [drawn.score]
    for _ in range(draws - 1):
        next(drawn)
        found.append(drawn.score)
    return {"static": static.score, "draws": found}


def main():
    folder, draws = Path(sys.argv[1]), int(sys.argv[2])
    held = json.loads((folder / "scores.json").read_text())["systems"]
    found = {
        system: {category: scores(folder, category, told["id"], draws) for category in told["scores"]}
        for system, told in held.items()
    }
    print(json.dumps(found))


main()
