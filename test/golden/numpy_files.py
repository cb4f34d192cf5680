"""Writes numpy_files.json: arrays as numpy.save and numpy.savez write them, in base64, with their values.

Run: python3 test/golden/numpy_files.py
"""

import base64
import io
import json
from pathlib import Path

import numpy as np


def saved(save, *args, **kwargs):
    file = io.BytesIO()
    save(file, *args, **kwargs)
    return base64.b64encode(file.getvalue()).decode()


def case(name, array):
    values = np.asarray(array, dtype=np.float32)
    return {"name": name, "file": saved(np.save, array), "shape": list(array.shape),
            "values": values.ravel(order="C").tolist()}


def main():
    draw = np.random.default_rng(3)
    cube = draw.standard_normal((3, 4, 5)).astype(np.float32)
    arrays = {"x": cube, "labels": np.arange(6, dtype=np.int64), "flag": np.array(True)}
    content = {
        "arrays": [
            case("float32", cube),
            case("float64", draw.standard_normal((2, 3))),
            case("float16", draw.standard_normal(5).astype(np.float16)),
            case("big-endian float32", cube[0].astype(">f4")),
            case("big-endian int16", np.array([1, -2, 300], dtype=">i2")),
            case("Fortran order", np.asfortranarray(cube)),
            case("int64", np.array([[-5, 16777216]])),
            case("uint8", np.arange(4, dtype=np.uint8)),
            case("bool", np.array([[True, False]])),
            case("scalar", np.array(2.5, dtype=np.float32)),
            case("empty", np.zeros((0, 3), dtype=np.float32)),
            case("one axis", np.arange(7, dtype=np.float32)),
        ],
        "npz": saved(np.savez, **arrays),
        "compressed": saved(np.savez_compressed, **arrays),
        "bomb": saved(np.savez_compressed, zeros=np.zeros(1_000_000, dtype=np.float32)),
        "objects": saved(np.save, np.array([{}], dtype=object), allow_pickle=True),
        "values": {name: array.astype(np.float32).ravel().tolist() for name, array in arrays.items()},
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


main()
