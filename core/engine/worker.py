"""The engine's state and how each request changes it; no process, no pipe, no Qt."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.engine import messages as m
from core.engine.backend import Backend
from core.engine.frames import FrameWriter
from core.engine.inspection import Drawn, Measure, Measuring, Preview, measuring_size, preview
from core.engine.jobs import Ahead, BackgroundJob, memory_errors, run_job
from core.engine.policy import MOVING_SIZE
from core.engine.thumbnails import shrink, shrunk, thumbnail
from core.errors import CancelledError, FaceError, MienError

if TYPE_CHECKING:
    from core.motion.video import Animation


class Worker:
    """Answers requests one after the other.

    send: gets every reply. cancelled: whether the request of an id was given up. meanwhile: called
    between the frames of an animation, to handle what has come.
    """

    def __init__(
        self,
        backend: Backend,
        send: Callable[[m.Reply], None],
        cancelled: Callable[[int], bool] = lambda _: False,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self._backend = backend
        self._send = send
        self._cancelled = cancelled
        self._meanwhile = meanwhile
        self._writer = FrameWriter()
        self._photo: Any = None
        self._fits: list[Any] = []
        self._manual: list[bool] = []
        self._face: int | None = None
        self._scene: Any = None
        self._base: Any = None
        self._embedded: Any = None
        self._background = BackgroundJob(send)
        self._ahead = Ahead()
        self._measuring = Measuring(backend)
        self._original: dict[int, np.ndarray] = {}
        self._handlers: dict[type, Callable[[Any], None]] = {
            m.OpenPhoto: self._open,
            m.ClosePhoto: self._close,
            m.SelectFace: self._select,
            m.SetManualBox: self._manual_box,
            m.Render: self._render,
            m.Save: self._save,
            m.Animate: self._animate,
            m.TakeFrom: self._take,
            m.SetMethod: self._set_method,
            m.Embed: self._embed,
            m.NewPerson: self._new_person,
            m.MixPeople: self._mix_people,
            m.DrawPerson: self._draw_person,
            m.SavePerson: self._save_person,
            Preview: self._preview,
            Measure: self._measure,
        }

    def handle(self, request: m.Request) -> None:
        """Answer one request; whatever goes wrong becomes a Failed or Cancelled reply."""

        def work() -> None:
            self._ahead.put_off()
            self._check(request)
            self._handlers[type(request)](request)

        run_job(request.id, self._send, work)
        self._tell_news()

    def cancel(self, request: int) -> None:
        """Give work in the background up; may be called on any thread."""
        self._background.cancel(request)

    def close(self) -> None:
        """Let go of shared memory."""
        self._ahead.cancel()
        self._writer.close()

    def _tell_news(self) -> None:
        for text in self._backend.portrait.news():
            self._send(m.Notice(m.NO_REQUEST, text))

    def _check(self, request: m.Request) -> None:
        if self._cancelled(request.id):
            raise CancelledError("The work was cancelled.")

    def _stage(self, request: m.Request, text: str, fraction: float | None = None) -> None:
        self._check(request)
        self._send(m.Progress(request.id, text, fraction))

    # Photos and faces.

    def _open(self, request: m.OpenPhoto) -> None:
        self._stage(request, "Reading the photo")
        photo = self._backend.load(request.source)
        self._check(request)
        self._set_photo(photo)
        height, width = photo.pixels.shape[:2]
        self._send(m.PhotoLoaded(request.id, width, height, shrunk(photo, m.PREVIEW_SIZE)))
        reason = ""
        fits: list[Any] = []
        try:
            self._stage(request, "Finding faces")
            fits = self._backend.analyze(photo)
        except CancelledError:
            self._close(None)
            raise
        except FaceError as error:
            reason = str(error)
        self._fits, self._manual = list(fits), [False] * len(fits)
        for box in request.boxes:
            self._add_box(box)
        self._send_faces(request, reason or ("" if self._fits else "No face was found."))

    def _set_photo(self, photo: Any) -> None:
        self._photo = photo
        self._fits, self._manual = [], []
        self._face = self._scene = self._base = self._embedded = None
        self._background.cancel()
        self._ahead.cancel()
        self._measuring.forget()
        self._original = {}

    def _send_faces(self, request: m.Request, reason: str) -> None:
        pixels, alpha = self._photo.pixels, self._photo.alpha
        faces = tuple(
            m.Face(
                tuple(float(v) for v in fit.box),  # type: ignore[arg-type]
                float(fit.confidence),
                fit.parameters,
                thumbnail(pixels, fit.box, alpha=alpha),
                manual,
            )
            for fit, manual in zip(self._fits, self._manual, strict=True)
        )
        height, width = pixels.shape[:2]
        self._send(m.PhotoOpened(request.id, width, height, faces, "" if faces else reason))

    def _close(self, request: m.ClosePhoto | None) -> None:
        self._set_photo(None)
        if request:
            self._send(m.Done(request.id))

    def _add_box(self, box: tuple[float, float, float, float]) -> None:
        self._fits.append(self._backend.fit_box(self._photo, box))
        self._manual.append(True)

    def _manual_box(self, request: m.SetManualBox) -> None:
        self._need_photo()
        self._stage(request, "Fitting the face in the box")
        self._add_box(request.box)
        self._send_faces(request, "")

    def _select(self, request: m.SelectFace) -> None:
        fit = self._fit(request.index)
        self._stage(request, "Preparing the face")
        base = self._photo
        for done, edit in enumerate(request.others):
            self._stage(request, "Keeping the other faces' edits", done / len(request.others))
            scene: Any = self._backend.scene(base, self._fits[edit.index])
            scene = self._by_method(base, edit.index, scene, edit.method, edit.latent) or scene
            base = scene.edited(edit.parameters)
        self._check(request)
        self._scene = self._backend.scene(base, fit)
        # What the first drag needs is made now, while the photo itself is on the screen.
        self._scene.prepare(MOVING_SIZE)
        self._base, self._face = base, request.index
        self._measuring.forget()
        self._embedded = self._by_method(
            base, request.index, self._scene, request.method, request.latent
        )
        self._send(m.FaceReady(request.id, request.index))

    def _by_method(
        self, photo: Any, index: int, scene: Any, method: m.Method, latent: m.LatentCode | None
    ) -> Any:
        """What makes a face's pixels instead of its scene; None: the scene itself does."""
        if method == "photo" or latent is None:
            return None
        return self._backend.portrait.scene(photo, self._fits[index], latent, method, scene)

    def _set_method(self, request: m.SetMethod) -> None:
        if self._face is None:
            raise FaceError("No face is chosen in this photo; choose or draw one first.")
        self._embedded = self._by_method(
            self._base, self._face, self._scene, request.method, request.latent
        )
        self._send(m.Done(request.id))

    def _embed(self, request: m.Embed) -> None:
        photo, fit = self._photo, self._fit(request.index)

        def work(send: Callable[[m.Reply], None]) -> None:
            text = "Adapting the generator" if request.found else "Finding this face"
            send(m.Progress(request.id, text))

            def report(*stage: Any) -> None:
                send(m.EmbedStage(request.id, request.index, *stage))

            self._backend.portrait.embed(photo, fit, request.found, report)
            self._tell_news()

        self._background.start(request.id, work)

    def _fit(self, index: int) -> Any:
        self._need_photo()
        if not 0 <= index < len(self._fits):
            raise FaceError(f"There is no face {index + 1} in this photo; choose another.")
        return self._fits[index]

    def _need_photo(self) -> None:
        if self._photo is None:
            raise MienError("No photo is open; open one first.")

    # Pictures.

    def _render(self, request: m.Render) -> None:
        start = time.perf_counter()
        size = request.max_size
        while True:
            try:
                with memory_errors():
                    picture, overlay = self._pictures(request, size)
                break
            except MemoryError:
                if size <= 256:
                    raise
            size //= 2
            self._original = {}
            text = f"Memory is short: the preview is drawn at {size} pixels."
            self._send(m.Notice(request.id, text))
        self._writer.write(request.slot, picture, overlay)
        height, width, channels = picture.shape
        spent = (time.perf_counter() - start) * 1000
        self._send(
            m.Frame(
                request.id, request.view, width, height, channels, overlay is not None,
                request.max_size, spent,
            )
        )  # fmt: skip

    def _pictures(self, request: m.Render, size: int) -> tuple[np.ndarray, np.ndarray | None]:
        if request.view == "original" and self._photo is not None:
            return self._original_at(size), None
        drawn = self._face_at(request.parameters, request.noise, size, request.view)
        picture, mode = drawn.shown, request.overlay
        if mode is None or not drawn.rigged:
            return picture, None
        height, width = picture.shape[:2]
        return picture, self._backend.model(
            request.parameters, drawn.camera, (width, height), mode, drawn.displacement
        )

    def _face_at(
        self, parameters: m.FaceParameters, noise: np.ndarray | None, size: int,
        view: m.View = "photo",
    ) -> Drawn:  # fmt: skip
        """The person, the model or the chosen face of the photo, its long side at most size px."""
        if noise is not None:
            portrait = self._backend.portrait
            return Drawn(portrait.draw(parameters, noise, size), portrait.camera(size))
        if view == "model" or self._photo is None:
            return Drawn(self._backend.model(parameters, None, (size, size), "textured"))
        if self._scene is None or self._face is None:
            return Drawn(self._original_at(size), rigged=False)
        scene = self._embedded or self._scene
        picture = np.ascontiguousarray(scene.render(parameters, max_size=size))
        if size > MOVING_SIZE:
            # The photo as it is needs nothing prepared, but the next picture of it may.
            self._ahead.soon(partial(self._scene.prepare, size))
        return self._placed(picture, scene.opacity(parameters, max_size=size))

    def _placed(self, picture: np.ndarray, alpha: np.ndarray | None = None) -> Drawn:
        """A picture of the whole photo, with the chosen face's place in it."""
        fit = self._fits[self._face or 0]
        scale = picture.shape[1] / self._photo.pixels.shape[1]
        x0, y0, x1, y1 = (float(v) * scale for v in fit.box)
        box = (x0, y0, x1, y1)
        return Drawn(picture, fit.camera.scaled(scale), fit.displacement, box, alpha=alpha)

    def _original_at(self, size: int) -> np.ndarray:
        if size not in self._original:
            self._original = {size: shrunk(self._photo, size)}
        return self._original[size]

    # Closer looks.

    def _preview(self, request: Preview) -> None:
        photo = request.noise is None and self._photo is not None
        self._send(preview(request, self._face_at, photo))

    def _measure(self, request: Measure) -> None:
        def original(parameters: m.FaceParameters, noise: np.ndarray | None, size: int) -> Drawn:
            if noise is not None:
                return self._face_at(parameters, noise, size)
            return self._placed(shrink(self._photo.pixels, size))

        size = MOVING_SIZE
        if request.noise is None and self._face is not None:
            height, width = self._photo.pixels.shape[:2]
            size = measuring_size((width, height), self._fits[self._face].box)
        self._send(self._measuring.answer(request, self._face_at, original, size))

    # Results.

    def _save(self, request: m.Save) -> None:
        self._need_photo()
        if self._scene is None:
            raise FaceError("No face is chosen in this photo; choose or draw one before saving.")
        self._stage(request, "Rendering at full size", 0.1)
        scene = self._embedded or self._scene
        result = scene.edited(request.parameters, request.feather)
        self._stage(request, "Writing the file", 0.8)
        self._backend.save(Path(request.path), result, request.options, request.overwrite)
        self._send(m.Saved(request.id, request.path))

    def _animate(self, request: m.Animate) -> None:
        from core.motion.rendering import Pace, frames
        from core.motion.video import write_animation

        draw, about = self._drawn(request)
        pace = Pace(request.timeline.length)

        def report(done: int) -> None:
            self._meanwhile()
            self._stage(request, pace.text(done), done / request.timeline.length)

        pictures = frames(request.timeline, request.parameters, draw, report)
        write_animation(request.path, pictures, about, request.overwrite)
        self._send(m.Saved(request.id, request.path))

    def _drawn(
        self, request: m.Animate
    ) -> tuple[Callable[[m.FaceParameters], np.ndarray], Animation]:
        """What draws an animation's frames, whatever is opened meanwhile; and what it is."""
        from core.motion.rendering import drawer
        from core.motion.video import Animation

        timeline, noise = request.timeline, request.noise
        if noise is not None:
            portrait = self._backend.portrait
            about = Animation.of(timeline, None, request.provenance)
            return lambda parameters: portrait.draw(parameters, noise, request.size), about
        if self._scene is None:
            raise FaceError("No face is chosen in this photo; choose or draw one first.")
        long_side = max(self._photo.pixels.shape[:2])
        about = Animation.of(timeline, self._photo, request.provenance)
        return drawer(self._embedded or self._scene, long_side, request.size), about

    def _take(self, request: m.TakeFrom) -> None:
        self._stage(request, "Reading the other photo", 0.1)
        photo = self._backend.load(request.source)
        self._stage(request, "Finding its face", 0.3)
        fits = self._backend.analyze(photo)
        if not fits:
            raise FaceError(f"No face was found in {request.name or 'the other photo'}.")
        self._check(request)
        parameters = replace(fits[0].parameters)
        self._send(m.Taken(request.id, request.group, parameters))

    # People who do not exist.

    def _new_person(self, request: m.NewPerson) -> None:
        made = self._backend.portrait.person(request.seed, request.truncation)
        self._send(m.PersonMade(request.id, *made))

    def _mix_people(self, request: m.MixPeople) -> None:
        mixed = self._backend.portrait.mix(request.first, request.second, request.share)
        self._send(m.PersonMade(request.id, *mixed))

    def _draw_person(self, request: m.DrawPerson) -> None:
        picture = self._backend.portrait.draw(request.parameters, request.noise, None)
        self._send(m.PersonDrawn(request.id, picture))

    def _save_person(self, request: m.SavePerson) -> None:
        portrait = self._backend.portrait
        picture = portrait.draw(request.parameters, request.noise, None)
        path, options = Path(request.path), request.options
        portrait.save(path, picture, request.description, options, request.overwrite)
        self._send(m.Saved(request.id, request.path))
