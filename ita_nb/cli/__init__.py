"""The ``ita-nb`` command: thin over the package; Thai for people, JSON for programs.

Exit status: 0 done; 1 done, with failures or blocking problems listed; 2 wrong usage or unusable input.
"""

from __future__ import annotations

import gc
import os
import sys

from ita_nb.cli import commands
from ita_nb.cli.options import app, say
from ita_nb.errors import ItaError, PublicationRefusedError
from ita_nb.task import ENVIRONMENT

__all__ = ["app", "commands", "main"]


def main() -> None:
    """Run the command; an :class:`~ita_nb.errors.ItaError` becomes its message and an exit status."""
    # A console or a pipe with another encoding must not turn Thai into an error.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    # Before numpy is imported: it would start threads, and a process with threads cannot be forked.
    os.environ.update(ENVIRONMENT)
    # Of the many small objects of tables and documents nearly all live to the end.
    gc.set_threshold(50_000)
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except ItaError as error:
        say(f"ข้อผิดพลาด: {error}")
        sys.exit(1 if isinstance(error, PublicationRefusedError) else 2)
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is None:
            # The last resort: an officer can send a line, not a stack trace.
            say(f"ข้อผิดพลาดที่ไม่คาดไว้: {type(error).__name__}: {error}\n  วิธีแก้: แจ้งผู้ดูแลโปรแกรมพร้อมข้อความนี้")
            if os.environ.get("ITA_NB_DEBUG"):
                raise
        else:
            say(f"คำสั่งไม่ถูกต้อง: {usage()}\n  วิธีแก้: ดูวิธีใช้ด้วย ita-nb --help หรือ ita-nb คำสั่ง --help")
        sys.exit(2)
