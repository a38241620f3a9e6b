"""Figures on what bad servers, bad bytes and bad luck do to a run: `python -m bench.reliability.NAME`."""
