"""Writes numeric.json: exp, log, pow and cos(pi x) rounded from 60 digits.

Run: python3 test/golden/numeric.py
"""

import json
import random
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def cosine(angle):
    term, total, n = Decimal(1), Decimal(1), 0
    while abs(term) > Decimal("1e-70"):
        n += 2
        term = -term * angle * angle / (n * (n - 1))
        total += term
    return total


def main():
    rng = random.Random(7)
    exps = [rng.uniform(-30, 30) for _ in range(60)] + [rng.uniform(-1, 1) for _ in range(60)]
    exps += [-700.25, 700.25, 1e-9, -1e-300, 0.34657359, 0.3465736]
    logs = [10 ** rng.uniform(-30, 30) for _ in range(60)] + [rng.uniform(0.5, 2) for _ in range(60)]
    logs += [1.0000000001, 0.9999999999, 0.96, 2.0, 0.7071067811865475, 0.7071067811865476]
    pows = [(rng.uniform(0.01, 1), rng.uniform(-20, 60)) for _ in range(80)]
    pows += [(0.96, i / 7) for i in range(1, 40)] + [(1.0000001, 1e7), (0.5, 0.5), (0.3, 600.5), (1e-5, -20.2)]
    cosines = [rng.uniform(0, 1) for _ in range(80)] + [0.25, 0.2500001, 0.4999999, 0.75, 1 / 3]
    cosines += [rng.uniform(-50, 50) for _ in range(20)]
    golden = {
        "exp": [[x, float(Decimal(x).exp())] for x in exps],
        "log": [[x, float(Decimal(x).ln())] for x in logs],
        "pow": [[x, y, float((Decimal(y) * Decimal(x).ln()).exp())] for x, y in pows],
        "cosPi": [[x, float(cosine(PI * (abs(Decimal(x)) % 2)))] for x in cosines],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
