"""Where the sentences of a text begin and end; by rules for German, Dutch and English, and linear in the text.

A paragraph (a line) always ends a sentence. A full stop does where what follows can open a sentence and what stands
before it is no abbreviation, initial or ordinal; the tables of the three languages are one, for news quotes the others.
"""

from __future__ import annotations

import re

_LINES = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_WIDE = frozenset("。！？")  # no blank follows these
_CLOSING = r"\"'”’“»«›‹)\]"
_END = re.compile(rf"[.!?…。！？][.!?…。！？{_CLOSING}]*|[\n\r\x0b\x0c\x85\u2028\u2029]")
_NEXT = re.compile(r"[^\S\n]*[\"'”’“‘„‚»«›‹(\[–—•*-]*[^\S\n]?([^\W\d_]+|.?)")
_BEFORE = re.compile(r"[\w.'’&/]*\Z")
_WINDOW = 28  # characters before a full stop that are looked at: no abbreviation is longer
_BLANK = re.compile(r"\s*")
_CAMEL = re.compile(r"[a-zäöü]{1,2}[A-ZÄÖÜ]")  # iPhone, eBay, dBase
_ROMAN = re.compile(r"[IVX]{2,}")
_GOES_ON = frozenset(",;:&/=%")


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


# An abbreviation that stands before something: no sentence ends with it.
_NEVER = _table("""
Dr Prof Dipl Ing Hr Frl Mag Hrsg Fa Gebr St Ste Mt Ft Skt Mr Mrs Ms Mx Messrs Sen Rep Gov Gen Lt Col Sgt Capt Cpl Maj
Adm Cmdr Rev Hon Pres Supt Insp Mme Mlle med phil jur rer nat habil bzw ca evtl ggf sog vgl inkl exkl zzgl abzgl geb
gest verh verw lt max mind resp rd röm kath griech lat bzgl gem urspr einschl vorm dt engl frz niederl amerik vs approx
cf viz bijv bv dhr mevr mw mr mrs drs dr prof ir ing ds jhr evt zgn ong plm incl excl wrsch vlgs tel gen lic ds burg
Dhr Mevr Mw Drs Ir Jhr Bijv Ca Evtl Ggf Vgl Inkl Incl Bzw Resp Z.B D.h
z.B z.b d.h u.a o.a m.a.w d.w.z i.e e.g z.Zt z.T u.U v.a i.d.R d.i m.n t.w w.o i.p.v m.b.t t.a.v i.v.m Ph Dr.med
""")
# One that may end a sentence, too: it does where the next word is one that opens sentences.
_MAY = _table("""
etc usw usf enz Inc Ltd Co Corp Bros Jr Sr jr sr Mio Mrd Tsd Bio mio mrd mln mld Str str Min Std Sek Chr Jh Jhd jl
Jan Feb Febr Apr Aug Sep Sept Okt Oct Nov Dez Dec jan feb febr apr aug sep sept okt nov dec mrt bn mn ff ed dgl Ave Blvd
Univ Dept
""")
# One that stands before a number; without one it is a word of its own ("dieser Art.", "He said no.").
_NUMBERED = _table("Nr nr No no Nos nos Art art Abs abs Fig fig Abb Bd Kap Ziff Vol vol S p pp blz Hfst Rn")

_OPENERS = _table("""
Der Die Das Den Dem Des Ein Eine Einer Einem Einen Es Er Sie Wir Ich Ihr Man Auch Aber Und Doch Denn Dann Damit Danach
Dabei Dazu Dafür Dagegen Darauf Daraufhin Dadurch Deshalb Daher Zudem Zuvor Zuletzt Außerdem Allerdings Jedoch Dennoch
Trotzdem Bei Beim Bis Für Gegen Im In Mit Nach Nun Ob Seit Sein Seine Ihre So Trotz Um Unter Vom Von Vor Wegen Weil Wenn
Während Wer Wie Wo Was Zu Zum Zur Zwar Hier Heute Gestern Dies Diese Dieser Dieses Derzeit Bisher Bislang Laut Alle Als
Am An Auf Aus Nur Noch Nicht Kein Keine Mehr Viele Einige Insgesamt Ebenso Weitere Jetzt Schon
The An It He She We They You This That These Those There But And Or Nor Yet So If When While After Before As At By For
From On To With Without Under Over Since Until Its His Her Their Our My What Who Which Where Why How Not No Some Many
Most Several All Both Each Now Then Today Yesterday However Meanwhile Instead Also Earlier Later Last According Despite
Although Because
De Het Een Hij Zij Ze Wij We Dit Dat Deze Die Maar En Of Want Dus Ook Er Daar Daarom Daarna Daarbij Volgens Voor Na Naar
Bij Met Om Op Over Uit Tegen Tijdens Tot Sinds Toen Als Nu Wie Wat Waar Hoe Zo Toch Wel Niet Geen Veel Sommige Vandaag
Gisteren Hierdoor Hiermee Omdat Hoewel Zijn Haar Hun Ons Eerder Later Inmiddels Bovendien Echter Alleen Aan Door
""")

# "3. März": an ordinal, by the word after it or, where German says one, by the word before.
_COUNTED = _table("""
Januar Jänner Jan Februar Feber Feb März April Apr Mai Juni Jun Juli Jul August Aug September Sept Sep Oktober Okt
November Nov Dezember Dez Jahrhundert Jahrhunderts Jahrtausend Spieltag Spieltags Minute Runde Platz Liga Bundesliga
Etage Stock Obergeschoss Strafsenat Zivilsenat Strafkammer Zivilkammer Senat Kammer Geburtstag Geburtstags Jahrestag
Todestag Weltkrieg Weltkriegs Weltkrieges Klasse Mal Auflage Lauf Etappe Quartal Halbjahr Halbzeit Bezirk Gebot Rang
Sitzung Verhandlungstag Division Armee Brigade Bataillon Januari Mrz
""")
_COUNTING = _table("""
am der die das dem den des zum zur vom im beim ins ans seit ab jeder jeden jedem sein seinen seinem seine seiner ihr
ihren ihrem ihre ihrer unser unseren unserem dieser diesem diesen und bis Am Der Die Das Dem Den Des Zum Zur Vom Im Beim
Seit Ab Bis
""")


def spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, in their order; together they hold all that is not blank, and nothing twice."""
    found: list[tuple[int, int]] = []
    start = 0
    for mark in _END.finditer(text):
        if mark[0] in _LINES or _ends(text, start, mark.start(), mark.end()):
            _add(found, text, start, mark.end())
            start = mark.end()
    _add(found, text, start, len(text))
    return found


def sentences(text: str) -> list[str]:
    """The sentences of a text as they stand there."""
    return [text[start:end] for start, end in spans(text)]


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Keep a stretch without the blanks around it, if anything is left."""
    size = len(text[start:end].rstrip())
    blank = _BLANK.match(text, start, end)
    begin = blank.end() if blank else start
    if begin < start + size:
        found.append((begin, start + size))


def _ends(text: str, start: int, mark: int, end: int) -> bool:
    """Does the mark at ``mark``, with what closes after it up to ``end``, end the sentence begun at ``start``?"""
    if text[end : end + 1].strip():
        return text[end - 1] in _WIDE
    follows = _NEXT.match(text, end)
    word = follows[1] if follows else ""
    if not _opens(text, follows.start(1) if follows else end, word):
        return False
    if text[mark] != "." or text[mark + 1 : mark + 2] in (".", "!", "?"):
        return True
    return not word or not _goes_on(text, start, mark, word)


def _opens(text: str, at: int, word: str) -> bool:
    """Can a sentence begin with ``word``, which stands at ``at``?"""
    if word[:1].islower():
        return bool(_CAMEL.match(text, at)) or text[at - 1 : at + 2] in ("'s ", "’s ", "'t ", "’t ")
    return word not in _GOES_ON


def _goes_on(text: str, start: int, mark: int, word: str) -> bool:
    """Is the full stop at ``mark`` part of an abbreviation, an initial or an ordinal, with ``word`` after it?"""
    low = max(start, mark - _WINDOW)
    found = _BEFORE.search(text, low, mark)
    before = found[0].strip("'’") if found else ""
    if not before:
        return False
    if before.isdecimal():
        return _is_ordinal(text[low : mark - len(before)], before, word)
    if before in _NEVER or (before in _NUMBERED and word.isdecimal()):
        return True
    return _is_short(before) and (word not in _OPENERS or _spaced(text, mark))


def _is_short(before: str) -> bool:
    """May this be an abbreviation or an initial: ``usw``, ``W``, ``U.S``, ``XIV``?"""
    return before in _MAY or len(before) == 1 or _is_dotted(before) or bool(_ROMAN.fullmatch(before))


def _is_dotted(before: str) -> bool:
    """Letters between full stops; a missing blank between two sentences is not that."""
    return "." in before and all(len(part) <= 2 and not part.isdecimal() for part in before.split("."))


def _spaced(text: str, mark: int) -> bool:
    """Is this the second half of "z. B." and the like, after which anything may stand?"""
    return text[mark - 4 : mark] in ("z. B", "d. h", "u. a", "o. a", "v. a", "z. T", "z. b")


def _is_ordinal(before: str, digits: str, word: str) -> bool:
    """ "der 3. Strafsenat", "am 5. 12.", and the number that an enumeration begins with; years are none."""
    if len(digits) > 3:
        return False
    if not before.strip() or word in _COUNTED or (word.isdecimal() and len(digits) < 3):
        return True
    return before.split()[-1] in _COUNTING and word not in _OPENERS
