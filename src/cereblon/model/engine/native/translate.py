"""What one subject computes, as JAX has traced it, written as statements about sixteen subjects at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from cereblon.model.engine.native.writer import NotTranslatedError, Value, Writer, constant, kind_of, lane_text

Values: TypeAlias = Any
"""Array of `Value`, in the shape that JAX gives it."""
_UNROLLED = 4  # turns of a loop that are written one after the other

_WORD = 32

_INFIX = {"add": "+", "sub": "-", "mul": "*", "add_any": "+"}
_BITWISE = {"and": "&", "or": "|", "xor": "^"}
_COMPARED = {"lt", "le", "gt", "ge", "eq", "ne"}
_FUNCTIONS = {
    "abs": "size_of",
    "sqrt": "root",
    "floor": "whole_below",
    "exp": "exponential",
    "expm1": "exponential_less_one",
    "log": "logarithm",
    "erf": "error_function",
    "erfc": "error_function_rest",
    "erf_inv": "inverse_error_function",
    "is_finite": "finite",
    "not": "inv",
    "pow": "power",
    "rem": "remainder_of",
    "sign": "sign_of",
    "population_count": "count_bits",
    "shift_left": "shl",
    "shift_right_logical": "shr",
}
_INLINED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "custom_vmap_call": "call"}


class Translator:
    """Writes the statements of a traced function."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._products: dict[str, tuple[Value, Value]] = {}
        self._shifted: dict[str, tuple[str, Value, int]] = {}

    def run(self, jaxpr: Any, consts: Sequence[Any], arguments: Sequence[Values]) -> list[Values]:
        """Write a traced function of given values; give what it yields."""
        known: dict[Any, Values] = {}

        def read(variable: Any) -> Values:
            return _constants(variable.val, variable.aval) if hasattr(variable, "val") else known[variable]

        for variable, number in zip(jaxpr.constvars, consts, strict=True):
            known[variable] = _constants(number, variable.aval)
        known.update(zip(jaxpr.invars, arguments, strict=True))
        for equation in jaxpr.eqns:
            found = self._equation(equation, [read(variable) for variable in equation.invars])
            known.update(zip(equation.outvars, found, strict=True))
        return [read(variable) for variable in jaxpr.outvars]

    def _equation(self, equation: Any, given: list[Values]) -> Sequence[Values]:
        name, parameters = equation.primitive.name, equation.params
        if name in _INLINED:
            inner = parameters[_INLINED[name]]
            return self.run(inner.jaxpr, inner.consts, given)
        if name == "cond":
            return self._branch(parameters["branches"], given)
        if name == "scan":
            return self._scan(parameters, given)
        if name == "while":
            return self._while(parameters, given)
        shape, kind = equation.outvars[0].aval.shape, kind_of(equation.outvars[0].aval.dtype)
        moved = _MOVED.get(name)
        if moved is not None:
            return [moved(given, parameters, shape)]
        of_arrays = getattr(self, f"_{name}", None)
        if of_arrays is not None:
            return [of_arrays(given, parameters, shape)]
        return [_each(lambda *values: self._number(name, kind, values, parameters), given, shape)]

    # Numbers

    def _call(self, function: str, kind: str, *values: Value) -> Value:
        shared = all(value.shared for value in values)
        texts = [value.text if shared else lane_text(value) for value in values]
        depth = max(value.depth for value in values)
        text = f"{texts[0]} {function} {texts[1]}" if not function[0].isalpha() else f"{function}({', '.join(texts)})"
        return self.writer.value(kind, shared=shared, text=text, depth=depth)

    def _number(self, name: str, kind: str, values: tuple[Value, ...], parameters: dict[str, Any]) -> Value:
        if name == "select_n":
            return self._chosen(*values)
        if name == "convert_element_type":
            return self._converted(values[0], kind)
        folded = _folded(name, kind, values)
        if folded is not None:
            return folded
        if kind == "f" and name in ("add", "add_any", "sub", "mul"):
            return self._fused(name, *values)
        if name == "or" or name in ("shift_left", "shift_right_logical"):
            return self._shift_or_turn(name, kind, *values)
        if name in _INFIX or name in _BITWISE:
            return self._call((_INFIX | _BITWISE)[name], kind, *values)
        if name in _COMPARED:
            return self._call(name, kind, *values)
        if name == "neg":
            return self._call("-", kind, constant(-0.0 if kind == "f" else 0, kind), values[0])
        if name == "div":
            return self._divided(kind, *values)
        if name in ("max", "min"):
            return self._bounded({"max": "larger", "min": "smaller"}[name], kind, *values)
        if name in ("square", "integer_pow"):
            return self._whole_power(values[0], parameters.get("y", 2))
        if name == "bitcast_convert_type":
            return self._call(f"bits_{kind}", kind, values[0])
        if name == "round" and int(parameters["rounding_method"]) == 1:
            return self._call("nearest", kind, values[0])
        if name in _FUNCTIONS:
            return self._call(_FUNCTIONS[name], kind, *values)
        raise NotTranslatedError(f"operation {name}")

    def _fused(self, name: str, first: Value, second: Value) -> Value:
        """Add to a product with one rounding; the compiler leaves out the product itself if nothing else reads it."""
        if name == "mul":
            found = self._call("*", "f", first, second)
            if not found.shared:
                self._products[found.text] = (first, second)
            return found
        for known, other, function in (
            (first, second, "multiplied_and_taken" if name == "sub" else "multiplied_and_added"),
            (second, first, "taken_from" if name == "sub" else "multiplied_and_added"),
        ):
            if known.text in self._products and known.depth >= other.depth:
                return self._call(function, "f", *self._products[known.text], other)
        return self._call(_INFIX[name], "f", first, second)

    def _shift_or_turn(self, name: str, kind: str, first: Value, second: Value) -> Value:
        """Shift by a known number of bits, or turn a word, with one instruction."""
        if name == "or":
            parts = [self._shifted.get(value.text, ("", value, 0)) for value in (first, second)]
            if {part[0] for part in parts} == {"left", "right"} and parts[0][1].text == parts[1][1].text:
                left = next(part for part in parts if part[0] == "left")
                if parts[0][2] + parts[1][2] == _WORD:
                    return self._call(f"turned<{left[2]}>", kind, left[1])
            return self._call("|", kind, first, second)
        if kind == "u" and not first.shared and second.constant is not None and 0 < int(second.constant) < _WORD:
            way = "left" if name == "shift_left" else "right"
            found = self._call(f"{way}<{int(second.constant)}>", kind, first)
            self._shifted[found.text] = (way, first, int(second.constant))
            return found
        return self._call(_FUNCTIONS[name], kind, first, second)

    def _chosen(self, which: Value, *cases: Value) -> Value:
        if len(cases) != 2 or which.kind != "b":
            raise NotTranslatedError("a choice of more than two")
        if which.constant is not None:
            return cases[int(which.constant)]
        if cases[0].text == cases[1].text:
            return cases[0]
        if which.shared and not (cases[0].shared and cases[1].shared):
            depth = max(value.depth for value in (which, *cases))
            text = f"sel({which.text}, {lane_text(cases[1])}, {lane_text(cases[0])})"
            return self.writer.value(cases[0].kind, shared=False, text=text, depth=depth)
        return self._call("sel", cases[0].kind, which, cases[1], cases[0])

    def _converted(self, value: Value, kind: str) -> Value:
        if value.kind == kind:
            return value
        if value.constant is not None:
            return constant(value.constant, kind)
        return self._call(f"to_{kind}", kind, value)

    def _divided(self, kind: str, above: Value, below: Value) -> Value:
        if kind != "f":
            return self._call("quotient", kind, above, below)
        return self._call("/", kind, above, below)

    def _bounded(self, function: str, kind: str, first: Value, second: Value) -> Value:
        for known, other in ((first, second), (second, first)):
            if kind == "f" and known.constant is not None and not np.isnan(known.constant):
                return self._call(f"{function}_known", kind, known, other)
        return self._call(function, kind, first, second)

    def _whole_power(self, value: Value, exponent: int) -> Value:
        if exponent < 1:
            raise NotTranslatedError(f"power {exponent}")
        found, square = None, value
        while exponent:
            if exponent & 1:
                found = square if found is None else self._call("*", value.kind, found, square)
            exponent >>= 1
            if exponent:
                square = self._call("*", value.kind, square, square)
        assert found is not None
        return found

    # Arrays

    def _argmax(self, given: list[Values], parameters: dict[str, Any], shape: tuple[int, ...]) -> Values:
        """Give the place of the first that is set, 0 where none is."""
        (axis,) = parameters["axes"]
        values = np.moveaxis(given[0], axis, 0)
        if values.flat[0].kind != "b":
            raise NotTranslatedError("the place of the largest number")

        def first(*flags: Value) -> Value:
            found = constant(0, "i")
            for place in range(len(flags) - 1, -1, -1):
                found = self._chosen(flags[place], found, constant(place, "i"))
            return found

        return _each(first, list(values), shape)

    def _reduce_or(self, given: list[Values], parameters: dict[str, Any], shape: tuple[int, ...]) -> Values:
        return self._reduced("or", given[0], parameters["axes"], shape)

    def _reduce(self, given: list[Values], parameters: dict[str, Any], shape: tuple[int, ...]) -> Values:
        (operation,) = [equation.primitive.name for equation in parameters["jaxpr"].eqns]
        return self._reduced(operation, given[0], parameters["dimensions"], shape)

    def _reduced(self, name: str, values: Values, axes: Sequence[int], shape: tuple[int, ...]) -> Values:
        values = np.moveaxis(values, axes, range(len(axes)))
        rows = values.reshape((-1, *shape))
        found = rows[0]
        for row in rows[1:]:
            found = _each(lambda *pair: self._number(name, pair[0].kind, pair, {}), [found, row], shape)
        return found

    def _dynamic_slice(self, given: list[Values], _: dict[str, Any], shape: tuple[int, ...]) -> Values:
        values, *starts = given
        return self._cut(values, [start[()] for start in starts], shape)

    def _cut(self, values: Values, starts: Sequence[Value], shape: tuple[int, ...]) -> Values:
        """Give a part of an array that begins somewhere, moved inwards where it would end outside."""
        first = constant(0, "i")
        for start, length, size in zip(starts, values.shape, shape, strict=True):
            place = self._within(start, length - size)
            first = self._sum(first, place, length)
        offsets = np.arange(values.size).reshape(values.shape)[tuple(slice(size) for size in shape)]
        if first.constant is not None:
            flat = values.reshape(-1)
            return flat[offsets + int(first.constant)]
        table, shared, kind = self._table(values)
        found = np.empty(shape, object)
        for where in np.ndindex(shape):
            found[where] = self._looked_up(table, shared, kind, first, int(offsets[where]))
        return found

    def _sum(self, first: Value, place: Value, length: int) -> Value:
        """Give a place along one more axis."""
        scaled = self._number("mul", "i", (first, constant(length, "i")), {})
        return self._number("add", "i", (scaled, place), {})

    def _within(self, start: Value, most: int) -> Value:
        if most == 0:
            return constant(0, "i")
        below = self._number("max", "i", (self._converted(start, "i"), constant(0, "i")), {})
        return self._number("min", "i", (below, constant(most, "i")), {})

    def _table(self, values: Values) -> tuple[Value, bool, str]:
        """Give where values stand in memory one after the other, whether subjects share them, and their kind."""
        flat = list(values.reshape(-1))
        kind, shared = flat[0].kind, all(value.shared for value in flat)
        following = all(
            value.table == flat[0].table and value.place == flat[0].place + k for k, value in enumerate(flat)
        )
        if flat[0].table and following and kind != "b":
            text = f"({flat[0].table} + {flat[0].place})"
            return Value(text, kind, True, 0), True, kind
        depth = max(value.depth for value in flat)
        return Value(self.writer.array(flat, shared=shared), kind, shared, depth), shared, kind

    def _looked_up(self, table: Value, shared: bool, kind: str, first: Value, offset: int) -> Value:
        place = self._number("add", "i", (first, constant(offset, "i")), {})
        alike = shared and place.shared
        text = f"look({table.text}, {place.text})"
        stored = "u" if kind == "b" else kind
        depth = max(table.depth, place.depth)
        found = self.writer.value(stored, shared=alike, text=text, depth=depth)
        return self._converted(found, kind)

    def _dynamic_update_slice(self, given: list[Values], _: dict[str, Any], shape: tuple[int, ...]) -> Values:
        values, update, *starts = given
        axes = [axis for axis in range(values.ndim) if update.shape[axis] != shape[axis]]
        if len(axes) != 1 or update.shape[axes[0]] != 1:
            raise NotTranslatedError("a change of more than one row")
        axis = axes[0]
        place = self._within(starts[axis][()], shape[axis] - 1)
        return self._with_row(values, update, axis, place)

    def _with_row(self, values: Values, row: Values, axis: int, place: Value) -> Values:
        changed = np.empty(values.shape, object)
        for where in np.ndindex(values.shape):
            here = self._number("eq", "b", (place, constant(where[axis], "i")), {})
            at_row = tuple(0 if k == axis else number for k, number in enumerate(where))
            changed[where] = self._chosen(here, values[where], row[at_row])
        return changed

    def _scatter(self, given: list[Values], parameters: dict[str, Any], _: tuple[int, ...]) -> Values:
        values, places, update = given
        numbers = parameters["dimension_numbers"]
        if values.ndim != 1 or places.shape != (1,) or update.shape or numbers.scatter_dims_to_operand_dims != (0,):
            raise NotTranslatedError("a scattered change of more than one number")
        return self._with_row(values, update.reshape(1), 0, places[0])

    def _gather(self, given: list[Values], parameters: dict[str, Any], shape: tuple[int, ...]) -> Values:
        values, places = given
        numbers, sizes = parameters["dimension_numbers"], parameters["slice_sizes"]
        if numbers.operand_batching_dims or numbers.start_index_map != tuple(range(len(numbers.start_index_map))):
            raise NotTranslatedError("this way of gathering")
        batch = [axis for axis in range(len(shape)) if axis not in numbers.offset_dims]
        found = np.empty(shape, object)
        for where in np.ndindex(*(shape[axis] for axis in batch)):
            starts = list(places[where]) + [constant(0, "i")] * (values.ndim - places.shape[-1])
            part = self._cut(values, starts, tuple(sizes))
            at: list[Any] = [slice(None)] * len(shape)
            for axis, number in zip(batch, where, strict=True):
                at[axis] = number
            kept = [size for axis, size in enumerate(sizes) if axis not in numbers.collapsed_slice_dims]
            found[tuple(at)] = part.reshape(kept)
        return found

    # Control

    def _branch(self, branches: Sequence[Any], given: list[Values]) -> list[Values]:
        which = given[0][()]
        if which.constant is None:
            raise NotTranslatedError("a branch that subjects take differently")
        chosen = branches[int(np.clip(which.constant, 0, len(branches) - 1))]
        return self.run(chosen.jaxpr, chosen.consts, given[1:])

    def _scan(self, parameters: dict[str, Any], given: list[Values]) -> list[Values]:
        inner, n_consts, n_carry = parameters["jaxpr"], parameters["num_consts"], parameters["num_carry"]
        fixed, carry, rows = given[:n_consts], given[n_consts : n_consts + n_carry], given[n_consts + n_carry :]
        if len(inner.jaxpr.outvars) > n_carry or parameters["reverse"]:
            raise NotTranslatedError("a loop that keeps the values of its turns")
        if parameters["length"] <= _UNROLLED:
            for turn in range(parameters["length"]):
                carry = self.run(inner.jaxpr, inner.consts, [*fixed, *carry, *(row[turn] for row in rows)])
            return carry
        if rows:
            raise NotTranslatedError("a long loop over rows")
        turn_name = self.writer.name()
        head = f"for (int {turn_name} = 0; {turn_name} < {parameters['length']}; {turn_name}++)"
        return self._loop(head, carry, lambda carry: self.run(inner.jaxpr, inner.consts, [*fixed, *carry]))

    def _while(self, parameters: dict[str, Any], given: list[Values]) -> list[Values]:
        condition, body = parameters["cond_jaxpr"], parameters["body_jaxpr"]
        split = parameters["cond_nconsts"]
        fixed = split + parameters["body_nconsts"]
        asked, used, carry = given[:split], given[split:fixed], given[fixed:]

        def goes_on(carry: list[Values]) -> Value:
            (found,) = self.run(condition.jaxpr, condition.consts, [*asked, *carry])
            value: Value = found[()]
            return value

        def turn(carry: list[Values]) -> list[Values]:
            return self.run(body.jaxpr, body.consts, [*used, *carry])

        return self._loop("for (;;)", carry, turn, goes_on)

    def _loop(
        self,
        head: str,
        carry: list[Values],
        turn: Callable[[list[Values]], list[Values]],
        goes_on: Callable[[list[Values]], Value] | None = None,
    ) -> list[Values]:
        """Write a loop; where it goes on for some subjects only, those of the others stay as they are."""
        shapes = [values.shape for values in carry]
        flat = [value for values in carry for value in values.reshape(-1)]
        roles = self._roles(flat, shapes, turn, goes_on)
        variables = [
            value if role == "fixed" else self.writer.variable(value, shared=role == "shared")
            for value, role in zip(flat, roles, strict=True)
        ]
        with self.writer.loop(head):
            inside = _shaped(variables, shapes)
            asked = goes_on(inside) if goes_on else None
            if asked is not None:
                self.writer.line(f"if (!any({asked.text})) break;")
            found = [value for values in turn(inside) for value in values.reshape(-1)]
            if asked is not None and not asked.shared:
                found = [self._chosen(asked, *pair) for pair in zip(variables, found, strict=True)]
            self.writer.carry_over(variables, found)
        depth = self.writer.depth
        after = [
            value if role == "fixed" else Value(value.text, value.kind, value.shared, depth)
            for value, role in zip(variables, roles, strict=True)
        ]
        return _shaped(after, shapes)

    def _roles(
        self,
        flat: list[Value],
        shapes: list[tuple[int, ...]],
        turn: Callable[[list[Values]], list[Values]],
        goes_on: Callable[[list[Values]], Value] | None,
    ) -> list[str]:
        """Tell which values of a loop stay as they are, and which are the same for all subjects."""
        roles = ["shared" if value.shared else "own" for value in flat]

        def attempt() -> list[str]:
            depth = self.writer.depth
            inside = [
                Value(f"c{k}", value.kind, role == "shared", depth)
                for k, (value, role) in enumerate(zip(flat, roles, strict=True))
            ]
            given = _shaped(inside, shapes)
            apart = goes_on is not None and not goes_on(given).shared
            found = [value for values in turn(given) for value in values.reshape(-1)]
            return [
                "fixed" if after.text == before.text else "shared" if after.shared and not apart else "own"
                for before, after in zip(inside, found, strict=True)
            ]

        while True:
            after = self.writer.tried(attempt)
            wrong = [old == "shared" and new == "own" for old, new in zip(roles, after, strict=True)]
            if not any(wrong):
                return ["fixed" if new == "fixed" else old for old, new in zip(roles, after, strict=True)]
            roles = ["own" if one else old for one, old in zip(wrong, roles, strict=True)]


def _shaped(flat: Sequence[Value], shapes: Sequence[tuple[int, ...]]) -> list[Values]:
    found, first = [], 0
    for shape in shapes:
        size = math.prod(shape)
        values = np.empty(size, object)
        values[:] = flat[first : first + size]
        found.append(values.reshape(shape))
        first += size
    return found


def _constants(numbers: Any, aval: Any) -> Values:
    numbers, kind = np.asarray(numbers), kind_of(aval.dtype)
    found = np.empty(numbers.shape, object)
    for place in np.ndindex(numbers.shape):
        found[place] = constant(numbers[place], kind)
    return found


def _each(function: Callable[..., Value], given: list[Values], shape: tuple[int, ...]) -> Values:
    found = np.empty(shape, object)
    whole = [np.broadcast_to(values, shape) for values in given]
    for place in np.ndindex(shape):
        found[place] = function(*(values[place] for values in whole))
    return found


_NUMPY: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "max": np.maximum, "min": np.minimum,
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "neg": np.negative, "not": np.invert,
}  # fmt: skip


def _folded(name: str, kind: str, values: tuple[Value, ...]) -> Value | None:
    """Give what needs no statement: of known numbers, and of one that changes nothing."""
    if name in _NUMPY and all(value.constant is not None for value in values):
        with np.errstate(all="ignore"):
            return constant(_NUMPY[name](*(value.constant for value in values)), kind)
    if len(values) != 2:
        return None
    for known, other in (values, values[::-1]):
        number = known.constant
        if number is None:
            continue
        if kind in "iu" and ((name in ("add", "or", "xor") and number == 0) or (name == "mul" and number == 1)):
            return other
        if kind in "iu" and name in ("mul", "and") and number == 0:
            return known
        if kind == "b" and name in ("and", "or"):
            return other if bool(number) == (name == "and") else known
        if kind == "f" and name == "mul" and number == 1.0:
            return other
    if kind in "iu" and name in ("sub", "shift_left", "shift_right_logical") and values[1].constant == 0:
        return values[0]
    return None


def _broadcast(given: list[Values], parameters: dict[str, Any], shape: tuple[int, ...]) -> Values:
    lengths = [1] * len(shape)
    for axis, length in zip(parameters["broadcast_dimensions"], given[0].shape, strict=True):
        lengths[axis] = length
    return np.broadcast_to(given[0].reshape(lengths), shape)


def _sliced(given: list[Values], parameters: dict[str, Any], _: tuple[int, ...]) -> Values:
    steps = parameters["strides"] or (1,) * given[0].ndim
    return given[0][tuple(map(slice, parameters["start_indices"], parameters["limit_indices"], steps))]


def _iota(_: list[Values], parameters: dict[str, Any], shape: tuple[int, ...]) -> Values:
    lengths = [1] * len(shape)
    lengths[parameters["dimension"]] = shape[parameters["dimension"]]
    kind = kind_of(parameters["dtype"])
    numbers = np.empty(shape[parameters["dimension"]], object)
    numbers[:] = [constant(number, kind) for number in range(len(numbers))]
    return np.broadcast_to(numbers.reshape(lengths), shape)


_MOVED: dict[str, Callable[[list[Values], dict[str, Any], tuple[int, ...]], Values]] = {
    "broadcast_in_dim": _broadcast,
    "slice": _sliced,
    "iota": _iota,
    "squeeze": lambda given, _, shape: given[0].reshape(shape),
    "reshape": lambda given, _, shape: given[0].reshape(shape),
    "transpose": lambda given, parameters, _: given[0].transpose(parameters["permutation"]),
    "stack": lambda given, parameters, _: np.stack(given, axis=parameters["axis"]),
    "concatenate": lambda given, parameters, _: np.concatenate(given, axis=parameters["dimension"]),
}
"""Operations that only put numbers elsewhere."""
