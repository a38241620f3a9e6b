"""The command line: ``retold …``. Every command imports what it needs when it runs, so that asking is quick."""

from __future__ import annotations

import click

from pipeline import __version__
from pipeline.cli import (
    adding,
    alerts,
    batch,
    browsing,
    citing,
    correcting,
    corrections,
    deleting,
    doctoring,
    evaluating,
    explain,
    exporting,
    graphing,
    importing,
    keeping,
    outlets,
    pruning,
    query,
    running,
    runs,
    scheduling,
    serve,
    sourcing,
    spidering,
    status,
    testing,
    tour,
    tracing,
    versions,
)
from pipeline.cli.options import Root

__all__ = ["main"]


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="retold", message="%(prog)s %(version)s")
def main() -> None:
    """Who is telling this story, who told it first, and who only repeats whom.

    \b
    Start here:
      retold demo             a whole news day, offline, in a minute
      retold init             a config.yaml to edit
      retold run              collect and group; what cron calls
      retold stories          what there is
      retold schedule cron    a ready entry that keeps it running

    Exit codes: 0 all fine (a list or search that finds nothing, too), 1 some sources failed (or an import took nothing,
    or what was asked for by number, name or path is not there), 2 wrong option or configuration, 70 Retold is broken,
    74 database or file cannot be used, 75 another run is under way or the database is busy, 129/130/143 interrupted.
    """


COMMANDS = (
    tour.demo, running.init, running.check, running.run, scheduling.schedule, batch.rebuild,
    query.stories, query.story, query.search,
    browsing.browse, tracing.trace, citing.cite, explain.why, adding.adds, versions.history, versions.diff,
    outlets.outlets, graphing.graph, correcting.merge, correcting.split, correcting.pin, correcting.wrong,
    corrections.corrections, deleting.delete, query.sources, runs.runs, status.status, evaluating.evaluate,
    exporting.export, importing.import_,
    sourcing.add_source, testing.test_source, spidering.new_spider, alerts.alerts, serve.serve,
    keeping.backup, keeping.restore, keeping.migrate,
    pruning.prune, doctoring.vacuum, doctoring.doctor,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
