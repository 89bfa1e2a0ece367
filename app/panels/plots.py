"""The inspector's plots; pyqtgraph is imported with this module, when the first one is shown."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.painting import to_image
from app.editor import Editor
from app.measurements import Measurements
from app.theme import Dresser, Theme
from app.widgets.combo import Combo
from core.rig.key_light import lit_ball
from core.rig.table import GROUPS, SH_NAMES, group, values

BALL = 132
_CHANNELS = ("#d9534f", "#4caf50", "#4f8ff0")


class Plot(pg.PlotWidget):
    """A plot in the theme's colours that cannot be dragged out of sight."""

    def __init__(self, theme: Theme, name: str, left: str, bottom: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._labels = (left, bottom)
        self.setAccessibleName(name)
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMenuEnabled(False)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        Dresser(theme, self, self._dress)

    def _dress(self) -> None:
        c = self._theme.colours
        self.setBackground(c.panel)
        for side, label in zip(("left", "bottom"), self._labels, strict=True):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(c.border))
            axis.setTextPen(pg.mkPen(c.muted))
            axis.enableAutoSIPrefix(False)
            axis.setLabel(label or None, color=c.muted)
        self.showGrid(y=True, alpha=0.12)


class CoefficientsPage(QWidget):
    """The coefficients of one group as bars: the fit, the request, and what was measured."""

    def __init__(self, editor: Editor, measurements: Measurements, theme: Theme) -> None:
        super().__init__()
        self._editor = editor
        self._measurements = measurements
        self._theme = theme
        self.group = Combo(theme, "Group of coefficients", "Whose coefficients are shown")
        for each in GROUPS:
            self.group.addItem(each.label, each.name)
        self.group.setCurrentIndex(1)
        self.group.currentIndexChanged.connect(lambda _: self.refresh())
        self.plot = Plot(theme, "Coefficients", "value")
        self.plot.scene().sigMouseMoved.connect(self._point)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 2, 8, 10)
        column.setSpacing(8)
        column.addWidget(self.group)
        column.addWidget(self.plot, 1)
        column.addWidget(self.note)
        theme.changed.connect(self.refresh)
        self._rows: list[str] = []

    def refresh(self) -> None:
        """Draw the bars anew."""
        name, c = str(self.group.currentData()), self._theme.colours
        editor, reading = self._editor, self._measurements.reading
        self._rows = [p.label for p in group(name).parameters]
        sets = [(editor.baseline, c.track, 0.9), (editor.effective, c.accent, 0.5)]
        self.plot.clear()
        for parameters, colour, width in sets:
            heights = list(values(parameters, name).values())
            self.plot.addItem(
                pg.BarGraphItem(
                    x=np.arange(len(heights)),
                    height=heights,
                    width=width,
                    brush=QColor(colour),
                    pen=pg.mkPen(None),
                )
            )
        if reading and reading.measured:
            seen = list(values(reading.measured, name).values())
            self.plot.plot(
                np.arange(len(seen)), seen, pen=None, symbol="o", symbolSize=5,
                symbolBrush=QColor(c.warning), symbolPen=None,
            )  # fmt: skip
        self.plot.getAxis("bottom").setTicks([[]])
        self.note.setText("Grey: fitted. Blue: requested. Dots: measured.")

    def _point(self, where: object) -> None:
        """Name the bar under the pointer."""
        at = round(self.plot.plotItem.vb.mapSceneToView(where).x())
        self.plot.setToolTip(self._rows[at] if 0 <= at < len(self._rows) else "")


class LightPage(QWidget):
    """The light on a ball, requested and measured, and its coefficients by channel."""

    def __init__(self, editor: Editor, measurements: Measurements, theme: Theme) -> None:
        super().__init__()
        self._editor = editor
        self._measurements = measurements
        self._theme = theme
        self.balls: dict[str, QLabel] = {}
        line = QHBoxLayout()
        line.setSpacing(16)
        for name in ("Requested", "Measured"):
            ball = QLabel()
            ball.setFixedSize(BALL, BALL)
            ball.setAccessibleName(f"{name} light on a ball")
            text = QLabel(name)
            text.setObjectName("muted")
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            side = QVBoxLayout()
            side.addWidget(ball)
            side.addWidget(text)
            line.addLayout(side)
            self.balls[name] = ball
        line.addStretch(1)
        self.plot = Plot(theme, "Spherical harmonics", "coefficient")
        self.plot.getAxis("bottom").setTicks([list(enumerate(("1", *SH_NAMES[1:])))])
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 2, 8, 10)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self.plot, 1)
        column.addWidget(self.note)
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Draw balls and bars anew."""
        light, reading = self._editor.effective.light, self._measurements.reading
        seen = reading.measured.light if reading and reading.measured else None
        self._ball("Requested", light)
        self._ball("Measured", seen)
        self.plot.clear()
        for channel, colour in enumerate(_CHANNELS):
            x = np.arange(9) + (channel - 1) * 0.26
            self.plot.addItem(
                pg.BarGraphItem(
                    x=x,
                    height=light[:, channel],
                    width=0.24,
                    brush=QColor(colour),
                    pen=pg.mkPen(None),
                )
            )
            if seen is not None:
                pen = pg.mkPen(self._theme.colours.text)
                self.plot.plot(
                    x, seen[:, channel], pen=None, symbol="o", symbolSize=4,
                    symbolBrush=QColor(colour), symbolPen=pen,
                )  # fmt: skip
        error = reading.light_error() if reading else None
        dots = "Bars: requested. Dots: measured."
        self.note.setText(dots if error is None else f"{dots} SH error {100 * error:.0f} %.")

    def _ball(self, name: str, light: np.ndarray | None) -> None:
        if light is None:
            self.balls[name].clear()
            return
        ratio = self.devicePixelRatioF()
        picture = QPixmap.fromImage(to_image(lit_ball(light, round(BALL * ratio))))
        picture.setDevicePixelRatio(ratio)
        self.balls[name].setPixmap(picture)


class EmbeddingPage(QWidget):
    """Loss and identity of the last embedding over time."""

    def __init__(self, measurements: Measurements, theme: Theme) -> None:
        super().__init__()
        self._measurements = measurements
        self._theme = theme
        self.loss = Plot(theme, "Embedding loss", "loss")
        self.identity = Plot(theme, "Identity score", "identity", "seconds")
        self.identity.setYRange(0, 1)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 2, 8, 10)
        column.setSpacing(8)
        for widget, stretch in ((self.loss, 1), (self.identity, 1), (self.note, 0)):
            column.addWidget(widget, stretch)
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Draw the curves anew."""
        points = self._measurements.embedding
        self.loss.clear()
        self.identity.clear()
        if not points:
            self.note.setText(
                "Choose the generator or the hybrid for a photo: how the face is found is drawn "
                "here."
            )
            return
        draw = partial(pg.mkPen, self._theme.colours.accent, width=2)
        self.loss.plot([p.seconds for p in points], [p.loss for p in points], pen=draw())
        known = [(p.seconds, p.identity) for p in points if p.identity is not None]
        if known:
            seconds, scores = zip(*known, strict=True)
            self.identity.plot(list(seconds), list(scores), pen=draw(), symbol="o", symbolSize=4)
        score = f", identity {known[-1][1]:.2f}" if known else ""
        self.note.setText(f"Loss {points[-1].loss:.3g}{score} after {points[-1].seconds:.1f} s.")
