"""What happened to the demo's invented patients, and what is planned for them.

The clinical numbers are those of the synthetic journeys J01–J08 of the project's clinical sheet, moved to days before now, so
that they fit the sources' ranges. What no journey gives is marked: GK is general knowledge that nobody has verified, and weight
and height of the child are a child's of that age.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Careteam
from apps.audit import operations as audit
from apps.plans import operations as plans
from apps.plans.models import ResponseReview, TreatmentPlan
from apps.workspace.demo_telling import Telling, beside, dose, goal

Outcome = ResponseReview.Outcome
DOCTOR = "jonas.weiss"
#: Normal blood counts and a normal creatinine (J07, and the base value of DS-04).
COUNTS = {"wbc": 4.1, "anc": 2.4, "plt": 190, "creatinine": 80}
#: Normal liver tests beside a limit of 40 U/L (J01 ends with normal ones).
LIVER = {"alt": 30, "ast": 30, "ggt": 22}
NO_INFECTION = {"hbsag": "negative", "anti_hbc": "negative", "anti_hcv": "negative", "hiv": "negative"}
#: GK: no source gives a dose of folic acid.
FOLIC_ACID = "5"
FROM_SUN = "SPF 50 or more, and clothes that cover."


@transaction.atomic
def tell(*, at: datetime) -> int:
    """Tell the stories of those patients who have no plan yet; returns how many. Whoever was changed since is left alone."""
    told = 0
    for number, story in STORIES.items():
        telling = Telling.of(number, DOCTOR, at)
        if telling is not None and not TreatmentPlan.objects.filter(patient=telling.patient).exists():
            with audit.together():
                story(telling)
            plans.refresh(patient=telling.patient, by=Careteam(at=at), at=at)
            told += 1
    return told


def _albers(she: Telling) -> None:
    """Steroid and methotrexate have helped (J01), the steroid goes down, and her monthly bloods are just due.

    Her swallowing and breathing are asked about, too, so that quiet means well: EAT-10 and FOIS are those with which J04 begins,
    oxygen and breathlessness those of J05.
    """
    she.since(122)
    she.values(122, **COUNTS, **NO_INFECTION, alt=120, ast=150, ggt=22, ck=3200)
    # Her height is that of D-03.
    she.values(119, weight=70, height=170)
    she.examined(119, "pft", "pulmonology")
    she.values(119, fvc_pp=91, dlco_pp=84)
    she.examined(118, "hrct", "pulmonology", "no fibrosis")
    she.core_set(119, (6, 6, 112, 1.75, 3200, 3), "mmt8_150", "haqdi")
    plan = _albers_plan(she)
    she.values(105, **COUNTS, alt=112, ast=130, ggt=24, ck=2100)
    she.values(91, **COUNTS, alt=88, ast=80, ck=900)
    she.core_set(79, (3.5, 4, 124, 1.25, 900, 2), "mmt8_150", "haqdi")
    she.reviewed(77, plan, "prednisone", Outcome.DE_ESCALATE, "A clear response: less steroid, more methotrexate.")
    # On the way from J01's 60 mg to J04's 20 mg: P-BSR22 names 40 to 60 mg as usual. 15 mg a week is J03's methotrexate.
    less, more = she.from_day(77, "40"), she.from_day(77, "15")
    she.proposed(77, plan, {"prednisone": less, "methotrexate": more}, "Prednisone 40 mg, methotrexate 15 mg a week.")
    she.followed(77, plan)
    she.values(63, **COUNTS, alt=60, ast=38, ggt=22, ck=400)
    she.proposed(49, plan, {"prednisone": she.from_day(49, "20")}, "Prednisone down to 20 mg.")
    she.followed(49, plan)
    she.values(33, **COUNTS, **LIVER)
    she.core_set(33, (2.5, 3, 134, 1, 180, 1.5), "mmt8_150", "haqdi")
    she.values(33, eat10=1, fois=7, mmrc=0)
    she.values(4, eat10=1, fois=7, mmrc=0, spo2_rest_ra=97)
    she.sessions({109: "attended", 102: "missed", 95: "cancelled", 88: "attended", 74: "attended", 60: "attended",
                  32: "attended", 18: "missed", 4: "attended"})  # fmt: skip


def _albers_plan(she: Telling) -> TreatmentPlan:
    """How her treatment began."""
    return she.opened(
        119, pathway="severity_ladder", step="severity_moderate",
        summary="Moderate weakness: steroid together with methotrexate from the start.",
        medications=[
            dose("prednisone", "60", line=1, indication="muscle inflammation"),
            dose("methotrexate", "10", "wk", line=2, indication="to spare steroid"),
            dose("folic_acid", FOLIC_ACID, "wk", indication="beside methotrexate"),
        ],
        interventions=[
            beside("physiotherapy", "Strength and contractures, once a week.", "physiotherapy"),
            beside("photoprotection", FROM_SUN),
        ],
        goals=[
            goal("strength", "Strength of the muscles (MMT8) at least 142 of 150", "mmt8_150", "at_least", "142"),
            goal("little_steroid", "As little prednisone as will do"),
        ],
    )  # fmt: skip


def _baumann(he: Telling) -> None:
    """Steroid alone was not enough (J02); azathioprine is proposed as J07 begins it, and TPMT is missing."""
    he.since(47)
    he.values(47, **COUNTS, **LIVER, ck=2400)
    he.values(44, weight=75)
    he.core_set(44, (5.5, 6, 118, 1.5, 2400, 3), "mmt8_150", "haqdi")
    plan = he.opened(
        44, pathway="severity_ladder", step="severity_mild", summary="Prednisone by mouth, judged after six weeks.",
        medications=[dose("prednisone", "60", line=1, indication="muscle inflammation")],
        interventions=[beside("physiotherapy", "Once a week.", "physiotherapy")],
        goals=[goal("strength", "Strength of the muscles (MMT8) at least 142 of 150", "mmt8_150", "at_least", "142")],
    )  # fmt: skip
    he.core_set(6, (5, 5.8, 120, 1.5, 2100, 3), "mmt8_150", "haqdi")
    he.values(4, **COUNTS, **LIVER)
    he.reviewed(
        2, plan, "prednisone", Outcome.ESCALATE, "Hardly any change under 60 mg: an immunosuppressant beside it.",
        option="prednisone_azathioprine",
    )  # fmt: skip
    start = {
        **he.from_day(1, "50"), "unit": "mg", "frequency": 1, "period": 1, "period_unit": "d", "line": 2,
        "indication": "to spare steroid",
    }  # fmt: skip
    he.proposed(1, plan, {"azathioprine": start}, "Azathioprine 50 mg to begin with, beside prednisone.")


def _castellano(she: Telling) -> None:
    """Twelve weeks of hydroxychloroquine are over and the skin is hardly calmer (J03): the response is to be judged now."""
    she.since(98)
    she.values(98, cdasi_a=22, mmt8_150=150, ck=90, weight=52, height=160)
    she.values(96, qtc=418)
    she.examined(96, "ecg", "cardiology")
    she.examined(93, "eye_exam", "ophthalmology", "normal")
    she.values(92, **COUNTS, **LIVER)
    she.examined(92, "pft", "pulmonology")
    she.opened(
        91, pathway="amyopathic_ladder", step="amyopathic_step_1",
        summary="Skin only: hydroxychloroquine under 5 mg/kg a day, and protection from the sun.",
        medications=[
            dose("hydroxychloroquine", "200", "wk", times=5, line=1, indication="rash"),
            dose("hydroxychloroquine", "400", "wk", times=2, line=1, indication="rash"),
        ],
        interventions=[beside("photoprotection", FROM_SUN)],
        goals=[goal("calm_skin", "Activity of the skin (CDASI) at most 14", "cdasi_a", "at_most", "14")],
    )  # fmt: skip
    she.values(5, cdasi_a=20)


def _demiray(he: Telling) -> None:
    """A child in the fifth week of steroid and methotrexate, judged next week; values of J08, the body of an older child."""
    he.since(37)
    he.values(37, **COUNTS, **LIVER)
    he.values(35, weight=36, height=144, mmt8_80=52)
    he.core_set(35, (6, 6, 30, 1.75, 900, 4), "cmas", "chaq")
    he.examined(34, "pft", "pulmonology")
    he.opened(
        35, pathway="juvenile_ladder", step="juvenile_step_1",
        summary="Steroid together with methotrexate from the start; the expert centre knows of him.",
        medications=[
            # 1.1 mg/kg a day and 16.7 mg/m² a week: inside P-BSR22 (1–2 mg/kg) and P-SHARE (15–20 mg/m², at most 40 mg).
            dose("prednisolone", "40", line=1, indication="muscle inflammation"),
            dose("methotrexate", "20", "wk", route="sc", line=1, indication="muscle inflammation"),
            dose("folic_acid", FOLIC_ACID, "wk", indication="beside methotrexate"),
        ],
        interventions=[
            beside("physiotherapy", "At home with his parents, and once a week here.", "physiotherapy"),
            beside("photoprotection", FROM_SUN),
        ],
        goals=[goal("strength", "Strength and endurance (CMAS) at least 48 of 52", "cmas", "at_least", "48")],
    )  # fmt: skip
    he.sessions({28: "attended", 21: "attended", 14: "missed", 7: "attended"})
    he.values(7, **COUNTS, **LIVER, cmas=29, ck=500)


#: By the number of the patient. Linnea Ekström has no plan: that looks like something, too.
STORIES: dict[str, Callable[[Telling], None]] = {
    "L-1001": _albers, "L-1002": _baumann, "L-1003": _castellano, "L-1004": _demiray,
}  # fmt: skip
