"""Measurements of what docs/reliability.md promises: kills, power cuts, hostile input."""
