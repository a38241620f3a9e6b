"""Every SQL statement of Retold, by the way of the data.

``schema`` tables and migrations · ``views`` the public face · ``connect`` opening and locking ·
``collecting`` sources, fetches, entries, articles · ``grouping`` signatures, bands, matches, stories ·
``reads`` what people ask. Nothing is imported here: a query must not pay for what a run needs.
"""
