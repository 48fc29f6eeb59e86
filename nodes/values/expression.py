"""Arithmetic that people type: an expression of numbers, read as a syntax tree of which only what is listed counts.

Nothing is ever handed to the interpreter, and no expression can take long or fill the memory.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from graphcore.errors import RunError

Number = int | float | bool
MAX_LENGTH = 1000  # characters
MAX_BITS = 4096  # of a whole number

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
CONSTANTS: dict[str, Number] = {"pi": math.pi, "tau": math.tau, "e": math.e, "true": True, "false": False}


def _clamp(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _lerp(first: float, second: float, share: float) -> float:
    return first + (second - first) * share


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "min": min, "max": max, "round": round, "int": int, "float": float, "bool": bool,
    "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "log2": math.log2,
    "log10": math.log10, "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos,
    "atan": math.atan, "atan2": math.atan2, "hypot": math.hypot, "gcd": math.gcd, "clamp": _clamp, "lerp": _lerp,
}  # fmt: skip


class ExpressionError(RunError):
    """An expression cannot be read or computed. The text says which part of it."""


def evaluate(text: str, variables: Mapping[str, Any]) -> Number:
    """The value of an expression such as `ceil(a * 1.5) // 8 * 8 if b > 0 else 64`.

    Numbers, the operators of Python, comparisons, `and or not`, `x if y else z`, the functions above and `variables`.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"The expression has {len(text)} characters; {MAX_LENGTH} are allowed. Split it.")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"'{text}' is no expression; write something like 'a * 2 + max(b, 1)'.") from None
    try:
        value: Number = _Evaluation(variables).value(tree.body)
        return value
    except (ArithmeticError, ValueError, TypeError, RecursionError) as error:
        raise ExpressionError(f"'{text}' cannot be computed: {error}.") from None


class _Evaluation:
    def __init__(self, variables: Mapping[str, Any]):
        self.names = {**CONSTANTS, **variables}

    def value(self, node: ast.expr) -> Any:
        """The value of one node of the tree; MAX_LENGTH bounds the recursion."""
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise ExpressionError(f"'{ast.unparse(node)}' is not allowed in an expression; use numbers and operators.")
        return _bounded(read(node))

    def _constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, int | float):
            raise ExpressionError(f"{node.value!r} is not a number.")
        return node.value

    def _name(self, node: ast.Name) -> Any:
        value = self.names.get(node.id)
        if not isinstance(value, int | float):
            known = ", ".join(name for name, known in self.names.items() if isinstance(known, int | float))
            raise ExpressionError(f"'{node.id}' is not a number here; there are {known}.")
        return value

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            _check_power(left, right)
        return self._operator(BINARY, node.op, node)(left, right)

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return self._operator(UNARY, node.op, node)(self.value(node.operand))

    def _boolop(self, node: ast.BoolOp) -> Any:
        wanted = isinstance(node.op, ast.Or)
        result: Any = None
        for part in node.values:
            result = self.value(part)
            if bool(result) == wanted:
                break
        return result

    def _compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for sign, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            if not self._operator(COMPARE, sign, node)(left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _call(self, node: ast.Call) -> Any:
        function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None or node.keywords:
            raise ExpressionError(f"'{ast.unparse(node)}' is not a known function; there are {', '.join(FUNCTIONS)}.")
        return function(*(self.value(argument) for argument in node.args))

    def _operator(self, table: Mapping[Any, Callable[..., Any]], sign: ast.AST, node: ast.expr) -> Callable[..., Any]:
        if type(sign) not in table:
            raise ExpressionError(f"'{ast.unparse(node)}' uses an operator that is not allowed here.")
        return table[type(sign)]


def _check_power(base: Number, exponent: Number) -> None:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MAX_BITS:
        raise ExpressionError(f"{base} ** {exponent} is too large; write the numbers with a decimal point.")


def _bounded(value: Any) -> Any:
    if isinstance(value, complex):
        raise ExpressionError("The root of a negative number is not a real number.")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ExpressionError("A whole number grew too large; write the numbers with a decimal point.")
    return value
