"""Parts of the window that it is shown without: made when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from app.against import Against
    from app.batching import Batching
    from app.canvas.view import Canvas
    from app.clipboard import Clipboard
    from app.controller import Controller
    from app.documents import Documents
    from app.editor import Editor
    from app.engine_link import EngineLink
    from app.exporting import Exporting
    from app.help import Help
    from app.methods import Methods
    from app.motion import Motion
    from app.motion_files import MotionFiles
    from app.panels.rig import RigPanel
    from app.people import People
    from app.previews import Previews
    from app.recovery import Autosave, Recovery
    from app.settings import Settings
    from app.snapshots import Snapshots
    from app.theme import Theme
    from app.widgets.messages import Message, MessageArea


class LateParts(QMainWindow):
    """The window's base: their modules are imported with them, so that it opens sooner."""

    theme: Theme
    settings: Settings
    editor: Editor
    canvas: Canvas
    actions_: dict[str, QAction]
    # From here on by app.parts, after the first paint.
    link: EngineLink
    controller: Controller
    people: People
    methods: Methods
    panel: RigPanel
    messages: MessageArea
    documents: Documents
    motion: Motion
    help: Help
    autosave: Autosave
    recovery: Recovery
    clipboard: Clipboard
    previews: Previews
    snapshots: Snapshots

    @cached_property
    def against(self) -> Against:
        """A against B on the canvas."""
        from app.against import Against

        against = Against(
            self.editor, self.link, self.controller, self.canvas, self.snapshots, self.people
        )
        against.setParent(self)
        against.message.connect(self._say)
        against.ended.connect(lambda: self.actions_["result"].setChecked(True))
        return against

    @cached_property
    def exporting(self) -> Exporting:
        """Export Picture."""
        from app.exporting import Exporting

        return Exporting(self, self.editor, self.controller, self.theme, self.settings)

    @cached_property
    def batching(self) -> Batching:
        """Batch Export."""
        from app.batching import Batching

        batching = Batching(self, self.editor, self.theme, self.settings)
        batching.message.connect(self._say)
        return batching

    @cached_property
    def motion_files(self) -> MotionFiles:
        """What the Motion menu does with dialogs."""
        from app.motion_files import MotionFiles

        files = MotionFiles(
            self, self.motion, self.editor, self.controller, self.link, self.settings, self.theme
        )
        files.message.connect(self._say)
        return files

    def _say(self, message: Message) -> None:
        self.messages.show_message(message)
