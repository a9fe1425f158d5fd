"""Function of the lung and of the breathing muscles: LU-03, LU-04 and LU-06, clause by clause, by clinical sheet C.2 and E.9."""

from itertools import combinations

import pytest

from apps.escalation.picture import Known
from tests.escalation.criteria.house import Case, cases, lacks, severity, verdict
from tests.escalation.pictures import DAY, NOON, finding, number, series

# LU-03: FVC down by 5 of the predicted percents, or DLCO by 10, against the best of 365 days.

FVC, DLCO = series("fvc_pp", (300, 82), (0, 82)), series("dlco_pp", (300, 64), (0, 64))
LU_03: dict[str, Case] = {
    "FVC by 5": (True, series("fvc_pp", (300, 82), (0, 77))),
    "FVC by 4.9": (False, [*DLCO, *series("fvc_pp", (300, 82), (0, "77.1"))]),
    "FVC by 5 of 365 days": (True, series("fvc_pp", (365, 82), (0, 77))),
    "FVC by 5 of 366 days": (False, [*DLCO, *series("fvc_pp", (366, 82), (100, 78), (0, 77))]),
    "FVC by 5 from the best and not from the last": (True, series("fvc_pp", (300, 82), (100, 78), (0, 77))),
    "FVC risen": (False, [*DLCO, *series("fvc_pp", (300, 77), (0, 82))]),
    "DLCO by 10": (True, series("dlco_pp", (300, 64), (0, 54))),
    "DLCO by 9": (False, [*FVC, *series("dlco_pp", (300, 64), (0, 55))]),
    "DLCO by 10 of 366 days": (False, [*FVC, *series("dlco_pp", (366, 64), (100, 60), (0, 54))]),
    "in litres": (None, series("fvc", (300, "3.2"), (0, "2.1"))),
    "measured once": (None, [number("fvc_pp", 77), number("dlco_pp", 54)]),
    "FVC only, steady": (None, FVC),
    "nobody measured": (None, []),
    "J06 in October": (False, [*series("fvc_pp", (120, 82), (0, 78)), *series("dlco_pp", (120, 64), (0, 60))]),
    "J06 in February: 82 to 77": (True, series("fvc_pp", (240, 82), (120, 78), (0, 77))),
    "J06 in June: the 82 is 375 days old": (
        False, [
            *series("fvc_pp", (375, 82), (255, 78), (135, 77), (45, 77), (0, 76)),
            *series("dlco_pp", (375, 64), (255, 60), (45, 55), (0, 55)),
        ],
    ),
}  # fmt: skip


@cases(LU_03)
def test_lu_03(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("LU-03", facts).fires is expected


def test_lu_03_names_what_it_lacks() -> None:
    assert lacks(verdict("LU-03", [])) == {"fvc pp", "dlco pp"}
    assert lacks(verdict("LU-03", FVC)) == {"dlco pp"}
    once = verdict("LU-03", [number("fvc_pp", 77), number("dlco_pp", 54)])
    assert lacks(once) == {"an earlier fvc pp within 365 days", "an earlier dlco pp within 365 days"}


# LU-04: fibrosis, no other explanation, and two of three within 365 days: worse symptoms, worse function, progression on HRCT.

FIBROSIS = finding("fibrosis_on_hrct", NOON - 400 * DAY)
SYMPTOMS = {
    "mMRC up by 1": series("mmrc", (300, 1), (0, 2)),
    "said to be worse": [finding("symptoms_worse", NOON - 365 * DAY)],
}
FUNCTION = {
    "FVC by 5": series("fvc_pp", (365, 82), (0, 77)),
    "DLCO by 10": series("dlco_pp", (365, 64), (0, 54)),
}
PROGRESSION = {"on HRCT": [finding("hrct_progression", NOON - 365 * DAY)]}
STEADY = [*FVC, *DLCO, *series("mmrc", (300, 1), (0, 1))]
PAIRS = [
    (f"{one}, {other}", [*SEVERAL[0][one], *SEVERAL[1][other]])
    for SEVERAL in combinations([SYMPTOMS, FUNCTION, PROGRESSION], 2)
    for one in SEVERAL[0]
    for other in SEVERAL[1]
]


@pytest.mark.parametrize("facts", [facts for _, facts in PAIRS], ids=[name for name, _ in PAIRS])
def test_lu_04_fires_for_any_two_of_three(facts: list[Known]) -> None:
    assert verdict("LU-04", [FIBROSIS, *facts]).fires is True
    assert verdict("LU-04", facts).fires is False, "without fibrosis"
    assert verdict("LU-04", [FIBROSIS, *facts, finding("alternative_explanation")]).fires is False
    explained = finding("alternative_explanation", NOON - 9 * DAY, resolved_at=NOON - DAY)
    assert verdict("LU-04", [FIBROSIS, *facts, explained]).fires is True, "an explanation that fell away"


LUNG_ONLY = [FIBROSIS, *STEADY[2:], *FUNCTION["FVC by 5"]]
LU_04: dict[str, Case] = {
    "one of three: symptoms": (False, [FIBROSIS, *STEADY, *SYMPTOMS["said to be worse"]]),
    "one of three: function": (False, LUNG_ONLY),
    "one of three: HRCT": (False, [FIBROSIS, *STEADY, *PROGRESSION["on HRCT"]]),
    "two sides of one domain": (False, [FIBROSIS, *FUNCTION["FVC by 5"], *FUNCTION["DLCO by 10"], *STEADY[4:]]),
    "symptoms both ways": (False, [FIBROSIS, *STEADY[:4], *SYMPTOMS["mMRC up by 1"], *SYMPTOMS["said to be worse"]]),
    "just missed: FVC by 4.9": (False, [FIBROSIS, *DLCO, *series("fvc_pp", (300, 82), (0, "77.1")), *SYMPTOMS["mMRC up by 1"]]),
    "said to be worse 366 days ago": (False, [*LUNG_ONLY, finding("symptoms_worse", NOON - 366 * DAY)]),
    "progression 366 days ago": (False, [*LUNG_ONLY, finding("hrct_progression", NOON - 366 * DAY)]),
    "mMRC up from a value of 366 days": (
        False, [FIBROSIS, *FUNCTION["FVC by 5"], *DLCO, *series("mmrc", (366, 1), (100, 2), (0, 2))],
    ),
    "one, and nobody judged the breath": (None, [FIBROSIS, *FUNCTION["FVC by 5"]]),
    "nothing but fibrosis": (None, [FIBROSIS]),
    "nothing": (False, []),
}  # fmt: skip


@cases(LU_04)
def test_lu_04(expected: bool | None, facts: list[Known]) -> None:
    assert verdict("LU-04", facts).fires is expected


def test_lu_04_rests_on_what_holds_and_names_what_it_lacks() -> None:
    facts = [FIBROSIS, *STEADY[2:4], *FUNCTION["FVC by 5"], *SYMPTOMS["mMRC up by 1"]]
    found = verdict("LU-04", facts)
    assert {fact.code for fact in found.evidence} == {"fibrosis_on_hrct", "fvc_pp", "mmrc"}
    assert {(fact.code, fact.value) for fact in found.context} == {("fvc_pp", 82), ("mmrc", 1)}
    assert lacks(verdict("LU-04", [FIBROSIS, *FUNCTION["FVC by 5"]])) == {"mmrc"}


# LU-06: MIP under 60; supine drop of 25; FVC under 50 with FEV1/FVC of 0.70 or more; or under 20 mL/kg. An emergency: MIP under
# 30, or under 20 mL/kg.

ROOM = [number("fvc", 3), number("weight", 70)]
FINE = [number("mip", 60), number("vc_supine_drop", "24.9"), number("fvc_pp", 80), number("fev1_fvc", "0.82"), *ROOM]


def but(*facts: Known) -> list[Known]:
    """All fine but for these."""
    codes = {fact.code for fact in facts}
    return [*[fact for fact in FINE if fact.code not in codes], *facts]


LU_06: dict[str, tuple[bool | None, str, list[Known]]] = {
    "all fine": (False, "", FINE),
    "MIP 58": (True, "urgent", but(number("mip", 58))),
    "MIP 59.9": (True, "urgent", [number("mip", "59.9")]),
    "MIP 30": (True, "urgent", but(number("mip", 30))),
    "MIP 29.9": (True, "emergency", but(number("mip", "29.9"))),
    "MIP 28": (True, "emergency", [number("mip", 28)]),
    "a drop of 25": (True, "urgent", [number("vc_supine_drop", 25)]),
    "FVC 48 with 0.82": (True, "urgent", but(number("fvc_pp", 48))),
    "FVC 48 with 0.70": (True, "urgent", but(number("fvc_pp", 48), number("fev1_fvc", "0.70"))),
    "FVC 48 with 0.69": (False, "", but(number("fvc_pp", 48), number("fev1_fvc", "0.69"))),
    "FVC 48 with 0.55": (False, "", but(number("fvc_pp", 48), number("fev1_fvc", "0.55"))),
    "FVC 50 with 0.82": (False, "", but(number("fvc_pp", 50))),
    "20 mL/kg": (False, "", but(number("fvc", "1.4"))),
    "19.9 mL/kg": (True, "emergency", but(number("fvc", "1.393"))),
    "19.9 mL/kg and nothing else": (True, "emergency", [number("fvc", "1.393"), ROOM[1]]),
    "FVC 48, nobody knows of the airways": (None, "", [fact for fact in but(number("fvc_pp", 48)) if fact.code != "fev1_fvc"]),
    "nobody measured the drop": (None, "", [fact for fact in FINE if fact.code != "vc_supine_drop"]),
    "nobody measured": (None, "", []),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "said", "facts"), LU_06.values(), ids=LU_06.keys())
def test_lu_06(expected: bool | None, said: str, facts: list[Known]) -> None:
    found = verdict("LU-06", facts)
    assert found.fires is expected
    assert (severity(found, "urgent") if expected else "") == said
    assert bool(found.reason) is (said == "emergency")


def test_lu_06_names_what_it_lacks() -> None:
    assert lacks(verdict("LU-06", [fact for fact in FINE if fact.code != "vc_supine_drop"])) == {"vc supine drop"}
    assert lacks(verdict("LU-06", [])) == {"mip", "vc supine drop", "fvc pp", "fev1 fvc", "fvc"}
    assert lacks(verdict("LU-06", but(number("weight", 70, NOON - 366 * DAY)))) == {"weight within 365 days"}
