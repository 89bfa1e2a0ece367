"""Who an item shows: the face of a photo, of a project, or a person who does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.document.project import Project, ProjectFace, carry_over
from core.document.state import EditState, PersonState
from core.engine.messages import METHODS, LatentCode
from core.errors import AssetError, FaceError
from core.export.picture import generated_photo
from core.export.readiness import usable_project
from core.photo.load import Photo, load_photo
from core.photo.relit import seam
from models.face.camera import Camera
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.renderer import FaceRenderer

# How many times finer pictures of the face model are drawn.
MODEL_FINER = 2


class Subject(Protocol):
    """A face ready to be drawn at any rig parameters.

    base: its rig before the job's edits; method: what makes its pixels unless the job says.
    """

    base: FaceParameters
    method: str

    def draw(self, parameters: FaceParameters, method: str) -> Photo:
        """The whole picture in full accuracy."""

    def original(self) -> Photo | None:
        """The picture without edits; None for who does not exist."""

    def fit(self, parameters: FaceParameters, width: int) -> FaceFit:
        """The face at parameters; its camera is that of a whole picture so wide, in px."""

    def document(self, parameters: FaceParameters, method: str) -> Project:
        """What the window needs to show this edit again, without pixels."""

    def person(self) -> Mapping[str, Any] | None:
        """Seed, truncation and noise code of who does not exist."""


class Tools:
    """What all subjects of a process share, loaded on first use. Raises AssetError.

    side: of pictures of the face model, px.
    """

    def __init__(self, side: int) -> None:
        self.side = side

    @cached_property
    def runtime(self) -> Any:
        """The generator."""
        from core.portrait.runtime import Runtime

        return Runtime.load(exact=True)

    @cached_property
    def renderer(self) -> FaceRenderer:
        """The face model's finest mesh."""
        try:
            return FaceRenderer(FaceModel.load())
        except (OSError, ValueError) as error:
            raise AssetError(str(error)) from error

    @cached_property
    def prior(self) -> Any:
        """What rigs are like."""
        from models.networks.prior import RigPrior

        try:
            return RigPrior.load()
        except ValueError as error:
            raise AssetError(f"People cannot be drawn: {error}") from error

    def generator_key(self) -> str:
        """Names the generator's weights; "" while it is not in use."""
        return str(self.runtime.key) if "runtime" in vars(self) else ""

    def new_person(self, seed: int, truncation: float, method: str) -> PersonSubject:
        """The person of a seed; the noise code is drawn for the generator alone."""
        from core.portrait.people import People, rig_of

        if method == "model":
            rig = rig_of(self.prior, seed, truncation)
            return PersonSubject(self, PersonState(rig, np.zeros(0), seed, truncation), rig, method)
        made = People(self.runtime.loaded.noise_prior, self.prior).person(seed, truncation)
        state = PersonState(made.parameters, made.noise, seed, truncation)
        return PersonSubject(self, state, made.parameters, method)


class PersonSubject:
    """A person who does not exist, by the generator or as the face model."""

    def __init__(
        self, tools: Tools, state: PersonState, base: FaceParameters, method: str = "generator"
    ) -> None:
        self.base, self.method = base, method
        self._tools, self._state = tools, state

    def draw(self, parameters: FaceParameters, method: str) -> Photo:
        """A square picture before Camera.generator. Raises AssetError."""
        if method == "generator":
            runtime = self._tools.runtime
            if self._state.noise.shape != (runtime.spec.noise,):
                raise AssetError("This person was made by another generator than the installed.")
            return generated_photo(runtime.draw(parameters, self._state.noise, final=True))
        if method != "model":
            raise AssetError(f"A person who does not exist cannot be drawn by {method!r}.")
        side = self._tools.side
        picture = self._tools.renderer.render(
            parameters, Camera.generator(side), side, side, "textured", supersample=MODEL_FINER
        )
        drawn = generated_photo(np.ascontiguousarray(picture[..., :3]))
        return replace(drawn, alpha=picture[..., 3].copy())

    def original(self) -> None:
        """There is none."""

    def fit(self, parameters: FaceParameters, width: int) -> FaceFit:
        """Before the generator's camera."""
        nothing = np.zeros((0, 2), np.float32)
        return FaceFit(parameters, Camera.generator(width), nothing, (0, 0, width, width), 1.0)

    def document(self, parameters: FaceParameters, method: str) -> Project:
        """The person and the edit."""
        return Project(edits={0: EditState(parameters)}, person=self._state)

    def person(self) -> Mapping[str, Any]:
        """Who it is."""
        noise = [round(float(v), 6) for v in self._state.noise]
        return {"seed": self._state.seed, "truncation": self._state.truncation, "noise": noise}


class PhotoSubject:
    """A face of a photo.

    faces: all that were found; latent: the face in the generator, looked for when it is needed.
    """

    def __init__(
        self, tools: Tools, photo: Photo, faces: list[FaceFit], index: int = 0,
        edits: Mapping[int, EditState] | None = None, latent: LatentCode | None = None,
        manual: tuple[bool, ...] = (),
    ) -> None:  # fmt: skip
        self._tools, self._photo, self._faces, self._index = tools, photo, faces, index
        self._edits = dict(edits or {})
        self._given = latent
        self._manual = manual or (False,) * len(faces)
        self._fit = faces[index]
        edit = self._edits.get(index) or EditState(self._fit.parameters)
        self.base, self.method = edit.shown(self._fit.parameters), str(edit.method)
        self._scenes: dict[str, Any] = {}

    def draw(self, parameters: FaceParameters, method: str) -> Photo:
        """The photo at its full size. Raises FaceError, AssetError."""
        if method not in self._scenes:
            self._scenes[method] = self._scene(method)
        scene = self._scenes[method]
        return scene.edited(parameters, seam(scene, parameters))

    def original(self) -> Photo:
        """The photo."""
        return self._photo

    def fit(self, parameters: FaceParameters, width: int) -> FaceFit:
        """The fitted face, moved."""
        camera = self._fit.camera.scaled(width / self._photo.size[0])
        return replace(self._fit, parameters=parameters, camera=camera)

    def document(self, parameters: FaceParameters, method: str) -> Project:
        """All faces, the other faces' edits, and this one's."""
        name = self._photo.source.name if self._photo.source else ""
        faces = tuple(
            ProjectFace(f.box, f.parameters, m)
            for f, m in zip(self._faces, self._manual, strict=True)
        )
        kind = next(m for m in METHODS if m == method)
        edits = {**self._edits, self._index: EditState(parameters, method=kind)}
        return Project(name, None, faces, edits, self._index)

    def person(self) -> None:
        """Somebody who exists."""

    def _scene(self, method: str) -> Any:
        from core.photo.scene import Scene

        if method == "photo":
            return Scene(self._photo, self._fit)
        from core.portrait.scenes import EmbeddedScene

        runtime = self._tools.runtime
        return EmbeddedScene(runtime, self._photo, self._fit, self._latent, method)

    @cached_property
    def _latent(self) -> Any:
        """The face in the generator, as found before, or by the work of `embed`."""
        from core.portrait.inversion import Target, invert
        from core.portrait.latent import Latent

        runtime, fit, given = self._tools.runtime, self._fit, self._given
        if given is not None and given.generator == runtime.key:
            return Latent(
                given.parameters, given.noise, given.offset, given.generator, dict(given.tuning)
            )
        try:
            target = Target.of(self._photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
        except ValueError as error:
            raise FaceError(str(error)) from error
        return invert(runtime, target)


def photo_subject(tools: Tools, path: Path) -> PhotoSubject:
    """The largest face of a photo's file. Raises PhotoError, FaceError."""
    photo = load_photo(path)
    return PhotoSubject(tools, photo, _faces(photo))


def project_subject(tools: Tools, path: Path) -> Subject:
    """What a project shows, as the window would open it. Raises MienError."""
    project = usable_project(path)
    if project.photo is None:
        assert project.person is not None
        person = project.person
        edit = project.edits.get(0) or EditState(person.parameters)
        return PersonSubject(tools, person, edit.shown(person.parameters))
    photo = replace(load_photo(project.photo), source=path.with_name(project.photo_name))
    manual = [f.box for f in project.faces if f.manual]
    fits = _faces(photo, manual)
    flags = tuple(i >= len(fits) - len(manual) for i in range(len(fits)))
    known = range(min(len(fits), len(project.faces)))
    edits = {
        i: replace(e, parameters=carry_over(
            e.parameters, project.faces[i].parameters, fits[i].parameters
        ))
        for i, e in project.edits.items() if i in known
    }  # fmt: skip
    face = project.face if project.face in known else 0
    for index, edit in sorted(edits.items()):
        if index != face:
            photo = _with_edit(tools, photo, fits, index, edit, project.latents.get(index))
    return PhotoSubject(tools, photo, fits, face, edits, project.latents.get(face), flags)


def _with_edit(
    tools: Tools, photo: Photo, fits: list[FaceFit], index: int, edit: EditState,
    latent: LatentCode | None,
) -> Photo:  # fmt: skip
    """The photo with another face's finished edit."""
    other = PhotoSubject(tools, photo, fits, index, {index: edit}, latent)
    return other.draw(other.base, other.method)


def _faces(
    photo: Photo, boxes: list[tuple[float, float, float, float]] | None = None
) -> list[FaceFit]:
    """Those found, largest first, then those in boxes drawn by hand. Raises FaceError."""
    from core.photo import analyze
    from core.photo.detect import Detection

    drawn = [analyze.fit_face(photo, Detection.drawn(box)) for box in boxes or ()]
    try:
        return [*analyze.analyze(photo), *drawn]
    except FaceError:
        if not drawn:
            raise
        return drawn
