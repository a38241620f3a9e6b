"""Retold in a browser: Datasette over stories.db, with pages of our own in front of its tables.

``app`` builds it · ``routes`` address → page · ``answers`` what a page is given and gives · ``pages`` the pages ·
``plots`` their plots · ``plugin`` what Datasette asks of us · ``failures`` errors as sentences ·
``security`` headers and names · ``people`` who may correct · ``markup`` harmless HTML of strangers' words ·
``catalogue`` docs/database.md as metadata.
Needs the extra ``web``.
"""
