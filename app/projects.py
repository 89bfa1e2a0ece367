"""Between the document on the screen and the one in a project file."""

from __future__ import annotations

from app.editor import Editor
from app.states import DocumentState, EditState, PersonState, PhotoState
from core.document.project import Project, ProjectEdit, ProjectFace, ProjectPerson, carry_over
from core.rig.table import PARAMETERS


def project_of(editor: Editor) -> Project:
    """The document as a project file holds it; the photo's bytes are not yet read."""
    photo = editor.photo
    faces = tuple(
        ProjectFace(f.box, f.parameters, f.manual) for f in (photo.faces if photo else ())
    )
    edits = {
        i: ProjectEdit(e.parameters, e.muted, e.strength, e.method)
        for i, e in editor.document.edits.items()
    }
    found = {i: editor.latent_of(i) for i in range(len(faces))}
    return Project(
        photo.name if photo else "",
        photo.source if photo and isinstance(photo.source, bytes) else None,
        faces,
        edits,
        editor.document.face,
        editor.feather,
        _stored(editor.person) if editor.person else None,
        {i: latent for i, latent in found.items() if latent},
    )


def without_photo(project: Project) -> DocumentState:
    """A project's person, or the bare model, with the edit."""
    edits = {
        i: EditState(e.parameters, e.muted, e.strength, e.method) for i, e in project.edits.items()
    }
    stored = project.person
    person = (
        PersonState(stored.parameters, stored.noise, stored.seed, stored.truncation)
        if stored
        else None
    )
    return DocumentState(None, edits, 0, person)


def with_photo(project: Project, photo: PhotoState) -> DocumentState:
    """A project's photo as it was opened today, with the edits of then."""
    edits: dict[int, EditState] = {}
    for index, edit in project.edits.items():
        if index < len(photo.faces) and index < len(project.faces):
            stored = project.faces[index].parameters
            parameters = carry_over(edit.parameters, stored, photo.faces[index].parameters)
            edits[index] = EditState(parameters, edit.muted, edit.strength, edit.method)
    face = project.face if project.face < len(photo.faces) else 0
    return DocumentState(photo, edits, face)


def description(editor: Editor, person: PersonState) -> dict[str, str]:
    """How a picture was made, in words for its file: the seed, and what was changed."""
    changed = {n: f"{editor.value(n):g}" for n in PARAMETERS if editor.is_changed(n)}
    seed = {} if person.seed is None else {"Seed": str(person.seed)}
    edit = {"Edit": " ".join(f"{n}={v}" for n, v in changed.items())} if changed else {}
    return {"Software": "Mien", **seed, "Truncation": f"{person.truncation:g}", **edit}


def _stored(person: PersonState) -> ProjectPerson:
    return ProjectPerson(person.parameters, person.noise, person.seed, person.truncation)
