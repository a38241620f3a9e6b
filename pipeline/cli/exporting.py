"""`retold export`: what the database holds as files for other tools, and the sources as OPML."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click

from pipeline.cli import batch
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import escaped, plain, say, show_json, visible
from pipeline.cli.query import NotThere, known_source, lang, since
from pipeline.cli.running import load, stoppable
from pipeline.cli.words import count
from pipeline.newfile import replacing
from pipeline.store import exports, reads
from pipeline.store.connect import Connection, reading
from pipeline.tablefiles import FORMATS, Table, csv_file, jsonl, parquet, want_pyarrow

STDOUT = Path("-")
OPML = "opml"
ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"}
BESIDE = ("", "-wal", "-shm", ".lock")  # what belongs to a database


class How(NamedTuple):
    """In which form."""

    form: str  # of FORMATS
    raw: bool
    bom: bool


@click.command("export")
@click.argument("what", metavar="[WHAT]", type=click.Choice([*exports.TABLES, OPML]), required=False)
@click.argument("out", metavar="[FILE]", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
                required=False)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), help="What to write.  [default: by FILE's ending; jsonl]")
@click.option("--story", "story_id", metavar="ID", type=click.IntRange(1, 2**63 - 1), help="Only of this story.")
@click.option("--since", "newer", callback=since, metavar="WHEN",
              help="Only of stories whose newest article is since 24h, 3d, 2w or 2026-11-20 (UTC).")  # fmt: skip
@click.option("--source", metavar="KEY", help="Only of stories that this source has.")
@click.option("--lang", metavar="CODE", callback=lang, help="Only of stories told in this language, too.")
@click.option("--text", is_flag=True, help="Articles, versions: their texts, too.")
@click.option("--raw", is_flag=True, help="CSV: leave cells that a spreadsheet may take for formulas as they are.")
@click.option("--bom", is_flag=True, help="CSV: begin with the mark by which Excel knows UTF-8.")
@click.option("--parquet", "folder", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Instead: articles, stories and matches as Parquet files in this new folder.")  # fmt: skip
@config_option
@db_option
@json_option
@batch.quiet_option
def export(what: str | None, out: Path | None, form: str | None, text: bool, raw: bool, bom: bool, folder: Path | None,
           config_path: Path | None, path: Path, as_json: bool, quiet: bool, **asked: Any) -> None:  # fmt: skip
    """Write what the database holds as a table for other tools: CSV, JSON lines or Parquet.

    WHAT is one of stories, articles, citations, edges, origins, versions, outlets, feeds; or opml, the feeds that
    config.yaml follows, for other readers. FILE is replaced as a whole or not at all; - is stdout.

    \b
    Examples:
      retold export stories stories.csv --since 2w
      retold export articles articles.parquet --text
      retold export edges - --story 3 | jq .reasons
      retold export opml feeds.opml
      retold export --parquet archive
    """
    if folder is not None:
        if what is not None:
            raise click.UsageError(
                "--parquet FOLDER writes all of it: leave WHAT and FILE out, or use --format parquet"
            )
        _plain_call(("folder",))
        return batch.folder(config_path, path, folder, as_json, quiet)
    if what is None or out is None:
        raise click.UsageError("say WHAT to export and into which FILE (- is stdout), or --parquet FOLDER")
    if what == OPML:
        _plain_call(())
        return _opml(out, config_path, as_json, quiet)
    how = _how(what, out, form, raw, bom)
    _fitting(what, out, as_json, text, asked)
    _no_database(out, path)
    table = exports.table(what, text=text)
    with reading(path) as db, stoppable(), _opened(out) as file:
        written = _write(file, table, how, exports.rows(db, table, **_filters(db, path, asked)))
    return _say(what, out, how.form, written, "row", as_json, quiet)


def _plain_call(fitting: Sequence[str]) -> None:
    """Refuse the options of tables, but for these."""
    given = click.get_current_context().params
    for name in ("form", "story_id", "newer", "source", "lang", "text", "raw", "bom", "folder"):
        if given[name] and name not in fitting:
            raise click.UsageError("filters and forms are for tables: leave them out")


def _opml(out: Path, config_path: Path | None, as_json: bool, quiet: bool) -> None:
    """The sources that are followed, of the configuration; those without a feed are told."""
    from pipeline.opml import written

    if as_json and out == STDOUT:
        raise click.UsageError("--json tells about a FILE: with - there is only the list")
    followed = [s for s in load(config_path).sources if s.enabled]
    if out.exists() and out.resolve() == (config_path or Path("config.yaml")).resolve():
        raise click.UsageError("FILE is the configuration")
    listed = [s for s in followed if s.feeds]
    text = escaped(written(listed), "&#x{:x};")
    with _opened(out) as file:
        file.write(text.encode())
    if len(listed) < len(followed) and not quiet:
        without = ", ".join(s.key for s in followed if not s.feeds)
        say(f"left out, for OPML lists feeds and these have sitemaps only: {without}")
    _say(OPML, out, OPML, sum(len(s.feeds) for s in listed), "feed", as_json, quiet)


def _how(what: str, out: Path, form: str | None, raw: bool, bom: bool) -> How:
    """The form, by the option or the file's ending."""
    known = form or ENDINGS.get(out.suffix.lower()) or ("jsonl" if out == STDOUT else None)
    if known is None:
        raise click.UsageError(f"{plain(out)}: say --format csv, jsonl or parquet, or end FILE so")
    if (raw or bom) and known != "csv":
        raise click.UsageError("--raw and --bom are for CSV")
    if known == "parquet":
        want_pyarrow()
        if out == STDOUT and sys.stdout.isatty():
            raise click.UsageError("Parquet is nothing for a terminal: name a FILE")
    return How(known, raw, bom)


def _fitting(what: str, out: Path, as_json: bool, text: bool, asked: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    if text and what not in exports.WITH_TEXT:
        raise click.UsageError(f"--text goes with {' and '.join(exports.WITH_TEXT)}")
    if what not in exports.BY_STORY and any(asked[name] for name in ("story_id", "source", "lang")):
        raise click.UsageError(f"--story, --source and --lang pick stories: {what} belong to none")
    if asked["newer"] and what not in exports.BY_TIME:
        raise click.UsageError(f"--since picks stories: {what} belong to none")
    if as_json and out == STDOUT:
        raise click.UsageError("--json tells about a FILE: with - there is only the table")


def _no_database(out: Path, path: Path) -> None:
    """Refuse to replace the database or what belongs to it."""
    real = path.resolve()
    if out != STDOUT and out.resolve() in [real.with_name(real.name + more) for more in BESIDE]:
        raise click.UsageError("FILE is the database")


def _filters(db: Connection, path: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """The filters as `exports.rows` takes them; raises UsageError and NotThere."""
    known_source(db, asked["source"])
    wanted = asked["story_id"]
    story = reads.resolve(db, wanted) if wanted else None
    if wanted and story is None:
        raise NotThere(f"no story {wanted} in {path}; `retold stories` lists them")
    return {"story": story, "since": asked["newer"], "source": asked["source"], "lang": asked["lang"]}


@contextmanager
def _opened(out: Path) -> Iterator[BinaryIO]:
    if out == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with replacing(out) as file:
            yield file


def _write(file: BinaryIO, table: Table, how: How, rows: Iterator[Sequence[Any]]) -> int:
    """How many rows."""
    if how.form == "parquet":
        return parquet(table, rows, file)
    counted = _Counted(rows)
    if how.form == "jsonl":
        parts = jsonl(table, counted, lambda text: escaped(text, "\\u{:04x}"))
    else:
        parts = csv_file(table, counted, raw=how.raw, bom=how.bom)
    shown = visible if how.form == "csv" and file is sys.stdout.buffer and sys.stdout.isatty() else bytes
    for part in parts:
        file.write(shown(part))
    return counted.count


class _Counted:
    """Rows, counted as they go by."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self.rows:
            self.count += 1
            yield row


def _say(what: str, out: Path, form: str, written: int, noun: str, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json({"what": what, "file": str(out), "format": form, f"{noun}s": written})
    elif out != STDOUT and not quiet:
        click.echo(f"{plain(out)}: {count(written, noun)}{'' if what == OPML else f' of {what}'}")
