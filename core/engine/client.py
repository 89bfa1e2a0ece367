"""The window's side of the engine: requests, the newest frame, restart and replay.

For one thread: the owner passes every delivered message to `handle` and gets events back.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.engine import messages as m
from core.engine.backend import Backend, PhotoBackend
from core.engine.frames import FrameRing
from core.engine.inspection import Measure, Preview
from core.engine.policy import RenderPolicy, Wish
from core.engine.process import EngineProcess

# The engine's interpreter may be held by one long native call; a live one still gets a word out.
HUNG_SECONDS, CANCEL_SECONDS = 30.0, 3.0
# So many deaths in so many seconds, and no picture in between, mean that a restart is no help.
DEATHS, DEATH_SECONDS = 4, 60.0

_Someone = tuple[m.FaceParameters, np.ndarray]


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame out of shared memory: image (H, W, 3 or 4), overlay (H, W, 4) or None, uint8."""

    frame: m.Frame
    image: np.ndarray
    overlay: np.ndarray | None
    latency_ms: float


@dataclass(frozen=True)
class Restarted:
    """The engine died and was started again; gave_up: too often, and was not; wanted: by us."""

    exit_code: int | None
    hung: bool
    gave_up: bool = False
    wanted: bool = False


Event = m.Reply | m.Ready | m.GeneratorState | Picture | Restarted
_Operation = (
    m.OpenPhoto | m.ClosePhoto | m.SelectFace | m.SetManualBox | m.Save | m.TakeFrom | m.Animate
    | m.SetMethod | m.Embed | m.NewPerson | m.MixPeople | m.DrawPerson | m.SavePerson | Preview
    | Measure
)  # fmt: skip


class EngineClient:
    """Owns the process and the frame ring. deliver: see EngineProcess."""

    def __init__(
        self,
        deliver: Callable[[int, object], None],
        make_backend: Callable[[], Backend] = PhotoBackend,
    ) -> None:
        self._deliver = deliver
        self._make_backend = make_backend
        self._ring = FrameRing()
        self._policy = RenderPolicy()
        self._process: EngineProcess | None = None
        self._life = 0
        self._last_id = 0
        self._heard = time.monotonic()
        self._deaths: deque[float] = deque()
        self._ending = False
        self._operations: dict[int, _Operation] = {}
        self._retried: set[int] = set()
        self._silent: set[int] = set()
        self._cancelled: dict[int, float] = {}
        self._render: tuple[m.Render, float] | None = None
        self._photo: m.OpenPhoto | None = None
        self._face: m.SelectFace | None = None

    # Life.

    @property
    def pid(self) -> int | None:
        """The engine's process id, once it has started."""
        return self._process.pid if self._process else None

    @property
    def life(self) -> int:
        """How many processes were started."""
        return self._life

    def start(self) -> None:
        """Start the engine; Ready follows, and the answers to what was asked before."""
        self._launch()
        for operation in self._operations.values():
            self._send(operation)
        self._pump()

    def restart(self) -> None:
        """Start again after giving up."""
        self._deaths.clear()
        self._replay()

    def stop(self) -> None:
        """End the engine and free shared memory."""
        if self._process:
            self._process.stop()
            self._process = None
        self._ring.close()

    def check(self) -> None:
        """Call about every second: ends an engine that hangs, or does not let go of work."""
        now = time.monotonic()
        late = any(now - since > CANCEL_SECONDS for since in self._cancelled.values())
        if late or now - self._heard > HUNG_SECONDS:
            self.renew(hung=not late)

    def renew(self, hung: bool = False) -> None:
        """Put a new engine in this one's place; the person hears of one that hung."""
        if self._process:
            self._heard, self._ending = time.monotonic(), not hung
            self._process.kill(hung)

    # Requests.

    def open_photo(
        self,
        source: m.Source,
        name: str = "",
        boxes: tuple[tuple[float, float, float, float], ...] = (),
    ) -> int:
        """Load a photo; returns the request's id, as all of these do."""
        return self._operate(m.OpenPhoto(self._next_id(), source, name, boxes))

    def close_photo(self) -> int:
        """Forget the photo."""
        return self._operate(m.ClosePhoto(self._next_id()))

    def select_face(
        self,
        index: int,
        others: tuple[m.FaceEdit, ...] = (),
        method: m.Method = "photo",
        latent: m.LatentCode | None = None,
    ) -> int:
        """Edit this face from now on."""
        return self._operate(m.SelectFace(self._next_id(), index, others, method, latent))

    def set_method(self, method: m.Method, latent: m.LatentCode | None) -> int:
        """Make the chosen face's pixels in another way; the next picture shows it."""
        self._policy.forget()
        return self._operate(m.SetMethod(self._next_id(), method, latent))

    def embed(self, index: int, found: m.LatentCode | None = None) -> int:
        """Find a face of the photo in the generator, or adapt the generator to one found."""
        return self._operate(m.Embed(self._next_id(), index, found))

    def new_person(self, seed: int, truncation: float) -> int:
        """A person who does not exist."""
        return self._operate(m.NewPerson(self._next_id(), seed, truncation))

    def mix_people(self, first: _Someone, second: _Someone, share: float) -> int:
        """A person between two: 0 the first, 1 the second."""
        return self._operate(m.MixPeople(self._next_id(), first, second, share))

    def draw_person(self, parameters: m.FaceParameters, noise: np.ndarray) -> int:
        """A person's picture beside the one on the screen."""
        return self._operate(m.DrawPerson(self._next_id(), parameters, noise))

    def preview(
        self, parameters: m.FaceParameters, size: int, noise: np.ndarray | None = None,
        whole: bool = False,
    ) -> int:  # fmt: skip
        """A picture of the present face at other parameters, when there is time; see Preview."""
        return self._operate(Preview(self._next_id(), parameters, size, noise, whole))

    def measure(
        self, parameters: m.FaceParameters, fitted: m.FaceParameters, noise: np.ndarray | None
    ) -> int:
        """Read back what the picture of these parameters shows, when there is time."""
        return self._operate(Measure(self._next_id(), parameters, fitted, noise))

    def save_person(
        self,
        path: str,
        parameters: m.FaceParameters,
        noise: np.ndarray,
        description: Mapping[str, str],
        options: m.ExportOptions,
        overwrite: bool = False,
    ) -> int:
        """Write a generated person's picture."""
        what = parameters, noise, description
        return self._operate(m.SavePerson(self._next_id(), path, *what, options, overwrite))

    def set_manual_box(self, box: tuple[float, float, float, float]) -> int:
        """Fit a face in a box drawn by hand."""
        return self._operate(m.SetManualBox(self._next_id(), box))

    def save(
        self,
        path: str,
        parameters: m.FaceParameters,
        feather: float = 0.0,
        options: m.ExportOptions = m.DEFAULT,
        overwrite: bool = False,
    ) -> int:
        """Write the edited photo."""
        return self._operate(m.Save(self._next_id(), path, parameters, feather, options, overwrite))

    def animate(
        self,
        path: str,
        timeline: m.Timeline,
        parameters: m.FaceParameters,
        size: int,
        noise: np.ndarray | None = None,
        provenance: bool = True,
    ) -> int:
        """Write an animation; the person has agreed to replace what is there."""
        request = m.Animate(
            self._next_id(), path, timeline, parameters, size, noise, provenance, True
        )
        return self._operate(request)

    def take_from(self, group: m.Group, source: m.Source, name: str = "") -> int:
        """Fit another photo for one group of its parameters."""
        return self._operate(m.TakeFrom(self._next_id(), group, source, name))

    def cancel(self, request: int) -> None:
        """Give a request up; Cancelled follows, by a restart if nothing else helps."""
        if request in self._operations and request not in self._cancelled:
            self._cancelled[request] = time.monotonic()
            self._send(m.Cancel(request))

    def wish(self, wish: Wish | None, moving: bool = False) -> None:
        """What the window wants to see now; see RenderPolicy."""
        self._policy.wish(wish, moving)
        self._pump()

    @property
    def rendering(self) -> bool:
        """Whether a picture is under way."""
        return self._policy.busy

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._policy.busy and not self._operations

    # Replies.

    def handle(self, life: int, message: object) -> list[Event]:
        """Take one delivered message in; returns what the window shall know."""
        if life != self._life:
            return []
        self._heard = time.monotonic()
        if isinstance(message, m.Died):
            return self._died(message)
        if isinstance(message, m.Ready | m.GeneratorState):
            return [message]
        if isinstance(message, m.Failed | m.Notice) and message.id == m.NO_REQUEST:
            return [message]
        if not isinstance(message, m.Reply):
            return []
        if self._render and message.id == self._render[0].id:
            return self._rendered(message)
        return self._answered(message)

    def _answered(self, reply: m.Reply) -> list[Event]:
        operation = self._operations.get(reply.id)
        silent = reply.id in self._silent
        if operation is None:
            return []
        if isinstance(reply, m.Progress | m.Notice | m.PhotoLoaded | m.EmbedStage):
            return [] if silent else [reply]
        del self._operations[reply.id]
        self._silent.discard(reply.id)
        self._retried.discard(reply.id)
        self._cancelled.pop(reply.id, None)
        failed = isinstance(reply, m.Failed | m.Cancelled)
        self._commit(operation, failed)
        self._pump()
        return [] if silent and not failed else [reply]

    def _commit(self, operation: _Operation, failed: bool) -> None:
        """Remember what a new engine would have to be told."""
        if isinstance(operation, m.OpenPhoto | m.ClosePhoto) and not failed:
            self._photo = operation if isinstance(operation, m.OpenPhoto) else None
            self._face = None
        elif isinstance(operation, m.SetManualBox) and self._photo and not failed:
            self._photo = replace(self._photo, boxes=(*self._photo.boxes, operation.box))
        elif isinstance(operation, m.SelectFace) and not failed:
            self._face = operation
        elif isinstance(operation, m.SetMethod) and self._face and not failed:
            self._face = replace(self._face, method=operation.method, latent=operation.latent)
        if isinstance(operation, m.OpenPhoto | m.ClosePhoto | m.SelectFace | m.SetMethod):
            self._policy.forget()

    def _rendered(self, reply: m.Reply) -> list[Event]:
        assert self._render is not None
        if isinstance(reply, m.Notice):
            return [reply]
        request, sent = self._render
        self._render = None
        events: list[Event] = []
        if isinstance(reply, m.Frame):
            image, overlay = self._ring.read(request.slot, reply)
            latency = (time.monotonic() - sent) * 1000
            events.append(Picture(reply, image, overlay, latency))
            self._deaths.clear()
            self._policy.finished(reply.milliseconds, reply.width * reply.height)
        else:
            self._policy.lost(retry=isinstance(reply, m.Cancelled))
            if isinstance(reply, m.Failed):
                events.append(reply)
        self._ring.release(request.slot)
        self._pump()
        return events

    # Inside.

    def _launch(self) -> None:
        self._life += 1
        self._heard = time.monotonic()
        self._process = EngineProcess(self._deliver, self._life, self._make_backend)

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _send(self, message: object) -> None:
        if self._process:
            self._process.send(message)

    def _operate(self, operation: _Operation) -> int:
        self._operations[operation.id] = operation
        self._send(operation)
        return operation.id

    def _pump(self) -> None:
        if not self._process or not (todo := self._policy.next()):
            return
        wish, size = todo
        slot = self._ring.acquire(size * size * (8 if wish.overlay else 4))
        if slot is None:
            self._policy.lost(retry=True)
            return
        request = m.Render(
            self._next_id(), slot, wish.parameters, size, wish.view, wish.overlay, wish.noise
        )
        self._render = (request, time.monotonic())
        self._send(request)

    def _died(self, death: m.Died) -> list[Event]:
        now = time.monotonic()
        wanted, self._ending = self._ending, False
        if not wanted:
            self._deaths.append(now)
        while self._deaths and now - self._deaths[0] > DEATH_SECONDS:
            self._deaths.popleft()
        self._ring.reset()
        if self._render:
            self._render = None
            self._policy.lost(retry=True)
        self._policy.forget()
        self._process = None
        gave_up = len(self._deaths) >= DEATHS
        events: list[Event] = [Restarted(death.exit_code, death.hung, gave_up, wanted)]
        return events if gave_up else events + self._replay()

    def _replay(self) -> list[Event]:
        """Bring a new engine to the old one's state, then repeat once what was under way."""
        self._launch()
        waiting = [o for i, o in self._operations.items() if i not in self._silent]
        self._operations.clear()
        self._silent.clear()
        for done in (self._photo, self._face):
            if done:
                again = replace(done, id=self._next_id())
                self._silent.add(again.id)
                self._operate(again)
        events: list[Event] = []
        for operation in waiting:
            if operation.id in self._cancelled:
                events.append(m.Cancelled(operation.id))
            elif operation.id in self._retried:
                text = "The engine stopped twice at this work; it was given up."
                events.append(m.Failed(operation.id, text))
            else:
                self._retried.add(operation.id)
                self._operate(operation)
        self._cancelled.clear()
        self._pump()
        return events
