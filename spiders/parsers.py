"""What the parsers' processes are forked with: imported once, in the server that they come from, and shared by all."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy comes: a server with threads is no good to fork from

from pipeline import articles, feeds
from spiders import base

__all__ = ["base", "feeds"]

articles.warm_up()
