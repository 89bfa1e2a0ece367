"""Between the document on the screen and the one in a project file."""

from __future__ import annotations

import json
from dataclasses import replace

from app.editor import Editor
from app.states import DocumentState, PhotoState
from core.document.project import Project, ProjectFace, carry_over, project_to_json
from core.document.state import EditState, PersonState
from core.rig.table import PARAMETERS


def project_of(editor: Editor) -> Project:
    """The document as a project file holds it; the photo's bytes are not yet read."""
    photo = editor.photo
    faces = tuple(
        ProjectFace(f.box, f.parameters, f.manual) for f in (photo.faces if photo else ())
    )
    found = {i: editor.latent_of(i) for i in range(len(faces))}
    return Project(
        photo.name if photo else "",
        photo.source if photo and isinstance(photo.source, bytes) else None,
        faces,
        editor.document.edits,
        editor.document.face,
        editor.document.feather,
        editor.person,
        {i: latent for i, latent in found.items() if latent},
        editor.document.sections,
        editor.unknown,
    )


def settings_text(editor: Editor) -> str:
    """The document as JSON text, to be embedded in a picture: no pixels, no latents."""
    project = replace(project_of(editor), photo=None, latents={})
    return json.dumps(project_to_json(project))


def without_photo(project: Project) -> DocumentState:
    """A project's person, or the bare model, with the edit."""
    return DocumentState(None, project.edits, 0, project.person, project.sections, project.feather)


def with_photo(project: Project, photo: PhotoState) -> DocumentState:
    """A project's photo as it was opened today, with the edits of then."""
    edits: dict[int, EditState] = {}
    for index, edit in project.edits.items():
        if index < len(photo.faces) and index < len(project.faces):
            stored = project.faces[index].parameters
            parameters = carry_over(edit.parameters, stored, photo.faces[index].parameters)
            edits[index] = replace(edit, parameters=parameters)
    face = project.face if project.face < len(photo.faces) else 0
    return DocumentState(photo, edits, face, None, project.sections, project.feather)


def description(editor: Editor, person: PersonState) -> dict[str, str]:
    """How a picture was made, in words for its file: the seed, and what was changed."""
    changed = {n: f"{editor.value(n):g}" for n in PARAMETERS if editor.is_changed(n)}
    seed = {} if person.seed is None else {"Seed": str(person.seed)}
    edit = {"Edit": " ".join(f"{n}={v}" for n, v in changed.items())} if changed else {}
    return {"Software": "Mien", **seed, "Truncation": f"{person.truncation:g}", **edit}
