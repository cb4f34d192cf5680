"""Checks ONNX files with ONNX's own checker and shape inference, strictly.

    /usr/bin/python3 test/golden/onnx_check.py FILE...
"""
import sys

import onnx

for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
print(f"{len(sys.argv) - 1} files are good")
