"""Well-known formulas by the names under which documents speak of them: a row each.

`name` is a pattern for the words before a formula; `unless` one for words with which another
form is meant. `forms` are the accepted right sides, in our own notation. `free` says that a
positive factor (a sum for a mean, ½) is a matter of convention. `source` is where the formula
is defined under this name.
"""

import re

from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """One well-known formula."""

    title: str
    name: str
    forms: tuple[str, ...]
    free: bool
    source: str
    unless: str = ""

    def named_in(self, words: str) -> bool:
        """Whether words speak of it."""
        if not re.search(rf"\b(?:{self.name})\b", words, re.IGNORECASE):
            return False
        return not (self.unless and re.search(self.unless, words, re.IGNORECASE))


_LIKELIHOOD = r"likelihood|negative of|neg-|sign turned|opposite sign|maximi[sz]e"

TABLE = (
    Known(
        "binary cross-entropy",
        r"(?:binary|two-class|logistic) cross[- ]entropy|BCE|log(?:istic)? loss",
        (
            r"-\frac{1}{n} \sum_{i=1}^n (y_i \log(p_i) + (1 - y_i) \log(1 - p_i))",
            r"-(y \log(p) + (1 - y) \log(1 - p))",
            r"-(y_i \log(p_i) + (1 - y_i) \log(1 - p_i))",
        ),
        True,
        "C. M. Bishop, Pattern Recognition and Machine Learning (2006), equation 4.90",
        _LIKELIHOOD,
    ),
    Known(
        "cross-entropy",
        r"(?:categorical |multi-?class |softmax )?cross[- ]entropy",
        (
            r"-\frac{1}{n} \sum_{i=1}^n \sum_{c=1}^k y_{ic} \log(p_{ic})",
            r"-\sum_{c=1}^k y_c \log(p_c)",
            r"-\sum_{c=1}^k y_{ic} \log(p_{ic})",
        ),
        True,
        "C. M. Bishop, Pattern Recognition and Machine Learning (2006), equation 4.108",
        _LIKELIHOOD + "|binary|logistic",
    ),
    Known(
        "mean squared error",
        r"(?:mean[- ])?squared? error|MSE|sum of squared? (?:errors|residuals)"
        r"|quadratic (?:cost|loss)",
        (r"\frac{1}{n} \sum_{i=1}^n (y_i - p_i)^2", r"(y - p)^2", r"(y_i - p_i)^2"),
        True,
        "T. Hastie et al., The Elements of Statistical Learning (2009), equation 3.2",
        "negative|root",
    ),
    Known(
        "sigmoid",
        r"sigmoid|logistic function",
        (r"\frac{1}{1 + e^{-t}}",),
        False,
        "C. M. Bishop, Pattern Recognition and Machine Learning (2006), equation 4.59",
        "scaled|derivative|hard",
    ),
    Known(
        "softmax",
        r"softmax",
        (r"\frac{e^{z_i}}{\sum_{j=1}^k e^{z_j}}",),
        False,
        "C. M. Bishop, Pattern Recognition and Machine Learning (2006), equation 4.62",
        "log-softmax|derivative",
    ),
    Known(
        "hyperbolic tangent",
        r"tanh|hyperbolic tangent",
        (r"\frac{e^{t} - e^{-t}}{e^{t} + e^{-t}}",),
        False,
        "NIST Digital Library of Mathematical Functions, 4.28.4",
        "scaled|derivative",
    ),
    Known(
        "softplus",
        r"softplus",
        (r"\log(1 + e^{t})",),
        False,
        "I. Goodfellow et al., Deep Learning (2016), equation 3.31",
        "scaled|derivative",
    ),
    Known(
        "Kullback-Leibler divergence",
        r"Kullback[-– ]+Leibler|KL[- ]divergence|relative entropy",
        (
            r"\sum_{x=1}^k p_x \log(\frac{p_x}{q_x})",
            r"-\sum_{x=1}^k p_x \log(\frac{q_x}{p_x})",
            r"\sum_{i=1}^n p_i (\log(p_i) - \log(q_i))",
        ),
        False,
        "T. M. Cover and J. A. Thomas, Elements of Information Theory (2006), equation 2.26",
        "negative",
    ),
    Known(
        "entropy",
        r"(?<!cross-)(?<!cross )(?<!relative )(?:Shannon )?entropy",
        (r"-\sum_{i=1}^n p_i \log(p_i)", r"-p \log(p) - (1 - p) \log(1 - p)"),
        True,
        "C. E. Shannon, A Mathematical Theory of Communication (1948), section 6",
        "cross|relative|negative|negentropy",
    ),
    Known(
        "Gaussian density",
        r"(?:Gaussian|normal)(?: probability)? (?:density|distribution)",
        (
            r"\frac{1}{\sqrt{2 \pi s^2}} e^{-\frac{(x - m)^2}{2 s^2}}",
            r"\frac{1}{\sqrt{2 \pi v}} e^{-\frac{(x - m)^2}{2 v}}",
        ),
        False,
        "C. M. Bishop, Pattern Recognition and Machine Learning (2006), equation 1.46",
        "unnormali|log|standard|proportional",
    ),
    Known(
        "Gaussian log-likelihood",
        r"(?:Gaussian|normal) log[- ]likelihood|log[- ]likelihood of (?:a|the) (?:Gaussian|normal)",
        (
            r"-\frac{n}{2} \log(2 \pi v) - \frac{1}{2 v} \sum_{i=1}^n (x_i - m)^2",
            r"-\frac{n}{2} \log(2 \pi s^2) - \frac{1}{2 s^2} \sum_{i=1}^n (x_i - m)^2",
        ),
        True,
        "C. M. Bishop, Pattern Recognition and Machine Learning (2006), equation 1.54",
        "negative|minus|up to|constant",
    ),
    Known(
        "variance",
        r"variance",
        (r"\frac{1}{n} \sum_{i=1}^n (x_i - m)^2", r"\frac{1}{n-1} \sum_{i=1}^n (x_i - m)^2"),
        True,
        "G. Casella and R. L. Berger, Statistical Inference (2002), definition 5.2.3",
        "negative",
    ),
    Known(
        "arithmetic mean",
        r"(?:sample|arithmetic|empirical) mean|average",
        (r"\frac{1}{n} \sum_{i=1}^n x_i",),
        False,
        "G. Casella and R. L. Berger, Statistical Inference (2002), definition 5.2.2",
        "weighted|moving|likelihood|loss|cost|error|entropy|gradient|squared|sum",
    ),
    Known(
        "Bayes' rule",
        r"Bayes['’]?s? (?:rule|theorem|formula)",
        (r"\frac{a b}{c}",),
        False,
        "T. Bayes, An Essay towards solving a Problem in the Doctrine of Chances (1763)",
        "proportional|odds",
    ),
    Known(
        "least-squares solution",
        r"least[- ]squares|normal equations?",
        (r"(X^\top X)^{-1} X^\top y",),
        False,
        "T. Hastie et al., The Elements of Statistical Learning (2009), equation 3.6",
        "weighted|regulari[sz]ed|ridge|generali[sz]ed",
    ),
    Known(
        "ridge solution",
        r"ridge",
        (r"(X^\top X + l I)^{-1} X^\top y", r"(X^\top X + n l I)^{-1} X^\top y"),
        False,
        "T. Hastie et al., The Elements of Statistical Learning (2009), equation 3.44",
        "kernel|dual",
    ),
)
DECLARED = r"X \in \mathbb{R}^{n \times p}; y \in \mathbb{R}^n"
