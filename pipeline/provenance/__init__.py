"""Who tells a story by whom, and what each adds; functions of articles that know no database."""
