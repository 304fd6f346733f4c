"""A made-up record of a myeloma trial in the registry's format, with everything that the importer looks for."""

from __future__ import annotations

from typing import Any


def measurements(**values: object) -> list[dict[str, Any]]:
    """One measurement a group: a number, or a mapping with its limits."""
    return [
        {"groupId": group, **(value if isinstance(value, dict) else {"value": str(value)})}
        for group, value in values.items()
    ]


def measure(title: str, unit: str, kind: str, classes: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    """An outcome measure of two groups of 100."""
    groups = [{"id": "OG000", "title": "IRd"}, {"id": "OG001", "title": "Placebo+Rd"}]
    counts = [{"groupId": group["id"], "value": "100"} for group in groups]
    return {
        "type": "PRIMARY",
        "title": title,
        "reportingStatus": "POSTED",
        "paramType": kind,
        "unitOfMeasure": unit,
        "timeFrame": "to the end of the study",
        "groups": groups,
        "denoms": [{"units": "Participants", "counts": counts}],
        "classes": classes,
        **more,
    }


def single(**values: object) -> list[dict[str, Any]]:
    """The classes of a measure that has one number a group."""
    return [{"categories": [{"measurements": measurements(**values)}]}]


def record() -> dict[str, Any]:
    """The record."""
    hazard = {
        "groupIds": ["OG000", "OG001"],
        "paramType": "Hazard Ratio (HR)",
        "paramValue": "0.74",
        "ciPctValue": "95",
        "ciLowerLimit": "0.59",
        "ciUpperLimit": "0.94",
        "pValue": "<0.012",
    }
    first = [
        {"id": "BG000", "title": "IRd"},
        {"id": "BG001", "title": "Placebo+Rd"},
        {"id": "BG002", "title": "Total"},
    ]
    counts = [{"groupId": f"BG00{index}", "value": value} for index, value in enumerate(("100", "100", "200"))]
    stages = ("ISS Stage I", "Stage II", "Stage III")
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT09999999", "briefTitle": "IRd or Rd", "acronym": "EXAMPLE"},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE2", "PHASE3"],
                "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"masking": "DOUBLE"}},
                "enrollmentInfo": {"count": 200, "type": "ACTUAL"},
            },
            "armsInterventionsModule": {
                "armGroups": [
                    {
                        "label": "IRd",
                        "type": "EXPERIMENTAL",
                        "interventionNames": ["Drug: Ixazomib", "Drug: Lenalidomide"],
                    },
                    {"label": "Placebo + Rd", "interventionNames": ["Drug: Placebo", "Drug: Lenalidomide"]},
                ],
                "interventions": [
                    {"type": "DRUG", "name": "Ixazomib"},
                    {"type": "DRUG", "name": "Lenalidomide"},
                    {"type": "DRUG", "name": "Placebo"},
                ],
            },
        },
        "resultsSection": {
            "baselineCharacteristicsModule": {
                "groups": first,
                "denoms": [{"units": "Participants", "counts": counts}],
                "measures": [
                    {
                        "title": "Age, Continuous",
                        "paramType": "MEDIAN",
                        "unitOfMeasure": "years",
                        "classes": single(BG000=66, BG001=66, BG002=66),
                    },
                    {
                        "title": "International Staging System (ISS)",
                        "paramType": "COUNT_OF_PARTICIPANTS",
                        "unitOfMeasure": "Participants",
                        "classes": [
                            {
                                "categories": [
                                    {"title": stage.removeprefix("ISS "), "measurements": measurements(BG000=number)}
                                    for stage, number in zip(stages, (63, 25, 12), strict=True)
                                ]
                            }
                        ],
                    },
                ],
            },
            "outcomeMeasuresModule": {
                "outcomeMeasures": [
                    measure(
                        "Progression-free Survival (PFS)",
                        "months",
                        "MEDIAN",
                        single(
                            OG000={"value": "20.6", "lowerLimit": "17.0", "upperLimit": "NA"},
                            OG001={"value": "14.7", "lowerLimit": "12.9", "upperLimit": "17.6"},
                        ),
                        dispersionType="95% Confidence Interval",
                        analyses=[hazard],
                    ),
                    measure("Overall Survival (OS)", "months", "MEDIAN", single(OG000="NA", OG001="51.6")),
                    measure("Time to Response", "weeks", "MEDIAN", single(OG000="4.6", OG001="8.0")),
                    measure(
                        "Overall Response Rate", "percentage of participants", "NUMBER", single(OG000=78, OG001=72)
                    ),
                    measure(
                        "Best Overall Response",
                        "Participants",
                        "COUNT_OF_PARTICIPANTS",
                        [
                            {
                                "title": "Complete Response (CR)",
                                "categories": [{"measurements": measurements(OG000=12)}],
                            },
                            {"title": "Stable Disease (SD)", "categories": [{"measurements": measurements(OG000=5)}]},
                        ],
                    ),
                    measure("Overall Response Rate by the investigator", "percent", "NUMBER", single(OG000=80)),
                    measure("Quality of Life", "score", "MEAN", single(OG000=50)),
                ]
            },
            "adverseEventsModule": {
                "frequencyThreshold": "5",
                "timeFrame": "30 days after the last dose",
                "eventGroups": [
                    {
                        "id": "EG000",
                        "title": "IRd (safety)",
                        "deathsNumAffected": 4,
                        "deathsNumAtRisk": 99,
                        "seriousNumAffected": 47,
                        "seriousNumAtRisk": 99,
                    }
                ],
                "seriousEvents": [
                    {"term": "Pneumonia", "stats": [{"groupId": "EG000", "numAffected": 10, "numAtRisk": 99}]},
                    {"term": "Bunion", "stats": [{"groupId": "EG000", "numAffected": 1, "numAtRisk": 99}]},
                ],
                "otherEvents": [
                    {"term": "Diarrhea", "stats": [{"groupId": "EG000", "numAffected": 45, "numAtRisk": 99}]},
                ],
            },
        },
    }
