"""The words by which English attributes."""

from __future__ import annotations

from pipeline.provenance.grammar import words

MONTHS = "January February March April May June July August September October November December"
MONTH = words(MONTHS)
# Words that do not stand between a cue and the name it is about.
STOP = words(
    """
a about after against an and are as at be because been before but by can could did does for from had has have he if in
into is it may might not of on or over said say says she should than that the then there they to told was we were when
where which while who whose will with would
""",
)
# What stands between a name and its verb.
ADVERB = words(
    """
again already also earlier early first further himself itself late later now online previously separately since then
today too which who yesterday
""",
    r"""
\w+ly
and \w+ed
for its part
in <month>(?: \d{4})?
last (?:week|month|year|<month>)
on \w+day(?: \w+)?
this (?:week|month|morning|year)
""",
)
# What an outlet publishes.
REPORT = words(
    """
account accounts analyses analysis article articles broadcast calculation calculations claim claims column count
coverage data details dispatch dispatches document documents dossier draft editorial emails essay exclusive feature
figures files findings footage information interview interviews investigation investigations leak leaks letter letters
memo memos minutes op-ed papers piece pieces poll post probe profile queries query question questions recording
recordings report reporting reports request requests research revelation revelations scoop stories story summary
survey tally
""",
)
# What an outlet does when it reports.
SAYS = words(
    """
added adds aired allege alleged alleges analysed analyzed argue argued argues asked broadcast calculated carried
cite cited cites claim claimed claims compared confirmed confirms counted counts describe described describes detailed
details determined disclose disclosed discloses discovered documented established estimate estimated estimates
examined explain explained explains expose exposed exposes found identified interviewed leaked learned learns learnt
listed lists mapped named names note noted notes observed obtained posted posts predicted predicts profiled published
publishes quote quoted quotes recalled reconstructed relayed report reported reporting reports reveal revealed reveals
reviewed said saw say says seen shared showed shown speculate speculated speculates suggest suggested suggests tallied
traced tracked translated uncovered uncovers understand understands unearthed verified warned warns write writes
writing written wrote
""",
    r"""
(?:can|may)(?: now| exclusively)? (?:reveal|report|disclose|confirm)
laid out
lays out
pick(?:s|ed) up
pointed out
put (?:it|the)
put [^.;,]{3,40} at
ran a
spoke to
spoken to
told its
broke (?:the|that|this) (?:news|story)
broke news
(?:has|have) (?:called|projected)
""",
)
# What somebody does to an outlet: "described the plan to", …
TELLS = words(
    """
admitted complained conceded confided confirmed described detailed explained gave hinted insisted outlined recounted
repeated spoke stressed
""",
)
# … "told", "in an interview with".
TOLD = words(
    """
informed telling tells told
""",
    r"""
(?:an? |his |her |their )?(?:(?!no\b)\w+ )?(?<!no )interviews? (?:with|in|on|for|given to|to|by)
admitted to
appear(?:ed|ing|ance) on
approached by
article (?:in|for)
asked by
column (?:in|for)
comments to
commissioned by
conducted (?:by|for)
confided to
confirmed to
contacted by
disclosed to
emailed? to
essay (?:in|for)
explained to
given to
handed to
in conversation with
in response to a question from
interviewed by
leaked to
made available to
op-ed (?:in|for)
passed to
piece (?:in|for)
provided to
quoted (?:in|by)
remarks to
replied to
revealed to
said in
said on
said to
shared with
shown to
speaking (?:to|with|on)
spoke (?:to|with)
statements? to
talk(?:ed|ing) to
writing (?:in|for)
written for
wrote in
""",
)
# What is done with news: "first reported by", "seen by".
REPORTED = words(
    """
accessed aired analysed analyzed broadcast broken cited compiled confirmed described detailed disclosed documented
examined exposed gathered heard identified investigated leaked obtained published released reported revealed reviewed
seen shared uncovered unearthed verified viewed
""",
    r"""
brought to light
made public
""",
)
# What who cites does: "citing", "based on".
CITING = words(
    """
cited cites citing confirmed confirming confirms credited crediting credits echoing matched matches matching quoted
quotes quoting relayed relaying repeated repeating repeats summarising summarizing
""",
    r"""
attribut(?:ed|es|ing) (?:it |this |the \w+ )?to
based on
drawing on
followed up on
in reference to
on the basis of
pick(?:s|ed) up(?: on)?
pointed to
pointing to
quoting from
referred to
referring to
refers to
relied on
relies on
relying on
seiz(?:es|ed) on
with reference to
""",
)
# What is an outlet's own: "a New York Times investigation".
PUBLISHED = words(
    """
account analysis article calculation calculations count disclosure disclosures exclusive exposé findings interview
investigation investigations poll probe report reporting reports revelation revelations scoop stories story tally
""",
)
# What an organisation publishes.
PAPERS = words(
    """
analyses analysis assessment assessments audit bulletin count data documents estimate estimates figures findings
forecast forecasts investigation investigations paper poll projection projections records report reports research
review reviews statement statements statistics studies study survey surveys tally
""",
)
# What an organisation does.
ANNOUNCES = words(
    """
added announced calculated claimed concluded confirmed counted estimate estimated estimates forecast forecasts found
project projected projects recorded registered reported reports revealed reveals said says stated told warned wrote
""",
    r"""
put (?:the|its) (?:death )?(?:toll|number|figure|cost|damage|count|total|loss|rate)
""",
)
# After these a name is no subject.
NO_SUBJECT_AFTER = words(
    """
about against at behind between bureau by chief correspondent editor for from in inside into journalist lawyer lawyers
like near of on outside over owner presenter publisher reporter than to under with
""",
    r"""
spokes\w+
""",
)
# What is an outlet's but is not its report: "the BBC building".
BELONGS = words(
    """
-owned anchor app best-seller bestseller board boss building bureau cameraman chairman chief columnist contract crew
documentary drama editor employees executive executives headquarters journalist journalists lawyer lawyers logo
management newsletter newsroom office offices owner parent photographer presenter publisher reader readers series
shares square staff studio studios subscriber subscribers subscription
""",
    r"""
(?:reporter|correspondent)s?\b(?! (?:\w+ ){0,4}(?:reported|said|saw|witnessed|heard))
podcast won
spokes\w+
""",
)
# A word of each phrase above, which hints at it.
TOLD_HINT = words(
    "admitted appearance appeared appearing approached article asked available column comments commissioned conducted"
    " confided confirmed contacted conversation disclosed email emailed essay explained given handed interview"
    " interviewed interviews leaked op passed piece provided quoted remarks replied response revealed said shared shown"
    " speaking spoke statement statements talked talking writing written wrote"
)
CITING_HINT = words(
    "attributed attributes attributing based basis drawing followed picked picks pointed pointing quoting reference"
    " referred referring refers relied relies relying seized seizes"
)
SAYS_HINT = words("broke called projected can laid lays may out pick picked picks pointed put ran spoke spoken told")
# A sentence without any of these and without an outlet that is known cites nobody.
CUE_WORDS = """
according aired analyses analysis announced assessment audit broadcast broke calculated cited citing claimed claims
compiled concluded confirmed counted data disclosed estimate estimated estimates exposed figures findings forecast
forecasts found indicate interview investigation issued learned obtained per poll posted projected projects published
put quoted quoting recorded registered released report reported reporting reports research revealed reveals review
said say says seen show showed shows stated statement statistics studies study suggests survey tells told uncovered
understands via warned writes wrote
"""
