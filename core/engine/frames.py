"""Pictures in shared memory: the window owns the blocks, the engine writes into them.

The window allocates because it outlives the engine: whatever kills the engine, the blocks are
unlinked by the process that made them.
"""

from __future__ import annotations

from multiprocessing.shared_memory import SharedMemory

import numpy as np

from core.engine.messages import Frame, Slot

_GRANULE = 1 << 20


class FrameRing:
    """The window's side: a few blocks, each lent for one frame at a time."""

    def __init__(self, count: int = 2) -> None:
        self._blocks: list[SharedMemory | None] = [None] * count
        self._lent: dict[str, int] = {}

    def acquire(self, size: int) -> Slot | None:
        """A free block of at least size bytes, or None when all are lent."""
        free = [i for i in range(len(self._blocks)) if i not in self._lent.values()]
        if not free:
            return None
        big = [i for i in free if (block := self._blocks[i]) and block.size >= size]
        index = big[0] if big else free[0]
        block = self._blocks[index]
        if block is None or block.size < size:
            self._drop(index)
            block = SharedMemory(create=True, size=-(-size // _GRANULE) * _GRANULE)
            self._blocks[index] = block
        self._lent[block.name] = index
        return Slot(block.name, block.size)

    def read(self, slot: Slot, frame: Frame) -> tuple[np.ndarray, np.ndarray | None]:
        """Copies of a frame's picture (H, W, C) and of its overlay (H, W, 4), both uint8."""
        block = self._blocks[self._lent[slot.name]]
        assert block is not None
        shape = (frame.height, frame.width, frame.channels)
        picture = np.ndarray(shape, np.uint8, block.buf).copy()
        if not frame.overlay:
            return picture, None
        over = np.ndarray((*shape[:2], 4), np.uint8, block.buf, picture.nbytes)
        return picture, over.copy()

    def release(self, slot: Slot) -> None:
        """Take a block back; unknown ones are ignored."""
        self._lent.pop(slot.name, None)

    def reset(self) -> None:
        """Take all blocks back, from an engine that died."""
        self._lent.clear()

    def close(self) -> None:
        """Give all memory back to the system."""
        self._lent.clear()
        for index in range(len(self._blocks)):
            self._drop(index)

    def _drop(self, index: int) -> None:
        block = self._blocks[index]
        self._blocks[index] = None
        if block is not None:
            block.close()
            block.unlink()


class FrameWriter:
    """The engine's side: attaches to blocks by name and keeps the few in use."""

    def __init__(self, keep: int = 4) -> None:
        self._blocks: dict[str, SharedMemory] = {}
        self._keep = keep

    def write(self, slot: Slot, picture: np.ndarray, overlay: np.ndarray | None = None) -> None:
        """Put a picture (H, W, C) and an overlay (H, W, 4), both uint8, into a slot.

        Raises ValueError when they do not fit, FileNotFoundError when the block is gone.
        """
        needed = picture.nbytes + (overlay.nbytes if overlay is not None else 0)
        if needed > slot.size:
            raise ValueError(f"A frame of {needed} bytes does not fit in {slot.size}.")
        block = self._blocks.pop(slot.name, None) or SharedMemory(slot.name)
        self._blocks[slot.name] = block
        np.ndarray(picture.shape, np.uint8, block.buf)[...] = picture
        if overlay is not None:
            np.ndarray(overlay.shape, np.uint8, block.buf, picture.nbytes)[...] = overlay
        while len(self._blocks) > self._keep:
            self._blocks.pop(next(iter(self._blocks))).close()

    def close(self) -> None:
        """Detach from all blocks."""
        for block in self._blocks.values():
            block.close()
        self._blocks.clear()
