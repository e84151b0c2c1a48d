"""100,000 requests estimated: points, and totals with 1,000 draws, beside EcoLogits in the same run.

    python benchmarks/estimate_points.py [--requests 100000] [--repeats 5]

EcoLogits is installed in an environment of its own (``benchmarks/.envs/ecologits``). It has no form for many requests:
its function is called for each. The two totals of energy differ in scope (EcoLogits' holds servers and PUE, and counts
no prompt), so only times are compared. Processor time of fresh processes; imports apart. Exit code 1: a limit was
missed.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from environments import environment, machine, save

_PEER = "ecologits==0.11.3"
_LIMITS = {"points_cpu_s": 0.1, "totals_cpu_s": 2.0}

_REQUESTS = """
import json, random, sys, time
m = int(sys.argv[1])
random.seed(0)
tokens_in = [random.lognormvariate(6, 1) for _ in range(m)]
tokens_out = [float(1 + int(random.lognormvariate(5, 1))) for _ in range(m)]
sizes = [random.choice((8.0, 14.0, 70.0, 405.0)) for _ in range(m)]
begun = time.process_time()
"""

_OURS = (
    _REQUESTS
    + """
import numpy as np
from treadlight.estimate.inference import InferenceInputs, TokenSums, points, token_coefficients
out = {"import_cpu_s": time.process_time() - begun}
columns = {"tokens_in": np.array(tokens_in), "tokens_out": np.array(tokens_out), "params_total_b": np.array(sizes)}
columns["params_active_b"] = columns["params_total_b"]
shared = InferenceInputs(hardware="H100", precision="bfloat16", batch=64.0)
points({name: values[:1] for name, values in columns.items()}, shared)  # tables and fit are read once
t = time.process_time(); wh = points(columns, shared); out["points_cpu_s"] = time.process_time() - t
out["points_total_wh"] = float(wh.sum())
t = time.process_time()
total = np.zeros(1000)
for size in np.unique(columns["params_total_b"]):
    of = columns["params_total_b"] == size
    none = np.zeros(int(of.sum()))
    sums = TokenSums.of(columns["tokens_in"][of], none, columns["tokens_out"][of])
    known = dict(hardware="H100", precision="bfloat16", batch=64.0, params_total_b=size, params_active_b=size)
    total += token_coefficients(InferenceInputs(**known), "gpu_only", 1000, 0).wh(sums)
out["totals_cpu_s"] = time.process_time() - t
out["total_wh_p05_p50_p95"] = [float(x) for x in np.percentile(total, [5, 50, 95])]
print(json.dumps(out))
"""
)

_THEIRS = (
    _REQUESTS
    + """
from ecologits.impacts.llm import compute_llm_impacts
out = {"import_cpu_s": time.process_time() - begun}
world = dict(if_electricity_mix_adpe=0.0000000737708, if_electricity_mix_pe=9.99, if_electricity_mix_gwp=0.590478)
world |= dict(if_electricity_mix_wue=3.0, datacenter_pue=1.2, datacenter_wue=0.5)
def one(size, n): return compute_llm_impacts(size, size, n, request_latency=float("inf"), **world)
one(8.0, 10.0)
t = time.process_time()
wh = 0.0
for size, n in zip(sizes, tokens_out):
    value = one(size, n).usage.energy.value
    wh += 1000 * float(getattr(value, "mean", value))
out["points_cpu_s"] = time.process_time() - t
out["total_wh"] = wh
print(json.dumps(out))
"""
)


def main() -> int:
    """Measure, print, keep; 1 where a limit was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    ours = [_run(Path(sys.executable), _OURS, asked.requests) for _ in range(asked.repeats)]
    theirs = _run(environment("ecologits", [_PEER]), _THEIRS, asked.requests)
    median = {name: statistics.median(one[name] for one in ours) for name in ("import_cpu_s", *_LIMITS)}
    median |= {name: ours[0][name] for name in ("points_total_wh", "total_wh_p05_p50_p95")}
    missed = [name for name, limit in _LIMITS.items() if median[name] > limit * asked.requests / 100_000]
    print(f"{asked.requests:,} requests, processor seconds, median of {asked.repeats}; EcoLogits once")
    print(f"{'':28}{'treadlight':>12}{'EcoLogits':>12}{'limit':>8}")
    print(f"{'points':28}{median['points_cpu_s']:12.4f}{theirs['points_cpu_s']:12.2f}{_LIMITS['points_cpu_s']:8}")
    print(f"{'totals with 1,000 draws':28}{median['totals_cpu_s']:12.4f}{'none':>12}{_LIMITS['totals_cpu_s']:8}")
    print(f"{'import':28}{median['import_cpu_s']:12.2f}{theirs['import_cpu_s']:12.2f}")
    print("missed: " + ", ".join(missed) if missed else "every limit holds")
    save("estimate_points", {"machine": machine(), "treadlight": median, "ecologits": theirs, "missed": missed})
    return 1 if missed else 0


def _run(python: Path, code: str, requests: int) -> dict[str, float]:
    done = subprocess.run([python, "-c", code, str(requests)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main())
