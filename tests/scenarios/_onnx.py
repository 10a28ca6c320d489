"""A logistic regression as an ONNX file, written by hand: no library needed to make a model."""

from __future__ import annotations

import json
import math
import struct


def _varint(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _floats(field: int, values: list[float]) -> bytes:
    return b"".join(_varint(field << 3 | 5) + struct.pack("<f", value) for value in values)


def _attribute(name: str, kind: int, body: bytes) -> bytes:
    return _bytes(5, _bytes(1, name) + body + _number(20, kind))


def _tensor(name: str, element: int, columns: int | None) -> bytes:
    shape = _bytes(1, b"") + (_bytes(1, _number(1, columns)) if columns else b"")
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, element) + _bytes(2, shape)))


def logistic(coefficients: list[float], intercept: float) -> bytes:
    """Input `features` float32[N, k]; outputs `label` int64[N], `probabilities` float32[N, 2]."""
    floats, ints, text, number = 6, 7, 3, 2
    both = [-value for value in coefficients] + list(coefficients)
    node = (
        _bytes(1, "features")
        + _bytes(2, "label")
        + _bytes(2, "probabilities")
        + _bytes(3, "regression")
        + _bytes(4, "LinearClassifier")
        + _attribute("classlabels_ints", ints, _number(8, 0) + _number(8, 1))
        + _attribute("coefficients", floats, _floats(7, both))
        + _attribute("intercepts", floats, _floats(7, [-intercept, intercept]))
        + _attribute("multi_class", number, _number(3, 0))
        + _attribute("post_transform", text, _bytes(4, "LOGISTIC"))
        + _bytes(7, "ai.onnx.ml")
    )
    graph = (
        _bytes(1, node)
        + _bytes(2, "regression")
        + _bytes(11, _tensor("features", 1, len(coefficients)))
        + _bytes(12, _tensor("label", 7, None))
        + _bytes(12, _tensor("probabilities", 1, 2))
    )
    operators = _bytes(8, _bytes(1, "ai.onnx.ml") + _number(2, 1)) + _bytes(8, _bytes(1, "") + _number(2, 15))
    return _number(1, 8) + _bytes(2, "trimtab") + _bytes(7, graph) + operators


def encoding(columns: list[str], model: str, period: dict[str, str]) -> bytes:
    """Its encoding document."""
    return json.dumps(
        {
            "model": model,
            "input_name": "features",
            "dtype": "float32",
            "width": len(columns),
            "numeric": columns,
            "one_hot": [],
            "threshold": 0.5,
            "training_period": period,
        }
    ).encode()


def probability(coefficients: list[float], intercept: float, row: list[float]) -> float:
    """What the model above says."""
    margin = intercept + sum(weight * value for weight, value in zip(coefficients, row))
    return 1.0 / (1.0 + math.exp(-margin))
