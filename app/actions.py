"""The table of commands: menus, toolbar, shortcuts and Help read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.docks import DOCKS
from app.theme import Dresser, Theme

if TYPE_CHECKING:
    from app.editor import Editor


@dataclass(frozen=True)
class Command:
    """One command. keys: shortcuts, the first is shown. icon: of app.icons, "off/on" for two.

    check: it toggles. menu: where it stands, "View/Panels" in a menu of a menu.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    check: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("new", "File", "&New", ("Ctrl+N",), "", "Start again with a new person"),
    Command("open", "File", "&Open…", ("Ctrl+O",), "open", "Open a photo or a project"),
    Command("next", "File", "Open Next Dropped Photo", ("Ctrl+Shift+N",)),
    Command("save", "File", "&Save Project", ("Ctrl+S",), "save", "Save photo and edit together"),
    Command("save_as", "File", "Save Project &As…", ("Ctrl+Shift+S",)),
    Command("export", "File", "&Export Picture…", ("Ctrl+E",), "export",
            "Write the picture at its full size"),
    Command("batch", "File", "&Batch Export…", ("Ctrl+Shift+E",), "",
            "Many pictures at once: photos, a project or people, with controls that move"),
    Command("quit", "File", "&Quit", ("Ctrl+Q",)),
    Command("copy_edit", "Edit", "&Copy Edit", ("Ctrl+C",), "",
            "Copy pose, expression, light, shape and skin of this face"),
    Command("paste", "Edit", "&Paste", ("Ctrl+V",), "",
            "Open the picture of the clipboard, or take its edit over"),
    Command("paste_edit", "Edit", "Paste E&dit…", ("Ctrl+Shift+V",), "",
            "Choose what of a copied edit this face takes over"),
    Command("keep_a", "Edit", "Keep as &A", (), "", "Keep this edit, or this person, in slot A"),
    Command("keep_b", "Edit", "Keep as &B", (), "", "Keep this edit, or this person, in slot B"),
    Command("switch", "Edit", "S&witch between A and B", ("X",)),
    Command("reset_all", "Edit", "&Reset All Groups", ("Ctrl+R",), "reset"),
    Command("settings", "Edit", "Se&ttings…", ("Ctrl+,",), "", "Theme, device, folders and so on"),
    Command("new_person", "Face", "New &Person", ("G",), "dice",
            "Another person who does not exist (Space on the canvas)"),
    Command("former_person", "Face", "F&ormer Person", ("Shift+Space",), "",
            "Back to the person who was here before"),
    Command("photo", "Face", "Pixels of the P&hoto", ("Alt+1",), "",
            "The photo's own pixels, moved by the 3D model", True),
    Command("generator", "Face", "Pixels of the &Generator", ("Alt+2",), "",
            "The generator draws the face anew; the photo is found in it first", True),
    Command("hybrid", "Face", "Hybrid Pi&xels", ("Alt+3",), "",
            "The photo's pixels, and the generator's where the photo shows nothing", True),
    Command("tune", "Face", "&Tune Generator to This Face", ("Alt+4",), "",
            "Adapt the generator's fine layers to the face found: closer to the photo, in some "
            "seconds"),
    Command("again", "Face", "Find Face in Generator Aga&in", (), "",
            "Begin anew with the first estimate"),
    Command("neutral", "Face", "&Neutral Expression", ("N",), "neutral"),
    Command("front", "Face", "&Frontalise", ("F",), "front"),
    Command("previous_face", "Face", "Pre&vious Face", ("[",)),
    Command("next_face", "Face", "N&ext Face", ("]",)),
    Command("draw_box", "Face", "&Draw Face Box", ("B",), "box",
            "Draw a box around a face that was not found"),
    Command("play", "Motion", "&Play", ("P",), "play/pause", "Play the timeline, or pause", True),
    Command("first_frame", "Motion", "To the &Start", ("Shift+P",), "first",
            "Put the playhead on the first frame"),
    Command("frame_back", "Motion", "Frame &Back", (",",)),
    Command("frame_on", "Motion", "Frame &On", (".",)),
    Command("loop", "Motion", "&Loop", (), "loop", "Begin again at the end", True),
    Command("key", "Motion", "Set &Key", ("K",), "key",
            "Key what is animated or changed at the playhead"),
    Command("auto_key", "Motion", "&Auto-Key", ("Shift+K",), "record",
            "Key every change at once", True),
    Command("sweep", "Motion", "S&weep…", (), "sweep", "Move a parameter evenly over the frames"),
    Command("webcam", "Motion", "Drive by Web&cam…", (), "camera",
            "Let your own face, or a video of one, move this face"),
    Command("import_take", "Motion", "&Read Motion…", (), "take_in",
            "A take of Apple's Live Link Face, or a timeline"),
    Command("export_take", "Motion", "Write &Motion…", (), "export",
            "The frames as a Live Link Face take, or the timeline"),
    Command("animation", "Motion", "&Export Animation…", ("Ctrl+Alt+E",), "film",
            "All frames as a video, a GIF or pictures"),
    Command("overlay", "View", "3D Model &Overlay", (), "overlay",
            "Lay the fitted 3D model over the photo (Tab)", True),
    Command("result", "View", "&Result", ("1",), "single", "Show the result alone", True),
    Command("split", "View", "Sp&lit", ("2",), "split", "Original and result, divided by a line",
            True),
    Command("side", "View", "&Side by Side", ("3",), "side", "Original and result side by side",
            True),
    Command("against", "View", "A a&gainst B", ("4",), "against",
            "What is kept as A and as B, divided by a line", True),
    Command("fit", "View", "&Fit in Window", ("Ctrl+0",), "fit", "Show the whole picture"),
    Command("actual", "View", "&100 %", ("Ctrl+1",), "",
            "One pixel of the photo on one of the screen"),
    Command("zoom_in", "View", "Zoom &In", ("Ctrl++", "Ctrl+=")),
    Command("zoom_out", "View", "Zoo&m Out", ("Ctrl+-",)),
    Command("figures", "View", "Latency and Frame R&ate", ("F3",), "gauge",
            "Show how fast pictures arrive", True),
    *(Command(d.command, "View/Panels", d.title, (d.key,), "", d.tip, True) for d in DOCKS),
    Command("shortcuts", "Help", "&Shortcuts…", ("F1",), "", "List the keys, and change them"),
    Command("show_log", "Help", "Show &Log", (), "", "Open the file of what happened"),
    Command("about", "Help", "&About Mien"),
)  # fmt: skip

# What the mouse and held keys do, for Help.
GESTURES: tuple[tuple[str, str], ...] = (
    ("Drag on the canvas", "Turn the head: yaw and pitch"),
    ("Shift+drag", "Tilt the head: roll"),
    ("Right-drag", "Move the key light"),
    ("Wheel", "Zoom at the pointer"),
    ("Middle-drag, Space+drag", "Pan"),
    ("Space (on the canvas)", "Another person who does not exist"),
    ("Tab (on the canvas)", "3D model overlay on and off"),
    ("Hold \\", "Show the original"),
    ("Esc", "Cancel a gesture, dismiss a message"),
    ("F6", "Go from the canvas to the panel and back"),
    ("Drag a slider; Shift; Ctrl", "Change a value; finely; in steps"),
    ("Drag on the timeline's ruler; on a key", "Go to a frame; move the chosen keys"),
    ("Arrows, Page keys, Enter, Delete (timeline)", "Step, next key, set a key, delete"),
    ("Alt+arrows (timeline)", "Move the chosen keys"),
    ("Double-click or Backspace on a slider", "Reset it"),
    ("Ctrl+wheel, arrows, Page keys, Home, End", "Step a slider"),
)


_BY_NAME = {command.name: command for command in COMMANDS}


def plain(text: str) -> str:
    """An action's text without marks."""
    return text.replace("&", "").rstrip("…")


def tip(name: str, action: QAction) -> str:
    """What a tooltip says of a command: with the key that it has now."""
    command = _BY_NAME.get(name)
    words = command.tip or plain(command.text) if command else plain(action.text())
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{words} ({key})" if key else words


def make_actions(owner: QWidget, theme: Theme) -> dict[str, QAction]:
    """A QAction for each command, by name, added to the owner."""
    actions: dict[str, QAction] = {}
    for command in COMMANDS:
        action = QAction(command.text, owner)
        action.setShortcuts([QKeySequence(k) for k in command.keys])
        action.setToolTip(tip(command.name, action))
        action.setCheckable(command.check)
        owner.addAction(action)
        actions[command.name] = action

    def dress() -> None:
        for command in COMMANDS:
            if command.icon:
                actions[command.name].setIcon(theme.icon(*command.icon.split("/")))

    Dresser(theme, owner, dress)
    return actions


def make_history_actions(owner: QWidget, theme: Theme, editor: Editor) -> dict[str, QAction]:
    """Undo and redo, added to the owner too."""
    history = editor.history
    undo, redo = history.createUndoAction(owner, "Undo"), history.createRedoAction(owner, "Redo")
    undo.setShortcuts([QKeySequence("Ctrl+Z")])
    redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])

    def take(step: Callable[[], None], _checked: bool = False) -> None:
        # In the middle of a drag there is no step to go to.
        if not editor.dragging:
            step()

    for action, step in ((undo, history.undo), (redo, history.redo)):
        action.triggered.disconnect()
        action.triggered.connect(partial(take, step))
        owner.addAction(action)

    def dress() -> None:
        undo.setIcon(theme.icon("undo"))
        redo.setIcon(theme.icon("redo"))

    Dresser(theme, owner, dress)
    return {"undo": undo, "redo": redo}


def connect_actions(
    actions: Mapping[str, QAction], calls: Mapping[str, Callable[..., object]]
) -> None:
    """Let each command do what `calls` says of it."""
    for command in COMMANDS:
        action = actions[command.name]
        (action.toggled if command.check else action.triggered).connect(calls[command.name])
