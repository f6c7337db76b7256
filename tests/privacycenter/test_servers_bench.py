import json
import sys
from typing import Any, cast

import pytest

from privacycenter.servers.bench import FIGURES, Figure, Measured, chosen, figure, printed
from privacycenter.servers.stack import Stack


class Tails:
    def tails(self) -> str:
        return "what the processes said"


STACK = cast(Stack, Tails())


def test_a_figure_is_one_line_of_json(capsys):
    def measure(stack: Stack) -> Measured:
        sys.stdout.write("something that does not belong on stdout")
        return Measured(30, baseline=12)

    assert printed(Figure("journey.access", "per minute", measure), STACK)
    out, _ = capsys.readouterr()
    assert json.loads(out) == {
        "name": "journey.access",
        "value": 30,
        "unit": "per minute",
        "baseline": 12,
        "ratio": 2.5,
    }


def test_a_figure_without_a_baseline_has_no_ratio(capsys):
    assert printed(Figure("journey.mail", "per minute", lambda stack: 7.5), STACK)
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (line["value"], line["baseline"], line["ratio"]) == (7.5, None, None)


def test_a_figure_that_can_not_be_had_says_why_and_prints_no_line(capsys):
    def measure(stack: Stack) -> float:
        raise RuntimeError("no mail came")

    assert not printed(Figure("journey.mail", "per minute", measure), STACK)
    out, err = capsys.readouterr()
    assert out == ""
    assert "no mail came" in err
    assert "what the processes said" in err


def test_two_figures_can_not_have_one_name(monkeypatch):
    monkeypatch.setattr("privacycenter.servers.bench.FIGURES", dict(FIGURES))
    figure("journey.twice", unit="s")(lambda stack: 1)
    with pytest.raises(ValueError, match=r"two benchmarks called journey\.twice"):
        figure("journey.twice", unit="s")(lambda stack: 2)


@pytest.mark.parametrize(
    ("only", "areas"),
    [
        ("", ["erasure", "journey"]),
        ("jour", ["journey"]),
        ("journey.access", ["journey"]),
        ("jour.access", []),
        ("x", []),
    ],
)
def test_the_prefix_chooses_the_files(tmp_path, only, areas):
    for name in ("bench_journey.py", "bench_erasure.py", "people.py"):
        (tmp_path / name).touch()
    assert chosen(only, tmp_path) == areas
