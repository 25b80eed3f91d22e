r"""What the rules of a proof say, for a reader: one row each, in words and as a formula.

The keys are the names that the kernel's trace uses; a rule without a row is told by its name.
"""

LAWS: dict[str, tuple[str, str]] = {
    "linearity of sums": (
        "A sum of several terms is taken apart, and factors free of the index are drawn out.",
        r"\sum_{i} (a\,f_i + b\,g_i) = a \sum_{i} f_i + b \sum_{i} g_i",
    ),
    "rules of differentiation": (
        "Derivatives are taken by the rules for sums, products, quotients and compositions.",
        r"(f g)' = f' g + f g', \quad (f \circ g)' = (f' \circ g)\, g'",
    ),
    "exponential law": (
        "Exponentials of sums are products of exponentials.",
        r"e^{a+b} = e^{a} e^{b}",
    ),
    "laws of exponents": (
        "Powers of one base are multiplied by adding the exponents.",
        r"a^{m} a^{n} = a^{m+n}",
    ),
    "definition of sigma": (
        "The logistic function is written out.",
        r"\sigma(t) = \frac{1}{1 + e^{-t}}",
    ),
    "definition of tanh": (
        "The hyperbolic tangent is written in exponentials.",
        r"\tanh t = \frac{e^{t} - e^{-t}}{e^{t} + e^{-t}}",
    ),
    "definition of sinh": (
        "The hyperbolic sine is written in exponentials.",
        r"\sinh t = \frac{e^{t} - e^{-t}}{2}",
    ),
    "definition of cosh": (
        "The hyperbolic cosine is written in exponentials.",
        r"\cosh t = \frac{e^{t} + e^{-t}}{2}",
    ),
    "definition of sin": (
        "The sine is written in complex exponentials.",
        r"\sin t = \frac{e^{\mathrm{i}t} - e^{-\mathrm{i}t}}{2\mathrm{i}}",
    ),
    "definition of cos": (
        "The cosine is written in complex exponentials.",
        r"\cos t = \frac{e^{\mathrm{i}t} + e^{-\mathrm{i}t}}{2}",
    ),
    "definition of tan": (
        "The tangent is a quotient of sine and cosine.",
        r"\tan t = \frac{\sin t}{\cos t}",
    ),
    "definition of binomial": (
        "The binomial coefficient is written in factorials.",
        r"\binom{n}{k} = \frac{n!}{k!\,(n-k)!}",
    ),
    "(n+1)! = (n+1)·n!": (
        "A factorial is reduced to the one before it.",
        r"(n+1)! = (n+1)\, n!",
    ),
    "logarithm of factors shown positive": (
        "The logarithm of a product is a sum, because each factor is positive here.",
        r"\log(a b) = \log a + \log b \quad (a, b > 0)",
    ),
    "roots of factors of known sign": (
        "A square leaves the root without its sign, because that sign is known here.",
        r"\sqrt{a^{2} b} = a \sqrt{b} \quad (a \ge 0)",
    ),
    "Kronecker delta": (
        "A sum against Kronecker's delta keeps the one term at which the indices are equal.",
        r"\sum_{j} \delta_{ij}\, x_j = x_i",
    ),
    "sums of powers": (
        "Sums of powers of the index have a closed form.",
        r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}, \quad \ldots",
    ),
    "shift of the index": (
        "The index of a sum is renamed and moved.",
        r"\sum_{i=a}^{b} f_i = \sum_{i=a+1}^{b+1} f_{i-1}",
    ),
    "geometric sums": (
        "A geometric sum has a closed form.",
        r"\sum_{k=0}^{n-1} q^{k} = \frac{1 - q^{n}}{1 - q} \quad (q \ne 1)",
    ),
}

VERDICTS = {
    "proved": "holds for all values in the declared domain",
    "proved-if": "holds under the conditions that are printed with it",
    "refuted": "is false: there is a point at which the two sides differ",
    "malformed": "has no meaning as it stands",
    "undecided": "was neither proved nor refuted",
    "not-checked": "could not be read, or is no claim that is checked",
    "defined": "introduces a name; there is nothing to check",
}

BLAMES = {
    "sound": "",
    "fresh": "This step is the one that breaks.",
    "inherited": "The step itself is sound; what it goes on from is false.",
    "recovered": "It is true, although the line before is false.",
    "definition": "It is false because of a definition.",
}

METHODS = {
    "normal form": "Left minus right was brought to a normal form over a common denominator: "
    "its numerator is 0.",
    "hypotheses": "The hypotheses of the document were used.",
    "signs": "The sign of left minus right follows from the signs of its parts.",
}
