"""Which processor the networks run on: the person's choice, where the machine has it."""

from __future__ import annotations

import torch

from core.settings import load


def compute_device() -> tuple[torch.device, str]:
    """The device, and why it is not the chosen one ("" where it is)."""
    chosen = load().device
    if chosen != "cpu" and torch.cuda.is_available():
        return torch.device("cuda"), ""
    missing = "No GPU that PyTorch can use was found, so the processor draws."
    return torch.device("cpu"), missing if chosen == "cuda" else ""


def gpus() -> tuple[str, ...]:
    """The names of the GPUs that can be chosen."""
    return tuple(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
