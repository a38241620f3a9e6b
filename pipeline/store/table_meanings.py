"""What the tables hold, by topic; docs/database.md is made of it (`python -m tools.reference`)."""

from __future__ import annotations

from collections.abc import Mapping

# topic → table, or several that one line tells of → what it holds
TABLES: Mapping[str, Mapping[str, str]] = {
    "collecting": {
        "sources": "publishers as config.yaml had them at the last run",
        "feeds": "each feed and sitemap: validators, schedule, health",
        "runs": "one row a run: state, recipe, counts, size of the database; read it through `v_runs`",
        "fetches": "one row a request that was answered (or not), with a reason code",
        "entries": (
            "what feeds state; many entries may point at one article. `left_out`: the reason code by which an entry's "
            "page is done without for good ([rights.md](rights.md))"
        ),
        "run_stages": "what the stages of each run cost; read it through `v_run_stages`",
    },
    "articles": {
        "articles": "one row a published piece at one canonical URL; `key` is its identity",
        "versions": (
            "wordings that an edit replaced; read them through `v_versions` (here, `silent` is of the edit that "
            "replaced it)"
        ),
        "links": "links in an article's text to other sites",
    },
    "provenance": {
        "citations": "whom an article says it has something from, with the words; read it through `v_citations`",
        "cited_by": "the rules and table of outlets that read the citations; with others a run reads them anew",
        "uncited, untraced": "articles whose citations are to be read, stories that are to be traced",
        "origins": "the most likely origin of each story (`copy_id` 0) and copy group",
        "independence": "a story's articles, outlets, owners, wire texts and independent origins",
        "roles": "what an article is in its story, and what it leans on; `v_roles` is its readable form",
        "relays": (
            "of outlets that have no article in a story: whom those that print or cite them say they have it from"
        ),
        "families": "owners that config.yaml says are one house",
    },
    "comparing": {
        "paragraphs": (
            "hashes of each article's paragraphs: what recurs under three headlines of a source is boilerplate"
        ),
        "signatures": (
            "MinHash values, gist (hashed stems, names and facts with their weights: what a proposed pair is looked at "
            "by before it is judged) and the boilerplate left out; no row = not yet signed"
        ),
        "signed_by": "the recipe of every signature, key and edge; a run with another one signs everything anew",
        "unsigned": "articles that wait to be signed",
        "slots": "one signing of one article, under a number that keys name and that is never used again",
        "stale_slots": (
            "numbers of articles that were edited or deleted; the keys that still name them lead nowhere and are swept "
            "when they are many"
        ),
        "embeddings": "what a sentence model made of a wording, by content hash and model id; a cache",
        "background": (
            "how many of the archive's articles hold which stem, by language (JSON): a snapshot, taken at 100 articles "
            "and at each doubling, or by `retold rebuild`; its digest is part of the recipe"
        ),
        "copy_keys, copy_levels": (
            "MinHash bands and fingerprints, looked up over the whole archive: a log-structured merge tree, so that a "
            "run writes few pages however large the archive is"
        ),
        "story_segments": (
            "keys of terms, names and facts by epoch (as many days as the window has: only one or two are looked at for"
            " an article), packed: what a batch brought, or several merged"
        ),
        "profiles": (
            "what the articles of the last days are looked at (`outline`) and then judged by (`data`): a cache, so that"
            " a run need not read their texts again"
        ),
        "matches": "judged pairs worth keeping",
        "ungrouped": "articles whose part of the graph is to be grouped again",
        "pruned": (
            "articles whose texts are gone, since when; what provenance knows of them stays as it was "
            "([keeping.md](keeping.md))"
        ),
    },
    "stories": {
        "stories": "story ids; never reused",
        "copies": "article → copy group → story",
        "corrections": (
            "what people said about stories: kind, when, by whom, why; superseded and removed ones stay for the record"
        ),
        "corrected": "the articles of each correction, by key, and on which side of it",
        "aliases": "a merged story id → the story it is now: that of its first article, should the two part again",
    },
    "pages": {
        "listings": (
            "one row a story as lists and pages show it: the columns of `v_stories`, the origin, the counts of "
            "`independence`, when its first and `newest` article appeared; made again whenever the story changes"
        ),
        "facets": "by what lists of stories are filtered: story → language, source, origin, whom it cites",
        "unlisted": "stories whose row in `listings` is to be made again",
        "outlet_days": (
            "what each outlet was in the stories of a day (that of the newest article): counts of `v_outlet_roles`; "
            "`lags` in steps of a quarter octave"
        ),
        "leaning_days": "on whom it leant on that day, how, and how often",
        "outlet_sums, leaning_sums": (
            "the sums of these over the last 7 and 30 days up to the last that there is, and (`window` 0) over all"
        ),
        "stale_days": "days that are to be counted again",
    },
    "upkeep": {
        "host_waits": "until when a host asked to be left alone, whichever of its addresses said so",
        "site_files": (
            "the last answers to requests for robots.txt and tdmrep.json: a day long they are not asked for again"
        ),
        "tallies": "how many entries a feed and how many articles a source has",
        "identity": "a random number that the ids of feed entries are made of",
        "alerts": (
            "which rule of config.yaml named which story (`story_id` as it was then; `aliases` says what it is now): "
            "state `waiting`, `sent`, `dead`, or `merged` (another alert tells of it); `delivery` is what receivers "
            "know it by, `tries`, `next_try`, `error` why the last attempt failed; [alerts.md](alerts.md)"
        ),
        "audit": (
            "who tried to correct what, when, through which `door` (page or shell), and what came of it; refused "
            "attempts, too. `detail` is JSON: `state` (done, refused, asked again, busy), `what` was named, `note`, "
            "numbers of `corrections` and `stories`"
        ),
        "articles_fts": "full-text index (FTS5) over title and text",
        "imports": (
            "one row an archive of `retold import`: `identity` (what it is known by), `options` (how it was read), "
            "`position` (how far), `counts` (JSON: what came of its records)"
        ),
        "imported": (
            "the articles that an import brought; `seen` says whose `articles.first_seen` is: `archive`, as the archive"
            " states it, or `import`, the time of the import"
        ),
        "imported_via": "whom another database's feeds named as the source of an imported article",
    },
}
