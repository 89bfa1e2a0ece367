"""The light: a ball to drag, the key light's numbers, presets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QColorDialog,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.lamp import set_key_light
from app.canvas.painting import to_image
from app.editor import Editor
from app.theme import Theme
from app.widgets.combo import Combo
from app.widgets.number import NumberBox
from app.widgets.slider import Slider
from core.engine.messages import FaceParameters
from core.rig.key_light import KeyLight, lit_ball, read_key_light
from core.rig.lights import LIGHT_PRESETS

BALL = 104
_STEP_DEGREES = 5.0


@dataclass(frozen=True)
class LightSpec:
    """A number of the key light, as sliders want it."""

    name: str
    label: str
    soft: tuple[float, float]
    hard: tuple[float, float]
    step: float
    tooltip: str
    unit: str = ""


INTENSITY = LightSpec(
    "intensity", "Intensity", (0.0, 2.0), (0.0, 5.0), 0.05,
    "How bright the key light is. Linear radiance on white, usual range 0 to 2.",
)  # fmt: skip
AMBIENT = LightSpec(
    "ambient", "Ambient", (0.0, 1.5), (-1.0, 4.0), 0.05,
    "The light that comes from everywhere. Linear radiance on white, usual range 0 to 1.5.",
)  # fmt: skip


class LightBall(QWidget):
    """A matte ball under the present light; drag on it to place the key light."""

    dragStarted = Signal()
    directionDragged = Signal(tuple)
    dragEnded = Signal()
    dragCancelled = Signal()

    def __init__(self, editor: Editor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self._dragging = False
        self.setFixedSize(BALL, BALL)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip("The light on a ball. Drag to place the key light; arrows move it by 5°.")
        self.setAccessibleName("Light ball")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A fixed square."""
        return QSize(BALL, BALL)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The key light comes to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self.dragStarted.emit()
            self._place(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """And follows it."""
        if self._dragging:
            self._place(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """One step."""
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.dragEnded.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn the key light, Esc gives a drag up."""
        turns = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }  # fmt: skip
        turn = turns.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self._dragging:
            self._dragging = False
            self.dragCancelled.emit()
        elif turn:
            x, y, z = read_key_light(self._editor.parameters.light).direction
            azimuth = math.atan2(x, z) + math.radians(_STEP_DEGREES) * turn[0]
            elevation = math.asin(min(max(y, -1.0), 1.0)) + math.radians(_STEP_DEGREES) * turn[1]
            elevation = min(max(elevation, -1.5), 1.5)
            flat = math.cos(elevation)
            direction = (math.sin(azimuth) * flat, math.sin(elevation), math.cos(azimuth) * flat)
            self.dragStarted.emit()
            self.directionDragged.emit(direction)
            self.dragEnded.emit()
        else:
            event.ignore()

    def _place(self, point: QPointF) -> None:
        """Inside the ball's outline the lamp is in front; from there on it goes behind."""
        radius = BALL / 2 - 1
        x, y = (point.x() - BALL / 2) / radius, (BALL / 2 - point.y()) / radius
        away = math.hypot(x, y)
        if away > 1:
            # Twice the radius is straight behind the head.
            z = -math.sin(min(away - 1, 1.0) * math.pi / 2)
            flat = math.sqrt(1 - z * z)
            x, y = x / away * flat, y / away * flat
        else:
            z = math.sqrt(1 - away * away)
        self.directionDragged.emit((x, y, z))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lit ball and the key light's place."""
        light = self._editor.parameters.light
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ratio = self.devicePixelRatioF()
        painter.drawImage(QRectF(0, 0, BALL, BALL), to_image(lit_ball(light, round(BALL * ratio))))
        c = self._theme.colours
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.accent if self.hasFocus() else c.border), 1))
        painter.drawEllipse(QRectF(0.5, 0.5, BALL - 1, BALL - 1))
        x, y, z = read_key_light(light).direction
        radius = BALL / 2 - 6
        at = QPointF(BALL / 2 + x * radius, BALL / 2 - y * radius)
        painter.setPen(QPen(QColor(0, 0, 0, 130), 3.2))
        painter.drawEllipse(at, 5, 5)
        painter.setPen(QPen(QColor(c.accent), 1.8))
        if z >= 0:
            painter.setBrush(QColor(255, 255, 255, 200))
        painter.drawEllipse(at, 5, 5)


class LightNumber(QWidget):
    """Intensity or ambient light of the key light."""

    def __init__(self, spec: LightSpec, editor: Editor, theme: Theme) -> None:
        super().__init__()
        self._spec = spec
        self._editor = editor
        self.slider = Slider(spec, theme)
        self.number = NumberBox(spec)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 8, 0)
        row.setSpacing(2)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self.slider.dragStarted.connect(lambda: editor.begin(spec.label))
        self.slider.dragged.connect(self._set)
        self.slider.dragEnded.connect(editor.end)
        self.slider.dragCancelled.connect(editor.cancel)
        self.slider.stepped.connect(self._set)
        self.slider.resetRequested.connect(self._reset)
        self.number.committed.connect(self._set)

    def refresh(self) -> None:
        """Show the editor's light."""
        editor = self._editor
        value = getattr(read_key_light(editor.parameters.light), self._spec.name)
        default = getattr(read_key_light(editor.baseline.light), self._spec.name)
        self.slider.set_value(value, default, "light" in editor.state.muted)
        self.number.set_value(value, self.slider.is_changed())

    def _set(self, value: float) -> None:
        light = self._editor.parameters.light
        key = read_key_light(light)
        if self._spec is INTENSITY:
            new = replace(key, intensity=value)
        else:
            new = replace(key, ambient=value)
        set_key_light(self._editor, light, key, new, self._spec.label)

    def _reset(self) -> None:
        self._editor.end()
        self._set(getattr(read_key_light(self._editor.baseline.light), self._spec.name))


class LightControls(QWidget):
    """Ball, numbers, colour and presets, above the raw coefficients."""

    def __init__(self, editor: Editor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self._last = (0.0, 0.0, 1.0)
        self._tint = QColor()
        self._shown: tuple[bytes | bool, ...] = ()
        self.ball = LightBall(editor, theme)
        self.intensity = LightNumber(INTENSITY, editor, theme)
        self.ambient = LightNumber(AMBIENT, editor, theme)
        self.presets = Combo(theme, "Light preset", "A named light in place of this one")
        self.presets.addItem("Preset…", "")
        for name, preset in LIGHT_PRESETS.items():
            self.presets.addItem(preset.label, name)
        self.presets.activated.connect(self._preset)
        self.presets.highlighted.connect(lambda i: editor.trial.look(self._lit(i)))
        self.presets.closed.connect(lambda: editor.trial.look(None))
        self.colour = QPushButton("Colour")
        self.colour.setToolTip("The key light's colour")
        self.colour.setAccessibleName("Key light colour")
        self.colour.clicked.connect(self._choose_colour)
        self.take = QPushButton("From photo…")
        self.take.setToolTip("Take the light of another photo")
        self._lay_out()
        self.ball.dragStarted.connect(lambda: editor.begin("Move light"))
        self.ball.directionDragged.connect(self._turn)
        self.ball.dragEnded.connect(editor.end)
        self.ball.dragCancelled.connect(editor.cancel)
        self.refresh()

    def refresh(self) -> None:
        """Show the editor's light."""
        editor = self._editor
        self.setEnabled(editor.editable and "light" not in editor.locked)
        lights = editor.parameters.light.tobytes(), editor.baseline.light.tobytes()
        shown = (*lights, "light" in editor.state.muted)
        if shown == self._shown:
            return
        self._shown = shown
        key = read_key_light(editor.parameters.light, self._last)
        self._last = key.direction
        self.ball.update()
        self.intensity.refresh()
        self.ambient.refresh()
        tint = _to_colour(key.colour)
        if tint != self._tint:
            self._tint = tint
            self.colour.setIcon(_swatch(tint, self._theme))

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(6)
        side.addWidget(self.presets)
        side.addWidget(self.colour)
        side.addWidget(self.take)
        side.addStretch(1)
        top = QHBoxLayout()
        top.setContentsMargins(20, 2, 16, 6)
        top.setSpacing(16)
        top.addWidget(self.ball)
        top.addLayout(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.intensity)
        column.addWidget(self.ambient)

    def _key(self) -> KeyLight:
        return read_key_light(self._editor.parameters.light, self._last)

    def _turn(self, direction: tuple[float, float, float]) -> None:
        key = self._key()
        new = replace(key, direction=direction)
        set_key_light(self._editor, self._editor.parameters.light, key, new)

    def _preset(self, index: int) -> None:
        name = self.presets.itemData(index)
        self.presets.setCurrentIndex(0)
        if lit := self._lit(index):
            self._editor.set_group("light", lit, f"Light: {LIGHT_PRESETS[name].label}")

    def _lit(self, index: int) -> FaceParameters | None:
        """The face in the named light of a row."""
        preset, editor = LIGHT_PRESETS.get(self.presets.itemData(index)), self._editor
        if preset is None:
            return None
        return replace(editor.parameters, light=preset.coefficients(editor.baseline.light))

    def _choose_colour(self) -> None:
        dialog = QColorDialog(_to_colour(self._key().colour), self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle("Key light colour")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._set_colour)
        dialog.open()

    def _set_colour(self, chosen: QColor) -> None:
        linear = [(v / 255) ** 2.2 for v in (chosen.red(), chosen.green(), chosen.blue())]
        most = max(*linear, 1e-3)
        r, g, b = (v / most for v in linear)
        key = self._key()
        light = self._editor.parameters.light
        new = replace(key, colour=(r, g, b))
        set_key_light(self._editor, light, key, new, "Light colour")


def _swatch(colour: QColor, theme: Theme) -> QIcon:
    """A dot of a colour."""
    picture = QPixmap(32, 32)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.colours.muted), 1))
    painter.setBrush(colour)
    painter.drawEllipse(QRectF(2, 2, 12, 12))
    painter.end()
    return QIcon(picture)


def _to_colour(linear: tuple[float, float, float]) -> QColor:
    return QColor(*(round(255 * min(max(v, 0.0), 1.0) ** (1 / 2.2)) for v in linear))
