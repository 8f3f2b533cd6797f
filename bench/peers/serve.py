"""How a peer is run: it compiles, says what it is, then computes once for each line of its input."""

import json
import sys
import time


def serve(versions, run, paths):
    """`run()` gives a list of numbers to compare; its first call is called compiling."""

    def timed():
        begin = time.perf_counter()
        values = [float(x) for x in run()]
        return {"seconds": time.perf_counter() - begin, "values": values, "paths": paths}

    first = timed()
    print(json.dumps({"versions": versions, "compile": first["seconds"]}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(timed()), flush=True)
