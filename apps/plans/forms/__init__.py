"""The forms of the admin pages of plans."""

from apps.plans.forms.content import ContentForm, HeadForm, step_name
from apps.plans.forms.items import GoalForm, InterventionForm, MedicationForm
from apps.plans.forms.verbs import ApprovalForm, CompletionForm, ExplainForm, PolicyForm

__all__ = [
    "ApprovalForm", "CompletionForm", "ContentForm", "ExplainForm", "GoalForm", "HeadForm", "InterventionForm", "MedicationForm",
    "PolicyForm", "step_name",
]  # fmt: skip
