"""Writes the tables of the accuracy tests: `python3 tables.py f64 < points` (needs mpmath).

Takes the output of the test `print_points` and prints, for the points of one precision, argument,
argument and the exact result rounded to that precision, in hexadecimal; arguments where the exact
result lies nearest to the middle of two floats, where an error shows first, are put in front.
"""

import struct
import sys

from measure import FORMATS, exact, mp, mpf, value


def rounded(x, kind):
    """Nearest even of the format, as bits."""
    _, digits, precision, least = FORMATS[kind]
    unit = mp.ldexp(1, max(mp.mag(x) - precision, least))
    return struct.pack(FORMATS[kind][0], float(mp.nint(x / unit) * unit)).hex()


kind = sys.argv[1]
keep = int(sys.argv[2])
table = {}
for line in sys.stdin:
    fields = line.split()
    if len(fields) != 5 or fields[1] != kind:
        continue
    x, y = (value(bits, kind) for bits in fields[2:4])
    true = exact(fields[0], x, y)
    unit = mp.ldexp(1, max(mp.mag(true) - FORMATS[kind][2], FORMATS[kind][3]))
    middle = abs(abs(true / unit - mp.floor(true / unit)) - mpf(1) / 2)
    table.setdefault(fields[0], []).append((middle, fields[2], fields[3], true))
for name, rows in table.items():
    hard = sorted(rows[keep:])[: keep // 4]
    for _, x, y, true in rows[: keep - len(hard)] + hard:
        print(name, x, y, rounded(true, kind).lstrip("0") or "0")
