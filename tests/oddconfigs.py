"""Configurations as people lay them out: any indentation, quotes, comments anywhere, braces, long lines, CRLF."""

from __future__ import annotations

from hypothesis import strategies as st

COMMENTS = ("", "  # why", " # 'quoted' \"twice\": {x}", "   #\ttab", "  # " + "long " * 40)
BLANKS = ("", "", "# a line of its own", "", "      # far in", "#", "   ")
NAMES = ("A", "'It''s'", '"B \\u00e4"', "Küste: 'x'", "a  b", "X " + "y" * 90)


@st.composite
def odd(draw: st.DrawFn, tame: bool = False) -> str:
    """A usable config.yaml with a source `first` that has feeds, perhaps sitemaps, and perhaps others beside it.

    ``tame``: two columns a level throughout, lists at their key's column or two further in, single blanks, no CRLF.
    """
    one, two, more = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(0, 4))
    gap = draw(st.sampled_from((" ", "  ")))
    if tame:
        one, two, more, gap = 2, 2, draw(st.sampled_from((0, 2))), " "
    comment, blank = st.sampled_from(COMMENTS), st.sampled_from(BLANKS)

    def feeds(key: str, indent: str) -> list[str]:
        urls = [f"https://{key}.example/{n}" for n in range(draw(st.integers(1, 3)))]
        style = draw(st.sampled_from(("block", "block", "flow", "flow lines", "mapping", "quoted")))
        inner = indent + " " * more
        if style == "flow":
            return [f"{indent}feeds: [{', '.join(urls)}]{draw(comment)}"]
        if style == "flow lines":
            return [
                f"{indent}feeds: [{draw(comment)}",
                *(f"{indent}  '{u}',{draw(comment)}" for u in urls),
                f"{indent} ]",
            ]
        if style == "mapping":
            rows = [row for u in urls for row in (f"{inner}- url: {u}", f"{inner}  language: en{draw(comment)}")]
            return [f"{indent}feeds:{draw(comment)}", *rows]
        told = [f'"{u}"' if style == "quoted" else u for u in urls]
        rows = [line for u in told for line in (f"{inner}-{gap}{u}{draw(comment)}", draw(blank)) if line]
        return [f"{indent}feeds:{draw(comment)}", *rows]

    def source(key: str) -> list[str]:
        name = draw(st.sampled_from(NAMES[:3] + NAMES[4:]))
        if draw(st.integers(0, 3)) == 0:
            return [f"{' ' * one}{key}: {{name: {name}, owner: O, country: NL, language: nl, role: wire,",
                    f"{' ' * (one + two)}feeds: ['https://{key}.example/0'] }}{draw(comment)}"]  # fmt: skip
        indent = " " * (one + two)
        rows = [f"{indent}name:{gap}{name}{draw(comment)}", f"{indent}owner: O", f"{indent}country: NL{draw(comment)}",
                f"{indent}language: 'nl'", draw(blank), f"{indent}role: wire"]  # fmt: skip
        parts = [feeds(key, indent)]
        if draw(st.booleans()):
            parts.append([f"{indent}sitemaps:", f"{indent}- https://{key}.example/map.xml{draw(comment)}"])
        if draw(st.booleans()):
            spider = draw(st.sampled_from(("generic", "nos", '"nos"')))
            parts.append([f"{indent}spider: {spider}{draw(comment)}"])
        for part in draw(st.permutations(parts)):
            rows += part
        quote = draw(st.sampled_from(("", '"')))
        return [f"{' ' * one}{quote}{key}{quote}:{draw(comment)}", *rows]

    before = draw(st.sampled_from(([], ["# top"], ["http: {delay_s: 2}   # slow", ""], ["copies:", "   jaccard: 0.6"])))
    behind = draw(st.sampled_from(([], ["", "# the end"], ["boilerplate:", "    min_articles: 3"], ["..."])))
    keys = draw(st.sampled_from((["first"], ["first", "second"], ["zero", "first"])))
    lines = [
        *before,
        f"sources:{draw(comment)}",
        *(row for key in keys for row in (*source(key), draw(blank))),
        *behind,
    ]
    end = "\n" if tame else draw(st.sampled_from(("\n", "\n", "\r\n")))
    text = end.join(lines) + draw(st.sampled_from(("", end)))
    return draw(st.sampled_from(("", "", "\ufeff"))) + text


def added(old: str, new: str) -> str | None:
    """What was put in, in one piece; None where anything else changed."""
    n = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = len(old) - n
    return new[n : len(new) - rest] if new[len(new) - rest :] == old[n:] and len(new) >= len(old) else None
