"""The whole archive at once, on one machine or on many: Daft over the same calls as a run.

::

    articles ─┬─▶ word counts ─▶ background snapshot ──────────────┐
    (Parquet) ├─▶ paragraphs ─▶ boilerplate of each source ────────┤ handed to every task
              └─▶ blocks of days ─▶ sweep.py: sign · propose · judge ─▶ signed articles, matches
                                      signed articles ─▶ far.py: who shares copy keys over more days than a window
                                                         has ─▶ judge ─▶ matches
                                                 matches ─▶ united on the driver: stories.partition

``flow.py`` is the only user of Daft. Its stages are Parquet files in a scratch folder, so a stage whose machine died is
made again from the one before. ``copies.py`` is the shorter way for those who ask for near-duplicates only.
"""
