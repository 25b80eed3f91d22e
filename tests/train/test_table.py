"""Samples from files: what is read, and what is refused with its place."""

import numpy as np
import pytest

from derive.train import TrainError
from derive.train.table import read


@pytest.mark.parametrize(
    "text",
    [
        "0,1,1\n2.5,-3e1,0\n",
        "a,b,label\n0,1,1\n2.5,-3e1,0\n",
        "\ufeffa , b, label\r\n 0, 1 ,1\r\n\r\n2.5,-30,0",
        '"0","1","1"\n2.5,-3e1,0\n',
    ],
)
def test_csv(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    table = read(path)
    assert table.features.tolist() == [[0, 1], [2.5, -30]]
    assert table.labels.tolist() == [1, 0]
    assert table.names == (("a", "b", "label") if "label" in text else ())


@pytest.mark.parametrize("dtype", [float, np.float32, int, bool])
def test_npy_and_npz(tmp_path, dtype):
    matrix = np.array([[0, 1, 1], [1, 0, 0]], dtype)
    np.save(tmp_path / "a.npy", matrix)
    np.savez(tmp_path / "a.npz", labels=matrix[:, 2], features=matrix[:, :2])
    for name in ("a.npy", "a.npz"):
        table = read(tmp_path / name)
        assert (table.features.tolist(), table.labels.tolist()) == ([[0, 1], [1, 0]], [1, 0])
        assert table.features.dtype == table.labels.dtype == np.float64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no samples"),
        ("\n \n", "no samples"),
        ("a,b,c\n", "no samples"),
        ("1,2,0\n1,x,0\n", "a.csv:2: column 2 is 'x', not a number"),
        ("a,b,c\n1,2,1\n\n1,,0\n", "a.csv:4: column 2 is '', not a number"),
        ("1,2,0\n1_0,2,0\n", "a.csv:2: column 1 is '1_0', not a number"),
        ("1,2,0\n1,0\n", "a.csv:2: 2 cells, where the first row has 3"),
        ("a,b\n1,2,0\n", "a.csv:2: 3 cells, where the first row has 2"),
        ("1\n0\n", "a row of 1 column"),
        ("1,2,0\n1,nan,0\n", "sample 2 holds a value that is no finite number"),
        ("1,2,inf\n", "sample 1 holds a value that is no finite number"),
        ("1,2,0\n1,2,1.5\n", r"the label of sample 2 is 1.5, not in \[0, 1\]"),
        ("1,2,-1\n", r"the label of sample 1 is -1, not in \[0, 1\]"),
        ("1;2;0\n", "no samples"),
        ("1;2;0\n1;2;1\n", "a.csv:2: column 1 is '1;2;1', not a number"),
        (b"1,2,\xff\n", "not UTF-8"),
        ("1,2,0\n1,2,0\0\n", "a.csv:2: column 3 is"),
    ],
)
def test_what_is_no_table_of_samples(tmp_path, text, words):
    path = tmp_path / "a.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TrainError, match=words) as found:
        read(path)
    assert str(found.value).startswith(str(path))
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("name", "save", "words"),
    [
        ("a.npy", lambda p: p.write_bytes(b""), "not a file of one numeric array"),
        ("a.npy", lambda p: p.write_bytes(b"1,2,3"), "not a file of one numeric array"),
        ("a.npy", lambda p: np.save(p, np.zeros(3)), r"shape \(3,\)"),
        ("a.npy", lambda p: np.save(p, np.zeros((0, 3))), "no samples"),
        ("a.npy", lambda p: np.save(p, np.array([["a", "b"]])), "expected real numbers"),
        ("a.npy", lambda p: np.save(p, np.array([{}, []], object)), "not a file of one numeric"),
        ("a.npy", lambda p: np.save(p, np.zeros((2, 3), complex)), "expected real numbers"),
        ("a.npz", lambda p: p.write_bytes(b"abc"), "not an archive of numeric arrays"),
        ("a.npz", lambda p: np.savez(p, a=np.zeros((2, 2))), r"holds \(2, 2\), expected"),
        ("a.npz", lambda p: np.savez(p, a=np.zeros((2, 2)), b=np.zeros(3)), "2 samples, but 3"),
        ("a.npz", lambda p: np.savez(p, a=np.array([{}], object)), "not an archive of numeric"),
        ("a.txt", lambda p: p.write_text("1,2,0"), "data are read from .csv, .npy, .npz"),
    ],
)
def test_what_is_no_file_of_samples(tmp_path, name, save, words):
    save(tmp_path / name)
    with pytest.raises(TrainError, match=words):
        read(tmp_path / name)


def test_a_large_table(tmp_path):
    table = np.random.default_rng(0).random((2000, 5))
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", fmt="%.17g")
    assert np.array_equal(read(tmp_path / "a.csv").features, table[:, :4])
