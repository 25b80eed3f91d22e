"""A network written by hand, to test the trainer without a document."""

import numpy as np

from derive.train.table import XOR

SHAPES = {"W": (3, 2), "b": (), "k": (2,)}
DATA = {"x": XOR.features, "t": XOR.labels}


def cross_entropy(parameters, data):
    """The mean cross-entropy of a network of one hidden layer, and its gradient."""
    w, b, k = parameters["W"], parameters["b"], parameters["k"]
    x, t = data["x"], data["t"]
    hidden = 1 / (1 + np.exp(-(x @ w[1:] + w[0])))
    score = b + hidden @ k
    rest = (1 / (1 + np.exp(-score)) - t) / len(t)
    back = rest[:, None] * hidden * (1 - hidden) * k
    gradient = {"W": np.vstack([back.sum(0), x.T @ back]), "b": rest.sum(), "k": hidden.T @ rest}
    return np.mean(np.logaddexp(0, score) - t * score), gradient


cross_entropy.sense = "minimise"


def likelihood(parameters, data):
    """The same with its sign turned."""
    value, gradient = cross_entropy(parameters, data)
    return -value, {name: -slope for name, slope in gradient.items()}


likelihood.sense = "maximise"


def bowl(parameters, data):
    """The mean squared distance of a point from the samples: least at their mean."""
    rest = parameters["p"] - data["x"]
    return (rest**2).sum() / len(rest), {"p": 2 * rest.mean(0)}


bowl.sense = "minimise"


def blobs(count, seed=0):
    """Two clouds that overlap, labelled 0 and 1."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count).astype(float)
    return {"x": random.standard_normal((count, 2)) + 2 * labels[:, None], "t": labels}
