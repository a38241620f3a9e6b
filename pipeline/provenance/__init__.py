"""Who told it first, who cites whom, and what each adds: read from texts, decided over a story, kept by the store.

``outlets`` the table of names · ``english german dutch`` how each language attributes · ``attribution`` a sentence's
citations · ``citing`` an article's · ``origin`` a story's origin, roles and counts · ``adds`` what a member adds.
"""
