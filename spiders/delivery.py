"""The way to the sink: one call for each URL, whatever went wrong, and the count that a progress bar shows."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason, StoreError
from spiders.crawl import Progress
from spiders.outcome import NO_VALIDATORS, unread
from spiders.plan import Plan

log = logging.getLogger("retold.spiders")

TOGETHER_S = 0.5  # results of so long are committed together: what a killed run loses, and how long others wait
APART_S = 0.1  # then so long each by itself: another writer, who tries every 100 ms, must find the door open


class Delivery:
    """Hands results to the sink. A bug on the way costs one URL (`internal`); a broken store ends the crawl."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._count: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None  # until results are committed, or may be together again

    def asked(self) -> None:
        """Count a URL that is asked for."""
        self._count["asked"] += 1

    def feed(self, result: FetchResult, parsed: ParsedFeed | None) -> Sequence[Entry]:
        """Hand over a feed; the entries that want an article."""
        wanted: Sequence[Entry] | None = self._call(self._plan.sink.feed, result, parsed)
        self._tick(result)
        return wanted or ()

    def article(self, result: FetchResult | None, entry: Entry, article: Article | None) -> None:
        """Hand over an article, or that there is none."""
        self._count["articles"] += article is not None
        self._call(lambda r, a: self._plan.sink.article(r, entry, a), result, article)
        if result:
            self._tick(result)

    def _call(self, sink: Callable[[Any, Any], Any], result: FetchResult | None, payload: Any) -> Any:
        if self._plan.error:
            return None
        try:
            self._begin()
            return sink(result, payload)
        except StoreError as error:
            self._plan.fail(error)
        except Exception as error:
            log.exception("storing %s", result.url if result else "an article", extra=_of(result))
            self._call_without(sink, result, error)
        return None

    def _begin(self) -> None:
        if self._timer is None:
            self._plan.sink.begin()
            self._timer = asyncio.get_running_loop().call_later(TOGETHER_S, self._commit)

    def _commit(self) -> None:
        self.close()
        self._timer = asyncio.get_running_loop().call_later(APART_S, self._again)

    def _again(self) -> None:
        self._timer = None

    def close(self) -> None:
        """Have committed what was handed over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            self._plan.sink.commit()
        except Exception as error:
            self._plan.fail(error)

    def _call_without(self, sink: Callable[[Any, Any], Any], result: FetchResult | None, error: Exception) -> None:
        """Have at least the failure stored; with the old validators, or the entries would never come again."""
        if result:
            known = self._plan.validators.get(result.url, NO_VALIDATORS)
            result = replace(unread(result, error), code=Reason.INTERNAL, validators=known)
        try:
            sink(result, None)
        except Exception as second:
            self._plan.fail(second)

    def _tick(self, result: FetchResult) -> None:
        count = self._count
        count["done"] += 1
        count["failed"] += not result.code.ok
        level = logging.DEBUG if result.code.ok else logging.INFO
        if log.isEnabledFor(level):
            log.log(level, "%s %s: %s %s", result.kind, result.url, result.code, result.detail, extra=_of(result))
        if self._plan.on_progress:
            now = Progress(count["asked"], count["done"], count["failed"], count["articles"], result.url)
            try:
                self._plan.on_progress(now)
            except Exception:
                log.exception("showing progress")


def _of(result: FetchResult | None) -> dict[str, str]:
    """What a log record tells of a result beside its words."""
    if result is None:
        return {}
    return {"source": result.source, "url": result.url, "kind": result.kind, "code": str(result.code),
            "detail": result.detail}  # fmt: skip
