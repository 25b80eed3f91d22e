"""Well-known names: what a name means in a document that does not say otherwise.

One row each. `read` consults these tables after the document's own declarations and
definitions; a definition in the document overrides a row.
"""

from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A function that documents use without defining it; `fn` is the kernel's name for it."""

    fn: str
    why: str


FUNCTIONS: dict[str, Known] = {
    "exp": Known("exp", "the exponential function"),
    "log": Known("log", "the natural logarithm"),
    "ln": Known("log", "the natural logarithm"),
    "sin": Known("sin", "the sine"),
    "cos": Known("cos", "the cosine"),
    "tan": Known("tan", "the tangent"),
    "cot": Known("cot", "the cotangent"),
    "sec": Known("sec", "the secant"),
    "csc": Known("csc", "the cosecant"),
    "arcsin": Known("asin", "the inverse sine"),
    "arccos": Known("acos", "the inverse cosine"),
    "arctan": Known("atan", "the inverse tangent"),
    "sinh": Known("sinh", "the hyperbolic sine"),
    "cosh": Known("cosh", "the hyperbolic cosine"),
    "tanh": Known("tanh", "the hyperbolic tangent"),
    "sigmoid": Known("sigma", "the logistic function 1/(1 + e^{-t})"),
    "logistic": Known("sigma", "the logistic function 1/(1 + e^{-t})"),
    "expit": Known("sigma", "the logistic function 1/(1 + e^{-t})"),
    "abs": Known("abs", "the absolute value"),
    "sign": Known("sign", "the sign"),
    "sgn": Known("sign", "the sign"),
    "conj": Known("conj", "the complex conjugate"),
    "Re": Known("re", "the real part"),
    "Im": Known("im", "the imaginary part"),
    "erf": Known("erf", "the error function"),
    "Gamma": Known("gamma", "the gamma function"),
    "max": Known("max", "the larger one"),
    "min": Known("min", "the smaller one"),
}

# letters that are functions when the document applies them and does not define them
FUNCTION_LETTERS: dict[str, Known] = {
    "sigma": Known("sigma", "the logistic function 1/(1 + e^{-t})"),
    "Gamma": Known("gamma", "the gamma function"),
}

# inverses written as powers: sin^{-1}
INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan"}

# operators on matrices, by name
MATRIX_OPERATORS = frozenset({"diag", "Diag", "tr", "Tr", "trace", "det"})

# letters that name functions by habit, where every occurrence is applied
HABITUAL_FUNCTIONS = frozenset(
    {"f", "g", "h", "F", "G", "H", "phi", "psi", "varphi", "Phi", "Psi", "sigma", "u", "v", "y"}
)

# letters that are indices by habit, where they stand in a subscript
HABITUAL_INDICES = frozenset("ijklmnpqrstabc") | {"ell"}

# superscripts that transpose
TRANSPOSES = frozenset({"T", "top", "intercal", "t", "mathsf T"})

# number sets: the least element and whether integer
NUMBER_SETS = {
    "R": (None, False),
    "N": (1, True),
    "Z": (None, True),
    "Q": (None, False),
    "C": (None, False),
}
