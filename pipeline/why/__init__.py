"""Why articles are in one story or are not: rows of the store → an account that terminal and browser show in words.

``pairs`` two articles · ``stories`` what joined the articles of a story, and who was nearly joined · ``apart`` the
steps that keep two apart · ``signs`` signals in words, and what they were worth.
"""


class NotComparedError(Exception):
    """An article that no run compared yet, as one sentence."""
