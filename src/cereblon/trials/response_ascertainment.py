"""What a trial put on record of what could be seen: some deep responses were never confirmed by all their tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jax import Array

from cereblon.core import random_streams

_DEEP = ("sCR", "CR", "VGPR")
_INSTEAD = "PR"


def ascertained(tables: Mapping[str, pa.Table], shares: Mapping[str, float], root: Array) -> dict[str, pa.Table]:
    """Give the tables of a trial with partial response where a deeper one did not get on record.

    A very good partial response or better counts once all its tests are done and repeated. Where a trial left out
    tests, it reports a partial response; progression is not touched. Whether a subject's deep response is on record
    is drawn for itself, the same in every arm.

    Parameters
    ----------
    tables
        Assessed.
    shares
        Share of subjects whose deep responses are on record, by arm; arms not named keep all.
    root
        Key of the run.
    """
    kept = {arm: share for arm, share in shares.items() if share < 1.0}
    if not kept:
        return dict(tables)
    responses = tables["responses"]
    arm = responses["arm"].cast(pa.string())
    share = np.ones(responses.num_rows)
    for name, value in kept.items():
        share[pc.equal(arm, name).to_numpy(zero_copy_only=False)] = value
    subjects, place = np.unique(responses["subject_id"].to_numpy(), return_inverse=True)
    drawn = random_streams.uniforms(root, "deep response on record", subjects, 1)[:, 0]
    lost = pa.array(drawn[place] >= share)
    for column in ("category", "confirmed"):
        text = responses[column].cast(pa.string()).combine_chunks()
        deep = pc.is_in(text, pa.array(_DEEP))
        changed = pc.if_else(pc.and_(lost, deep), _INSTEAD, text)
        field = responses.schema.field(column)
        responses = responses.set_column(responses.schema.get_field_index(column), field, _cast(changed, field.type))
    negative = pc.if_else(lost, pa.scalar(None, pa.bool_()), responses["mrd_negative"].combine_chunks())
    index = responses.schema.get_field_index("mrd_negative")
    responses = responses.set_column(index, responses.schema.field(index), negative)
    return {**tables, "responses": responses}


def _cast(text: pa.Array, wanted: pa.DataType) -> pa.Array:
    return text.dictionary_encode().cast(wanted) if pa.types.is_dictionary(wanted) else text.cast(wanted)
