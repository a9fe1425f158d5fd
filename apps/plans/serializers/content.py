"""How the content of a version is sent: medicines, what is done beside them, goals."""

from typing import Any

from rest_framework import serializers

from apps.knowledge.models import Discipline, Instrument, Intervention, Medicine, Pathway, PathwayStep, TherapyGoal
from apps.patients.models import Patient
from apps.plans.models import Goal, MedicationItem, PlanVersion, Route
from apps.plans.operations.content import MOST
from apps.plans.serializers.fields import Amount, Colleague, Day, Positive, Words
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible

BASES = MedicationItem.Basis.choices
PERIODS = MedicationItem.PeriodUnit.choices
ROUTES = Route.choices
COMPARISONS = Goal.Comparison.choices


class NewItem(Body):
    """What all items have. An `item_id` of an earlier version says that it is the same thing, gone on with or changed."""

    item_id = serializers.UUIDField(required=False, allow_null=True)
    starts_on = Day(required=False, help_text="Empty: today at the patient's site.")
    stops_on = Day(required=False, allow_null=True, help_text="The last day.")
    stop_reason = Words(max_length=200)
    note = Words(max_length=500)


class NewMedication(NewItem):
    """A medicine in a dosage: `frequency` times in each `period` `period_unit` (days, weeks, months).

    With basis course the dose is the total of a course over `course_days`. Without a dose it still has to be dosed, and such a
    version cannot be approved. The reasons answer what the checks will find about this medicine.
    """

    medicine = ByCode(Medicine, "code", whole=True)
    dose = Amount(required=False, allow_null=True)
    unit = Words(max_length=20, help_text="UCUM: mg, g, ug, alone or per kg or m2; % on the skin.")
    basis = serializers.ChoiceField(choices=BASES, required=False)
    frequency = Positive()
    period = Positive()
    period_unit = serializers.ChoiceField(choices=PERIODS, required=False, allow_blank=True)
    course_days = Positive()
    route = serializers.ChoiceField(choices=ROUTES)
    line = Positive(help_text="Line of therapy.")
    prescriber = Colleague(
        required=False,
        allow_null=True,
        help_text="A user. Empty: whoever sends it, if their discipline approves plans.",
    )
    indication = Words(max_length=200)
    dose_reason = Words(max_length=300, help_text="Why the dose is right where the checks warn about it.")
    prerequisite_reason = Words(max_length=300, help_text="Why the first dose need not wait for what is missing.")


class NewIntervention(NewItem):
    """Something that is done beside medicines."""

    intervention = ByCode(Intervention, "code", whole=True)
    discipline = ByCode(Discipline, "code", whole=True, required=False, allow_null=True)
    instructions = Words(max_length=300)


class NewGoal(NewItem):
    """What the plan is for; a measured goal has an instrument, a comparison and a target."""

    goal = ByCode(TherapyGoal, "code", whole=True, required=False, allow_null=True)
    text = Words(max_length=300, help_text="Empty: the goal's own name.")
    instrument = ByCode(Instrument, "code", whole=True, required=False, allow_null=True)
    comparison = serializers.ChoiceField(choices=COMPARISONS, required=False, allow_blank=True)
    target = Amount(
        required=False, allow_null=True, min_value=None, max_digits=14, help_text="In the instrument's unit."
    )
    due_on = Day(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Words of its own, or those of the goal that it begins from."""
        if not attrs.get("text") and attrs.get("goal") is not None:
            attrs["text"] = attrs["goal"].name
        return attrs


class Content(Body):
    """What a version says, whole: what is not in it any more is left out on purpose."""

    summary = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, help_text="What changes, and why."
    )
    step = ByCode(PathwayStep, "code", required=False, allow_null=True)
    medications = serializers.ListField(child=NewMedication(), required=False, max_length=MOST)
    interventions = serializers.ListField(child=NewIntervention(), required=False, max_length=MOST)
    goals = serializers.ListField(child=NewGoal(), required=False, max_length=MOST)


class NewPlan(Content):
    """A plan to be opened, with its first version."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    pathway = ByCode(Pathway, "code", required=False, allow_null=True)


class NewVersion(Content):
    """A version to be proposed. `replaces` is the pending version that it takes the place of."""

    replaces = Visible(lambda actor: PlanVersion.objects.visible_to(actor), required=False, allow_null=True)


class TryOut(Body):
    """Medicines to be checked, as they would be proposed."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor).select_related("site"))
    medications = serializers.ListField(child=NewMedication(), min_length=1, max_length=MOST)
