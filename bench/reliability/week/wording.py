"""Texts of a made-up press: English grammar around words of our own, so that every event has its own names."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product

_SYLLABLES = [*("".join(s) for s in product("bdfgklmnprstvz", "aeiou")), "bé", "lü", "nö", "rä"]
_ENDS = ("n", "r", "l", "s", "nd", "rk", "lt", "m")
_SAID = ("said", "told reporters", "announced", "confirmed", "wrote in a letter", "explained")
_WHEN = ("on Monday", "in the evening", "this week", "after the meeting", "before noon", "late at night")
_FRAMES = (
    "{person}, who leads the {body} of {place}, {said} {when} that the {a} would cost {number} {b} more than planned",
    "According to the {body}, {number} people in {place} had waited for the {a} since the {b} was closed {when}",
    "The {a} and the {b} were found near {place} {when}, as {person} {said} to the members of the {body}",
    "Nobody at the {body} could say {when} why the {b} had been moved from {place} to the {c} without the {a}",
    "{person} {said} that {number} of the {c} had been sold, and that the {body} knew of the {b} {when}",
    "In {place} the {c} was seen as a sign that the {a} will be decided by the {body} and not by {person}",
    "For {number} days the {b} has been under the {c}, while {person} asked the {body} for another {a} {when}",
    "Those who live in {place} call the {c} a {a}, and the {body} has {said} {when} that this is a question of the {b}",
)
_TITLES = (
    "{person} and the {a} of {place}",
    "{place}: {body} looks for the {a}",
    "{number} {b} in {place} after the {a}",
    "Why the {body} fears the {c} of {place}",
)


def word(rng: random.Random, syllables: int) -> str:
    """A word that nobody has used before, by all likelihood."""
    return "".join(rng.choices(_SYLLABLES, k=syllables)) + rng.choice(_ENDS)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: its people and places, and what is spoken of."""

    number: int
    people: tuple[str, ...]
    places: tuple[str, ...]
    bodies: tuple[str, ...]
    things: tuple[str, ...]
    figures: tuple[int, ...]

    def said(self, rng: random.Random, frames: tuple[str, ...]) -> str:
        """One of the frames, filled."""
        a, b, c = rng.sample(self.things, 3)
        return rng.choice(frames).format(
            person=rng.choice(self.people), place=rng.choice(self.places), body=rng.choice(self.bodies),
            number=rng.choice(self.figures), said=rng.choice(_SAID), when=rng.choice(_WHEN), a=a, b=b, c=c,
        )  # fmt: skip

    def title(self, rng: random.Random) -> str:
        """A headline."""
        return self.said(rng, _TITLES)

    def paragraphs(self, rng: random.Random, count: int) -> tuple[str, ...]:
        """So many paragraphs of two or three sentences."""
        return tuple(". ".join(self.said(rng, _FRAMES) for _ in range(rng.choice((2, 3)))) + "." for _ in range(count))


def event(rng: random.Random, number: int) -> Event:
    """A new event."""
    return Event(
        number,
        tuple(f"{word(rng, 2).title()} {word(rng, 3).title()}" for _ in range(2)),
        tuple(word(rng, 3).title() for _ in range(2)),
        tuple(f"{word(rng, 3).title()} {kind}" for kind in rng.sample(("council", "board", "ministry", "union"), 2)),
        tuple(word(rng, 3) for _ in range(9)),
        tuple(rng.sample(range(13, 990), 4)),
    )


def copied(rng: random.Random, paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    """The same text as another outlet prints it: now and then without its last paragraph."""
    return paragraphs[:-1] if len(paragraphs) > 3 and rng.random() < 0.4 else paragraphs
