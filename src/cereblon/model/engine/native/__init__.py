"""The weeks of many subjects as a native kernel, generated from what JAX traces of one subject's week."""
