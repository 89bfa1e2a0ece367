"""Names from templates."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.errors import ParameterError
from core.export.naming import (
    MAX_BYTES,
    NameTemplate,
    Value,
    dated,
    preview,
    safe_name,
    unique_names,
)


def test_values_are_filled_in() -> None:
    values: dict[str, Value] = {"stem": "anna", "index": 7, "yaw": -12.34, "seed": 3}
    for template, name in (
        ("{stem}_{index:05d}", "anna_00007"),
        ("{yaw}", "-12.34"),
        ("{yaw:+.0f}", "-12"),
        ("{yaw:d}", "-12"),
        ("{{{seed}}}", "{3}"),
        ("p{seed:04d} {stem}", "p0003 anna"),
    ):
        assert NameTemplate(template).name(values) == name
    assert NameTemplate("{pitch:.1f}").name({"pitch": -0.001}) == "0.0"
    assert dated(datetime(2031, 5, 27, 14, 5, 9)) == {"date": "2031-05-27", "time": "14-05-09"}


@pytest.mark.parametrize(
    "template",
    [
        "", "  ", "{", "}", "{}", "{0}", "{stem", "{nose}", "{stem.__class__}", "{stem[0]}",
        "{stem!r}", "{index:999999999d}", "{index:{seed}}", "a/b", "..\\{stem}", "{index:x}",
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_template_is_one_sentence(template: str) -> None:
    with pytest.raises(ParameterError) as raised:
        NameTemplate(template)
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


def test_a_value_that_is_missing_or_does_not_fit() -> None:
    with pytest.raises(ParameterError, match=r"seed.*no value here.*stem"):
        NameTemplate("{seed}").name({"stem": "anna"})
    with pytest.raises(ParameterError, match="does not fit"):
        NameTemplate("{stem:05d}").name({"stem": "anna"})


def test_names_are_safe_everywhere() -> None:
    for text, name in (
        ("a/b\\c:d", "a_b_c_d"), ("con", "_con"), ("COM1.x", "_COM1.x"), ("console", "console"),
        ("..", "unnamed"), (".hidden", "_hidden"), ("end. .", "end"), ("tab\tnul\0", "tab_nul_"),
        ("e\u0301", "\u00e9"),
    ):  # fmt: skip
        assert safe_name(text) == name
    long = safe_name("ü" * 500)
    assert len(long.encode()) <= MAX_BYTES and set(long) == {"ü"}
    assert safe_name("\udcff.x") == "_.x"


def test_equal_names_are_numbered_whatever_their_case() -> None:
    template = NameTemplate("{stem}")
    stems = ["a", "A", "b", "a", "a-2", "É", "e\u0301"]
    names = list(unique_names(template, ({"stem": s} for s in stems), taken=["B"]))
    assert names == ["a", "A-2", "b-2", "a-3", "a-2-2", "É", "é-2"]


def test_ten_thousand_equal_names_are_quick() -> None:
    names = list(unique_names(NameTemplate("x"), ({} for _ in range(10_000))))
    assert len(set(names)) == 10_000 and names[-1] == "x-10000"


def test_the_preview_reads_no_more_than_it_shows() -> None:
    items = ({"index": i} for i in iter(int, 1))  # endless
    assert preview("{index:03d}", items, ".png", 2) == ["000.png", "000-2.png"]
