"""Measuring programs of docs/reliability.md: bad input, hostile servers, kills, a simulated week."""
