"""What is emitted is what was proved, for symbols, in floating point and against autograd."""

import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from sympy.codegen.cfunctions import expm1, log1p

import derive
import derive.prove.decide as prover
from derive.codegen.lower import SIGMA
from derive.codegen.stable import LOG_SIGMA, RULES
from derive.compiled import emit, load
from derive.derivation import Relation
from derive.from_sympy import statement
from derive.gradients import two_layer
from derive.source import Span

HERE = Path(__file__).parent
OPTIONS = derive.Options(isolate=False, cross_check=False)
SHAPES = [(4, 2, 2), (1, 1, 1), (9, 3, 5)]


def draw(n, p, m, scale=1.0, dtype=np.float64):
    rng = np.random.default_rng(n + 10 * p + 100 * m)
    parameters = {"u": scale * rng.normal(size=(p + 1, m)), "v": scale * rng.normal(size=m + 1)}
    data = {"X_0": rng.normal(size=(n, p)), "h_r": rng.uniform(size=n)}
    return ({k: a.astype(dtype) for k, a in d.items()} for d in (parameters, data))


def proved(left, right) -> bool:
    a, b, context = statement(left, right)
    span = Span(0, 0)
    asked = Relation("t", None, span, "", "claim", "=", a, b, span, span, context)
    return prover.decide(asked, OPTIONS).status == "proved"


def logistic(z):
    return 1 / (1 + sympy.exp(-z))


def plain(expression):
    """The expression in functions that the prover's door knows."""
    found = expression.replace(LOG_SIGMA, lambda z: sympy.log(logistic(z)))
    found = found.replace(SIGMA, logistic).replace(expm1, lambda x: sympy.exp(x) - 1)
    return found.replace(log1p, lambda x: sympy.log(1 + x))


# ---- as text ----------------------------------------------------------------------------


def test_the_ready_made_gradient_is_what_the_compiler_emits(corrected) -> None:
    found = emit(corrected.checked, options=derive.Options(timeout=120))
    assert found.text == Path(two_layer.__file__).read_text()
    assert (found.target, found.sense) == ("C", "maximise")


def test_two_runs_emit_the_same_text(corrected) -> None:
    one, two = (emit(corrected.checked, "L", target="array-api").text for _ in range(2))
    assert one == two


# ---- proved -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_a_stable_form_is_proved_equal(name: str) -> None:
    before, after = map(plain, RULES[name])
    if "log near" in name:
        # an identity where both are defined
        x = sympy.Symbol("x", positive=True)
        before, after = (e.xreplace({sympy.Symbol("x", real=True): x}) for e in (before, after))
    assert proved(before, after)
    assert not proved(before, after + 1)


POSITIVE, NEGATIVE = sympy.Symbol("z", positive=True), sympy.Symbol("z", negative=True)
E_P, E_N = sympy.exp(-POSITIVE), sympy.exp(NEGATIVE)  # exp(-|z|) on either side of 0


@pytest.mark.parametrize(
    ("form", "meant"),
    [
        (1 / (1 + E_P), logistic(POSITIVE)),
        (E_N / (1 + E_N), logistic(NEGATIVE)),
        (E_P / (1 + E_P), 1 - logistic(POSITIVE)),
        (1 / (1 + E_N), 1 - logistic(NEGATIVE)),
        (-sympy.log(1 + E_P), sympy.log(logistic(POSITIVE))),
        (NEGATIVE - sympy.log(1 + E_N), sympy.log(logistic(NEGATIVE))),
        (-sympy.log(1 + E_P) - POSITIVE, sympy.log(logistic(-POSITIVE))),
        (-sympy.log(1 + E_N), sympy.log(logistic(-NEGATIVE))),
    ],
)
def test_a_helper_is_proved_equal_on_both_sides_of_0(form, meant) -> None:
    assert proved(form, meant)


@pytest.mark.parametrize(("n", "p", "m"), [(1, 1, 1), (2, 2, 2), (2, 1, 2)])
def test_the_emitted_function_of_symbols_is_the_derivative(n, p, m, monkeypatch) -> None:
    sigma = np.vectorize(logistic, otypes=[object])
    log = np.vectorize(sympy.log, otypes=[object])
    values = {
        "_sigmoids": lambda z: (sigma(z), 1 - sigma(z)),
        "_logistic": lambda z: (sigma(z), 1 - sigma(z), log(sigma(z)), log(1 - sigma(z))),
    }
    for name, value in values.items():
        monkeypatch.setattr(two_layer, name, value)
    u, v, x, y = (
        np.array(sympy.symbols(f"{c}:{k}", real=True), object)
        for c, k in (("u", (p + 1) * m), ("v", m + 1), ("x", n * p), ("y", n))
    )
    u, x = u.reshape(p + 1, m), x.reshape(n, p)
    arguments = {"u": u, "v": v, "X_0": x, "h_r": y, "n": n}
    _, by_u, by_v = two_layer._value_and_gradient_sums(**arguments)
    by_u = by_u * v[1:]
    cost = written_out(u, v, x, y)
    assert all(
        proved(found, sympy.diff(cost, symbol))
        for found, symbol in zip([*by_u.flat, *by_v], [*u.flat, *v], strict=True)
    )
    assert not proved(by_v[0], 2 * sympy.diff(cost, v[0]))


def written_out(u, v, x, y):
    """C, one sample after the other."""
    total = 0
    for row, label in zip(x, y, strict=True):
        hidden = [logistic(u[0, j] + sum(u[1:, j] * row)) for j in range(u.shape[1])]
        z = v[0] + sum(a * b for a, b in zip(v[1:], hidden, strict=True))
        # 1 - σ(z) is said as σ(-z), which RULES has and which is seen to be positive
        total += label * sympy.log(logistic(z)) + (1 - label) * sympy.log(logistic(-z))
    return total / len(y)


# ---- in floating point ------------------------------------------------------------------

GRID = np.concatenate(
    [
        np.linspace(-40, 40, 801),
        np.geomspace(1e-12, 1e4, 200),
        -np.geomspace(1e-12, 1e4, 200),
        [0.0, 700, -700, 708.5, -708.5, 745, -745, -1e4, 1e4],
    ]
)


def ulps(found: float, exact: mpmath.mpf) -> float:
    nearest = float(exact)
    return float(abs(mpmath.mpf(float(found)) - exact) / mpmath.mpf(np.spacing(abs(nearest))))


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("whole", [True, False], ids=["with large", "without"])
def test_logistic_values_are_right_to_the_last_bits(part: int, whole: bool) -> None:
    z = GRID if whole else GRID[np.abs(GRID) < 600]
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        found = (*two_layer._sigmoids(z), *two_layer._log_sigmoids(z))[part]
        again = two_layer._logistic(z)[part]
    assert np.all(np.isfinite(found))
    with mpmath.workdps(60):
        for k, at in enumerate(z):
            e = mpmath.exp(-mpmath.mpf(float(at)))
            exact = (
                1 / (1 + e),
                e / (1 + e),
                -mpmath.log1p(e) if at > -300 else mpmath.mpf(float(at)) - mpmath.log1p(1 / e),
                -mpmath.log1p(1 / e) if at < 300 else -mpmath.mpf(float(at)) - mpmath.log1p(e),
            )[part]
            assert ulps(found[k], exact) <= 4, at
            assert ulps(again[k], exact) <= 4, at


@pytest.mark.parametrize("scale", [1.0, 8.0, 40.0], ids=["mild", "saturated", "flat"])
@pytest.mark.parametrize(("n", "p", "m"), SHAPES)
def test_the_gradient_is_right_to_twelve_digits(n, p, m, scale) -> None:
    parameters, data = draw(n, p, m, scale)
    data["h_r"] = np.round(data["h_r"])
    value, gradient = two_layer.value_and_gradient(parameters, data)
    exact_value, exact = by_mpmath(**parameters, **data)
    assert abs(value - exact_value) <= 1e-12 * abs(exact_value)
    for name, array in gradient.items():
        largest = max(abs(x) for x in exact[name].values())
        for at in np.ndindex(array.shape):
            assert abs(array[at] - exact[name][at]) <= 1e-12 * largest


def by_mpmath(u, v, X_0, h_r):
    with mpmath.workdps(400):
        m = mpmath.mpf
        n, (_, k) = len(X_0), u.shape
        gu, gv, total = {}, {}, m(0)

        def add(table, at, what):
            table[at] = table.get(at, m(0)) + what / n

        for row, y in zip(X_0, h_r, strict=True):
            x = [m(1), *map(m, map(float, row))]
            y = m(float(y))
            a = [1 / (1 + mpmath.exp(-sum(m(float(u[i, j])) * x[i] for i in range(len(x)))))
                 for j in range(k)]  # fmt: skip
            z = m(float(v[0])) + sum(m(float(v[j + 1])) * a[j] for j in range(k))
            h = 1 / (1 + mpmath.exp(-z))
            total += (y * mpmath.log(h) + (1 - y) * mpmath.log(1 - h)) / n
            add(gv, (0,), y - h)
            for j in range(k):
                add(gv, (j + 1,), (y - h) * a[j])
                for i, xi in enumerate(x):
                    add(gu, (i, j), (y - h) * m(float(v[j + 1])) * a[j] * (1 - a[j]) * xi)
        return total, {"u": gu, "v": gv}


def test_large_scores_give_no_warning_and_no_nan() -> None:
    parameters = {"u": np.full((2, 1), 1e4), "v": np.array([1e4, -2e4])}
    data = {"X_0": np.array([[-1.0], [0.5], [-3.0]]), "h_r": np.array([0.0, 1.0, 0.5])}
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        value, gradient = two_layer.value_and_gradient(parameters, data)
    assert np.isfinite(value)
    assert all(np.all(np.isfinite(g)) for g in gradient.values())


def test_many_blocks_are_one_sum() -> None:
    parameters, data = draw(100_000, 2, 2)
    value, gradient = two_layer.value_and_gradient(parameters, data)
    tenths = [
        two_layer.value_and_gradient(parameters, {k: a[i::10] for k, a in data.items()})
        for i in range(10)
    ]
    assert value == pytest.approx(np.mean([t[0] for t in tenths]), rel=1e-12)
    for name, array in gradient.items():
        np.testing.assert_allclose(array, np.mean([t[1][name] for t in tenths], 0), rtol=1e-11)


def test_predictions_take_the_memory_of_a_block() -> None:
    parameters, data = draw(200_000, 2, 32)
    tracemalloc.start()
    try:
        found = two_layer.predict(parameters, {"X_0": data["X_0"]})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.shape == (200_000,)
    # the hidden layer of all samples would be 51 MB
    assert peak < 15e6
    some = slice(90_000, 90_010)
    again = two_layer.predict(parameters, {"X_0": data["X_0"][some]})
    np.testing.assert_allclose(found[some], again, rtol=1e-13)


COLUMNS_OF_SAMPLES = r"""
Let $X \in \mathbb{R}^{p \times n}$, $y \in \mathbb{R}^n$, $w \in \mathbb{R}^p$.

$$r = X^T w - y$$
$$C = \frac12 r^T r$$
$$\frac{\partial C}{\partial w} = X r$$
"""


def test_samples_along_the_second_axis_are_not_cut_along_the_first() -> None:
    document = derive.check_text(COLUMNS_OF_SAMPLES, options=derive.Options(cross_check=False))
    module = document.function("C").module
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(3, 9_000)), rng.normal(size=9_000), rng.normal(size=3)
    value, gradient = module.value_and_gradient({"w": w}, {"X": x, "y": y})
    rest = x.T @ w - y
    assert value == pytest.approx(rest @ rest / 2, rel=1e-12)
    np.testing.assert_allclose(gradient["w"], x @ rest, rtol=1e-10)


def test_exact_fractions_of_a_small_case() -> None:
    """All weights 0: every prediction is 1/2 and the gradient can be written down."""
    parameters = {"u": np.zeros((3, 2)), "v": np.zeros(3)}
    data = {"X_0": np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), "h_r": np.array([0, 1, 1, 1])}
    value, gradient = two_layer.value_and_gradient(parameters, data)
    assert value == pytest.approx(-np.log(2), rel=1e-15)
    assert gradient["v"].tolist() == [float(Fraction(1, 4)), 0.125, 0.125]
    assert not gradient["u"].any()


# ---- against automatic differentiation --------------------------------------------------


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 2e-5)])
@pytest.mark.parametrize(("n", "p", "m"), SHAPES)
def test_torch_finds_the_same_gradient(n, p, m, dtype, tolerance) -> None:
    torch = pytest.importorskip("torch")
    parameters, data = draw(n, p, m, dtype=dtype)
    leaves = {k: torch.tensor(a, requires_grad=True) for k, a in parameters.items()}
    x, y = torch.tensor(data["X_0"]), torch.tensor(data["h_r"])
    ones = torch.ones(n, 1, dtype=x.dtype)
    a = torch.cat([ones, torch.sigmoid(torch.cat([ones, x], 1) @ leaves["u"])], 1)
    cost = -torch.nn.functional.binary_cross_entropy_with_logits(a @ leaves["v"], y)
    cost.backward()
    value, gradient = two_layer.value_and_gradient(parameters, data)
    assert value == pytest.approx(cost.item(), rel=tolerance)
    for name, array in gradient.items():
        assert array.dtype == dtype
        np.testing.assert_allclose(array, leaves[name].grad.numpy(), rtol=tolerance, atol=tolerance)


def elsewhere(function, *arguments):
    """The result from a process of its own: JAX starts threads, which forks do not survive."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def by_jax(parameters, data):
    import jax

    def cost(parameters):
        ones = jax.numpy.ones((len(data["h_r"]), 1))
        x = jax.numpy.hstack([ones, data["X_0"]])
        a = jax.numpy.hstack([ones, jax.nn.sigmoid(x @ parameters["u"])])
        z = a @ parameters["v"]
        y = data["h_r"]
        return (y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z)).mean()

    jax.config.update("jax_enable_x64", True)
    return {k: np.asarray(a) for k, a in jax.grad(cost)(parameters).items()}


@pytest.mark.skipif(find_spec("jax") is None, reason="needs jax")
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 2e-5)])
def test_jax_finds_the_same_gradient(dtype, tolerance) -> None:
    parameters, data = draw(9, 3, 5, dtype=dtype)
    found = elsewhere(by_jax, parameters, data)
    for name, array in two_layer.gradient(parameters, data).items():
        np.testing.assert_allclose(array, found[name], rtol=tolerance, atol=tolerance)


def standard_in_jax(text, parameters, data):
    import jax

    jax.config.update("jax_enable_x64", True)
    module = load(text, "two_layer_standard")
    given = [{k: jax.numpy.asarray(a) for k, a in d.items()} for d in (parameters, data)]
    value, gradient = jax.jit(module.value_and_gradient)(*given)
    return float(value), {k: np.asarray(a) for k, a in gradient.items()}


@pytest.mark.skipif(find_spec("jax") is None, reason="needs jax")
def test_the_function_for_every_library_runs_in_jax_compiled(standard) -> None:
    pytest.importorskip("array_api_compat")
    parameters, data = draw(9, 3, 5)
    found, slopes = elsewhere(standard_in_jax, standard.__loader__.text, parameters, data)
    value, gradient = two_layer.value_and_gradient(parameters, data)
    assert found == pytest.approx(value, rel=1e-12)
    for name, array in gradient.items():
        np.testing.assert_allclose(slopes[name], array, rtol=1e-11, atol=1e-14)


# ---- any array library -------------------------------------------------------------------


def libraries():
    def numpy():
        return np.asarray, np.asarray

    def strict():
        xp = pytest.importorskip("array_api_strict")
        return xp.asarray, np.asarray

    def torch():
        xp = pytest.importorskip("torch")
        return xp.tensor, lambda a: a.numpy()

    def dask():
        array = pytest.importorskip("dask.array")
        return (lambda a: array.from_array(a, chunks=(3, *a.shape[1:]))), np.asarray

    return [numpy, strict, torch, dask]


@pytest.mark.parametrize("library", libraries(), ids=lambda f: f.__name__)
@pytest.mark.parametrize(("n", "p", "m"), SHAPES)
def test_one_function_for_every_array_library(library, n, p, m, standard) -> None:
    pytest.importorskip("array_api_compat")
    into, back = library()
    parameters, data = draw(n, p, m)
    value, gradient = two_layer.value_and_gradient(parameters, data)
    given = [{k: into(a) for k, a in d.items()} for d in (parameters, data)]
    found, slopes = standard.value_and_gradient(*given)
    tolerance = 1e-12
    assert float(back(found)) == pytest.approx(value, rel=tolerance)
    assert float(back(standard.cost(*given))) == pytest.approx(value, rel=tolerance)
    for name, array in gradient.items():
        np.testing.assert_allclose(back(slopes[name]), array, rtol=tolerance, atol=tolerance)
    h = standard.predict(given[0], {"X_0": given[1]["X_0"]})
    np.testing.assert_allclose(back(h), two_layer.predict(parameters, data), rtol=tolerance)


def test_samples_in_chunks_of_a_dask_array_stay_in_chunks(standard) -> None:
    array = pytest.importorskip("dask.array")
    parameters, data = draw(10_000, 2, 3)
    lazy = {k: array.from_array(a, chunks=(1_000, *a.shape[1:])) for k, a in data.items()}
    whole = {k: array.from_array(a) for k, a in parameters.items()}
    value, gradient = standard.value_and_gradient(whole, lazy)
    assert lazy["X_0"].npartitions == 10
    expected, slopes = two_layer.value_and_gradient(parameters, data)
    assert float(value.compute()) == pytest.approx(expected, rel=1e-12)
    for name, slope in slopes.items():
        np.testing.assert_allclose(gradient[name].compute(), slope, rtol=1e-11, atol=1e-13)


def test_a_cluster_sums_over_chunks(standard) -> None:
    array = pytest.importorskip("dask.array")
    distributed = pytest.importorskip("distributed")
    parameters, data = draw(4_000, 2, 3)
    expected, slopes = two_layer.value_and_gradient(parameters, data)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        lazy = {k: array.from_array(a, chunks=(500, *a.shape[1:])) for k, a in data.items()}
        whole = {k: array.from_array(a) for k, a in parameters.items()}
        value, gradient = standard.value_and_gradient(whole, lazy)
        value, *found = client.gather(client.compute([value, *gradient.values()]))
    assert float(value) == pytest.approx(expected, rel=1e-12)
    for slope, name in zip(found, gradient, strict=True):
        np.testing.assert_allclose(slope, slopes[name], rtol=1e-11, atol=1e-13)


# ---- refusals ----------------------------------------------------------------------------

GOOD = {"u": np.zeros((3, 2)), "v": np.zeros(3)}
DATA = {"X_0": np.zeros((4, 2)), "h_r": np.ones(4)}


@pytest.mark.parametrize(
    ("parameters", "data", "said"),
    [
        ({"v": None}, {}, "parameters: v is missing; expected u, v"),
        ({"w": np.ones(1)}, {}, "parameters: no w in the document; expected u, v"),
        ({}, {"x": np.ones(1)}, "data: no x in the document; expected h_r, X_0"),
        ({"v": np.zeros(4)}, {}, r"v has shape \(4,\), expected \(.* \+ 1,\) = \(3,\)"),
        ({"u": np.zeros(3)}, {}, r"u has shape \(3,\), expected \(p \+ 1, .*\): 2 dimensions"),
        ({}, {"X_0": np.zeros((5, 2))}, r"X_0 has shape \(5, 2\), expected \(n, p\) = \(4, 2\)"),
        ({"v": np.zeros(3) * 1j}, {}, "v must hold real numbers .*, not complex128"),
        ({}, {"X_0": np.full((4, 2), "a")}, "X_0 must hold real numbers"),
        ({}, {"X_0": np.full((4, 2), np.nan)}, r"X_0 holds nan at \[0, 0\], expected finite"),
        ({"v": np.array([0, np.inf, 0])}, {}, r"v holds inf at \[1\], expected finite"),
        ({}, {"h_r": np.array([0, 1, 2, 0])}, r"h_r holds 2.0 at \[2\], expected .* \[0, 1\]"),
        ({}, {"h_r": np.array([0, 1, -0.1, 0])}, r"h_r holds -0.1 at \[2\], expected"),
        ({}, {"X_0": np.zeros((0, 2)), "h_r": np.zeros(0)}, "h_r is empty"),
    ],
)
def test_bad_arguments_are_named(parameters, data, said) -> None:
    merged = [
        {k: a for k, a in {**good, **bad}.items() if a is not None}
        for good, bad in ((GOOD, parameters), (DATA, data))
    ]
    with pytest.raises((ValueError, TypeError), match=said):
        two_layer.value_and_gradient(*merged)


def test_the_paper_as_written_is_refused(paper) -> None:
    with pytest.raises(derive.Refusal, match="not proved: refuted"):
        paper.function("C", wrt=["u", "v"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r"d_i = \frac{h_i^r - h_i^p}{n}", r"d_i = \frac{h_i^p - h_i^r}{n}"),
        (r"d_i = \frac{h_i^r - h_i^p}{n}", r"d_i = h_i^r - h_i^p"),
    ],
    ids=["wrong sign", "lost factor"],
)
def test_a_wrong_gradient_is_refused(before, after) -> None:
    text = (Path(derive.__file__).parent / "papers" / "corrected.md").read_text()
    assert before in text
    changed = text.split("## 4")[0].replace(before, after)
    document = derive.check_text(changed, options=derive.Options(cross_check=False, timeout=60))
    with pytest.raises(derive.Refusal, match="not proved"):
        document.function("C", wrt=["u", "v"])


def test_where_the_matrix_form_is_false_the_proved_components_are_emitted() -> None:
    text = (Path(derive.__file__).parent / "papers" / "corrected.md").read_text()
    before = r"&= \mathbf{A}^T \mathbf{d}"
    assert before in text
    changed = text.split("## 4")[0].replace(before, r"&= 2 \mathbf{A}^T \mathbf{d}")
    document = derive.check_text(changed, options=derive.Options(cross_check=False, timeout=60))
    f = document.function("C", wrt=["u", "v"])
    assert "A.T @ d" not in f.source
    parameters, data = draw(5, 2, 2)
    np.testing.assert_allclose(
        f.gradient(parameters, data)["v"], two_layer.gradient(parameters, data)["v"], rtol=1e-12
    )


def test_names_that_the_document_lacks_are_refused(corrected) -> None:
    with pytest.raises(derive.Refusal, match=r"Q is defined nowhere.*exist for C, L"):
        corrected.function("Q")
    with pytest.raises(derive.Refusal, match=r"foo is no parameter.*respect to u, v"):
        corrected.function("C", wrt=["foo"])
    with pytest.raises(derive.Refusal, match="no equation of this document gives ∂C/∂h_r"):
        corrected.function("C", wrt=["h_r"])


def test_the_general_network_is_the_same_function(narrow) -> None:
    parameters, data = draw(6, 3, 4)
    renamed = {"W": parameters["u"], "q": parameters["v"]}, {"F_0": data["X_0"], "t": data["h_r"]}
    value, gradient = narrow(**renamed[0], **renamed[1])
    expected, slopes = two_layer.value_and_gradient(parameters, data)
    assert value == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(gradient["W"], slopes["u"], rtol=1e-12)
    np.testing.assert_allclose(gradient["q"], slopes["v"], rtol=1e-12)
