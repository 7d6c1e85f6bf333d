"""The notebooks run from the first cell to the last, as they are but with fewer residents and points."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

FEWER = {
    "montecarlo": {"SCALE = 0.02": "SCALE = 0.01", "RUNS = 12": "RUNS = 5"},
    "sensitivity": {
        "SCALE = 0.02": "SCALE = 0.01",
        '("sobol", 256), ("surrogate", 192)': '("sobol", 64), ("surrogate", 64)',
        "size=3, replicates=2": "size=2, replicates=2",
    },
}
"""What is changed in each notebook to be quicker."""

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the documents are not beside the tests")


def test_there_is_one_on_risk_and_one_on_sensitivity():
    assert [path.stem for path in NOTEBOOKS] == ["montecarlo", "sensitivity"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_is_kept_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_runs(path, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel's own shows figures in the notebook
    book = nbformat.read(path, as_version=4)
    for old, fewer in FEWER[path.stem].items():
        assert any(old in cell.source for cell in book.cells), old
        for cell in book.cells:
            cell.source = cell.source.replace(old, fewer)
    nbclient.NotebookClient(book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in shown) >= 2
    assert not [output for output in shown if output.output_type == "stream" and output.name == "stderr"]
