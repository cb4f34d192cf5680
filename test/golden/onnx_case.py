"""A case of the goldens that are ONNX files: the file, what goes in, what PyTorch gives, and the layers it is made of."""
import base64


def tensor(array):
    return {"data": [round(float(v), 9) for v in array.ravel()], "shape": list(array.shape)}


def case(name, file, inputs, outputs, kinds):
    return {
        "name": name,
        "file": base64.b64encode(file).decode(),
        "inputs": {n: tensor(v.numpy()) for n, v in inputs.items()},
        "outputs": {n: tensor(v.numpy()) for n, v in outputs.items()},
        "kinds": kinds,
    }
