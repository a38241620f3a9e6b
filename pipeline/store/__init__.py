"""Every SQL statement of Retold, by the way of the data.

``schema`` tables and migrations · ``views`` the public face · ``connect`` opening and locking · ``runs`` the
ledger · ``collecting`` sources and feeds · ``entries`` · ``articles`` and their versions · ``signing`` signatures,
bands and matches · ``grouping`` copies and stories · ``corrections`` of people · ``reads`` what people ask,
``wordings`` among it. Nothing is
imported here: a query must not pay for what a run needs.
"""
