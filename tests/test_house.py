"""Rules of the house that no linter checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "core", "models", "benchmarks", "tests", ".ci")
SOURCES = [p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))]
TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("resources/*.md")])
FILE_LINES, FUNCTION_LINES = 400, 60
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "app",
    "benchmarks", "core", "docs", "main.py", "models", "packaging", "pyproject.toml", "resources",
    "tests",
}  # fmt: skip
CODE = "\n".join(p.read_text(encoding="utf-8") for p in [ROOT / "main.py", *SOURCES])
# LENT's options are made of its keys; torchrun has one of its own.
OPTIONS_OF_OTHERS = {
    "--nproc-per-node", "--light-from", "--expression-from", "--pose-from", "--identity-from",
}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length < FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_in_texts_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_texts_name_what_there_is(path: Path) -> None:
    """Options of commands, tests, and files of the source by their whole path."""
    text = path.read_text(encoding="utf-8")
    given = {*re.findall(r'"(--[a-z0-9-]+)"', CODE), *OPTIONS_OF_OTHERS}
    assert set(re.findall(r"(?<![\w-])(--[a-z][a-z0-9-]+)", text)) <= given
    tests = set(re.findall(r"\bdef (test_\w+)", CODE)) | {p.stem for p in SOURCES}
    assert set(re.findall(r"\b(test_[a-z0-9_]+)\b", text)) <= tests
    named = re.findall(rf"`((?:{'|'.join(PACKAGES)})/[\w/]+\.\w+)", text)
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_top_level_holds_what_it_should() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {name.split("/")[0] for name in listed.stdout.splitlines()} == TOP_LEVEL


def test_check_boxes_can_be_seen_in_both_themes() -> None:
    sources = (ROOT / "app").rglob("*.py")
    made = [p.name for p in sources if "QCheckBox(" in p.read_text("utf-8")]
    assert not [name for name in made if name != "check.py"]


def _loaded(code: str) -> set[str]:
    """Top-level packages in a fresh interpreter after running code."""
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_window_starts_without_torch() -> None:
    modules = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for p in sorted((ROOT / "app").rglob("*.py"))
    ]
    loaded = _loaded(f"import {', '.join(modules)}")
    assert "PySide6" in loaded
    assert not loaded & {"torch", "cv2", "numba", "scipy", "dlib"}


def test_the_command_line_starts_light() -> None:
    loaded = _loaded("import main, core.cli")
    assert not loaded & {"torch", "PySide6", "cv2", "numba", "numpy"}
