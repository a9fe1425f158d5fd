"""Three referrals of the demo's invented patients: one answered, one booked, one at a practice outside.

Nothing in them is urgent, and none waits for speech and language therapy: that is what the story of `manage.py play` is about.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from apps.audit import operations as audit
from apps.knowledge.models import ReferralReason
from apps.referrals import operations as referrals
from apps.referrals.models import Referral
from apps.workspace.demo_plans import DOCTOR
from apps.workspace.demo_telling import Telling

LUNGS = "petra.novak"


@transaction.atomic
def tell(*, at: datetime) -> int:
    """Tell of those patients of whom no referral is known; returns of how many. Whoever has left since is left alone."""
    told = 0
    for number, story in STORIES.items():
        telling = Telling.of(number, DOCTOR, at)
        if telling is not None and not Referral.objects.filter(patient=telling.patient).exists():
            with audit.together():
                story(telling)
            told += 1
    return told


def _sent(telling: Telling, days: int, code: str, **values: object) -> Referral:
    telling.since(days)
    reason = ReferralReason.objects.select_related("to").get(code=code)
    return referrals.draft(
        patient=telling.patient, by=telling.by(days), at=telling.moment(days), reason=reason, patient_informed=True, send=True,
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


def _ekstroem(she: Telling) -> None:
    """Pulmonology has seen her, and the report waits for whoever asked. Her lung function has fallen as in J06: exactly as far as
    LU-03 asks.
    """
    she.since(119)
    she.examined(119, "pft", "pulmonology")
    she.values(119, fvc_pp=82, dlco_pp=64, mmrc=1, spo2_rest_ra=97)
    row = _sent(she, 6, "pulmonology_baseline")
    row = referrals.accept(referral=row, by=she.somebody(LUNGS, 5), at=she.moment(5), filler_number="P-2041")
    row = referrals.see(referral=row, by=she.somebody(LUNGS, 2), at=she.moment(2))
    she.examined(2, "pft", "pulmonology")
    she.values(2, fvc_pp=77, dlco_pp=59, mmrc=1, spo2_rest_ra=97)
    report = "FVC 77 % of predicted, 82 % at first; oxygen and breathlessness as before. Again at once when breathing changes."
    referrals.report(referral=row, by=she.somebody(LUNGS, 1), at=she.moment(1), outcome_note=report)


def _baumann(he: Telling) -> None:
    """Pulmonology has taken him on, and a visit is booked."""
    row = _sent(he, 3, "pulmonology_baseline")
    row = referrals.accept(referral=row, by=he.somebody(LUNGS, 2), at=he.moment(2))
    comes = he.moment(0) + timedelta(days=5, hours=1)
    referrals.schedule(
        referral=row, by=he.somebody(LUNGS, 1), at=he.moment(1), starts_at=comes, place="Lung function, room 12"
    )


def _demiray(he: Telling) -> None:
    """Nobody at the hospital does it: a practice outside was written to, and the coordinator follows it up."""
    _sent(he, 1, "occupational_therapy_at_diagnosis", outside="Children's occupational therapy, Mill Lane")


#: By the number of the patient.
STORIES: dict[str, Callable[[Telling], None]] = {"L-1005": _ekstroem, "L-1002": _baumann, "L-1004": _demiray}
