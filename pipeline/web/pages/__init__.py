"""The pages: ``def page(db, ask) -> Answer``, each in a module of its own.

A page reads by the functions of pipeline.store, on one moment of the database, in at most five seconds; it gives a
:class:`~pipeline.web.answers.Page` (a template that extends base.html and shares macros.html, and its context, with
``now`` for relative times), Raw or a Redirect, or raises a ProblemError or StoreError. routes.py gives it an address
and a place in the navigation; a form's ``post`` gets the path of the database and a signed-in person instead.
"""
