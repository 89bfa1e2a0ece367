"""What works behind the window's face: imported and made once that has been painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.clipboard import Clipboard
from app.controller import Controller
from app.documents import Documents
from app.help import Help
from app.methods import Methods
from app.motion import Motion
from app.panels.rig import RigPanel
from app.panels.slots import SlotControls
from app.people import People
from app.previews import Previews
from app.recovery import Autosave, Recovery
from app.snapshots import Snapshots
from app.widgets.messages import MessageArea

if TYPE_CHECKING:
    from app.window import MainWindow


def add_parts(w: MainWindow, still: bool) -> None:
    """Give a window its parts. still: whether its canvas shows the picture of the last start."""
    w.controller = Controller(w.editor, w.link, w.canvas, still, w)
    w.people = People(w.editor, w.link, w.canvas, w)
    w.methods = Methods(w.editor, w.link, w.controller, w)
    w.panel = RigPanel(w.editor, w.people, w.theme)
    w.messages = MessageArea(w.theme, w.canvas)
    w.documents = Documents(w, w.editor, w.controller, w.settings)
    w.motion = Motion(w.editor, w)
    w.help = Help(w, w.settings, w.theme)
    w.autosave = Autosave(w.editor, w.documents.unsaved, w)
    w.recovery = Recovery(w.documents, w.controller, w.autosave, w)
    w.clipboard = Clipboard(w.editor, w.theme, w)
    w.previews = Previews(w.editor, w.link, w.controller, w)
    w.snapshots = Snapshots(w.editor, w.people, w)
    w.panel.add_slots(SlotControls(w.snapshots, w.previews, w.editor))
