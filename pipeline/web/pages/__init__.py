"""The pages: ``def page(db, ask) -> Answer``, each in a module of its own; routes.py gives them their addresses."""
