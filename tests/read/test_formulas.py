"""Formulas as written to syntax: one row a construct, in the plain form of `plain.py`."""

# ruff: noqa: E501

import pytest
from plain import plain

from derive.read.lexer import lex
from derive.read.macros import Macros
from derive.read.rows import formulas
from derive.source import Span

ROWS = [
    (
        r"x^2_i + x'^2 + {x_i}^2 + \frac 1 2 + \frac12 + \sqrt x + \sqrt[3]{y}",
        ["(+x_[i]^[2] +x'^[2] +x_[i]^[2] +frac(1; 2) +frac(1; 2) +root[∅](x) +root[3](y))"],
    ),
    (
        r"a \cdot -1 + \sum_i -2(x_i - m)",
        ["(+{a cdot (-1)} +{SUM[i; ∅] (-{2 ((+x_[i] -m))})})"],
    ),
    (
        "a/b c + 1/-2",
        ["(+{a / b c} +{1 / (-2)})"],
    ),
    (
        r"|x| + \|x\| + \lvert y\rvert + \left| a \right| + 2|x| |y|",
        ["(+|x| +‖x‖ +|y| +|a| +{2 |x| |y|})"],
    ),
    (
        r"p(y|x) = p(y \mid x, z) + P(|X|>1)",
        ["{p (<y | x>)} = (+{p (<y | <x , z>>)} +{P (rel[|X| > 1])})"],
    ),
    (
        r"\{0,1\} \ni x",
        ["{<0 , 1>} ∋ x"],
    ),
    (
        r"y \in (0,1) \cup [0,1)",
        ["!! the sign `cup` is known but has no meaning here"],
    ),
    (
        r"x \in [0,1)",
        ["x ∈ [<0 , 1>)"],
    ),
    (
        r"\langle x, y\rangle = 3",
        ["⟨<x , y>⟩ = 3"],
    ),
    (
        r"f'(x) = f^{\prime}(x) + f^{\prime\prime} + x!",
        ["{f' (x)} = (+{f' (x)} +f'' +x!)"],
    ),
    (
        r"\left. f \right|_{x=0} = f|_{x=0} + \frac{df}{dx}\Big|_{x=1}",
        [
            "eval(f; rel[x = 0]; ∅) = (+eval(f; rel[x = 0]; ∅) +eval(frac({d f}; {d x}); rel[x = 1]; ∅))"
        ],
    ),
    (
        r"\left[\begin{matrix} 1 & 2 \\ 3 & 4\end{matrix}\right] = \begin{smallmatrix}1\end{smallmatrix}",
        ["bmatrix(1, 2; 3, 4) = matrix(1)"],
    ),
    (
        r"f(x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
        ["{f (x)} = cases(x if rel[x > 0]; 0 if 'otherwise')"],
    ),
    (
        r"f = \left\{\begin{array}{ll} x & x>0 \\ -x & \text{else}\end{array}\right.",
        ["f = cases(x if rel[x > 0]; (-x) if 'else')"],
    ),
    (
        r"a \stackrel{\text{def}}{=} b \overset{(a)}{=} c \neq d \not= e \not\in F",
        ["a := b ={(a)} c ≠ d ≠ e ∉ F"],
    ),
    (
        r"a := b \coloneqq c \triangleq d",
        ["a := b := c := d"],
    ),
    (
        r"a = b \Rightarrow c = d",
        ["a = b ⇒ c = d"],
    ),
    (
        r"\Rightarrow a = b",
        ["«⇒» a = b"],
    ),
    (
        r"a = b, \quad c = d; e = f \text{ and } g = h",
        ["a = b", "c = d", "e = f", "«and» g = h"],
    ),
    (
        r"f(x)=x \quad (x>0)",
        ["{f (x)} = x", "«for» x > 0"],
    ),
    (
        r"C = a + b \quad(5)",
        ["(5) C = (+a +b)"],
    ),
    (
        r"x=y\ \tag{5}.",
        ["(5) x = y"],
    ),
    (
        r"a = b \quad (x+1)",
        ["a = b", "((+x +1))"],
    ),
    (
        r"(3-9)\ (5-15",
        ["!! `(` is never closed"],
    ),
    (
        "x -",
        ["!! nothing stands after `-`"],
    ),
    (
        r"x\ (\ x + 1",
        ["!! `(` is never closed"],
    ),
    (
        r"9^{9^{9^9}} = \foo{x} = 3",
        [r"!! \foo is not known"],
    ),
    (
        r"\mathbf{Av} + \mathbf X_0 + \mathrm{softmax}(x) + \operatorname{tr} A + \hat y_i + \hat{\mathbf{x}} + \overline{AB}",
        ["(+{bf:A bf:v} +bf:X_[0] +{rm:softmax (x)} +{rm:tr A} +hat.y_[i] +hat.bf:x +bar.AB)"],
    ),
    (
        r"\mathbf X=[\,1\ \ \mathbf X_0\,]",
        ["bf:X = bmatrix(1, bf:X_[0])"],
    ),
    (
        r"W^{-1} + A^* + W^+ + A^\top + 90^\circ + x_{\text{max}} + h^{\text{pred}}",
        ["(+W^[(-1)] +A^[*] +W^[+] +A^[top] +90^[circ] +x_['max'] +h^['pred'])"],
    ),
    (
        r"\int_0^\infty x e^{-x}\,\mathrm{d}x = \lim_{n\to\infty} a_n",
        ["{INT[0; infty] x e^[(-x)] rm:d x} = {LIM[rel[n → infty]; ∅] a_[n]}"],
    ),
    (
        r"\binom{n}{k} = {n \choose k}",
        ["binom(n; k) = binom(n; k)"],
    ),
    (
        r"\max_{x \in X} f(x) + \max(a,b) + \operatorname*{argmax}_\theta L + \underset{x}{\arg\max} f",
        ["(+{MAX[rel[x ∈ X]; ∅] f (x)} +{max (<a , b>)} +{ARGMAX[theta; ∅] L} +{ARGMAX[x; ∅] f})"],
    ),
    (
        r"\sum_{\substack{i<j \\ j<k}} x = \sum_{i,j=1}^n + \sum_{i = 1, \dots, n} y + \sum_{i=1,\, j \ne i} z",
        [
            "{SUM[<rel[i < j] , rel[j < k]>; ∅] x} = (+{SUM[rel[<i , j> = 1]; n] (+{SUM[rel[i = <1 , … , n>]; ∅] y})} +{SUM[<rel[i = 1] , rel[j ≠ i]>; ∅] z})"
        ],
    ),
    (
        r"\nabla_w -y f",
        ["{nabla_[w] (-{y f})}"],
    ),
    (
        r"\log -x",
        ["{log (-x)}"],
    ),
    (
        "{a+b}c = 2",
        ["!! the braces around this sum do not print: write brackets"],
    ),
    (
        r"{\bf X} + {\rm tr} A",
        ["(+bf:X +{rm:tr A})"],
    ),
    (
        r"a &= b & c &= d \\ &= b' & &= d'",
        ["a = b = b'", "c = d = d'"],
    ),
    (
        r"a &= b + c \\ &\quad + d \\ &= e",
        ["a = (+b +c +d) = e"],
    ),
    (
        r"a = b + \\ c \\ = d",
        ["a = (+b +c) = d"],
    ),
    (
        r"\begin{aligned} x &= \left( a \right. \\ &\left. + b \right) \end{aligned}",
        ["x = ((+a +b))"],
    ),
    (
        r"\begin{aligned} x &= \Big( a + \\ & b \Big) \end{aligned}",
        ["x = ((+a +b))"],
    ),
    (
        r"A = \begin{aligned}[t] &b \\ &+ c\end{aligned}",
        ["A = (+b +c)"],
    ),
    (
        r"\left\{ \begin{aligned} a &= 1 \\ b &= 2 \end{aligned}\right.",
        ["a = 1", "b = 2"],
    ),
    (
        r"\begin{cases} x + y = 1 \\ x - y = 3 \end{cases}",
        ["(+x +y) = 1", "(+x -y) = 3"],
    ),
    (
        r"a \tag{1} \\ = b \tag{2}",
        ["(1) a", "(2) ∅ = b"],
    ),
    (
        r"a &= b \quad (1)\\ &= c \quad (2)",
        ["(1) a = b", "(2) ∅ = c"],
    ),
    (
        "1e-5 + x",
        ["!! `1e-5` is not a numeral of mathematics"],
    ),
    (
        "x^10",
        ["!! `^10` raises or lowers only its first digit: write `^{10}`"],
    ),
    (
        "2 3",
        ["!! two numerals side by side print as one"],
    ),
    (
        r"\underbrace{a + b}_{\text{foo}} c = \boxed{a = b}",
        ["{((+a +b)) c} = a = b"],
    ),
    (
        r"\text{Loss} = \text{CE} + \lambda \text{Reg}",
        ["rm:Loss = (+rm:CE +{lambda rm:Reg})"],
    ),
    (
        r"\text{learning rate} = 0.1",
        ["'learning rate' = 0.1"],
    ),
    (
        r"\forall i : x_i > 0",
        ["«for all» i : x_[i] > 0"],
    ),
    (
        r"a = b \text{ for all } i",
        ["a = b", "«for all» i"],
    ),
    (
        r"a = b & \text{(by the chain rule)}",
        ["a = b", "'(by the chain rule)'"],
    ),
    (
        "x² + ∑_{i=1}^n αᵢ · β − √2 × 𝐗ᵀ",
        ["(+x^[2] +{SUM[rel[i = 1]; n] alpha_[i] cdot beta} -{root[∅](2) times bf:X^[T]})"],
    ),
    (
        r"D_{KL}(p\|q) = D(p||q)",
        ["{D_[{K L}] (<p ‖ q>)} = {D (<p ‖ q>)}"],
    ),
    (
        r"\mathbb{E}_{x \sim p}[f(x)] = \mathbb{1}_{x>0}",
        ["{bb:E_[rel[x ∼ p]] [{f (x)}]} = bb:1_[rel[x > 0]]"],
    ),
    (
        r"\sigma^2 = \frac{\partial^2 f}{\partial x^2} = \frac{\mathrm{d} y}{\mathrm{d} x}",
        ["sigma^[2] = frac({partial^[2] f}; {partial x^[2]}) = frac({rm:d y}; {rm:d x})"],
    ),
    (
        r"\color{red}{x} + \textcolor{blue}{y} + \phantom{z} + \cancel{w}",
        ["(+x +y +(+w))"],
    ),
    (
        r"a \xrightarrow{d} b",
        ["a →{d} b"],
    ),
    (
        r"\bigl( a \bigr) \Bigl| b \Bigr|",
        ["{(a) |b|}"],
    ),
    (
        r"x = a \over b",
        ["x = frac(a; b)"],
    ),
    (
        "{}_i x",
        ["{□_[i] x}"],
    ),
    (
        r"\tilde{x_i}",
        ["tilde.x_[i]"],
    ),
    (
        r"\frac{5^{5^{5^{5^5}}}-4}{16}",
        ["frac((+5^[5^[5^[5^[5]]]] -4); 16)"],
    ),
    (
        "__import__('os').system('x')",
        ["!! an argument is missing"],
    ),
    (
        "= b = c",
        ["∅ = b = c"],
    ),
    (
        "h_i^p = h_i^p(w)",
        ["h_[i]^[p] = {h_[i]^[p] (w)}"],
    ),
    (
        r"X \in \mathbb{R}^{n \times p}",
        ["X ∈ bb:R^[{n times p}]"],
    ),
    (
        "a, b > 0",
        ["<a , b> > 0"],
    ),
    (
        r"n \in \mathbb N, x \in \R",
        ["n ∈ bb:N", "x ∈ bb:R"],
    ),
    (
        r"E(x,+0,z)=\frac{qb}{2\pi\epsilon_0}\left[\frac1{[(x-a)^2+b^2+(z-c)^2]^{3/2}}-\dots\right]",
        [
            "{E (<x , (+0) , z>)} = {frac({q b}; {2 pi epsilon_[0]}) [(+frac(1; [(+((+x -a))^[2] +b^[2] +((+z -c))^[2])]^[{3 / 2}]) -…)]}"
        ],
    ),
    (
        r"f(x; \theta) + f(x; \mu, \sigma)",
        ["(+{f (<x ; theta>)} +{f (<x ; <mu , sigma>>)})"],
    ),
    (
        r"x = 1,2,\; y = 3",
        ["x = <1 , 2>", "y = 3"],
    ),
    (
        r"a_1 + \cdots + a_n",
        ["(+a_[1] +… +a_[n])"],
    ),
    (
        r"\|x\|_2^2 + ||x||^2 + ||x| - |y||",
        ["(+‖x‖_[2]^[2] +‖x‖^[2] +|(+|x| -|y|)|)"],
    ),
    (
        r"\sin^{-1}x + \tanh x + tanh(x) + exp(x)",
        ["(+{sin^[(-1)] x} +{tanh x} +{tanh (x)} +{exp (x)})"],
    ),
    (
        r"\begin{bmatrix}1 & 2\end{bmatrix}^\top",
        ["bmatrix(1, 2)^[top]"],
    ),
    (
        r"\min_x \quad f(x)",
        ["{MIN[x; ∅] f (x)}"],
    ),
    (
        r"y = \max_x \quad f(x)",
        ["y = {MAX[x; ∅] f (x)}"],
    ),
    (
        r"a = b \therefore c = d",
        ["a = b ⇒ c = d"],
    ),
    (
        r"f: A \to B",
        ["f : A → B"],
    ),
    (
        r"\frac{a}{b}_{k} {g}_{k}",
        ["{frac(a; b)_[k] g_[k]}"],
    ),
    (
        r"A \in \mathbb{R}^{m\times n},\ B \in \mathbb{R}^{n}",
        ["A ∈ bb:R^[{m times n}]", "B ∈ bb:R^[n]"],
    ),
    (
        r"a = b = \\ = c",
        ["a = b = c"],
    ),
    (
        r"x_1, \dots, x_n",
        ["<x_[1] , … , x_[n]>"],
    ),
    (
        r"\mathbf{1}_n^T x = 0",
        ["{bf:1_[n]^[T] x} = 0"],
    ),
    (
        r"a \equiv b \pmod n",
        ["!! the sign `pmod` is known but has no meaning here"],
    ),
    (
        r"P(A \cap B) = 1",
        ["!! the sign `cap` is known but has no meaning here"],
    ),
    (
        r"x \mapsto x^2",
        ["x ↦ x^[2]"],
    ),
    (
        r"\mathop{\mathrm{argmax}}\limits_{x} f + \underset{x}{\mathrm{argmin}} g",
        ["(+{ARGMAX[x; ∅] f} +{ARGMIN[x; ∅] g})"],
    ),
    (
        "A_{:,i} + A_{i,:} + x_{1:n} + x_{:}",
        ["(+A_[<: , i>] +A_[<i , :>] +x_[rel[1 : n]] +x_[:])"],
    ),
    (
        r"\begin{multline} a = (b + c) \\ (d+e) \\ = f \end{multline}",
        ["a = {((+b +c)) ((+d +e))} = f"],
    ),
    (
        r"\{x \mid x>0\} = \{ x : x > 0 \}",
        ["{<x | rel[x > 0]>} = {rel[x : x > 0]}"],
    ),
    (
        r"\left\{x_i\right\}_{i=1}^n \sim \mathcal{N}(\mu, \sigma^2)",
        ["{x_[i]}_[rel[i = 1]]^[n] ∼ {cal:N (<mu , sigma^[2]>)}"],
    ),
    (
        r"\left|\begin{matrix} a & b \\ c & d\end{matrix}\right| = \det(A)",
        ["vmatrix(a, b; c, d) = {det (A)}"],
    ),
    (
        r"\nabla_\mathbf{w} L = \lim_{x \to 0^+} f^{(n)}(x)",
        ["{nabla_[bf:w] L} = {LIM[rel[x → 0^[+]]; ∅] f^[(n)] (x)}"],
    ),
    (
        r"\mathbf{w}^* = \operatorname*{argmin}_{\mathbf{w}, b}\ L \quad \text{s.t.} \quad \|\mathbf w\| \leq 1",
        ["bf:w^[*] = {ARGMIN[<bf:w , b>; ∅] L}", "«s.t.» ‖bf:w‖ ≤ 1"],
    ),
    (
        r"\frac{\mathrm{d}\mathrm{LL}(\mu)}{\mathrm{d}\mu} \overset{\eqref{eq:x}}{=} 0",
        ["frac({rm:d rm:LL (mu)}; {rm:d mu}) = 0"],
    ),
    (
        r"x^{\left(i\right)} + \left(\frac{a}{b}\right)^{2}",
        ["(+x^[(i)] +(frac(a; b))^[2])"],
    ),
    (
        r"\mathrm{E}[X] = \int_{-\infty}^{\infty} x \, f_X(x) \, \mathrm{d}x",
        ["{rm:E [X]} = {INT[(-infty); infty] x f_[X] (x) rm:d x}"],
    ),
    (
        r"\begin{split} \mathrm{E}(X) &= \sum_{x} x \cdot p(x) \\ &\overset{(1)}{=} \mu \; . \end{split}",
        ["{rm:E (X)} = {SUM[x; ∅] x cdot p (x)} ={(1)} mu"],
    ),
    (
        r"y = \begin{pmatrix} a & \cdots & b \\ \vdots & \ddots & \vdots\end{pmatrix}^{-1}",
        ["y = pmatrix(a, …, b; …, …, …)^[(-1)]"],
    ),
    (
        r"\sigma(t) = \frac{1}{1+e^{-t}}",
        ["{sigma (t)} = frac(1; (+1 +e^[(-t)]))"],
    ),
    (
        "p + q = 1",
        ["(+p +q) = 1"],
    ),
    (
        r"a \ne b",
        ["a ≠ b"],
    ),
    (
        r"h = [\text{diag}(\mathbf{d}) \times \mathbf{X}]^T",
        ["h = [{rm:diag (bf:d) times bf:X}]^[T]"],
    ),
    (
        r"x \leftarrow x - \eta \nabla f",
        ["x ← (+x -{eta nabla f})"],
    ),
    (
        r"\exp\left\{x\right\} + \exp\{x\}",
        ["(+{exp {x}} +{exp {x}})"],
    ),
    (
        r"a = \left( b \right] c",
        ["!! `(` is closed by `]`"],
    ),
    (
        r"f(x) = x^2, \qquad x \in \R",
        ["{f (x)} = x^[2]", "x ∈ bb:R"],
    ),
    (
        r"\frac{d}{dx}\left[ x^2 \right] = 2x",
        ["{frac(d; {d x}) [x^[2]]} = {2 x}"],
    ),
    (
        r"\sum_{i \in S} x_i + \sum_{i\ne j} y",
        ["(+{SUM[rel[i ∈ S]; ∅] x_[i]} +{SUM[rel[i ≠ j]; ∅] y})"],
    ),
    (
        "1{,}000 + 3.14",
        ["(+1000 +3.14)"],
    ),
    (
        r"\Pr[X=1, Y=2] = P(X=1 | Y=2)",
        ["{Pr [<rel[X = 1] , rel[Y = 2]>]} = {P (<rel[X = 1] | rel[Y = 2]>)}"],
    ),
    (
        r"C = \frac{1}{n} \sum_i \left[ y_i \log h_i \\ + (1-y_i) \right]",
        ["C = {frac(1; n) SUM[i; ∅] [(+{y_[i] log h_[i]} +((+1 -y_[i])))]}"],
    ),
    (
        r"\begin{array}{rcl} a &=& b \\ &=& c \end{array}",
        ["a = b = c"],
    ),
    (
        r"a = b\,, \; c = d\,.",
        ["a = b", "c = d"],
    ),
    (
        r"x = \text{softmax}(z)_i = \text{number of items} / n",
        ["x = {rm:softmax (z)_[i]} = {'number of items' / n}"],
    ),
    (
        r"\tilde{\mathbf x}_i^{\text{new}}",
        ["tilde.bf:x_[i]^['new']"],
    ),
    (
        r"\sqrt \frac{a}{b}",
        ["root[∅](frac(a; b))"],
    ),
    (
        r"a=b=c=d \tag{$*$}",
        ["(*) a = b = c = d"],
    ),
    (
        r"\ddot{x} = -\omega^2 x",
        ["ddot.x = (-{omega^[2] x})"],
    ),
    (
        r"K = \{0,1\}^n",
        ["K = {<0 , 1>}^[n]"],
    ),
    (
        r"\mathbf{x} = (x_1, \dots, x_n)^\top",
        ["bf:x = (<x_[1] , … , x_[n]>)^[top]"],
    ),
    (
        r"a^{b^{c}} + e^{-\frac{1}{2}(x-\mu)^2}",
        ["(+a^[b^[c]] +e^[(-{frac(1; 2) ((+x -mu))^[2]})])"],
    ),
    (
        r"\hat{y} = \mathbb{1}\{x > 0\}",
        ["hat.y = {bb:1 {rel[x > 0]}}"],
    ),
    (
        r"x = \begin{cases} 1, & x > 0, \\ 0, & x \le 0. \end{cases}",
        ["x = cases(1 if rel[x > 0]; 0 if rel[x ≤ 0])"],
    ),
    (
        r"x = \begin{cases} 1 \text{ if } x > 0 \\ 0 \text{ otherwise} \end{cases}",
        ["x = cases(1 if rel[x > 0]; 0 if 'otherwise')"],
    ),
    (
        r"|x|^2 = x \cdot |y| |z|",
        ["|x|^[2] = {x cdot |y| |z|}"],
    ),
    (
        r"\frac{|x|}{|y|} + |a+b|",
        ["(+frac(|x|; |y|) +|(+a +b)|)"],
    ),
    (
        "a = -b = +c = - - d",
        ["a = (-b) = (+c) = (-(-d))"],
    ),
    (
        r"\log_2 x + \ln(1-h) \log(1 - h_i^p)",
        ["(+{log_[2] x} +{ln ((+1 -h)) log ((+1 -h_[i]^[p]))})"],
    ),
]


def read(latex: str) -> list[str]:
    found = formulas(lex(latex, 0, len(latex), Macros()), Span(0, len(latex)), True)
    return [
        (f"({formula.tag}) " if formula.tag else "") + plain(chain)
        for formula in found
        for chain in formula.chains
    ]


@pytest.mark.parametrize(("latex", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_read(latex, expected):
    assert read(latex) == expected
