"""Rows → what ECharts is to draw (macros.html, plots.js). Pure: colours are names of the style sheet."""
