"""A face's mesh as a Wavefront OBJ or binary glTF file."""

from __future__ import annotations

import json
import struct

import numpy as np

from models.face.mesh import vertex_normals

_FLOAT, _UNSIGNED = 5126, 5125
_ARRAY, _ELEMENTS = 34962, 34963


def obj(vertices: np.ndarray, triangles: np.ndarray, uv: np.ndarray, colours: np.ndarray) -> bytes:
    """OBJ with vertices (V, 3) mm and linear RGB (V, 3) behind them, uv (V, 2), normals."""
    normals = vertex_normals(vertices, triangles)
    lines = ["# Mien face mesh, millimetres, y up, z towards the camera"]
    lines += [
        "v {:.4f} {:.4f} {:.4f} {:.4f} {:.4f} {:.4f}".format(*v, *c)
        for v, c in zip(vertices.tolist(), colours.tolist(), strict=True)
    ]
    lines += [f"vt {u:.6f} {1 - v:.6f}" for u, v in uv.tolist()]  # OBJ counts v upwards
    lines += ["vn {:.5f} {:.5f} {:.5f}".format(*n) for n in normals.tolist()]
    lines += ["f " + " ".join(f"{i}/{i}/{i}" for i in face) for face in (triangles + 1).tolist()]
    return ("\n".join(lines) + "\n").encode()


def glb(vertices: np.ndarray, triangles: np.ndarray, uv: np.ndarray, colours: np.ndarray) -> bytes:
    """glTF 2.0 binary with vertices (V, 3) mm written in metres, normals, uv, linear colours."""
    positions = (vertices / 1000).astype("<f4")
    parts = [
        ("POSITION", "VEC3", positions),
        ("NORMAL", "VEC3", vertex_normals(vertices, triangles).astype("<f4")),
        ("TEXCOORD_0", "VEC2", uv.astype("<f4")),
        ("COLOR_0", "VEC3", np.clip(colours, 0, 1).astype("<f4")),
        ("", "SCALAR", triangles.astype("<u4").reshape(-1)),
    ]
    binary, views, accessors = b"", [], []
    for name, kind, array in parts:
        views.append({
            "buffer": 0, "byteOffset": len(binary), "byteLength": array.nbytes,
            "target": _ARRAY if name else _ELEMENTS,
        })  # fmt: skip
        accessor = {
            "bufferView": len(views) - 1, "count": len(array), "type": kind,
            "componentType": _FLOAT if name else _UNSIGNED,
        }  # fmt: skip
        if name == "POSITION":  # required by the format
            accessor |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        accessors.append(accessor)
        binary += array.tobytes()
    attributes = {name: i for i, (name, _, _) in enumerate(parts) if name}
    document = {
        "asset": {"version": "2.0", "generator": "Mien"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "face"}],
        "meshes": [{"primitives": [
            {"attributes": attributes, "indices": len(parts) - 1, "material": 0}
        ]}],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.6}}],
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": views,
        "accessors": accessors,
    }  # fmt: skip
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
