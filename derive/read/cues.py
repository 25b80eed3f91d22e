"""What the words before a formula make of it: a definition, an assumption, a condition, nothing.

Only the sentence that a formula stands in speaks of it.
"""

import re

from derive.context import Domain
from derive.term import ONE, ZERO

_END = re.compile(r"[.!?](?=\s+(?:[A-Z\\$]|$)|\s*$)")
_DEFINES = re.compile(
    r"\b(let|define[ds]?|defining|denote[ds]?|denoting|where|set|put|write|call(ed)?|given by|"
    r"introduce|consider|with|is defined|here)\b",
    re.I,
)
_TAKES = re.compile(
    r"\b(let|suppose|assum\w+|given|such that|so that|subject to|satisf\w+|solve|constraint|"
    r"provided|with|where|set|put)\b",
    re.I,
)
_POSES = re.compile(
    r"\b(suppose|assum\w+|given that|such that|subject to|satisf\w+|solve|constraint|provided)\b",
    re.I,
)
_POSTULATES = re.compile(
    r"\b(conservation of|\w+ conservation|is conserved|equilibrium|(boundary|initial) conditions?|"
    r"force balance|Kirchhoff|(Newton|Hooke|Ohm)['’]s (first |second |third )?laws?|"
    r"equations? of motion|(Hamilton|Lagrange|Newton)['’]s equations?|Euler[-–]+Lagrange "
    r"equations?|(differential|rate|governing|state) equations?|obeys?|governed by)\b",
    re.I,
)
# a reason that an author gives in passing; what it says of free letters is taken for granted
_GRANTS = re.compile(r"\b(since|because|using|us(e|ed)|recall\w*|thanks to)\b|(?:^|,)\s*as\b", re.I)
_ANY = re.compile(r"\bfor\s+(an?|any|every|each|all|some|two)(\s+[a-z-]+){1,4}\s*$", re.I)
_GROUNDS = re.compile(
    r"[\s,;:.(]*((where|here|in which)\b[^.$]{0,30}\bus(e|ed|ing)|because|since|as|using|by)\b",
    re.I,
)
_CLAIMS = re.compile(
    r"\b(then|we (can )?(have|get|obtain|find|see)|it follows|show|prove|gives|yields)\b", re.I
)
_DENIES = re.compile(
    r"\b(not|false|unless|if|whether|prove|show|want|wrong|cannot|never|clearly)\b", re.I
)
_IS = re.compile(r"\bis\b", re.I)
_OPEN = re.compile(
    r"\b(not|false|untrue|unless|whether|prove|show|want|wish|wrong|cannot|never|fails?|hence|"
    r"therefore|thus|so|implies|follows?|conclude\w*|would|contradict\w*|impossible|need not)\b"
    r"(?!\s+(?:that\s+)?is\s+given)",
    re.I,
)
_ASKS = re.compile(r"^\W*(is|are|does|do|can|could|should|would|will|has|why|when|what)\b", re.I)
_IF = re.compile(r"\b(if|whenever|as long as|in case)\b", re.I)
_FOR = re.compile(
    r"\b(for|when|on|case)\b(\s+(all|any|every|each|some|the|an?|case|where|that|real|positive|"
    r"negative|fixed|given|small|large|numbers?|integers?|natural|whole|non-?negative|values?|"
    r"points?|which))*\s*$",
    re.I,
)
_CASE = re.compile(r"\b(for|when|case)\b", re.I)
_SEEKS = re.compile(
    r"\b(set(ting)?|equat\w+|zero|stationar\w+|optim\w+|minim\w+|maxim\w+|normal equations?|"
    r"condition|solution|solv\w+|root)\b",
    re.I,
)
_ZEROES = re.compile(r"\b(set(ting)?|equat\w+)\b.{0,60}\b(zero|0)\b|\bvanish\w*", re.I | re.S)
_DERIVED = re.compile(r"derivatives?|gradients?|slopes?|\\partial|\\nabla|frac\s*\{\s*d\b|'", re.I)
_THIS = re.compile(r"\b(this|it|these|that|both|result|expression|right)\b", re.I)
_SETS = re.compile(
    r"\b(?:set(?:ting)?|equat\w+)\b(?P<what>[^=]{0,60}?)(?P<sign>=|\b(?:equal )?to)\s*(?:zero|0)\b",
    re.I | re.S,
)
# what says that a value is a root of the last slope, what goes on from an equation, and what a
# value is that is no such root
_ROOT = re.compile(
    r"\bstationar\w+|\bfirst[- ]order\b|\bmaximi[sz]\w*|\bminimi[sz]\w*|\bmaximum likelihood\b|"
    r"\bMLEs?\b|\bsolv(e|es|ed|ing)\b|\bcritical points?\b|\bargm(ax|in)\b",
    re.I,
)
_OTHER_ESTIMATE = re.compile(
    r"\b(un)?biased\b|\bcorrect(ed|ion)\b|\binstead\b|\bmoments?\b|\bapproximat\w+|\binitial\w*|"
    r"\bguess\w*|\bupdate\w*|\bstep\b|\bnot\b|\bwhereas\b|\busual(ly)?\b|\bregulari[sz]\w+|"
    r"\bposterior\b|\bprior\b|\bstart\w*|\bbegin\w*|\bchoos\w+|"
    r"\bpick\w*|\btry\w*|\biterat\w+|\bnumeric\w+|\bconstrain\w+|\bunder\b|\bfor example\b",
    re.I,
)
_GOES_ON = re.compile(
    r"\W*$|\W*(and\s+)?(so|hence|thus|therefore|then|which|this|that|giving|yield\w*|solv\w+|"
    r"rearrang\w+|isolat\w+|we (get|obtain|find|have)|from which|implying|i\.e\.|or|it follows|"
    r"equivalently|consequently|leading|multiply\w*|divid\w+|cancel\w*|set\w*)\b",
    re.I,
)
_SOLVES = re.compile(r"\W*(\w+\s+){0,4}(solv(e|es|ed|ing)|rearrang\w+|isolat\w+)\b", re.I)
_CONSTANT = re.compile(
    r"\bconstant\b|\bindependent of\b|\bconserved?\b|\bidentically\b|\beverywhere\b|\bfor (all|any|"
    r"every)\b|\bdoes not (depend|change|vary)\b|\binvarian\w+|\balways\b",
    re.I,
)
_ELSE = re.compile(
    r"\b(otherwise|else|if not|in general|in any case|unconditionally|drop|conversely)\b", re.I
)
_SO_THAT = re.compile(r"\bso that\b", re.I)
_TRIES = re.compile(r"\b(ansatz|trial|guess\w*|look(ing)? for|seek\w*|consider)\b", re.I)
_STATES = re.compile(
    r"\b(law|equation|relation|principle|condition)s?\b(\s+[a-z]+){0,4}\s+"
    r"(is|are|reads?|states?|says?)(\s+that)?\W*$",
    re.I,
)
# words right before a formula in running text that say that it holds
_ASSERTS = re.compile(
    r"\b(we (now )?(have|get|obtain|find|see)( that)?|it follows( that)?|so|so that|thus|hence|"
    r"therefore|then|consequently|gives|yields|implies( that)?|which (is|equals)|note that|"
    r"i\.e\.)\W*$",
    re.I,
)
_NO_CLAIM = re.compile(
    r"\b(not|false|untrue|unless|whether|wrong|cannot|never|fails?|would|could|should|must|might|"
    r"contradict\w*|impossible|want|wish|need|let|suppose\w*|assum\w+|if|when\w*|require\w*|"
    r"trying|try|set|setting|choos\w+|pick\w*|define\w*|denote\w*|call\w*|write|approximat\w+)\b|"
    r"\b(at|for|on|near|once|evaluated)\s+[^,;.]*=",
    re.I,
)
# `thus, with the momentum p = m v, …`: what a conclusion is said with is no conclusion
_CONCLUDES = re.compile(r"\b(hence|therefore|thus|so|follows?)\b", re.I)
_WITH = re.compile(r"\bwith(\s+(the|an?))?(\s+[a-z-]+){0,2}\s*$", re.I)


_SAYS = re.compile(
    r"\s*(?:,\s*)?(?:be|is|are|denotes?)?\s*(?:an?|any|the|some|two|both|all|fixed|given|arbitrary)?"
    r"\s*(?P<sign>(?:strictly )?positive|non-?negative|non-?zero)?"
    r"(?![ -](?:semi-?)?definite)\s*(?:real|fixed|given)?\s*"
    r"(?P<kind>integers?|natural numbers?|whole numbers?|reals?\b|numbers?|constants?|scalars?)?",
    re.I,
)
_JOINS = re.compile(r"\s*(?:,|and|or)\s*(?:,|and)?\s*(?:let)?\s*", re.I)


def says(words: str) -> Domain | None:
    """The domain that words right after a name give it: `be a positive integer`."""
    found = _SAYS.match(words)
    sign, kind = ((found[g] or "").lower() if found else "" for g in ("sign", "kind"))
    if not (sign or kind.startswith(("integer", "natural", "whole"))):
        return None
    whole = kind.startswith(("integer", "natural", "whole"))
    least = ONE if whole and ("positive" in sign or kind.startswith("natural")) else ZERO
    bounded = (bool(sign) and "zero" not in sign) or kind.startswith("natural")
    return Domain(
        lo=least if bounded else None,
        lo_open=not (whole or sign.startswith("non")),
        integer=whole,
        nonzero="zero" in sign,
    )


_SAYS_COMPLEX = re.compile(
    r"\s*(?:,\s*)?(?:be|is|are|denotes?)?\s*(?:an?|any|the|two|both|all|fixed|arbitrary)?\s*"
    r"complex (?:numbers?|variables?|scalars?)\b",
    re.I,
)
_CALLS_COMPLEX = re.compile(
    r"\bcomplex (?:numbers?|variables?|scalars?)\s+(?:\S{1,12}\s*(?:,|and)\s*)*$", re.I
)


_CALLS_WHOLE = re.compile(
    r"\b(?:every|all|any|each|an?|fixed|some)\s+(?:(?:positive|non-?negative|fixed|given)\s+)*"
    r"(?:integers?|natural numbers?|whole numbers?)\s*$",
    re.I,
)


def calls_whole(words: str) -> bool:
    """Whether the words right before a name make it an integer: `for every integer`."""
    return _CALLS_WHOLE.search(words) is not None


def says_complex(words: str) -> bool:
    """Whether the words right after a name make it a complex number."""
    return _SAYS_COMPLEX.match(words) is not None


def calls_complex(words: str) -> bool:
    """Whether the words right before a name make it a complex number, or one of several."""
    return _CALLS_COMPLEX.search(words) is not None


def joins(words: str) -> bool:
    """Whether the words only join one name to the next: `and`."""
    return _JOINS.fullmatch(words) is not None


def sentence(words: str) -> str:
    """The words of the sentence that is not over yet."""
    ends = list(_END.finditer(words))
    return words[ends[-1].end() :] if ends else words


def ends_sentence(words: str) -> bool:
    """Whether a sentence ends somewhere in the words."""
    return _END.search(words) is not None


def defines(words: str) -> bool:
    """Whether the words introduce a name: `let`, `where`, `denote by`."""
    return _cued(_DEFINES, words)


def takes(words: str) -> bool:
    """Whether the words take an equation for granted: `let`, `suppose`, `for any matrix`."""
    return _cued(_TAKES, words) or _cued(_ANY, words)


def _cued(cues: re.Pattern[str], words: str) -> bool:
    """Whether a cue stands near the end of the sentence, with nothing there that undoes it."""
    near = sentence(words)[-40:]
    found = list(cues.finditer(near))
    return bool(found) and not _DENIES.search(near) and not _IS.search(near, found[-1].end())


def grants(words: str) -> bool:
    """Whether the words give a reason: `since`, `using`, `because the labels are one-hot`."""
    cue = sentence(words)[-120:]
    found = list(_GRANTS.finditer(cue))
    return bool(found) and not _CLAIMS.search(cue[found[-1].end() :])


def grounds(words: str) -> bool:
    """Whether the words right after a display give what it rests on: `where we used`."""
    return _GROUNDS.match(words) is not None and not ends_sentence(words)


def postulates(words: str) -> bool:
    """Whether the sentence names a law or a condition that its display states."""
    return bool(_POSTULATES.search(sentence(words)[-160:]))


def asserts(words: str) -> bool:
    """Whether the words right before a formula in running text say that it holds."""
    told = sentence(words)
    return bool(_ASSERTS.search(told[-120:])) and not _NO_CLAIM.search(told)


def tries(words: str) -> bool:
    """Whether the words only try, suppose or look for what follows: `with the ansatz`."""
    told = sentence(words)
    return bool(_TRIES.search(told) or _NO_CLAIM.search(told))


def states(words: str) -> bool:
    """Whether the words right before a formula announce a law: `the ideal gas law is`."""
    told = sentence(words)
    return bool(_STATES.search(told[-120:])) and not _NO_CLAIM.search(told)


def joins_claim(words: str) -> bool:
    """Whether the words between two formulas only join the second to the first."""
    return bool(re.fullmatch(r"\W*(and|or equivalently|i\.e\.)?\W*", words))


def open_question(words: str) -> bool:
    """Whether the sentence denies, asks, aims at or concludes what follows."""
    cue = sentence(words)
    near = _CONCLUDES.sub("", cue) if _WITH.search(cue) else cue
    return bool(_OPEN.search(_SO_THAT.sub("", near)[-80:]) or _ASKS.search(cue))


def poses(words: str) -> bool:
    """Whether the sentence poses the display that it leads to: `suppose that`, `subject to`."""
    cue = sentence(words)[-160:]
    found = list(_POSES.finditer(cue))
    return bool(found) and not _CLAIMS.search(cue[found[-1].end() :])


def seeks(words: str) -> bool:
    """Whether the words may pose an equation to be solved: `at the optimum`, `setting … zero`."""
    return bool(_SEEKS.search(sentence(words)[-160:]))


def zeroes(words: str) -> bool:
    """Whether the sentence sets what was found before to zero: `setting this to zero gives`."""
    return bool(_ZEROES.search(sentence(words)[-160:]))


def stationary(words: str) -> bool:
    """Whether the sentence seeks the root of a slope: `setting the derivative to zero`."""
    cue = sentence(words)[-200:]
    return bool(_ROOT.search(cue) or _ZEROES.search(cue))


def other_estimate(words: str) -> bool:
    """Whether the sentence speaks of a value that need not be such a root: `the unbiased …`."""
    return bool(_OTHER_ESTIMATE.search(sentence(words)))


def goes_on(words: str) -> bool:
    """Whether the words right after an equation go on from it: nothing, `hence`, `which gives`."""
    return bool(_GOES_ON.match(words))


def solves(words: str) -> bool:
    """Whether the words right after an equation say that it is solved."""
    return bool(_SOLVES.match(words))


def constant(words: str) -> bool:
    """Whether the sentence says that something does not change: `is conserved`."""
    return bool(_CONSTANT.search(sentence(words)))


def calls_mean(words: str) -> bool:
    """Whether the words right after a name call it a mean."""
    return bool(re.search(r"\b(means?|averages?)\b", words[:80], re.I))


def zeroed(words: str) -> str:
    """What the sentence sets to zero: `derivative`, `last` for what was found last, or ""."""
    found = _SETS.search(sentence(words)[-160:])
    if found is None:
        return ""
    if _DERIVED.search(found["what"]):
        return "derivative"
    return "last" if found["sign"] != "=" and _THIS.search(found["what"]) else ""


def claims(words: str) -> bool:
    """Whether the sentence states what follows as a result: `we obtain`, `gives`."""
    return bool(_CLAIMS.search(sentence(words)[-80:]))


def supposes(words: str) -> bool:
    """Whether what follows is a condition that ends with its sentence: `if`."""
    return bool(_IF.search(sentence(words)[-60:]))


def any_such(words: str) -> bool:
    """Whether what follows tells which of many a sentence speaks of: `for a matrix with …`."""
    return bool(_ANY.search(sentence(words)[-40:]))


def in_a_case(words: str) -> bool:
    """Whether what the sentence says of a name is said of a case: `for a symmetric …`."""
    return bool(_CASE.search(sentence(words)[-60:]))


def restricts(words: str) -> bool:
    """Whether what follows is a condition on what comes next: `for`, `when`."""
    return bool(_FOR.search(sentence(words)[-40:]))


def conditional(words: str) -> bool:
    """Whether the words inside a display make what follows a condition of the rest."""
    return bool(re.match(r"\W*(for|if|when|whenever|provided|unless)\b", words, re.I))


def lifts(words: str) -> bool:
    """Whether the words end the conditions before them: `otherwise`, `in general`."""
    return bool(_ELSE.search(words))
