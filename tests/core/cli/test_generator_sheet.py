from __future__ import annotations

import numpy as np

from core.cli.generator_sheet import COLUMNS, _sweeps
from core.portrait.people import Person
from core.rig.presets import random_person


def test_each_row_of_a_sweep_changes_one_factor_alone() -> None:
    others = [Person(random_person(seed), np.zeros(4, np.float32)) for seed in range(COLUMNS)]
    cells = list(_sweeps(others[0], others))
    rows = [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
    changed = [("pose",), ("pose",), ("expression",), ("light",), ("identity", "albedo")]
    assert len(rows) == len(changed)
    for row, free in zip(rows, changed, strict=True):
        assert len(row) == COLUMNS
        for name in ("pose", "identity", "albedo", "expression", "light"):
            values = np.stack([getattr(cell, name) for cell in row])
            same = np.abs(values - values[0]).max() == 0
            assert same == (name not in free), name
