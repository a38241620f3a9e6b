"""static/plots.js, on a page that only these tests serve."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from jinja2 import ChoiceLoader, DictLoader
from playwright.sync_api import Browser, Page, expect

from pipeline.cli.serve import _listening
from pipeline.web import routes
from pipeline.web.answers import Page as Shown
from pipeline.web.app import datasette
from pipeline.web.serving import Route
from tests.browser.conftest import Watch
from tests.browser.test_pages import violations

TEMPLATE = """{% extends "base.html" %}{% import "macros.html" as m with context %}{% block title %}Plots{% endblock %}
{% block content %}<h1>Plots</h1>{% for name, option in plots.items() %}
{% call m.plot(name, option, "s") %}<table><tr><th scope="col">n</th></tr><tr><td>1</td></tr></table>{% endcall %}
{% endfor %}{% endblock %}{% block scripts %}{{ m.plot_scripts() }}{% endblock %}"""
AXES = {"xAxis": {"type": "category"}, "yAxis": {}}
NODES = [{"name": "a </script><b>"}, {"name": "b"}]
LINKS = [{"source": NODES[0]["name"], "target": "b", "value": 1}]
FILL = {"value": ["x", 1], "itemStyle": {"color": "var(--accent)", "opacity": 1}, "url": "/stories", "symbolSize": 400}
PLOTS = {
    "scatter": {**AXES, "series": [{"type": "scatter", "symbol": "rect", "data": [FILL]}]},
    "away": {**AXES, "series": [{"type": "scatter", "symbol": "rect", "data": [{**FILL, "url": "//evil.test/"}]}]},
    "line": {**AXES, "legend": {}, "series": [{"type": "line", "name": "n", "data": [1, 2]}]},
    "bar": {**AXES, "series": [{"type": "bar", "data": [1, 2]}]},
    "graph": {"series": [{"type": "graph", "layout": "force", "data": NODES, "links": LINKS}]},
    "sankey": {"series": [{"type": "sankey", "data": NODES, "links": LINKS}]},
}


@pytest.fixture(scope="module")
def plotted(database: Path) -> Iterator[str]:
    """The address of a server with a page of plots."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "ROUTES", (Route("/plots", lambda db, ask: Shown("plots.html", {"plots": PLOTS})),))
        app = datasette(database)
        app.jinja_env.loader = ChoiceLoader([DictLoader({"plots.html": TEMPLATE}), app.jinja_env.loader])
        server = uvicorn.Server(uvicorn.Config(app.app(), log_level="error"))
        with _listening("127.0.0.1", 0) as listener:
            thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
            thread.start()
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            server.should_exit = True
            thread.join()


@pytest.fixture
def plots(chromium: Browser, plotted: str) -> Iterator[Page]:
    """The page of plots, watched."""
    context = chromium.new_context(base_url=plotted)
    page = context.new_page()
    watch = Watch(page)
    page.goto("/plots")
    yield page
    context.close()
    assert watch.faults == []


MIDDLE = """([name]) => {
  const figure = [...document.querySelectorAll("figure.plot")]
    .find((f) => f.querySelector("figcaption").textContent === name);
  const canvas = figure.querySelector("canvas");
  const pixel = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
  return "#" + [...pixel.slice(0, 3)].map((x) => x.toString(16).padStart(2, "0")).join("");
}"""


def colour(page: Page, name: str) -> str:
    """The colour in the middle of a plot's canvas, as #rrggbb."""
    return str(page.evaluate(MIDDLE, [name]))


def variable(page: Page, name: str) -> str:
    """A variable of the style sheet."""
    return str(page.evaluate("n => getComputedStyle(document.documentElement).getPropertyValue(n).trim()", name))


def test_every_kind_is_drawn_and_has_its_table(plots: Page) -> None:
    expect(plots.locator("figure.plot canvas")).to_have_count(len(PLOTS))
    expect(plots.locator("figure details[open]")).to_have_count(0)
    assert all(plots.locator(".canvas").nth(n).get_attribute("aria-label") for n in range(len(PLOTS)))
    assert violations(plots) == []


def test_colours_follow_the_scheme(plots: Page) -> None:
    light = variable(plots, "--accent")
    plots.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = variable(plots, "--accent")
    plots.wait_for_timeout(1500)  # the first drawing is still moving to its place
    assert colour(plots, "scatter") == dark != light


def test_a_plot_fits_its_window(plots: Page) -> None:
    plots.set_viewport_size({"width": 390, "height": 800})
    plots.wait_for_timeout(300)
    assert plots.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_datum_leads_to_its_page_and_nowhere_else(plots: Page, plotted: str) -> None:
    figures = plots.locator("figure.plot .canvas")
    figures.nth(1).click()
    plots.wait_for_timeout(300)
    assert plots.url == f"{plotted}/plots"
    figures.nth(0).click()
    expect(plots).to_have_url(f"{plotted}/stories")


def test_without_scripts_the_table_is_there(chromium: Browser, plotted: str) -> None:
    context = chromium.new_context(base_url=plotted, java_script_enabled=False)
    page = context.new_page()
    page.goto("/plots")
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.locator(".canvas").first).not_to_be_visible()
    context.close()
