"""mien info: versions, devices, and the shipped files with their hashes and licences."""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import tomllib
from pathlib import Path
from typing import Any

from core.folders import cache_folder, config_folder, data_folder
from core.log import log_path
from core.rig.table import GROUPS
from core.settings import NAME

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
PACKAGES = (
    "numpy", "scipy", "numba", "opencv-python-headless", "pillow", "dlib-bin", "safetensors",
    "torch", "openvino", "PySide6-Essentials", "pillow-heif", "nvdiffrast",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `info`."""
    parser.add_argument("--rig", action="store_true", help="list every rig parameter instead")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(args: argparse.Namespace) -> int:
    """Prints what is asked for."""
    document = {"rig": rig()} if args.rig else information()
    print(json.dumps(document, indent=1) if args.json else "\n".join(_lines(document)))
    return 0


def information() -> dict[str, Any]:
    """Versions, devices, the person's folders and assets."""
    return {
        "versions": versions(), "devices": devices(), "folders": folders(), "assets": assets()
    }  # fmt: skip


def versions() -> dict[str, str]:
    """Mien's, Python's and the packages' versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = {"mien": project["version"], "python": platform.python_version()}
    found["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def devices() -> dict[str, str]:
    """The processors that Mien can compute on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = {"cpu": f"{_cpu_name()}, {cores} cores"}
    if importlib.util.find_spec("torch"):
        import torch

        for i in range(torch.cuda.device_count()):
            found[f"cuda:{i}"] = torch.cuda.get_device_name(i)
        if torch.backends.mps.is_available():
            found["mps"] = "Apple GPU"
    return found


def folders() -> dict[str, str]:
    """Where settings, logs and the rest are kept."""
    named = {
        "settings": config_folder() / NAME, "log": log_path("window"),
        "engine log": log_path("engine"), "data": data_folder(), "cache": cache_folder(),
    }  # fmt: skip
    return {name: str(path) for name, path in named.items()}


def assets() -> list[dict[str, str | int]]:
    """Each weights file under resources/: size, hash, kind and licence."""
    from models.files.store import StoreError, load_weights

    found: list[dict[str, str | int]] = []
    for path in sorted(RESOURCES.rglob("*.safetensors")):
        entry: dict[str, str | int] = {"file": path.relative_to(ROOT).as_posix()}
        try:
            entry["bytes"] = path.stat().st_size
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
            _, metadata = load_weights(path)
        except (OSError, StoreError) as error:
            entry["damaged"] = str(error)
            metadata = {}
        metadata = {"licence": _licence(path.name)} | metadata
        for key in ("kind", "face_model", "licence", "credit"):
            if key in metadata:
                entry[key] = metadata[key]
        found.append(entry)
    return found


def _licence(name: str) -> str:
    """What the table in resources/LICENSES.md says of a file."""
    for line in (RESOURCES / "LICENSES.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == f"`{name}`":
            return cells[-1]
    return "not named in resources/LICENSES.md"


def rig() -> list[dict[str, Any]]:
    """Every rig parameter with its ranges."""
    return [
        {
            "name": p.name, "group": g.name, "unit": p.unit, "soft": p.soft, "hard": p.hard,
            "default": p.default, "mirror": p.mirror, "help": p.tooltip,
        }
        for g in GROUPS for p in g.parameters
    ]  # fmt: skip


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _lines(document: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for title, content in document.items():
        lines.append(f"{title}:")
        if isinstance(content, dict):
            width = max(map(len, content))
            lines += [f"  {key:{width}}  {value}" for key, value in content.items()]
        elif title == "rig":
            lines += [
                f"  {p['name']:20} {p['soft'][0]:g} to {p['soft'][1]:g} {p['unit']:2} {p['help']}"
                for p in content
            ]
        else:
            for entry in content:
                lines.append(f"  {entry['file']}")
                lines += [f"    {key}: {value}" for key, value in entry.items() if key != "file"]
            if not content:
                lines.append("  none")
    return lines
