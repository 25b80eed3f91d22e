r"""What each LaTeX command and Unicode character stands for: the reader's tables, one row each.

A command that is in no table is unknown, and what is unknown is never multiplied out.
"""


def _same(kind: str, words: str) -> dict[str, tuple[str, str]]:
    return {word: (kind, word) for word in words.split()}


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _pairs(kind: str, rows: str) -> dict[str, tuple[str, str]]:
    words = rows.split()
    return {word: (kind, sign) for word, sign in zip(words[::2], words[1::2], strict=True)}


GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "sigma tau upsilon phi chi psi omega Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa "
    "Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega"
)

NAMES = (
    GREEK + " varepsilon vartheta varpi varrho varsigma varphi digamma varkappa "
    "ell hbar hslash infty nabla partial imath jmath wp Re Im aleph beth top bot intercal prime "
    "dagger ddagger emptyset varnothing angle flat sharp natural complement bullet square "
    "clubsuit diamondsuit heartsuit spadesuit eth mho surd degree"
)

# Functions that LaTeX sets upright, and words that leave no doubt although it does not know them.
FUNCTIONS = (
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth sech csch arcsin arccos arctan "
    "arccot asin acos atan det dim ker deg hom arg gcd Pr erf erfc sgn sign sigmoid softmax "
    "softplus logit ReLU relu diag tr Tr trace rank vec Var Cov Corr KL"
)

LIMIT_OPERATORS = "lim max min sup inf argmax argmin limsup liminf"
LIMITS = frozenset(LIMIT_OPERATORS.split())

BIG_OPERATORS = (
    "sum prod coprod int iint iiint oint bigcup bigcap bigoplus bigotimes bigodot bigvee "
    "bigwedge bigsqcup biguplus"
)

RELATIONS = (
    "eq = equiv ≡ ne ≠ neq ≠ lt < gt > le ≤ leq ≤ leqslant ≤ leqq ≤ ge ≥ geq ≥ geqslant ≥ geqq ≥ "
    "ll ≪ gg ≫ approx ≈ approxeq ≈ simeq ≃ cong ≅ propto ∝ varpropto ∝ in ∈ ni ∋ notin ∉ sim ∼ "
    "to → rightarrow → longrightarrow → gets ← leftarrow ← longleftarrow ← mapsto ↦ longmapsto ↦ "
    "leftrightarrow ↔ longleftrightarrow ↔ hookrightarrow ↪ rightharpoonup ⇀ rightleftharpoons ⇌ "
    "Rightarrow ⇒ Longrightarrow ⇒ implies ⇒ Leftarrow ⇐ Longleftarrow ⇐ impliedby ⇐ therefore ⇒ "
    "Leftrightarrow ⇔ Longleftrightarrow ⇔ iff ⇔ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃ "
    "supseteq ⊇ prec ≺ preceq ⪯ preccurlyeq ≼ succ ≻ succeq ⪰ succcurlyeq ≽ coloneqq := "
    "coloneq := colonequals := defeq := triangleq := eqdef := Coloneqq := doteq ≐ asymp ≍ "
    "lesssim ≲ gtrsim ≳ perp ⊥ parallel ∥ vdash ⊢ models ⊨ colon : divides ∣ nmid ∤ "
    "uparrow ↑ downarrow ↓ nearrow ↗ searrow ↘"
)

NEGATED = {
    "=": "≠", "∈": "∉", "≡": "≢", "<": "≮", ">": "≯", "≤": "≰", "≥": "≱", "∼": "≁", "≈": "≉",
    "⊂": "⊄", "⊆": "⊈", "≅": "≇", "⇒": "⇏", "→": "↛", "∋": "∌",
}  # fmt: skip

IMPLICATIONS = frozenset("⇒⇐⇔")

# Signs that are known, but for which there is no node: a relation that has one is not read.
UNSUPPORTED = (
    "oplus ominus wedge vee land lor neg lnot cap cup setminus smallsetminus backslash bmod pmod "
    "mod pod ltimes rtimes bowtie uplus sqcup sqcap amalg wr diamond triangle Box Diamond lhd rhd "
    "atop above genfrac sideset xleftrightarrow"
)

SPACES = (
    ", ; : ! > / thinspace medspace thickspace negthinspace negmedspace negthickspace "
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits displaylimits "
    "nobreak allowbreak break linebreak nolinebreak noindent centering small footnotesize "
    "normalsize large Large tiny scriptsize relax protect strut mathstrut null qedhere qed "
    "hline displaybreak newline unboldmath boldmath bigskip medskip smallskip null mathop mathbin "
    "mathrel mathord mathopen mathclose mathpunct mathinner ensuremath boxed fbox cancel bcancel "
    "xcancel sout mathstrut smash allowdisplaybreaks normalfont blacksquare"
)

# Spacing or annotation with one raw argument that is not mathematics.
DROPPED = (
    "color hspace vspace mspace kern mkern hskip mskip vskip phantom hphantom vphantom textcolor "
    "colorbox rule raisebox cssId class style bbox htmlClass htmlId ref eqref pageref cite"
)

WIDE = "quad qquad enspace enskip hfill hfil indent"

# Of DROPPED, those that leave a gap as wide as a quad.
WIDE_DROPPED = _words("hspace hskip mspace")

FONTS = {
    "mathbf": "bf", "boldsymbol": "bf", "bm": "bf", "pmb": "bf", "symbf": "bf", "vec": "bf",
    "mathbfit": "bf", "mathbb": "bb", "Bbb": "bb", "mathds": "bb", "mathbbm": "bb",
    "mathcal": "cal", "mathscr": "cal", "mathrm": "rm", "mathup": "rm", "symrm": "rm",
    "mathnormal": "", "mathit": "it", "mathsf": "sf", "mathtt": "tt", "mathfrak": "frak",
    "frak": "frak",
}  # fmt: skip

FONT_SWITCHES = {
    "bf": "bf", "bfseries": "bf", "rm": "rm", "it": "it", "sf": "sf", "tt": "tt", "cal": "cal",
    "frak": "frak",
}  # fmt: skip

# Fonts in which several letters are one word; in the others they are letters side by side.
WORD_FONTS = frozenset({"rm", "it", "sf", "tt"})

ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde",
    "widetilde": "tilde", "dot": "dot", "ddot": "ddot", "dddot": "dddot", "check": "check",
    "breve": "breve", "acute": "acute", "grave": "grave", "mathring": "ring",
    "overrightarrow": "arrow", "overleftarrow": "leftarrow", "underbar": "underbar",
}  # fmt: skip

TEXTS = (
    "text mbox textrm textbf textit textsf texttt hbox textnormal textup textsc emph "
    "intertext shortintertext"
)

COMMANDS: dict[str, tuple[str, str]] = {
    **_same("unsupported", UNSUPPORTED),
    **_same("name", NAMES),
    **_same("name", FUNCTIONS),
    **_same("limop", LIMIT_OPERATORS),
    **_same("big", BIG_OPERATORS),
    **_pairs("rel", RELATIONS),
    **_same("space", SPACES),
    **_same("thin", "~"),
    **_same("wide", WIDE),
    **_same("dropped", DROPPED),
    **_same("text", TEXTS),
    **{command: ("font", style) for command, style in FONTS.items()},
    **{command: ("switch", style) for command, style in FONT_SWITCHES.items()},
    **{command: ("accent", accent) for command, accent in ACCENTS.items()},
    **_same("frac", "frac dfrac tfrac cfrac nicefrac sfrac"),
    **_same("sqrt", "sqrt"),
    **_same("binom", "binom dbinom tbinom"),
    **_pairs("over", "over over choose choose"),
    **_pairs("stack", "overset over stackrel over underset under stackbin over"),
    **_pairs("brace", "underbrace ^ overbrace ^ underbracket ^ overbracket ^"),
    **_pairs("arrow", "xrightarrow → xleftarrow ← xRightarrow ⇒ xlongequal = xmapsto ↦"),
    **_same("substack", "substack"),
    **_same("dots", "cdots ldots vdots ddots dots dotsc dotsb dotsm dotsi dotso"),
    **_pairs("sign", "pm ± mp ∓"),
    **_pairs(
        "mul",
        "cdot cdot times times odot odot otimes otimes circ circ star star ast star div div "
        "cdotp cdot ",
    ),
    **_pairs("open", "{ { lbrace { lbrack [ lparen ( langle ⟨ lfloor ⌊ lceil ⌈ lvert | lVert ‖"),
    **_pairs("close", "} } rbrace } rbrack ] rparen ) rangle ⟩ rfloor ⌋ rceil ⌉ rvert | rVert ‖"),
    **_pairs("bar", "vert | Vert ‖ | ‖"),
    **_pairs("mid", "mid |"),
    **_pairs("size", "big - Big - bigg - Bigg - bigm - Bigm - biggm - Biggm - "),
    **_pairs("size", "bigl l Bigl l biggl l Biggl l bigr r Bigr r biggr r Biggr r"),
    **_same("left", "left"),
    **_same("right", "right"),
    **_same("middle", "middle"),
    **_same("begin", "begin"),
    **_same("end", "end"),
    **_same("row", "\\ cr tabularnewline"),
    **_same("tag", "tag"),
    **_same("eqno", "eqno leqno"),
    **_same("label", "label"),
    **_same("nonumber", "nonumber notag"),
    **_same("not", "not"),
    **_same("operatorname", "operatorname operatornamewithlimits mathoperator"),
    **_same("define", "newcommand renewcommand providecommand def DeclareMathOperator"),
    "_": ("sub", "_"),
    " ": ("thin", " "),
    "\n": ("thin", " "),
    "forall": ("text", "forall"),
    "exists": ("text", "exists"),
    "because": ("text", "because"),
    "R": ("blackboard", "R"),
    "N": ("blackboard", "N"),
    "Z": ("blackboard", "Z"),
    "Q": ("blackboard", "Q"),
    "Reals": ("blackboard", "R"),
    "reals": ("blackboard", "R"),
    "lnapprox": ("unsupported", "lnapprox"),
}

# Commands that are words in a formula.
SPOKEN = {"forall": "for all", "exists": "there is", "because": "because"}

# Letters without a backslash that are one name when they stand as a whole run of letters.
BARE_WORDS: dict[str, tuple[str, str]] = {
    **_same(
        "name",
        "log ln exp sin cos tan cot sec sinh cosh tanh coth arcsin arccos arctan erf sgn sign "
        "sigmoid softmax softplus ReLU relu diag tr det rank logit Var Cov",
    ),
    **_same("limop", "max min argmax argmin lim sup"),
}

# A sign after one of these is the sign of its argument.
PREFIXES = frozenset([*FUNCTIONS.split(), "nabla"]) - {"arg", "deg", "dim"}

ASCII: dict[str, tuple[str, str]] = {
    "+": ("sign", "+"),
    "-": ("sign", "-"),
    "*": ("mul", "asterisk"),
    "/": ("mul", "/"),
    "=": ("rel", "="),
    "<": ("rel", "<"),
    ">": ("rel", ">"),
    "(": ("open", "("),
    "[": ("open", "["),
    ")": ("close", ")"),
    "]": ("close", "]"),
    "|": ("bar", "|"),
    "{": ("lbrace", "{"),
    "}": ("rbrace", "}"),
    "_": ("sub", "_"),
    "^": ("sup", "^"),
    "!": ("bang", "!"),
    ",": ("comma", ","),
    ";": ("semi", ";"),
    ":": ("rel", ":"),
    ".": ("dot", "."),
    "&": ("amp", "&"),
    "~": ("thin", " "),
}

_GREEK_LETTERS = dict(
    zip("αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", GREEK.split(), strict=True)
)

UNICODE: dict[str, tuple[str, str]] = {
    **{letter: ("name", name) for letter, name in _GREEK_LETTERS.items()},
    **_pairs("name", "ε varepsilon φ varphi"),
    **_pairs("name", "ς varsigma ϵ epsilon ϕ phi ϑ vartheta ϱ varrho ϖ varpi ∂ partial ∇ nabla"),
    **_pairs("name", "∞ infty ℓ ell ℏ hbar ⊤ top ∅ emptyset † dagger ‡ ddagger µ mu ı imath"),
    **_pairs("blackboard", "ℝ R ℕ N ℤ Z ℚ Q ℂ C 𝔼 E ℙ P 𝟙 1"),
    **_pairs("big", "∑ sum ∏ prod ∫ int ∬ iint ∮ oint ⋃ bigcup ⋂ bigcap"),
    **_pairs("sign", "− - ± ± ∓ ∓ – - ＋ +"),
    **_pairs("mul", "· cdot ⋅ cdot × times ÷ div ⊙ odot ⊗ otimes ∘ circ ∗ star ⋆ star ∕ /"),
    **_pairs("rel", "≠ ≠ ≤ ≤ ≥ ≥ ⩽ ≤ ⩾ ≥ ≪ ≪ ≫ ≫ ≈ ≈ ≡ ≡ ∝ ∝ ∈ ∈ ∉ ∉ ∼ ∼ ≃ ≃ ≅ ≅ ＝ ="),
    **_pairs("rel", "→ → ⟶ → ← ← ⇒ ⇒ ⟹ ⇒ ⇐ ⇐ ⇔ ⇔ ⟺ ⇔ ↦ ↦ ⊂ ⊂ ⊆ ⊆ ≔ := ≜ := ∴ ⇒ ： : ⊥ ⊥ ∥ ∥"),
    **_pairs("dots", "… ldots ⋯ cdots ⋮ vdots ⋱ ddots"),
    **_pairs("open", "⟨ ⟨ 〈 ⟨ ⌊ ⌊ ⌈ ⌈ （ ("),
    **_pairs("close", "⟩ ⟩ 〉 ⟩ ⌋ ⌋ ⌉ ⌉ ） )"),
    **_pairs("bar", "‖ ‖ ∣ | ｜ |"),
    **_pairs("comma", "， , 、 ,"),
    **_pairs("dot", "。 ."),
    **_pairs("semi", "； ;"),
    **_pairs("unsupported", "∪ ∪ ∩ ∩ ∧ ∧ ∨ ∨ ¬ ¬ ⊕ ⊕"),
    **_pairs("text", "∀ forall ∃ exists"),
    **_pairs("prime", "′ ' ″ '' ’ '"),
    "√": ("sqrt", "sqrt"),
}

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿᵀ", "0123456789+-()inT", strict=True))
SUBSCRIPTS = dict(
    zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aeijklmnoprstuvx", strict=True)
)

# What may stand after \left, \right, \middle and the size commands.
DELIMITERS = {
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", ".": ".", "/": "/", "<": "⟨", ">": "⟩",
    "⟨": "⟨", "⟩": "⟩", "‖": "‖", "\\{": "{", "\\}": "}", "\\|": "‖", "\\lbrace": "{",
    "\\rbrace": "}", "\\lbrack": "[", "\\rbrack": "]", "\\vert": "|", "\\Vert": "‖",
    "\\lvert": "|", "\\rvert": "|", "\\lVert": "‖", "\\rVert": "‖", "\\langle": "⟨",
    "\\rangle": "⟩", "\\lfloor": "⌊", "\\rfloor": "⌋", "\\lceil": "⌈", "\\rceil": "⌉",
    "\\mid": "|", "∣": "|",
}  # fmt: skip

CLOSERS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖"}

# Words that join formulas; any other single word in \text{…} is a name.
CONNECTIVES = _words(
    "and or where with for if when then so thus hence therefore since because as by from using "
    "else otherwise let given such that is are be we have while whenever unless iff implies but "
    "on in of to the a an all every any note also only not subject s.t. st w.r.t. i.e. e.g. resp "
    "respectively which gives const constant. def"
)

# Environments whose rows are rows of formulas, and those of them that LaTeX numbers.
ROW_ENVIRONMENTS = _words(
    "equation align aligned gather gathered multline eqnarray split alignat alignedat flalign "
    "displaymath math dmath subequations prompt rcases numcases empheq IEEEeqnarray"
)
NUMBERED_ROWS = _words("align gather eqnarray alignat flalign IEEEeqnarray")
NUMBERED_ONCE = _words("equation multline dmath")
DISPLAY_ENVIRONMENTS = (
    "equation align aligned gather gathered multline eqnarray split cases dcases alignat alignedat "
    "flalign displaymath dmath empheq IEEEeqnarray"
)
MATRICES = _words("matrix bmatrix pmatrix vmatrix Vmatrix Bmatrix smallmatrix array subarray")
CASES = _words("cases dcases rcases drcases")
BRACKETED = {
    ("[", "]"): "bmatrix", ("(", ")"): "pmatrix", ("|", "|"): "vmatrix", ("‖", "‖"): "Vmatrix",
    ("{", "}"): "Bmatrix",
}  # fmt: skip
