"""The site of the documentation: what MkDocs is told (hooks), and that nothing in it comes from elsewhere (offline)."""
