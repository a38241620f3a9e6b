"""Retold: who is telling this story, who told it first, and who only repeats whom.

Data flows one way; the folder listing tells the order::

     config.yaml ─▶ config.py    sources · manners · recipe · thresholds      (read once, frozen)

     THE WEB            PURE: no network, no SQL, no clock                ONE DOOR       THE PEOPLE
    ┌───────────────┐  ┌───────────────────────────────────────────┐   ┌──────────┐   ┌────────────┐
    │ spiders/      │  │ feeds.py      bytes        ─▶ Entry        │   │ store/   │   │ cli/       │
    │  crawl.py     │  │ articles.py   Entry + page ─▶ Article      │   │  schema  │   │  retold …  │
    │  guard.py     │─▶│  ├ urls.py        canonical URL, identity  │──▶│  writes  │──▶│            │
    │  settings.py  │  │  └ wire.py        agency, dateline, credit │   │  reads   │   │ SQL: v_*   │
    │  base.py      │  │ signatures.py Article      ─▶ Signature    │◀─▶│          │   │ views      │
    │  spiegel.py   │  │ blocking.py   Signature    ─▶ bucket keys  │◀─▶│stories.db│   └────────────┘
    │  nos.py …     │  │ signals.py    Profile pair ─▶ scores       │   │          │
    └───────────────┘  │ verdict.py    scores       ─▶ Match        │◀─▶│          │
                       │ stories.py    Matches      ─▶ copies ⊂ stories◀│          │
                       └───────────────────────────────────────────┘   └──────────┘
                          ▲ the same calls: sign · keys · judge · group
                        ┌─┴────────────────────┬────────────────────────┐
                        │ run.py  incremental  │ rebuild.py  everything │
                        └──────────────────────┴────────────────────────┘

``model.py`` holds the nouns, ``text.py tokens.py dates.py sandbox.py`` the small tools below them.
"""

__version__ = "0.1.0"
