"""What a batch writes for each item and for the whole data set."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from app.theme import Theme
from app.widgets.check import CheckBox
from app.widgets.combo import Combo
from app.widgets.spin import plain
from core.export.job import (
    DATA_SETS,
    IMAGE_FORMATS,
    LARGEST,
    MESHES,
    SMALLEST,
    DataSet,
    Outputs,
    Signing,
)

FILES = {
    "sidecar": ("Sidecar", "JSON with seed, coefficients by name, camera, landmarks, weights"),
    "mask": ("Mask", "Where the face is, a gray PNG"),
    "depth": ("Depth", "16-bit PNG, millimetres from the camera"),
    "normals": ("Normals", "PNG of the face's normals in the camera's frame"),
    "albedo": ("Albedo", "PNG of the skin's colour without light"),
    "landmarks": ("Landmarks", "CSV of the face's points in 2D and 3D"),
    "aligned": ("Aligned crop", "The square around the head that the generator draws"),
    "embed_settings": ("Embed the settings", "Dropped on Mien, a picture brings its edit back"),
}
SETS: dict[DataSet, tuple[str, str]] = {
    "metadata": ("metadata.jsonl", "One line for each item, as Hugging Face datasets read it"),
    "cameras": ("dataset.json", "Cameras of 25 numbers, as StyleGAN3 and EG3D read them"),
    "coco": ("COCO keypoints", "coco.json with boxes and keypoints"),
    "webdataset": ("WebDataset", "Tar shards with all files of each item"),
}
_COLUMNS = 4


class OutputChoice(QWidget):
    """Check boxes, the picture's format and size.

    Signing can be chosen where the settings or the job name a certificate.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = {n: CheckBox(theme, *texts) for n, texts in FILES.items()}
        self.sets = {n: CheckBox(theme, *texts) for n, texts in SETS.items()}
        self.image = Combo(theme, "Picture format", "PNG keeps every pixel")
        for name in IMAGE_FORMATS:
            self.image.addItem(name.upper(), name)
        self.mesh = Combo(theme, "Mesh", "The face as a mesh: OBJ, or binary glTF")
        self.mesh.setMinimumContentsLength(len("Mesh as OBJ"))
        self.mesh.addItem("No mesh", None)
        for mesh in MESHES:
            self.mesh.addItem(f"Mesh as {mesh.upper()}", mesh)
        self.sign = CheckBox(
            theme,
            "Sign with content credentials",
            "A C2PA manifest, signed with the certificate of the settings or of the job",
        )
        self._signing: Signing | None = None
        self.side = QSpinBox()
        self.side.setRange(SMALLEST - 1, LARGEST)
        self.side.setSpecialValueText("As made")
        self.side.setSuffix(" px")
        plain(self.side)
        self.side.setFixedSize(84, 24)
        self.side.setAccessibleName("Longer side of the picture")
        self.side.setToolTip("Longer side of the picture; photos are not enlarged")
        self._lay_out()
        for box in (*self.files.values(), *self.sets.values(), self.sign):
            box.toggled.connect(self.changed)
        for combo in (self.image, self.mesh):
            combo.currentIndexChanged.connect(self.changed)
        self.side.valueChanged.connect(self.changed)

    def outputs(self) -> Outputs:
        """What is chosen for each item."""
        size = self.side.value()
        switches: dict[str, Any] = {n: box.isChecked() for n, box in self.files.items()}
        return Outputs(
            image=self.image.currentData(), mesh=self.mesh.currentData(),
            size=size if size >= SMALLEST else None, **switches,
        )  # fmt: skip

    def datasets(self) -> tuple[DataSet, ...]:
        """What is chosen for the whole."""
        return tuple(name for name in DATA_SETS if self.sets[name].isChecked())

    def signing(self) -> Signing | None:
        """What signs the pictures."""
        return self._signing if self.sign.isChecked() else None

    def show_signing(self, signing: Signing | None) -> None:
        """Show another certificate; None unticks the box, which stays for the one before."""
        self._signing = signing or self._signing
        self.sign.setVisible(self._signing is not None)
        self.sign.setChecked(signing is not None)

    def show_choice(self, outputs: Outputs, datasets: Collection[DataSet]) -> None:
        """Show other choices."""
        for name, box in self.files.items():
            box.setChecked(getattr(outputs, name))
        for dataset, box in self.sets.items():
            box.setChecked(dataset in datasets)
        self.image.setCurrentIndex(self.image.findData(outputs.image))
        self.mesh.setCurrentIndex(self.mesh.findData(outputs.mesh))
        self.side.setValue(outputs.size or SMALLEST - 1)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for label, field in (("Picture", self.image), ("Longer side", self.side), ("", self.mesh)):
            if label:
                text = QLabel(label)
                text.setObjectName("muted")
                row.addWidget(text)
            row.addWidget(field)
        row.addWidget(self.sign)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        for boxes in (self.files, self.sets):
            grid = QGridLayout()
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(4)
            for place, box in enumerate(boxes.values()):
                grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
                grid.setColumnStretch(place % _COLUMNS, 1)
            column.addLayout(grid)
