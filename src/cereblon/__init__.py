"""Virtual trials, pharmacology and published evidence for lenalidomide-based therapy of myeloma.

A research tool. It is not for deciding the treatment of a patient.
"""


def __getattr__(name: str) -> str:
    # importlib.metadata costs a third of the time of `cereblon --help`, so the version is read when asked for.
    if name == "__version__":
        from importlib.metadata import version

        return version("cereblon")
    raise AttributeError(f"module 'cereblon' has no attribute {name!r}")
