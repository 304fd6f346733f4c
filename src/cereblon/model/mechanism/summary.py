"""What a course of the network comes to: means, extremes and the strength of each signal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cereblon.model.mechanism.drivers import STEPS_PER_DAY
from cereblon.model.mechanism.network import load_network
from cereblon.model.mechanism.solve import Floats, MarkerCourse

HARDLY = 0.005


def marker_rows(course: MarkerCourse) -> list[dict[str, object]]:
    """Summarise every marker over the course.

    Returns
    -------
        Rows of treatment, marker, label, meaning, untreated, mean, lowest, day_of_lowest, highest, day_of_highest,
        last, day_of_half; days counted from 0, the first dose.
    """
    rows: list[dict[str, object]] = []
    labels = full_labels()
    for name, node in load_network().nodes.items():
        values = course.markers[name]
        rows.append(
            {
                "treatment": course.treatment.name,
                "marker": name,
                "label": labels[name],
                "meaning": node.meaning,
                "untreated": node.untreated,
                "mean": mean(values),
                "lowest": float(values.min()),
                "day_of_lowest": float(course.day[values.argmin()]),
                "highest": float(values.max()),
                "day_of_highest": float(course.day[values.argmax()]),
                "last": float(values[-1]),
                "day_of_half": half_day(course, name),
            }
        )
    return rows


def mean(values: Floats) -> float:
    """Average a series over time; its steps are equal."""
    return float(np.mean(0.5 * (values[:-1] + values[1:])))


def half_day(course: MarkerCourse, marker: str) -> float | None:
    """Find when a marker first has gone half of the way to where it is farthest from untreated.

    Returns
    -------
        Day; None for a marker that hardly moves.
    """
    away = np.abs(course.markers[marker] - load_network().nodes[marker].untreated)
    if away.max() < HARDLY:
        return None
    return float(course.day[np.argmax(away >= 0.5 * away.max())])


def full_labels() -> dict[str, str]:
    """Give labels that are unique: a protein that several cells have carries the cell's name."""
    network = load_network()
    shown = [node.label for node in network.nodes.values()]
    labels = {}
    for name, node in network.nodes.items():
        x, y = node.at
        cell = next((c.label for c in network.cells if c.box[0] <= x <= c.box[2] and c.box[1] <= y <= c.box[3]), "")
        labels[name] = f"{node.label}, {cell}" if shown.count(node.label) > 1 else node.label
    return labels


def strengths(course: MarkerCourse) -> dict[str, float]:
    """Give how strongly each input and node departs from untreated, mean over the course.

    Returns
    -------
        By name, -1 to 1: the sign is that of the change, 1 what `network.yaml` calls full.
    """
    network = load_network()
    found = {name: _share(mean(course.inputs[name]), 0.0, source.full) for name, source in network.inputs.items()}
    for name, node in network.nodes.items():
        found[name] = _share(mean(course.markers[name]), node.untreated, node.full)
    return found


def _share(value: float, untreated: float, full: float) -> float:
    return float(np.clip((value - untreated) / abs(full - untreated), -1.0, 1.0))


def curve_rows(course: MarkerCourse, every_hours: float) -> Iterator[dict[str, str | float]]:
    """Give inputs and markers at regular times, one row each."""
    step = max(1, round(every_hours * STEPS_PER_DAY / 24))
    for index in range(0, len(course.day), step):
        row: dict[str, str | float] = {"treatment": course.treatment.name, "day": float(course.day[index])}
        row |= {name: float(values[index]) for name, values in course.inputs.items()}
        row |= {name: float(values[index]) for name, values in course.markers.items()}
        yield row


def edge_rows(course: MarkerCourse, numbers: Mapping[str, float]) -> list[dict[str, object]]:
    """Give every edge with its evidence and the strength of the signal on it, that of the node it comes from.

    Parameters
    ----------
    course
        A course.
    numbers
        Parameters of that course, which say what is switched off.
    """
    strength = strengths(course)
    return [
        {
            "from": edge.source_node,
            "to": edge.target,
            "sign": edge.sign,
            "off": edge.switch is not None and numbers[edge.switch] == 0.0,
            "strength": abs(strength[edge.source_node]),
            "quality": edge.quality,
            "evidence": edge.evidence,
            "source": edge.source,
        }
        for edge in load_network().edges
    ]
