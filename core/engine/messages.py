"""What window and engine say to each other: small frozen messages, pictures aside.

Pictures travel through shared memory (`frames.py`). Nothing here imports more than NumPy, so the
window can read it. Every request has an id, unique in the life of a window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.engine.terms import METHODS as METHODS
from core.engine.terms import OVERLAYS as OVERLAYS
from core.engine.terms import PREVIEW_SIZE as PREVIEW_SIZE
from core.engine.terms import FaceEdit as FaceEdit
from core.engine.terms import Group as Group
from core.engine.terms import LatentCode as LatentCode
from core.engine.terms import Method as Method
from core.engine.terms import Slot as Slot
from core.engine.terms import Source as Source
from core.engine.terms import View as View
from core.export.options import DEFAULT as DEFAULT
from core.export.options import ExportOptions as ExportOptions
from core.motion.timeline import Timeline as Timeline
from models.face.parameters import FaceParameters as FaceParameters

# The id of a Failed that answers no request: the engine itself is not all right.
NO_REQUEST = 0


@dataclass(frozen=True)
class Request:
    """Base of what the window asks for."""

    id: int


@dataclass(frozen=True)
class OpenPhoto(Request):
    """Load a photo and find its faces; answered by PhotoLoaded, then PhotoOpened.

    boxes: faces to fit besides the detected ones, drawn by hand, photo px (x0, y0, x1, y1).
    """

    source: Source
    name: str = ""
    boxes: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True)
class ClosePhoto(Request):
    """Forget the photo; answered by Done."""


@dataclass(frozen=True)
class SelectFace(Request):
    """Edit this face from now on, over the finished edits of others; answered by FaceReady.

    method: the generator's need a latent; without one the photo's own pixels serve.
    """

    index: int
    others: tuple[FaceEdit, ...] = ()
    method: Method = "photo"
    latent: LatentCode | None = None


@dataclass(frozen=True)
class SetMethod(Request):
    """Make the chosen face's pixels in another way from now on; answered by Done."""

    method: Method
    latent: LatentCode | None = None


@dataclass(frozen=True)
class Embed(Request):
    """Find a face of the photo in the generator; answered by EmbedStage often, then Done.

    Pictures go on meanwhile. found: a face that is known, to which the weights are adapted.
    """

    index: int
    found: LatentCode | None = None


@dataclass(frozen=True)
class NewPerson(Request):
    """A person who does not exist; answered by PersonMade. truncation: 0 (the mean) to 1."""

    seed: int
    truncation: float


@dataclass(frozen=True)
class MixPeople(Request):
    """A person between two, each (parameters, noise); answered by PersonMade. share: 0 to 1."""

    first: tuple[FaceParameters, np.ndarray]
    second: tuple[FaceParameters, np.ndarray]
    share: float


@dataclass(frozen=True)
class DrawPerson(Request):
    """A person at its own size and full accuracy; answered by PersonDrawn. noise: (N,)."""

    parameters: FaceParameters
    noise: np.ndarray


@dataclass(frozen=True)
class SavePerson(Request):
    """Write the picture of a generated person; answered by Saved. noise: (N,).

    description: how it was made, kept in the file.
    """

    path: str
    parameters: FaceParameters
    noise: np.ndarray
    description: Mapping[str, str] = field(default_factory=dict)
    options: ExportOptions = DEFAULT
    overwrite: bool = False


@dataclass(frozen=True)
class SetManualBox(Request):
    """Fit a face inside a box drawn by hand, photo px; answered by PhotoOpened."""

    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Render(Request):
    """One picture into a slot; answered by Frame.

    max_size: long side in pixels (the views "model" and "person": side of a square). overlay: a
    mode of OVERLAYS, drawn as a second RGBA picture after the first. noise: (N,), the person's.
    """

    slot: Slot
    parameters: FaceParameters
    max_size: int
    view: View = "photo"
    overlay: str | None = None
    noise: np.ndarray | None = None


@dataclass(frozen=True)
class Save(Request):
    """Write the edited photo at its full size; answered by Saved. feather: px at the seam."""

    path: str
    parameters: FaceParameters
    feather: float = 0.0
    options: ExportOptions = DEFAULT
    overwrite: bool = False


@dataclass(frozen=True)
class Animate(Request):
    """Write the frames of a timeline as an animation; answered by Progress often, then Saved.

    path: see core.motion.video. parameters: what is not animated. size: long side in pixels, at
    most the photo's own. noise: (N,), the person's; None animates the chosen face. The engine
    goes on answering meanwhile.
    """

    path: str
    timeline: Timeline
    parameters: FaceParameters
    size: int
    noise: np.ndarray | None = None
    provenance: bool = True
    overwrite: bool = False


@dataclass(frozen=True)
class TakeFrom(Request):
    """Fit another photo and give one group of its parameters; answered by Taken."""

    group: Group
    source: Source
    name: str = ""


@dataclass(frozen=True)
class Cancel:
    """Give up the request of that id, at the next stage at the latest."""

    id: int


@dataclass(frozen=True)
class Stop:
    """End the engine."""


@dataclass(frozen=True)
class Heartbeat:
    """The engine lives."""


@dataclass(frozen=True)
class Ready:
    """The engine can render. versions: what `python main.py info` would say, by name."""

    device: str
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GeneratorState:
    """Said after Ready: how the generator draws, or the reason why it cannot.

    key: names its weights. notice: what the person should know though it works. gpus: the names
    of the GPUs that could be chosen. complete: no more will be said; before, people can be drawn,
    and for all else the engine loads on.
    """

    device: str = ""
    key: str = ""
    reason: str = ""
    notice: str = ""
    gpus: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class Died:
    """The engine's process ended by itself. Said by the window's side of the pipe."""

    exit_code: int | None
    hung: bool = False


@dataclass(frozen=True)
class Face:
    """A face of the photo: box in photo px, confidence 0 to 1, what was fitted, a thumbnail.

    thumbnail: (64, 64, 3 or 4) uint8 RGB or RGBA. manual: drawn by hand.
    """

    box: tuple[float, float, float, float]
    confidence: float
    parameters: FaceParameters
    thumbnail: np.ndarray
    manual: bool = False


@dataclass(frozen=True)
class Reply:
    """Base of the answers; id is the request's."""

    id: int


@dataclass(frozen=True)
class PhotoLoaded(Reply):
    """The photo is read; its faces are still being looked for. Size in pixels as displayed.

    preview: (h, w, 3 or 4) uint8 RGB or RGBA, the photo at PREVIEW_SIZE at most.
    """

    width: int
    height: int
    preview: np.ndarray


@dataclass(frozen=True)
class PhotoOpened(Reply):
    """All that was found. faces: largest first; reason: why there is none."""

    width: int
    height: int
    faces: tuple[Face, ...]
    reason: str = ""


@dataclass(frozen=True)
class FaceReady(Reply):
    """The face can be rendered."""

    index: int


@dataclass(frozen=True)
class Frame(Reply):
    """A picture in its slot: (height, width, channels) uint8, then the RGBA overlay if any.

    milliseconds: what rendering took in the engine. max_size: what was asked for.
    """

    view: View
    width: int
    height: int
    channels: int
    overlay: bool
    max_size: int
    milliseconds: float


@dataclass(frozen=True)
class Progress(Reply):
    """How far a long request is: fraction 0 to 1, or None when nobody can tell."""

    text: str
    fraction: float | None = None


@dataclass(frozen=True)
class Notice(Reply):
    """The request goes on, but not as asked; one sentence. With NO_REQUEST: from now on."""

    text: str


@dataclass(frozen=True)
class Saved(Reply):
    """The file is written."""

    path: str


@dataclass(frozen=True)
class Taken(Reply):
    """The parameters fitted to another photo, of which one group is wanted."""

    group: Group
    parameters: FaceParameters


@dataclass(frozen=True)
class EmbedStage(Reply):
    """A face as it is found so far: what happens, how far (0 to 1), the latent until here.

    latent: None while weights are adapted. loss: what is lowered. identity: as of LatentCode.
    """

    index: int
    text: str
    fraction: float
    latent: LatentCode | None
    loss: float
    identity: float | None


@dataclass(frozen=True)
class PersonMade(Reply):
    """A person who does not exist. noise: (N,)."""

    parameters: FaceParameters
    noise: np.ndarray


@dataclass(frozen=True)
class PersonDrawn(Reply):
    """picture: (S, S, 3) uint8 RGB."""

    picture: np.ndarray


@dataclass(frozen=True)
class Done(Reply):
    """The request is done and has nothing to tell."""


@dataclass(frozen=True)
class Cancelled(Reply):
    """The request was given up."""


@dataclass(frozen=True)
class Failed(Reply):
    """The request failed. message: one sentence; details: the traceback, to be copied."""

    message: str
    details: str = ""
