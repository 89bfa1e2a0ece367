"""`pictures`: the picture sheets of face model and generator, from the shipped files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.errors import OutputError
from core.export.options import ExportOptions
from core.export.picture import export_picture, generated_photo
from core.files import make_folder
from core.rig.lights import LIGHT_PRESETS
from models.face.camera import Camera
from models.face.model import FaceModel
from models.face.parameters import EXPRESSION_NAMES, FaceParameters
from models.face.renderer import FaceRenderer

CELL = 200
COLUMNS = 9
QUALITY = 88
GROUND = (30, 31, 34)
TEXT = (205, 208, 214)

Cell = tuple[str, FaceParameters, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=Path("docs/pictures"), metavar="DIR",
        help="folder for the sheets (default docs/pictures)",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace the sheets in DIR")


def run(args: argparse.Namespace) -> int:
    """Write face_model.jpg (mean, components, lights, people), expressions.jpg, generator.jpg.

    Raises MienError.
    """
    from core.cli.generator_sheet import generator_sheet

    folder = make_folder(args.out)
    renderer = FaceRenderer(FaceModel.load())
    cells = [*_mean_cells(), *_component_cells(), *_light_cells(), *_people_cells(27)]
    sheets = {
        "face_model.jpg": lambda: _sheet(renderer, cells),
        "expressions.jpg": lambda: _sheet(renderer, _expression_cells()),
        "generator.jpg": generator_sheet,
    }
    for path in map(folder.joinpath, sheets):
        if os.path.lexists(path) and not args.overwrite:
            raise OutputError(f"{path} exists already; choose another --out or add --overwrite.")
    for name, draw in sheets.items():
        picture = generated_photo(np.asarray(draw()))
        options = ExportOptions(QUALITY)
        print(export_picture(picture, folder / name, options, overwrite=args.overwrite))
    return 0


def _posed(yaw: float, pitch: float = 0.0, **changes: np.ndarray) -> FaceParameters:
    return replace(FaceParameters(), pose=np.array([yaw, pitch, 0], np.float32), **changes)


def _mean_cells() -> Iterable[Cell]:
    views = (("front", 0.0), ("three-quarter", 40.0), ("profile", 90.0))
    for mode in ("shaded", "textured", "wireframe"):
        for name, yaw in views:
            yield f"mean, {name}", _posed(yaw), mode


def _component_cells() -> Iterable[Cell]:
    for array, mode, yaw in (("identity", "shaded", 25.0), ("albedo", "textured", 0.0)):
        for component in range(9):
            for sigma in (-3, 3):
                values = np.zeros(80, np.float32)
                values[component] = sigma
                label = f"{array} {component + 1}, {sigma:+d} sd"
                yield label, replace(_posed(yaw), **{array: values}), mode


def _light_cells() -> Iterable[Cell]:
    for preset in list(LIGHT_PRESETS.values())[:18]:
        yield preset.label, _posed(18.0, light=preset.coefficients()), "textured"


def _people_cells(count: int) -> Iterable[Cell]:
    rng = np.random.default_rng(7)
    for i in range(count):
        person = _posed(
            float((0, 35, -70)[i % 3]),
            identity=rng.normal(size=80).astype(np.float32) * 0.9,
            albedo=rng.normal(size=80).astype(np.float32) * 0.8,
        )
        yield f"random person {i + 1}", person, "textured"


def _expression_cells() -> list[Cell]:
    cells: list[Cell] = []
    for name in EXPRESSION_NAMES:
        cells.append((name, _posed(20.0).with_expression({name: 1.0}), "textured"))
    return cells


def _sheet(renderer: FaceRenderer, cells: Iterable[Cell]) -> Image.Image:
    cells = list(cells)
    rows = -(-len(cells) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * (CELL + 18)), GROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    camera = Camera.portrait(CELL)
    for i, (label, parameters, mode) in enumerate(cells):
        x, y = i % COLUMNS * CELL, i // COLUMNS * (CELL + 18)
        face = renderer.render(parameters, camera, CELL, CELL, mode, supersample=2)
        picture = Image.fromarray(face, "RGBA")
        sheet.paste(picture, (x, y), picture)
        draw.text((x + 6, y + CELL), label, TEXT, font)
    return sheet
