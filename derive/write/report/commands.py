r"""Which LaTeX of a document may stand in a report: tables, one row each.

What is not listed here never reaches TeX or a browser: the formula is then set as it was read,
or shown as source text.
"""


def _listed(text: str) -> list[str]:
    return text.split()


def _words(text: str) -> frozenset[str]:
    return frozenset(_listed(text))


SAFE = _words(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "varepsilon vartheta varpi varrho varsigma varphi ell hbar infty nabla partial imath jmath "
    "Re Im aleph top bot prime dagger ddagger emptyset varnothing flat sharp natural "
    "log ln exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan det dim ker deg "
    "arg gcd Pr lim max min sup inf limsup liminf "
    "sum prod int iint oint bigcup bigcap bigoplus bigotimes "
    "equiv ne neq le leq leqslant ge geq geqslant ll gg approx simeq cong propto in ni notin sim "
    "to rightarrow longrightarrow gets leftarrow mapsto leftrightarrow Rightarrow Longrightarrow "
    "implies Leftarrow impliedby Leftrightarrow Longleftrightarrow iff subset subseteq supset "
    "supseteq prec succ preceq succeq doteq asymp perp parallel vdash models mid nmid therefore "
    "because forall exists lnot neg land lor wedge vee cup cap setminus oplus ominus otimes odot "
    "pm mp cdot times div circ ast star bullet cdots ldots vdots ddots dots dotsc dotsb "
    "langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert lbrace rbrace "
    "frac dfrac tfrac cfrac binom sqrt overset underset stackrel underbrace overbrace "
    "overline underline hat widehat bar tilde widetilde dot ddot check breve acute grave mathring "
    "vec overrightarrow mathbf boldsymbol mathbb mathcal mathscr mathrm mathit mathsf mathtt "
    "mathfrak operatorname quad qquad limits not boxed "
    "big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr big bigm Bigm"
)

RENAMED = {
    "bm": "boldsymbol", "pmb": "boldsymbol", "symbf": "mathbf", "mathbfit": "boldsymbol",
    "Bbb": "mathbb", "mathds": "mathbb", "mathbbm": "mathbb", "mathup": "mathrm",
    "symrm": "mathrm", "frak": "mathfrak", "mathnormal": "mathit", "intercal": "top",
    "lt": "lt ", "gt": "gt ", "leqq": "le", "geqq": "ge", "dbinom": "binom", "tbinom": "binom",
    "nicefrac": "frac", "sfrac": "frac", "operatornamewithlimits": "operatorname",
    "enspace": "quad", "enskip": "quad", "cdotp": "cdot", "dotsm": "cdots", "dotsi": "cdots",
    "dotso": "ldots", "hslash": "hbar", "colon": ":", "land": "wedge", "lor": "vee",
    "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")",
}  # fmt: skip

# commands that stand for others: what is written in their place
SPELLED = {
    "lt": "<", "gt": ">", "colon": ":", "lbrack": "[", "rbrack": "]", "lparen": "(",
    "rparen": ")", "R": r"\mathbb{R}", "N": r"\mathbb{N}", "Z": r"\mathbb{Z}",
    "Q": r"\mathbb{Q}", "reals": r"\mathbb{R}", "Reals": r"\mathbb{R}",
    "coloneqq": ":=", "coloneq": ":=", "colonequals": ":=", "defeq": ":=", "eqdef": "=:",
    "triangleq": r"\overset{\triangle}{=}", "degree": r"^{\circ}",
    **{
        word: rf"\operatorname{{{word}}}"
        for word in _listed(
            r"diag tr Tr trace rank sign sgn sigmoid softmax softplus ReLU relu erf erfc "
            r"argmax argmin Var Cov Corr KL logit asin acos atan sech csch"
        )
    },
}  # fmt: skip

SPACES = _words(
    ", ; : ! > thinspace medspace thickspace negthinspace displaystyle textstyle scriptstyle "
    "nolimits displaylimits nobreak allowbreak break linebreak nolinebreak noindent nonumber "
    "notag relax strut mathstrut null qedhere qed hfill hfil mathop mathbin mathrel mathord "
    "mathopen mathclose mathpunct mathinner ensuremath cancel bcancel xcancel smash normalfont "
    "protect centering small footnotesize normalsize boldmath unboldmath hline"
)
WITH_ARGUMENT = _words("color textcolor label tag hspace vspace mspace phantom hphantom vphantom")
TEXTS = _words("text mbox textrm textbf textit textsf texttt hbox textnormal textup emph")

ENVIRONMENTS = _words(
    "matrix bmatrix pmatrix vmatrix Vmatrix Bmatrix smallmatrix cases aligned gathered array"
)
INNER = {"split": "aligned", "align": "aligned", "alignat": "aligned", "dcases": "cases",
         "gather": "gathered", "alignedat": "aligned"}  # fmt: skip

RELATIONS = _words(
    "equiv ne neq le leq leqslant ge geq geqslant approx simeq cong propto sim Rightarrow "
    "Longrightarrow implies iff Leftrightarrow to mapsto in doteq"
)
DELIMITERS = frozenset("()[]|./<>") | {
    "\\" + word
    for word in _listed(
        r"{ } | lbrace rbrace lbrack rbrack langle rangle lfloor rfloor lceil rceil "
        r"vert Vert lvert rvert lVert rVert"
    )
}

UNICODE = dict(
    zip(
        "αβγδεζηθικλμνξπρςστυφχψωϑϱϖϵϕℓΓΔΘΛΞΠΣΥΦΨΩ∞∂∇∑∏∫≤≥≠≈≡∝∈∉∼→⇒⇔↦⊂⊆·⋅×÷⊙⊗∘±∓…⋯⋮⋱⊤†‖⟨⟩⌊⌋⌈⌉′",
        _listed(
            r"\alpha \beta \gamma \delta \varepsilon \zeta \eta \theta \iota \kappa "
            r"\lambda \mu \nu \xi \pi \rho \varsigma \sigma \tau \upsilon \varphi \chi "
            r"\psi \omega \vartheta \varrho \varpi \epsilon \phi \ell \Gamma \Delta \Theta "
            r"\Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \infty \partial \nabla \sum "
            r"\prod \int \le \ge \ne \approx \equiv \propto \in \notin \sim \to "
            r"\Rightarrow \Leftrightarrow \mapsto \subset \subseteq \cdot \cdot \times "
            r"\div \odot \otimes \circ \pm \mp \ldots \cdots \vdots \ddots \top \dagger "
            r"\Vert \langle \rangle \lfloor \rfloor \lceil \rceil '"
        ),
        strict=True,
    )
) | {"−": "-", "–": "-", "≔": ":=", "ℝ": r"\mathbb{R}", "ℕ": r"\mathbb{N}", "ℤ": r"\mathbb{Z}"}
