"""Rows → options of ECharts, by page. Pure: colours are names of the style sheet (plots.js reads them)."""
