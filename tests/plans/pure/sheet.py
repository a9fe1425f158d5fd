"""Medicines, what sources say about their doses, panels and schedules, written down from the clinical sheet."""

from datetime import date
from decimal import Decimal
from typing import Any

from apps.knowledge.values import Citation, Guidance, Medicine, Panel, Phase, Requirement, Schedule, Window
from apps.plans.dosing import Body, Dosage
from apps.plans.panels import Done

START = date(2026, 3, 2)


def cited(code: str, *statements: str, sources: tuple[str, ...] = (), mark: str = "S") -> Citation:
    return Citation(code, statements, sources, mark)


def guidance(code: str, unit: str, low: str | None, high: str | None, **more: Any) -> Guidance:
    """A row; the code is its citation's. Daily, for anybody, and a range unless said."""
    statements, sources, mark = more.pop("statements", ()), more.pop("sources", ()), more.pop("mark", "S")
    bounds = {"low": Decimal(low) if low else None, "high": Decimal(high) if high else None}
    said = {"kind": "range", "population": "any", "basis": "day", **bounds, **more}
    return Guidance(unit=unit, citation=cited(code, *statements, sources=sources, mark=mark), **said)


def dosage(medicine: Medicine, dose: str, unit: str = "mg", often: str = "1/1d", **more: Any) -> Dosage:
    """A dosage; `often` is frequency, period and its unit: “2/1d” is twice a day, “1/4wk” once every four weeks."""
    frequency, period = often.split("/")
    number = period.rstrip("dwkmo")
    said = {"starts_on": START, "route": medicine.routes[0] if medicine.routes else "", **more}
    return Dosage(
        medicine=medicine.code, dose=Decimal(dose), unit=unit, frequency=int(frequency), period=int(number),
        period_unit=period.removeprefix(number), **said,
    )  # fmt: skip


def body(weight: str | None = None, height: str | None = None, weight_on: date | None = None) -> Body:
    return Body(
        weight_kg=Decimal(weight) if weight else None,
        weight_on=weight_on,
        height_cm=Decimal(height) if height else None,
    )


PREDNISONE = Medicine("prednisone", "Prednisone", "corticosteroid", ("oral",), prednisone_factor=Decimal(1))
METHYLPREDNISOLONE = Medicine(
    "methylprednisolone", "Methylprednisolone", "corticosteroid", ("iv", "oral"), prednisone_factor=Decimal("1.25")
)
METHOTREXATE = Medicine(
    "methotrexate", "Methotrexate", "csdmard", ("oral", "sc"), immunosuppressant=True, weekly_only=True,
    clashes_with=("trimethoprim", "co_trimoxazole"), citation=cited("methotrexate", "S0-13", "S2-24"),
)  # fmt: skip
AZATHIOPRINE = Medicine("azathioprine", "Azathioprine", "csdmard", ("oral",), immunosuppressant=True)
HCQ = Medicine("hydroxychloroquine", "Hydroxychloroquine", "antimalarial", ("oral",))
IVIG = Medicine("ivig", "IVIG", "immunoglobulin", ("iv",))
CYCLOPHOSPHAMIDE = Medicine("cyclophosphamide", "Cyclophosphamide", "csdmard", ("iv",), immunosuppressant=True)
TOPICAL_TACROLIMUS = Medicine("topical_tacrolimus", "Tacrolimus ointment", "topical", ("topical",))
FOLIC_ACID = Medicine("folic_acid", "Folic acid", "supplement", ("oral",))
CO_TRIMOXAZOLE = Medicine("co_trimoxazole", "Co-trimoxazole", "antimicrobial", ("oral",))

#: A.4 D-01 and the publication that it names.
PREDNISONE_ROWS = (
    guidance("pred_s0", "mg/kg", "1", "2", medicine="prednisone", route="oral", statements=("S0-06",)),
    guidance(
        "pred_s2", "mg/kg", "0.75", "1", medicine="prednisone", route="oral", cap_low=Decimal(60), cap_high=Decimal(80),
        cap_unit="mg", statements=("S2-19",),
    ),
    guidance("pred_s3", "mg/kg", "0.5", "1", medicine="prednisone", population="amyopathic", statements=("S3-10",)),
    guidance(
        "pred_bsr_adult", "mg/kg", "0.5", "1", medicine="prednisone", population="adult", sources=("P-BSR22",), mark="V2"
    ),
    guidance(
        "pred_bsr_juvenile", "mg/kg", "1", "2", medicine="prednisone", population="juvenile", sources=("P-BSR22",),
        mark="V2",
    ),
)  # fmt: skip
PULSE_ROW = guidance(
    "pulse", "g", "1", "1", medicine="methylprednisolone", kind="pulse", route="iv", course_days_low=3, course_days_high=5,
    statements=("S2-20",),
)  # fmt: skip
#: A.4 D-03 and DS-08.
MTX_S0 = guidance("mtx_s0", "mg", "15", "25", medicine="methotrexate", basis="week", statements=("S0-13",))
MTX_START = guidance(
    "mtx_start", "mg", "10", "10", medicine="methotrexate", kind="start", basis="week", statements=("S2-24",)
)
MTX_S2 = guidance("mtx_s2", "mg", None, "25", medicine="methotrexate", basis="week", statements=("S2-24",))
MTX_S3 = guidance(
    "mtx_s3", "mg/m2", "15", "20", medicine="methotrexate", population="amyopathic", basis="week", statements=("S3-10",)
)
MTX_LIMIT_ADULT = guidance(
    "mtx_limit_adult", "mg", None, "25", medicine="methotrexate", kind="limit", population="adult", basis="week",
    statements=("S0-13", "S2-24"),
)  # fmt: skip
MTX_LIMIT_JUVENILE = guidance(
    "mtx_limit_juvenile", "mg/m2", None, "20", medicine="methotrexate", kind="limit", population="juvenile", basis="week",
    cap_low=Decimal(40), cap_high=Decimal(40), cap_unit="mg", sources=("P-SHARE",), mark="V",
)  # fmt: skip
MTX_ROWS = (MTX_S0, MTX_START, MTX_S2, MTX_S3, MTX_LIMIT_ADULT, MTX_LIMIT_JUVENILE)
#: A.4 D-04.
AZA_ROWS = (
    guidance("aza_s0", "mg/kg", "2", "3", medicine="azathioprine", statements=("S0-14",)),
    guidance("aza_start", "mg", "50", "50", medicine="azathioprine", kind="start", statements=("S2-23",)),
    guidance("aza_s2", "mg/kg", "2", "2.5", medicine="azathioprine", statements=("S2-23",)),
)
HCQ_S3 = guidance(
    "hcq_s3", "mg", "400", "400", medicine="hydroxychloroquine", population="amyopathic", statements=("S3-01",)
)
HCQ_LIMIT = guidance(
    "hcq_limit",
    "mg/kg",
    None,
    "5",
    medicine="hydroxychloroquine",
    kind="limit",
    sources=("P-RCO20", "P-AAO16"),
    mark="V",
)
#: A.4 D-02.
IVIG_S0 = guidance(
    "ivig_s0", "g/kg", "2", "2", medicine="ivig", route="iv", basis="course", course_days_low=2, course_days_high=3,
    interval_low=1, interval_high=1, interval_unit="mo", statements=("S0-15",),
)  # fmt: skip
IVIG_S2 = guidance(
    "ivig_s2", "g/kg", "2", "2", medicine="ivig", route="iv", basis="course", course_days_low=2, course_days_high=5,
    statements=("S2-28",),
)  # fmt: skip
IVIG_TAPER = guidance(
    "ivig_taper", "g/kg", "1", "2", medicine="ivig", route="iv", kind="taper", basis="course", after_weeks=16,
    statements=("S2-28",),
)  # fmt: skip
IVIG_ROWS = (IVIG_S0, IVIG_S2, IVIG_TAPER)
CYC_ROW = guidance(
    "cyc", "mg", None, None, medicine="cyclophosphamide", kind="pulse", route="iv", basis="dose", interval_low=4,
    interval_high=6, interval_unit="wk", statements=("S2-30",),
)  # fmt: skip
TACROLIMUS_ROW = guidance(
    "top", "%", "0.1", "0.1", medicine="topical_tacrolimus", route="topical", basis="dose", statements=("S3-08",)
)

FBC = Panel("fbc", "Full blood count", measures=("wbc", "anc", "plt"))
LFT = Panel("lft", "Liver tests", measures=("alt", "ast"))
RENAL = Panel("renal", "Kidney function", measures=("creatinine",))
CK = Panel("ck", "Creatine kinase", measures=("ck",))
TPMT = Panel("tpmt", "TPMT", any_of=("tpmt",))
ECG = Panel("ecg", "ECG", any_of=("qtc",), assessments=("ecg",))
EYES = Panel("eye_exam", "Eye examination", assessments=("eye_exam",))
PFT = Panel("pft", "Lung function", any_of=("fvc_pp",), assessments=("pft",))
SKIN = Panel("skin_cancer_check", "Skin-cancer check", assessments=("skin_check",))
CDASI = Panel("cdasi", "Skin score", measures=("cdasi_a",))
BLOODS = ("wbc", "anc", "plt", "alt", "ast", "creatinine", "ck")


def requirement(medicine: Medicine, panel: Panel | None = None, days: int | None = None, **more: Any) -> Requirement:
    code = f"{medicine.code}_{panel.code if panel else more['beside'].code}"
    return Requirement(medicine.code, panel=panel, max_age_days=days, citation=cited(code, "S3-12"), **more)


#: C.6 PR-01 and PR-02.
PR_01 = (
    requirement(HCQ, EYES, 365, option="eye_baseline"),
    requirement(HCQ, ECG, 180, option="ecg_baseline"),
)
PR_02_MTX = (
    *(requirement(METHOTREXATE, panel, 28, holds_first_dose=True) for panel in (FBC, LFT, RENAL)),
    requirement(METHOTREXATE, beside=FOLIC_ACID, holds_first_dose=True),
)
PR_02_AZA = (
    requirement(AZATHIOPRINE, TPMT, None, holds_first_dose=True),
    *(requirement(AZATHIOPRINE, panel, 28, holds_first_dose=True) for panel in (FBC, LFT, RENAL)),
)


def schedule(panel: Panel, reason: str, *phases: tuple[int, int | None], **more: Any) -> Schedule:
    said = {"scheme": "both", "citation": cited(f"{reason}_{panel.code}", "S0-32"), **more}
    return Schedule(reason=reason, panel=panel, phases=tuple(Phase(*one) for one in phases), **said)


#: MO-01: monthly, overdue after 35 days.
MONTHLY = tuple(
    schedule(panel, "immunosuppressed", (0, 30), grace_days=5, scheme="monthly") for panel in (FBC, LFT, RENAL, CK)
)
#: B.4: every 2 weeks until the dose is stable for 6 weeks, then monthly for 3 months, then every 12 weeks.
PUBLISHED = schedule(
    FBC, "klass", (0, 14), (42, 30), (132, 84), klass="csdmard", anchor="dose_change", scheme="published"
)
#: MO-02.
PFT_ONCE = schedule(PFT, "everybody", (0, None), grace_days=30)
PFT_ILD = schedule(PFT, "ild", (0, 183), (365, 365))
PFT_RISK = schedule(PFT, "ild_risk", (0, 365))
#: MO-03.
SKIN_YEARLY = schedule(SKIN, "immunosuppressed", (365, 365))
EYES_NO_RISK = schedule(EYES, "medicine", (1826, 365), medicine="hydroxychloroquine", condition="hcq_no_risk")
EYES_RISK = schedule(EYES, "medicine", (365, 365), medicine="hydroxychloroquine", condition="hcq_risk")
#: SK-01: a score at 12 weeks, with 7 days of grace.
SKIN_SCORE = schedule(CDASI, "medicine", (84, None), medicine="hydroxychloroquine", grace_days=7)

#: S0-07, S3-09, S2-28.
STEROID_WINDOW = Window(
    6, "tis", klass="corticosteroid", expected_low_weeks=4, expected_high_weeks=6, citation=cited("steroid", "S0-07")
)
HCQ_WINDOW = Window(
    12, "cdasi_a", medicine="hydroxychloroquine", population="amyopathic", citation=cited("hcq", "S3-09")
)
IVIG_WINDOW = Window(16, "tis", medicine="ivig", citation=cited("ivig", "S2-28"))
WINDOWS = (IVIG_WINDOW, HCQ_WINDOW, STEROID_WINDOW)


def done(day: date, *codes: str) -> dict[str, Done]:
    """That these were done on a day."""
    return {code: Done(code, "observation", day, code) for code in codes}
