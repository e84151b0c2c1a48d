"""Estimate inference: requests by their tokens, images, video, audio, classifiers."""

from typing import Any

import click

from treadlight.app.cli.estimates._asking import ask, common_options
from treadlight.app.cli.options import input_options


@click.command(short_help="Requests by their tokens, images, video, audio.")
@input_options(
    ("count", "How many requests, images or videos; 1 by default."),
    ("tokens_in", "Tokens of the prompt."),
    ("tokens_out", "Tokens generated."),
    ("tokens_cached", "Tokens of the prompt that were read from a prefix cache."),
    ("tokens_reasoning", "Tokens of hidden reasoning that --tokens-out does not include."),
    ("params_total_b", "Parameters of the model [10⁹]."),
    ("params_active_b", "Parameters that each token passes, of a mixture of experts [10⁹]."),
    ("architecture", "dense, moe, hybrid, encoder, encdec, vision, diffusion, …"),
    ("task", "In words: chat, embedding, text classification, text-to-image, …"),
    ("hardware", "Accelerator, such as H100."),
    ("n_devices", "Accelerators that hold one copy of the model."),
    ("precision", "Of the weights: bfloat16, fp8, int4, …"),
    ("batch", "Sequences decoded together, on average."),
    ("load", "Share of the time the accelerators are busy, up to 1; the rest is a line of its own."),
    ("requests_per_s", "Requests that reach one server; its idle time is a line of its own."),
    ("output_tokens_per_s", "Measured output of the whole server, all its requests together."),
    ("avg_power_w", "Measured power of all its accelerators together [W]."),
    ("tdp_w", "Power limit of one accelerator [W]."),
    ("pixels", "Width × height of an image or of one frame."),
    ("steps", "Denoising steps."),
    ("frames", "Frames of one video."),
    ("audio_s", "Seconds of audio heard or made."),
    ("unit", "What one is: request, query, image, video."),
    ("pue", "Power usage effectiveness of the hall."),
)
@common_options
def command(**given: Any) -> None:
    """Estimate what requests took: energy by line, carbon, water, minerals, and the making of the accelerators.

    Everything is optional; what is not given is sampled from priors, and the interval says so.

    \b
    treadlight estimate inference --model llama-3.1-8b --tokens-in 500 --tokens-out 300
    treadlight estimate inference --model gpt-4o --tokens-out 400 --requests 1000000 --zone US
    treadlight estimate inference --task text-to-image --params 12 --pixels 1048576 --steps 50
    treadlight estimate inference --csv requests.csv --out estimated.csv --scope gpu_only
    """
    ask("inference", given, given["count"])
