"""Units: the same quantity in another unit, exactly, or a refusal; never something else."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.observations.units import NotConvertible, convert, same

PAIRS = [
    ("kg", "[lb_av]"),
    ("kg", "g"),
    ("Cel", "[degF]"),
    ("Cel", "K"),
    ("cm", "mm"),
    ("cm", "[in_i]"),
    ("U/L", "ukat/L"),
    ("ng/L", "ug/L"),
    ("cm[H2O]", "kPa"),
    ("ms", "s"),
    ("%", "[ppth]"),
]
numbers = st.decimals(Decimal(-100000), Decimal(100000), places=4, allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(pair=st.sampled_from(PAIRS), number=numbers)
def test_there_and_back_is_the_same_number(pair: tuple[str, str], number: Decimal) -> None:
    one, other = pair
    for here, there in ((one, other), (other, one)):
        back = convert(convert(number, here, there), there, here)
        assert abs(back - number) <= Decimal("1e-15")


@settings(max_examples=100, deadline=None)
@given(pair=st.sampled_from(PAIRS), smaller=numbers, larger=numbers)
def test_more_is_more_in_every_unit(pair: tuple[str, str], smaller: Decimal, larger: Decimal) -> None:
    smaller, larger = sorted((smaller, larger))
    assert convert(smaller, *pair) <= convert(larger, *pair)


@pytest.mark.parametrize(
    ("number", "unit", "wanted", "expected"),
    [
        ("98.6", "[degF]", "Cel", "37"),
        ("-40", "[degF]", "Cel", "-40"),
        ("273.15", "K", "Cel", "0"),
        # The international pound is 0.45359237 kg, the inch 2.54 cm, by definition.
        ("150", "[lb_av]", "kg", "68.0388555"),
        ("10", "[in_i]", "cm", "25.4"),
        ("65", "mm", "cm", "6.5"),
        # A unit of enzyme is a micromole a minute, a katal a mole a second.
        ("3.5", "ukat/L", "U/L", "210"),
        ("98", "pg/mL", "ng/L", "98"),
        ("0.42", "s", "ms", "420"),
        ("0.8", "1", "%", "80"),
        # A metre of water is 9.80665 kPa by UCUM.
        ("9.80665", "kPa", "cm[H2O]", "100"),
    ],
)
def test_known_quantities(number: str, unit: str, wanted: str, expected: str) -> None:
    assert abs(convert(Decimal(number), unit, wanted) - Decimal(expected)) <= Decimal("1e-20")


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("L", "%"),
        ("L", "kg"),
        ("", "kg"),
        ("", "%"),
        ("kg", "{score}"),
        ("%", "{score}"),
        ("kg", ""),
        ("g/L", "mol/L"),
        ("banana", "kg"),
        ("KG", "kg"),
        ("kg", "banana"),
        ("%/0", "%"),
        ("{a", "%"),
        ("((", "kg"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_guessed(unit: str, wanted: str) -> None:
    with pytest.raises(NotConvertible):
        convert(Decimal(1), unit, wanted)


@pytest.mark.parametrize(
    ("unit", "wanted", "expected"),
    [("10.kg", "kg", 10), ("100", "%", 10000), ("10*3.g", "kg", 1), ("mmol/(2.L)", "mmol/L", Decimal("0.5"))],
)
def test_a_factor_that_is_part_of_a_unit_is_not_lost(unit: str, wanted: str, expected: Decimal) -> None:
    """UCUM § 8: a positive integer is a unit. It counts, or the unit is refused."""
    try:
        found = convert(Decimal(1), unit, wanted)
    except NotConvertible:
        return
    assert found == expected


@pytest.mark.parametrize("unit", ["", "1", "{score}", "{points}"])
def test_no_unit_has_several_spellings(unit: str) -> None:
    assert same(unit, "{score}")
    assert convert(Decimal(7), unit, "{score}") == 7


@settings(max_examples=300, deadline=None)
@given(
    unit=st.text("kgmlLU1029*^./()[]{}%CelK-+ H_é\n", max_size=40),
    wanted=st.sampled_from(["kg", "%", "Cel", "{score}", "U/L"]),
)
@example(unit="10*99999999", wanted="%")
@example(unit="10*-99999999", wanted="%")
@example(unit="kg99999999", wanted="kg")
@example(unit="(" * 20 + "kg" + ")" * 18, wanted="kg")
def test_no_text_breaks_it(unit: str, wanted: str) -> None:
    with suppress(NotConvertible):
        assert convert(Decimal(5), unit, wanted).is_finite()
