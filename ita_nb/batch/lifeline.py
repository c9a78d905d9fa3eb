"""What a worker process runs around its work: it ends with its runner, even in the middle of a task.

A worker that went on after its runner was killed would put files in place beside those of the next run. So
tasks pass through a thread that notices at once when nobody holds the other end any more.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading

END = "\n"  # instead of a task: end politely, as nobody will ask again


def serve(module: str, incoming: int, outgoing: int, errors: int) -> None:
    """Have ``module`` serve tasks from ``incoming`` to ``outgoing``; what it prints goes to ``errors``."""
    for standard in (1, 2):
        if errors != standard:
            os.dup2(errors, standard)
    passed_on, inner = os.pipe()
    threading.Thread(target=_pass_on, args=(incoming, inner), daemon=True).start()
    importlib.import_module(module).serve(passed_on, outgoing)


def _pass_on(incoming: int, inner: int) -> None:
    with os.fdopen(incoming, "rb") as asking, os.fdopen(inner, "wb", buffering=0) as passing:
        for line in asking:
            if line == END.encode():
                return
            passing.write(line)
    os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1], os.dup(0), os.dup(1), 2)
