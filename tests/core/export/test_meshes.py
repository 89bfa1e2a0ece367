"""Mesh files read back to the same mesh."""

from __future__ import annotations

import json
import struct

import numpy as np

from core.export.meshes import glb, obj

VERTICES = np.array([[0, 0, 0], [100, 0, 0], [0, 50, 0], [0, 0, 25]], np.float32)
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], np.int32)
UV = np.array([[0, 0], [1, 0], [0, 1], [0.5, 0.25]], np.float32)
COLOURS = np.array([[0.1, 0.2, 0.3], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)


def test_obj() -> None:
    lines = [line.split() for line in obj(VERTICES, TRIANGLES, UV, COLOURS).decode().splitlines()]
    numbers = {
        key: np.array([line[1:] for line in lines if line[0] == key], float)
        for key in ("v", "vt", "vn")
    }
    np.testing.assert_allclose(numbers["v"], np.hstack([VERTICES, COLOURS]), atol=1e-4)
    np.testing.assert_allclose(numbers["vt"], UV * [1, -1] + [0, 1], atol=1e-6)
    faces = [[int(c.split("/")[0]) - 1 for c in line[1:]] for line in lines if line[0] == "f"]
    np.testing.assert_array_equal(faces, TRIANGLES)


def test_glb() -> None:
    data = glb(VERTICES, TRIANGLES, UV, COLOURS)
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + size])
    binary = data[20 + size + 8 :]
    assert document["buffers"][0]["byteLength"] == len(binary)

    def read(index: int) -> np.ndarray:
        accessor = document["accessors"][index]
        view = document["bufferViews"][accessor["bufferView"]]
        kind = {5126: "<f4", 5125: "<u4"}[accessor["componentType"]]
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[accessor["type"]]
        part = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        assert view["byteOffset"] % 4 == 0
        return np.frombuffer(part, kind).reshape(accessor["count"], width)

    primitive = document["meshes"][0]["primitives"][0]
    positions = read(primitive["attributes"]["POSITION"])
    np.testing.assert_allclose(positions * 1000, VERTICES, rtol=1e-6)
    np.testing.assert_array_equal(read(primitive["indices"]).reshape(-1, 3), TRIANGLES)
    np.testing.assert_allclose(read(primitive["attributes"]["COLOR_0"]), COLOURS)
    bounds = document["accessors"][primitive["attributes"]["POSITION"]]
    np.testing.assert_allclose(bounds["max"], positions.max(0))
