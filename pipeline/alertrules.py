"""The ``alerts`` of config.yaml: of which stories somebody is told, and how. They validate and do nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic import model_validator as check

from pipeline.asked import Asked, Order
from pipeline.values import (
    Age,
    Argument,
    Hook,
    Host,
    Key,
    Language,
    Line,
    Mailbox,
    Port,
    Settings,
    Takes,
    Variable,
    Whole,
    Words,
)
from pipeline.yamlfile import Where, near, refuse, shown

WAYS = ("webhook", "mail", "command")
CONDITIONS = ("words", "lang", "source", "origin", "cites", "min_origins", "min_articles")
PORTS = {"starttls": 587, "tls": 465, "none": 25}


class MailSettings(Settings):
    """By which server an alert is mailed, and to whom."""

    to: tuple[Mailbox, ...] = Field(min_length=1, max_length=50, description="To whom.")
    sender: Mailbox = Field(validation_alias="from", description="From whom.")
    server: Host = Field(description="The mail server that takes it.")
    port: Port | None = Field(
        default=None, description="Its port; none: 587, with `tls: tls` 465, with `tls: none` 25."
    )
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted; certificates are checked."
    )
    user: Line | None = Field(default=None, description="To sign in with; needs `password_env` and encryption.")
    password_env: Variable | None = Field(default=None, description="Of the password (plain ASCII).")

    @property
    def at(self) -> int:
        """The server's port."""
        return self.port or PORTS[self.tls]

    @check(mode="after")
    def _signs_in(self) -> MailSettings:
        if bool(self.user) != bool(self.password_env):
            given, missing = ("user", "password_env") if self.user else ("password_env", "user")
            refuse(((given,), f"needs {missing}, too"))
        if self.user and self.tls == "none":
            refuse((("tls",), "a password must not travel unencrypted: use starttls or tls"))
        return self


class AlertRule(Settings):
    """Conditions on a story, all of which must hold, and the one way in which it is told."""

    words: Words | None = Field(default=None, description="An article of the story is found by them.")
    lang: Language | None = Field(default=None, description="The story is told in this language, too.")
    source: Key | None = Field(default=None, description="This source tells it.")
    origin: Annotated[Line | None, Takes("name of an outlet or key of a source")] = Field(
        default=None, description="This is its most likely origin."
    )
    cites: Annotated[Line | None, Takes("name of an outlet or key of a source")] = Field(
        default=None, description="An article of it cites this outlet."
    )
    min_origins: Whole = Field(default=1, ge=1, le=1000, description="Independent origins.")
    min_articles: Whole = Field(default=2, ge=1, le=100_000, description="Articles; 1: single articles, too.")
    within: Age = Field(
        default=172_800,
        description="Its newest article appeared so short a time ago. Keeps a new rule from telling the whole archive.",
    )
    webhook: Hook | None = Field(
        default=None,
        description="Where the alert is posted as JSON. Private addresses are allowed, unlike for feeds; redirects "
        "are not "
        "followed.",
    )
    secret_env: Variable | None = Field(
        default=None, description="Of the secret with which the request is signed. Only with `webhook`."
    )
    mail: MailSettings | None = Field(default=None, description="Mails the alert.")
    command: tuple[Argument, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Program and arguments, run without a shell; the JSON is on its stdin.",
    )

    @property
    def way(self) -> str:
        """webhook, mail or command."""
        return next(way for way in WAYS if getattr(self, way))

    @property
    def conditions(self) -> dict[str, str | int]:
        """What is asked of a story, without what is asked of every story."""
        usual = {"min_origins": 1, "min_articles": 2}
        asked = {name: getattr(self, name) for name in CONDITIONS}
        return {name: value for name, value in asked.items() if value and value != usual.get(name)}

    @property
    def variables(self) -> list[str]:
        """The environment variables that it reads."""
        named = (self.secret_env, self.mail.password_env if self.mail else None)
        return [name for name in named if name]

    def asked(self, since: str) -> Asked:
        """The stories that it names; ``since``: a stored stamp, "" for those of any age."""
        given = {name: value for name in CONDITIONS if (value := getattr(self, name))}
        return Asked(**given, since=since, order=Order.NEWEST)

    @check(mode="after")
    def _something_to_ask(self) -> AlertRule:
        if not self.model_fields_set & set(CONDITIONS):
            refuse(((), f"needs a condition: one of {', '.join(CONDITIONS)}"))
        return self

    @check(mode="after")
    def _one_way(self) -> AlertRule:
        ways = [way for way in WAYS if getattr(self, way)]
        if len(ways) != 1:
            refuse(((), f"needs exactly one of {', '.join(WAYS)} (got {', '.join(ways) or 'none'})"))
        if self.secret_env and not self.webhook:
            refuse((("secret_env",), "signs what a webhook is sent; there is none"))
        return self


def unheard(rules: Mapping[str, AlertRule], sources: Collection[str]) -> Iterator[tuple[Where, str]]:
    """Yield (place, fault) of each rule on a source that is not followed."""
    for name, rule in rules.items():
        if rule.source and rule.source not in sources:
            yield (
                ("alerts", name, "source"),
                f"no source {shown(rule.source)} below sources{near(rule.source, sources)}",
            )


def unset(rules: Mapping[str, AlertRule]) -> Iterator[str]:
    """Yield a line for each environment variable that a rule reads and that is not set here."""
    for name, rule in rules.items():
        for variable in rule.variables:
            if not os.environ.get(variable):
                yield f"alerts.{name}: the environment variable {variable} is not set here"


def unfound(rules: Mapping[str, AlertRule]) -> Iterator[str]:
    """Yield a line for each rule whose program cannot be run here."""
    for name, rule in rules.items():
        if rule.command and not shutil.which(rule.command[0]):
            there = Path(rule.command[0]).is_file()
            fault = "may not be executed (chmod +x)" if there else "is not here"
            yield f"alerts.{name}.command: its program {fault}"
