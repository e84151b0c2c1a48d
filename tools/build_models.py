"""Carries what is published about models into the library's table.

Usage: PYTHONPATH=src:tools python tools/build_models.py FACTS

FACTS is the folder of gathered facts. Rows whose figures are remembered lose those figures, and go where nothing is
left. Closed models keep the ranges that others estimated, widened and marked as unverified. The table is the result;
nothing else reads the folder.
"""

import math
import re
import sys
from pathlib import Path

from hardware.common import Cells, read, write

VERSION = Path(__file__).parent.parent / "src/treadlight/library/data/2026.11"

_Z80 = 1.2815515655446004  # a published range is taken for the middle 80 %: its authors give no coverage
_LEAST_GSD = 1.6  # of a point or a narrow range that nobody has confirmed
_FLOP_GSD = 2.0  # Epoch AI's operations of closed models: "speculative" to "confident" spans two- to tenfold

_WIDEST_HEAD = 512  # above, it is the whole width of a state-space model, which keeps no keys and values

_FACTS = "facts read there; no text of it is shipped"

# text that a source begins with: id, citation, year, licence, url
SOURCES: dict[str, tuple[str, str, int, str, str]] = {
    "Lightning-AI/litgpt": (
        "litgpt",
        "Lightning AI: litgpt, litgpt/config.py, commit 2685705",
        2026,
        "Apache-2.0",
        "https://github.com/Lightning-AI/litgpt",
    ),
    "mteb": (
        "mteb",
        "Massive Text Embedding Benchmark, mteb 2.26.24, metadata of models",
        2026,
        "Apache-2.0",
        "https://github.com/embeddings-benchmark/mteb",
    ),
    "NVIDIA aiconfigurator": (
        "aiconfigurator-models",
        "NVIDIA: ai-dynamo/aiconfigurator, model_configs, commit 095f58a",
        2026,
        "Apache-2.0",
        "https://github.com/ai-dynamo/aiconfigurator",
    ),
    "timm": (
        "timm",
        "PyTorch image models, timm 1.0.31; parameters counted on models built from it",
        2026,
        "Apache-2.0",
        "https://github.com/huggingface/pytorch-image-models",
    ),
    "transformers": (
        "transformers",
        "Hugging Face: transformers 5.23.0, default configurations; parameters counted on models built from them",
        2026,
        "Apache-2.0",
        "https://github.com/huggingface/transformers",
    ),
    "diffusers": (
        "diffusers",
        "Hugging Face: diffusers 0.42.1, default configurations; parameters counted on models built from them",
        2026,
        "Apache-2.0",
        "https://github.com/huggingface/diffusers",
    ),
    "Epoch AI notable models": (
        "epoch-models-2026",
        "Epoch AI: Notable AI models, January 2026",
        2026,
        "CC BY 4.0",
        "https://epoch.ai/data/ai-models",
    ),
    "Epoch AI all models Mar 2025": (
        "epoch-models-2025",
        "Epoch AI: All AI models, March 2025",
        2025,
        "CC BY 4.0",
        "https://epoch.ai/data/ai-models",
    ),
    "Epoch AI all models May 2026": (
        "epoch-models-2026-05",
        "Epoch AI: All AI models, May 2026",
        2026,
        "CC BY 4.0",
        "https://epoch.ai/data/ai-models",
    ),
    "abhibambhaniya/GenZ": (
        "genz",
        "Bambhaniya et al.: GenZ-LLM-Analyzer, Model_sets, read 2026-11",
        2026,
        "MIT",
        "https://github.com/abhibambhaniya/GenZ-LLM-Analyzer",
    ),
    "EcoLogits 0.11.3": (
        "ecologits-models-0.11",
        "EcoLogits 0.11.3, models.json",
        2026,
        "MPL-2.0",
        "https://github.com/mlco2/ecologits",
    ),
    "EcoLogits 0.9.1": (
        "ecologits-models-0.9",
        "EcoLogits 0.9.1, models.json",
        2025,
        "MPL-2.0",
        "https://github.com/mlco2/ecologits",
    ),
    "mlc-ai/mlc-llm": (
        "mlc-llm",
        "MLC LLM, model_preset.py, commit 79d603f",
        2026,
        "Apache-2.0",
        "https://github.com/mlc-ai/mlc-llm",
    ),
    "ml-energy/leaderboard": (
        "ml-energy-models",
        "ML.ENERGY Leaderboard, index.json, February 2026 (parameters rounded)",
        2026,
        "Apache-2.0",
        "https://github.com/ml-energy/leaderboard",
    ),
    "ultralytics": (
        "ultralytics",
        "Ultralytics: README table and yolov8.yaml",
        2026,
        _FACTS,
        "https://github.com/ultralytics/ultralytics",
    ),
    "openai/whisper": (
        "whisper",
        "OpenAI: Whisper, README",
        2025,
        "MIT",
        "https://github.com/openai/whisper",
    ),
    "AI-Hypercomputer/maxtext": (
        "maxtext",
        "Google: MaxText, configs/models, commit e591f30",
        2026,
        "Apache-2.0",
        "https://github.com/AI-Hypercomputer/maxtext",
    ),
    "cli99/llm-analysis": (
        "llm-analysis-models",
        "cli99/llm-analysis, model_configs, commit d841e40",
        2026,
        "Apache-2.0",
        "https://github.com/cli99/llm-analysis",
    ),
    "litellm": (
        "litellm",
        "LiteLLM 1.109.1, table of models: names and contexts",
        2026,
        "MIT",
        "https://github.com/BerriAI/litellm",
    ),
    "model id": (
        "model-id",
        "The model's own id, in which its maker states a rounded size",
        2026,
        "facts",
        "",
    ),
    # sources of training runs
    "arXiv 2302.13971": (
        "llama-2023",
        "Touvron et al.: LLaMA, open and efficient foundation language models, 2023",
        2023,
        _FACTS,
        "https://arxiv.org/abs/2302.13971",
    ),
    "meta-llama/llama-models": (
        "llama-cards",
        "Meta: model cards of Llama 2, 3, 3.1 and 3.2",
        2024,
        _FACTS,
        "https://github.com/meta-llama/llama-models",
    ),
    "public dataset script": (
        "training-runs-script",
        'Public dataset script "heldout-runs", which quotes the papers of the models with page numbers, read 2026-11',
        2026,
        _FACTS,
        "",
    ),
    "arXiv 2503.05804": (
        "morrison-2025",
        "Morrison et al.: Holistically evaluating the environmental impact of creating language models, 2025",
        2025,
        _FACTS,
        "https://arxiv.org/abs/2503.05804",
    ),
    "arXiv 2501.00656": (
        "olmo2-2025",
        "OLMo team: 2 OLMo 2 Furious, 2025",
        2025,
        _FACTS,
        "https://arxiv.org/abs/2501.00656",
    ),
    "Gemma report": (
        "gemma-2024",
        "Gemma team: Gemma, open models based on Gemini research and technology, 2024",
        2024,
        _FACTS,
        "https://arxiv.org/abs/2403.08295",
    ),
}

_SYNONYMS = {
    "size in the model id": "model id",
    "nominal size in the model id": "model id",
    "name and context": "litellm",
    "context": "litellm",
    "size of the Qwen2.5-VL": "mteb",
}

_COPIED = (
    "layers",
    "hidden_size",
    "kv_heads",
    "head_dim",
    "vocab",
    "experts_total",
    "experts_active",
    "context_len",
    "default_precision",
    "modality",
)


def main(facts: Path) -> None:
    runs = {row["id"]: row for row in read(facts / "validation_training.csv")}
    rows = [made for row in read(facts / "models.csv") if (made := _row(row, runs)) is not None]
    used = {row[column] for row in rows for column in ("source", "params_source", "training_source")}
    columns = ("id", "citation", "year", "licence", "url")
    sources = [dict(zip(columns, map(str, s), strict=True)) for s in SOURCES.values() if s[0] in used]
    write(VERSION / "models.csv", rows)
    write(VERSION / "sources_models.csv", sources)
    print(f"models: {len(rows)} rows, {len(sources)} sources")


def _row(facts: Cells, runs: dict[str, Cells]) -> Cells | None:
    """A row of the table; None where nothing but memory is behind it."""
    clauses = facts["source"].split("; ")
    found = [(key, clause) for clause in clauses if (key := _source(clause) or _source(_of_run(clause, runs)))]
    low = facts["confidence"] == "low"
    ranged = facts["params_basis"].startswith("range")
    if not found:
        return None
    total, active, basis = _ranges(facts) if ranged else _points(facts, low)
    training, trained = _training(facts, clauses, runs, low)
    source, locator = found[0]
    if ranged:  # the range is what the row is for
        source, locator = _range_source(facts, found)
    rest = [c for c in clauses if c not in (locator, trained) and not _remembered(c) and not _ours(c)]
    # a row about which only names and contexts are known is second-hand, but no figure in it is unverified
    confidence = "low" if ranged else "medium" if low else facts["confidence"]
    return {
        "model": facts["id"],
        "aliases": facts["aliases"],
        "provider": facts["provider"],
        "released": facts["release"],
        "open_weights": facts["open_weights"],
        "architecture": facts["architecture"],
        "params_total_b": total,
        "params_active_b": active,
        "params_basis": basis,
        "params_source": "",
        **_shape(facts),
        **training,
        "source": source,
        "locator": _placed(locator, trained, runs),
        "year": str(_year(source)),
        "confidence": confidence,
        "unverified": "true" if ranged else "",
        "note": "; ".join([*_notes(facts, ranged, active), *rest]),
    }


def _shape(facts: Cells) -> Cells:
    """The decoder's shape; heads are left out where they were divided out of a width that they do not fill."""
    shape = {column: facts[column] for column in _COPIED}
    head = int(facts["head_dim"] or 8)
    return shape | ({"kv_heads": "", "head_dim": ""} if head % 8 or head > _WIDEST_HEAD else {})


def _remembered(clause: str) -> bool:
    return "remembered" in clause or "unverified" in clause


def _source(clause: str) -> str:
    """Id of the source that a clause begins with; empty where it names none."""
    if _remembered(clause) and not clause.startswith("EcoLogits"):
        return ""
    for begin, target in _SYNONYMS.items():
        if clause.startswith(begin):
            return SOURCES[target][0]
    return next((s[0] for begin, s in SOURCES.items() if clause.startswith(begin)), "")


def _year(source: str) -> int:
    return next(s[2] for s in SOURCES.values() if s[0] == source)


def _points(facts: Cells, low: bool) -> tuple[str, str, str]:
    """Parameters as read; of a row of memory only what stands in its id or in a named source."""
    total, active = facts["params_total_b"], facts["params_active_b"]
    remembered = [clause for clause in facts["source"].split("; ") if _remembered(clause)]
    if low and any("active" in clause for clause in remembered) and not re.search(r"-A\d+B", facts["id"]):
        active = ""
    if facts["id"].startswith("mistralai/codestral-25"):  # the size published is that of the model of 2024
        total = active = ""
    if facts["params_basis"] == "unknown" or not (total or active):
        return "", "", "unknown"
    return total, active, "derived" if facts["params_basis"].startswith("derived") else "published"


def _ranges(facts: Cells) -> tuple[str, str, str]:
    """Somebody's range as a lognormal whose middle 80 % it is, and at least as wide as an unconfirmed figure."""
    low, high = float(facts["params_low_b"]), float(facts["params_high_b"])
    middle = math.sqrt(low * high)
    gsd = max(_LEAST_GSD, math.exp(math.log(high / low) / (2 * _Z80)))
    spread = f"lognormal({middle:.4g},{gsd:.3g})"
    if "total parameters" in facts["params_basis"]:
        return spread, "", "range"
    if "dense" in facts["params_basis"]:
        return spread, spread, "range"
    share = float(facts["params_total_b"]) / float(facts["params_active_b"])
    return f"lognormal({middle * share:.4g},{gsd:.3g})", spread, "range"


def _range_source(facts: Cells, found: list[tuple[str, str]]) -> tuple[str, str]:
    wanted = "ecologits" if "EcoLogits" in facts["params_basis"] else "epoch"
    return next(((key, clause) for key, clause in found if key.startswith(wanted)), found[0])


def _training(facts: Cells, clauses: list[str], runs: dict[str, Cells], low: bool) -> tuple[Cells, str]:
    """What is published about the training, with its source; and the clause that names the source."""
    at_run = next((c for c in clauses if _source(_of_run(c, runs))), "")
    clause = at_run or next((c for c in clauses if _source(c).startswith("epoch-models")), "")
    run = runs.get(_run_id(at_run))
    if not clause or (run and run["confidence"] == "low"):
        return {"training_source": ""}, ""
    flop = facts["training_flop"]
    unsure = low or (facts["open_weights"] != "yes" and not run)
    zflop = f"{float(flop) / 1e21:.4g}" if flop else ""
    figures = {
        "training_tokens_b": "" if unsure else facts["training_tokens_b"],
        "training_zflop": f"lognormal({zflop},{_FLOP_GSD})" if flop and unsure else zflop,
        "training_hardware": "" if "+" in facts["training_device"] else facts["training_device"],
        "training_device_hours": facts["training_device_hours"] if run else "",
    }
    if not any(figures.values()):
        return {"training_source": ""}, ""
    return figures | {"training_source": _source(_of_run(clause, runs)) or _source(clause)}, clause


def _of_run(clause: str, runs: dict[str, Cells]) -> str:
    """The source that the gathered training runs name for the run of a clause."""
    run = runs.get(_run_id(clause))
    return run["source"] if run else ""


def _ours(clause: str) -> bool:
    """Whether a clause speaks of our own files or of names alone."""
    return "validation_training.csv" in clause or clause.startswith(("context: litellm", "same architecture"))


def _placed(locator: str, trained: str, runs: dict[str, Cells]) -> str:
    """Where in the sources: of the row, and of its figures on training."""
    whole = _of_run(locator, runs) or locator
    training = _of_run(trained, runs) or trained
    return whole if training in ("", whole) else f"{whole}; training: {training}"


def _run_id(clause: str) -> str:
    found = re.search(r"shared validation_training\.csv (\S+)", clause)
    return found.group(1) if found else ""


def _notes(facts: Cells, ranged: bool, active: str) -> list[str]:
    if ranged:
        return [f"{facts['params_basis']}; its maker publishes nothing; taken for the middle 80 %, GSD at least 1.6"]
    if facts["id"].startswith("mistralai/codestral-25"):
        return ["no size is published for this release"]
    if facts["params_basis"] == "unknown":
        return ["nothing is published about its size"]
    return [] if active else ["the number of active parameters was not read"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
