"""The sentences under the picture that say what to do as long as there is no photo."""

from __future__ import annotations

Guide = tuple[str, str]

MODEL_GUIDE = (
    "Drop a photo, or open one (Ctrl+O)",
    "Until then this is the face model: drag to turn it, right-drag to move the light",
)
PERSON_GUIDE = (
    "Press Space for another person, or drop a photo",
    "Nobody real: drag to turn the head, right-drag to move the light",
)
LOADING_GUIDE = (
    "The generator is being loaded",
    "This is the first person's picture; it comes to life in a moment",
)
# Of names, in letters.
_LONGEST = 24


def guide(awaited: str, person: bool, waiting: bool, reason: str) -> Guide:
    """What to do, and what is on the canvas until then.

    awaited: the name of the photo that is being opened. waiting: a picture stands in for the
    first person. reason: why there is no generator.
    """
    if awaited:
        short = awaited if len(awaited) <= _LONGEST else f"{awaited[:12]}…{awaited[-11:]}"
        return f"Opening {short}", "It is shown here as soon as it is read"
    if reason:
        return MODEL_GUIDE[0], reason
    if person:
        return PERSON_GUIDE
    return LOADING_GUIDE if waiting else MODEL_GUIDE
