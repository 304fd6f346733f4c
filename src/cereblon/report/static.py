"""Charts as files and as pictures inside a page, drawn without a browser; all drawing of specifications is here."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any, TypeAlias

import altair as alt
import vl_convert

from cereblon.core.errors import InputError
from cereblon.core.output_files import write_file
from cereblon.core.units import shown_units
from cereblon.report.kept_script import keep_script, kept_script
from cereblon.report.renderer import Renderer, drawable, svg_of, vega_script

Specification: TypeAlias = dict[str, Any]

_SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)"[^>]*? height="([\d.]+)"')


def specification(chart: alt.TopLevelMixin) -> Specification:
    """Turn a chart into its Vega-Lite specification."""
    found: Specification = _with_shown_units(chart.to_dict(validate=False))
    found.pop("$schema", None)  # an address that no reader needs
    return found


def _with_shown_units(part: Any) -> Any:
    if isinstance(part, str):
        return shown_units(part)
    if isinstance(part, dict):
        return {name: _with_shown_units(value) for name, value in part.items()}
    return [_with_shown_units(value) for value in part] if isinstance(part, list) else part


def svg_text(drawing: alt.TopLevelMixin | Specification) -> str:
    """Draw a chart or a specification as SVG; equal charts give equal text with equal versions of the libraries."""
    plain = drawing if isinstance(drawing, dict) else specification(drawing)
    return svg_of(plain, _vega_lite_version())


def renderer() -> Renderer:
    """Start a process that draws, to be used as a context."""
    return Renderer(_vega_lite_version(), script=kept_script(_vega_lite_version()))


def png_bytes(chart: alt.TopLevelMixin, *, scale: float = 2.0) -> bytes:
    """Draw a chart as PNG; `scale` is pixels per unit of the drawing."""
    png: bytes = vl_convert.vegalite_to_png(
        drawable(specification(chart)), vl_version=_vega_lite_version(), scale=scale, allowed_base_urls=[]
    )
    return png


def save_picture(chart: alt.TopLevelMixin, path: Path) -> Path:
    """Write a chart as PNG or SVG, by the ending of the name.

    Raises
    ------
    InputError
        If the name ends otherwise or cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise InputError(f"{path}: a picture ends in .png or .svg")
    write_file(path, png_bytes(chart) if kind == ".png" else svg_text(chart).encode())
    return path


def image(drawing: alt.TopLevelMixin | Specification) -> dict[str, str]:
    """Draw a static picture as an image of its own, so that names inside one drawing cannot touch another's.

    Returns
    -------
        As `image_of`.
    """
    return image_of(svg_text(drawing))


def image_of(svg: str) -> dict[str, str]:
    """Make an image of a drawing.

    Returns
    -------
        `src`, a data address, and `width` and `height`.
    """
    width, height = size_of(svg) or ("", "")
    return {
        "src": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
        "width": width,
        "height": height,
    }


def size_of(svg: str) -> tuple[str, str] | None:
    """Give width and height that an SVG states; None if it states none."""
    found = _SIZE.search(svg)
    return (found[1], found[2]) if found else None


def vega_bundle(drawn: Renderer | None = None) -> str:
    """Give Vega, Vega-Lite and Vega-Embed as one script, put together where a renderer draws, and kept."""
    version = _vega_lite_version()
    if script := kept_script(version):
        return inline(script)
    script = vega_script(version) if drawn is None else drawn.script()
    keep_script(version, script)
    return inline(script)


def inline(script: str) -> str:
    """Write a script so that no text in it can end the element it stands in."""
    return script.replace("</script", "<\\/script").replace("<!--", "\\x3c!--")


def _vega_lite_version() -> str:
    """Name the Vega-Lite that altair writes for, as vl-convert spells it."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
