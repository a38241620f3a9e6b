"""The list of `retold browse`, and the program around its screens (Textual)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from pipeline.asked import Asked, Order
from pipeline.cli import query, showing, words
from pipeline.cli.options import now
from pipeline.cli.output import plain, table_lines
from pipeline.cli.screens import Keys, Lines, Story, View
from pipeline.store import asking
from pipeline.store.fulltext import fts_query
from pipeline.store.rows import Row

Value = TypeVar("Value")
MOST = 500  # stories in the list
SPANS = ("24h", "3d", "7d", "")
COLUMNS = ("id", "newest", "headline", "lang", "outlets", "articles", "origins")
# What gives way, in this order, where the terminal is narrow; ids and ages never do.
NARROW = (("headline", 40), ("outlets", 10), ("headline", 20), ("lang", 0), ("outlets", 0), ("articles", 0),
          ("origins", 0), ("headline", 1))  # fmt: skip
MARGIN = 3  # cells of a line that the list takes for itself: a blank on each side, the scroll bar


class Stories(View):
    """The list, and what is asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("slash", "search", "search"), ("l", "lang", "language"), ("o", "order", "order"), ("t", "span", "time"),
        ("r", "reload", "reload"), ("q", "app.quit", "quit"), Binding("escape", "back", "back", show=False),
    ]  # fmt: skip

    def __init__(self, database: Path, asked: Asked, span: str) -> None:
        super().__init__(database)
        self.asked, self.span = asked, span
        self.spans = tuple(dict.fromkeys((span, *SPANS)))
        self.found: list[Row] = []
        self.total = 0

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield Lines()
        yield Input(placeholder="words, as for retold search", compact=True)
        yield Static(id="state", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Nothing is typed yet."""
        self.query_one(Input).display = False
        self.query_one(Lines).focus()
        self.action_reload()

    def on_resize(self) -> None:
        """Lines are made for a width."""
        self.fill(self.query_one(Lines).at)

    def action_reload(self) -> None:
        """Ask again."""
        when = now()
        since = words.since(self.span, when) if self.span else ""
        asked = replace(self.asked, since=since)
        answer = self.read(lambda db: (asking.stories(db, asked, when, limit=MOST), asking.count(db, asked)[0]))
        if answer is not None:
            self.found = answer[0]
            self.total = answer[1] if len(self.found) == MOST else len(self.found)  # growth leaves some out
        self.fill(self.query_one(Lines).at)

    def fill(self, at: str) -> None:
        """Show what was found, the cursor on story ``at``."""
        when = now()
        table = [COLUMNS, *((*showing.story_cells(row, when)[:-1], row["origins"]) for row in self.found)]
        head, *rest = table_lines(table, ("id", "articles", "origins"), NARROW, self.size.width - MARGIN)
        ids = [str(row["story_id"]) for row in self.found]
        options = [Option(Content(line), id) for line, id in zip(rest, ids, strict=True)]
        self.query_one("#head", Static).update(Content(head))
        self.query_one("#state", Static).update(Content(self.state()))
        self.query_one(Lines).show(options, at)

    def state(self) -> str:
        """``12 stories, newest first, en, since 3d, with: owl``."""
        number = words.count(self.total, "story", "stories")
        first = "newest first" if self.asked.order is Order.NEWEST else f"most {self.asked.order} first"
        parts = [f"the first {MOST} of {number}" if self.total > MOST else number, first, self.asked.lang,
                 self.asked.source, self.span and f"since {self.span}",
                 self.asked.words and f"with: {self.asked.words}"]  # fmt: skip
        return plain(", ".join(filter(None, parts)))

    def ask(self, asked: Asked) -> None:
        """Show the stories of ``asked``."""
        self.asked = asked
        self.action_reload()

    def action_lang(self) -> None:
        """The next language, after the last all."""
        known = ["", *(self.read(lambda db: asking.values(db, "lang")) or [])]
        self.ask(replace(self.asked, lang=after(known, self.asked.lang)))

    def action_order(self) -> None:
        """The next order."""
        self.ask(replace(self.asked, order=after(list(Order), self.asked.order)))

    def action_span(self) -> None:
        """The next window of time."""
        self.span = after(self.spans, self.span)
        self.action_reload()

    def action_search(self) -> None:
        """Have words typed."""
        field = self.query_one(Input)
        field.value, field.display = self.asked.words, True
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search for what was typed; nothing drops the search."""
        typed = event.value.strip()
        if typed and not fts_query(typed):
            return self.tell(query.NO_WORD, error=True)
        self.close_input()
        return self.ask(replace(self.asked, words=typed))

    def close_input(self) -> None:
        """Back to the list."""
        self.query_one(Input).display = False
        self.query_one(Lines).focus()

    def action_back(self) -> None:
        """Leave the field, drop the search, or quit."""
        if self.query_one(Input).display:
            self.close_input()
        elif self.asked.words:
            self.ask(replace(self.asked, words=""))
        else:
            self.app.exit()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the story; the cursor goes to the one that was seen last."""
        ids = [row["story_id"] for row in self.found]
        self.app.push_screen(Story(self.database, ids, event.option_index), lambda at: self.fill(str(at)))


def after(values: Sequence[Value], value: Value) -> Value:
    """The value that follows, round and round; the first after one that is not among them."""
    return values[(values.index(value) + 1) % len(values) if value in values else 0]


class Browser(App[None]):
    """`retold browse` over the database at ``database``: the stories ``asked`` for, of the last ``span``."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Lines, VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    Lines { scrollbar-gutter: stable; }
    Static, Lines > .option-list--option { padding: 0 1; }
    #head { text-style: bold; height: 1; }
    #state { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "dark", "dark or light", show=False),
        ("question_mark", "keys", "keys"),
    ]

    def __init__(self, database: Path, asked: Asked, span: str) -> None:
        super().__init__()
        self.database, self.first = database, Stories(database, asked, span)

    def on_mount(self) -> None:
        """SIGTERM leaves the terminal as it was."""
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, partial(self.exit, return_code=words.SIGNALLED + signal.SIGTERM)
        )
        self.push_screen(self.first)

    def action_dark(self) -> None:
        """Textual's dark theme, or its light one."""
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"

    def action_keys(self) -> None:
        """Say what each key does here."""
        what: dict[str, list[str]] = {}
        for _, binding, *_ in self.screen.active_bindings.values():
            if binding.description:
                what.setdefault(binding.description.lower(), []).append(self.get_key_display(binding))
        self.push_screen(Keys(self.database, [(f"{' '.join(keys):>10}  {does}", "") for does, keys in what.items()]))
