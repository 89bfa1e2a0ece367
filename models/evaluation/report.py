"""The figures of a generator as Markdown, beside those of the paper."""

from __future__ import annotations

import numpy as np

from models.evaluation.measure import ATTRIBUTES, PATH_STEP, SET_SIZE, VARIED, Figures
from models.face.rig_vector import FACTORS

# DiscoFaceGAN's Table 1 (its full method) and Table 2.
PAPER_SCORES = (7.85, 80.4, 489.0, 36.7)
PAPER_COSINES = ((0.96, 0.82), (0.82, 0.79), (0.85, 0.85), (0.87, 0.85))
CAPTIONS = {
    "samples.png": "People at random.",
    "interpolation.png": "One factor at a time on a straight way to another person's; from the "
    "top: identity, expression, lighting, pose, and the noise code (supplement III).",
    "truncation.png": "Attribute-preserving truncation, one person a row: rate 1, 0.7, 0.4, 0 "
    "(supplement IV).",
    "stages.png": "Where each stage acts, one factor a row pair: the face, the maps alone "
    "edited, the styles of one resolution alone from 4² up, everything; below each the change, "
    "bright where it is large (supplement VI).",
}  # fmt: skip


def markdown(figures: Figures, title: str) -> str:
    """The report's text; the pictures of CAPTIONS lie beside it."""
    parts = [
        f"# {title}",
        f"Some {figures.samples} pictures a figure. What pictures show is read by Mien's own "
        "perception network, so that figures of other works compare only loosely.",
        "## What was asked for and what is seen",
        f"Over people in {SET_SIZE} poses, expressions and lights each: {figures.errors}.",
        "## Disentanglement",
        _scores(figures),
        "Variances are relative to those of real pictures where --data gave them, else to those "
        "of generated people.",
        "Leakage: how far an attribute moves when a factor varies that should leave it alone, in "
        "% of how far its own factor moves it (standard deviations). In brackets the same of the "
        "face model's renders, which leak nothing: the network's own mistakes.",
        _table(
            ["varied", *ATTRIBUTES],
            [
                [name, *(f"{100 * v:.0f} ({100 * f:.0f})" for v, f in zip(row, own, strict=True))]
                for name, row, own in zip(VARIED, figures.leakage, figures.floor, strict=True)
            ],
        ),
        "## Directions in W",
        "Mean cosine of Δw (Eq. 10; Table 2).",
        _table(
            ["factor", "fixed ends", "paper", "fixed offsets", "paper"],
            [
                [factor, f"{ends:.2f}", f"{paper[0]:.2f}", f"{offsets:.2f}", f"{paper[1]:.2f}"]
                for (factor, (ends, offsets)), paper in zip(
                    figures.cosines.items(), PAPER_COSINES, strict=True
                )
            ],
        ),
        f"Perceptual path length in W, steps of {PATH_STEP}, in the perception network's "
        f"features: {figures.path_length:.2f}.",
        *_real(figures),
        "## Pictures",
        *(f"![{text}]({name})\n\n{text}" for name, text in CAPTIONS.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _scores(figures: Figures) -> str:
    ours = [f"{value:.3g}" for value in figures.scores]
    theirs = [f"{value:g}" for value in PAPER_SCORES]
    rows = [["this generator", *ours], ["DiscoFaceGAN", *theirs]]
    return _table(["DS (Eq. 9)", *FACTORS], rows)


def _real(figures: Figures) -> list[str]:
    if figures.frechet is None:
        return []
    parts = [
        "## Beside real portraits",
        _table(
            ["Fréchet distance in", "two halves of the photos", "photos and generated", "ratio"],
            [
                [name, f"{halves:.3g}", f"{made:.3g}", f"{made / halves:.2f}"]
                for name, (halves, made) in figures.frechet.items()
            ],
        ),
    ]
    if figures.nearest is not None:
        rows = [
            [name, *(f"{v:.2f}" for v in np.percentile(distances, [1, 5, 50]))]
            for name, distances in figures.nearest.items()
        ]
        parts.append(
            _table(
                ["identity distance to the nearest training photo", "1 %", "5 %", "median"], rows
            )
        )
    return parts


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
