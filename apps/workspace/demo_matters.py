"""What criteria have found in the demo's invented patients before anybody looks: one matter that was acted upon yesterday.

Everything else that fires does so when the demo is started, and is routine: a demo that begins with emergencies teaches nobody
anything.
"""

from datetime import datetime, timedelta

from django.db import transaction

from apps.audit import operations as audit
from apps.escalation import looking
from apps.escalation import operations as escalation
from apps.escalation.models import Escalation
from apps.plans.models import TreatmentPlan
from apps.workspace.demo_plans import DOCTOR
from apps.workspace.demo_telling import Telling

#: The number of the child under prednisolone and methotrexate.
CHILD = "L-1004"
#: The fever of J07, there as here under an immunosuppressant.
FEVER = 38.3
DONE = "Seen the same morning: a cold, the chest is clear. His parents ring at once if it gets worse."
LATER = timedelta(hours=2)


@transaction.atomic
def tell(*, at: datetime) -> bool:
    """Tell it unless it was told; returns whether it was told now. Whoever has left or changed treatment since is left alone."""
    he = Telling.of(CHILD, DOCTOR, at)
    if he is None or not TreatmentPlan.objects.filter(patient=he.patient, ended_at__isnull=True).exists():
        return False
    if Escalation.objects.filter(patient=he.patient).exists():
        return False
    with audit.together():
        he.since(1)
        he.values(1, temp=FEVER)
        then = he.moment(1)
        looking.look_at(patient=he.patient, at=then)
        fever = Escalation.objects.get(patient=he.patient, criterion__code="IN-01", state=Escalation.State.OPEN)
        escalation.act(escalation=fever, by=he.by(1), at=then + LATER, words=DONE)
    return True
