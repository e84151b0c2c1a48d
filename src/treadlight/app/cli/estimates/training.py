"""Estimate a training: from hours, from size and tokens, or from less."""

from typing import Any

import click

from treadlight.app.cli.estimates._asking import ask, common_options
from treadlight.app.cli.options import input_options


@click.command(short_help="From hours, from size and tokens, or from less.")
@input_options(
    ("device_hours", "Hours of one accelerator, summed over accelerators."),
    ("params_total_b", "Parameters of the model [10⁹]."),
    ("params_active_b", "Parameters that each token passes, of a mixture of experts [10⁹]."),
    ("tokens_b", "Tokens seen, repetitions counted [10⁹]."),
    ("total_flops", "Operations of the whole run, such as 3.1e23."),
    (
        "architecture",
        "dense, moe, hybrid, encoder, dense-encdec, vision, diffusion, dense-finetune, dense-lora, …",
    ),
    ("samples_m", "Images seen, repetitions counted [10⁶]: of vision and diffusion, in place of tokens."),
    ("pixels", "Width × height of one image."),
    ("hardware", "Accelerator, such as H100 or TPUv4."),
    ("n_devices", "Accelerators used at once."),
    ("wall_hours", "Duration [h]."),
    ("tdp_w", "Design power of one accelerator [W]."),
    (
        "avg_power_w",
        "Mean power of one accelerator, as nvidia-smi reads it [W]; host and hall are added.",
    ),
    (
        "avg_power_scope",
        "node: --avg-power is a device's share of its whole node; else accelerator.",
    ),
    ("pue", "Power usage effectiveness of the hall."),
    ("precision", "What matrices are multiplied in: bf16, fp16, fp8, tf32 or fp32."),
    (
        "experiments_multiplier",
        "All runs over the final one: 1.5 adds half of it for development and failed runs.",
    ),
    ("idle_hours", "Hours of accelerators that were held and did nothing, beside --device-hours."),
    ("storage_tb_months", "Data and checkpoints kept: terabytes times months."),
)
@common_options
def command(**given: Any) -> None:
    """Estimate what a training took: energy by line, carbon, water, minerals, and the making of the accelerators.

    Everything is optional; what is not given is sampled from priors, and the interval says so.

    \b
    treadlight estimate training --params 8 --tokens 15000 --hardware H100 --zone US
    treadlight estimate training --device-hours 21504 --hardware A100-80GB --pue 1.1
    treadlight estimate training --model bloom --record
    treadlight estimate training --csv runs.csv --out estimated.csv --ignore device_hours
    """
    ask("training", given)
