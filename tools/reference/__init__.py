"""docs/cli.md, configuration.md and database.md, as far as they say what the code says already.

Between ``<!-- generated: KIND WHAT -->`` and ``<!-- end -->`` stands what ``python -m tools.reference`` writes there;
everything else is written by hand. Each kind has a maker (:data:`tools.reference.documents.MAKERS`).
"""
