"""Screens of `retold browse`, by Textual: a story, an article, the keys. The list is pipeline/cli/browser.py.

Whatever comes from the database is plain (output.plain) and goes in as Content, which obeys no markup.
"""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from pipeline.cli import showing
from pipeline.cli.options import now
from pipeline.cli.output import plain
from pipeline.model import StoreError
from pipeline.store import corrections, reads
from pipeline.store.connect import Connection, reading
from pipeline.store.rows import Row

Found = TypeVar("Found")


def text(lines: Iterable[showing.Line]) -> Content:
    """Plain lines with their styles; nothing in them is markup."""
    return Content("\n").join(Content.styled(line, style) for line, style in lines)


class Lines(OptionList):
    """Lines with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "select", "open")]

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)

    def show(self, options: Sequence[Option], at: str) -> None:
        """Put these in, the cursor on the one of id ``at``, else on the first that has an id, else on the first."""
        self.clear_options().add_options(options)
        ids = [option.id for option in options]
        known = at if at in ids else next(filter(None, ids), None)
        self.highlighted = ids.index(known) if options else None

    @property
    def at(self) -> str:
        """The id under the cursor, or ""."""
        return "" if self.highlighted is None else self.get_option_at_index(self.highlighted).id or ""


class View(Screen[int]):
    """A screen that reads the database anew, each time by a connection of its own, so that it sees what a run adds."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self.database = database

    def read(self, ask: Callable[[Connection], Found]) -> Found | None:
        """What ``ask`` finds, or None where the database cannot be read, which is then told."""
        try:
            with reading(self.database) as db:
                return ask(db)
        except (StoreError, OSError) as error:
            self.tell(str(error), error=True)
            return None

    def tell(self, message: str, *, error: bool = False) -> None:
        """A note for some seconds."""
        self.notify(plain(message), severity="error" if error else "information", markup=False)


class Story(View):
    """What `retold story` prints; its articles open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("n", "turn(1)", "next"), ("p", "turn(-1)", "previous"), ("r", "reload", "reload"),
        ("q,escape", "back", "back"),
    ]  # fmt: skip

    def __init__(self, database: Path, ids: Sequence[int], at: int) -> None:
        super().__init__(database)
        self.ids, self.at = ids, at
        self.members: dict[str, Row] = {}

    def compose(self) -> ComposeResult:
        yield Lines()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.action_reload()

    def action_reload(self) -> None:
        """Read it again; one that is gone meanwhile leaves a note."""
        number = self.ids[self.at]
        row = self.read(lambda db: reads.story(db, number) or {})
        if row is None:
            return
        ids = [m["article_id"] for m in row.get("members", [])]
        held = self.read(lambda db: corrections.naming(db, ids)) or []
        self.members = {str(m["article_id"]): m for m in row.get("members", [])}
        options = [
            Option(text(lines), str(article) if article else None, disabled=not lines[0][0])
            for article, lines in (
                showing.blocks(row, now(), held) if row else [(0, [(f"story {number} is gone", "")])]
            )
        ]
        self.query_one(Lines).show(options, self.query_one(Lines).at)

    def action_turn(self, by: int) -> None:
        """The story further down or up the list."""
        if 0 <= self.at + by < len(self.ids):
            self.at += by
            self.action_reload()

    def action_back(self) -> None:
        """Tell the list which one was seen last."""
        self.dismiss(self.ids[self.at])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the article whose lines these are."""
        if member := self.members.get(event.option_id or ""):
            self.app.push_screen(Article(self.database, member))


class Page(View):
    """Lines to scroll through."""

    BINDINGS: ClassVar[list[BindingType]] = [("q,escape", "app.pop_screen", "back")]

    def __init__(self, database: Path, lines: Iterable[showing.Line] = ()) -> None:
        super().__init__(database)
        self.lines = lines

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(text(self.lines), markup=False)
        yield Footer(show_command_palette=False)


class Article(Page):
    """An article with its text."""

    BINDINGS: ClassVar[list[BindingType]] = [("u", "copy", "copy address"), ("b", "open", "browser")]

    def __init__(self, database: Path, member: Row) -> None:
        super().__init__(database)
        self.member, self.url = member, plain(member["url"])

    def on_mount(self) -> None:
        number = self.member["article_id"]
        row = self.read(lambda db: reads.article(db, number) or {})
        if row is not None:
            lines = showing.article_lines(row, self.member) if row else [(f"article #{number} is gone", "")]
            self.query_one(Static).update(text(lines))

    def action_copy(self) -> None:
        """The address into the clipboard, and on the screen, for not every terminal has one."""
        self.app.copy_to_clipboard(self.url)
        self.tell(self.url)

    def action_open(self) -> None:
        """Show the page in the browser, which may be one that wants this terminal for itself."""
        if self.url.startswith(("https://", "http://")):
            with self.app.suspend():
                opened = webbrowser.open(self.url)
            if not opened:
                self.tell("there is no browser here; u copies the address", error=True)


class Keys(Page):
    """What the keys do on the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "app.pop_screen", show=False)]
