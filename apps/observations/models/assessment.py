"""That somebody looked."""

from django.db import models

from apps.knowledge.models import Discipline
from apps.observations.models.base import Fact, error_has_a_reason
from apps.patients.models.patient import NO_CONTROL


class Assessment(Fact):
    """An examination or a documented decision: that it was done, by which discipline, and with what result in a word."""

    class Kind(models.TextChoices):
        SLT = "slt_assessment", "Speech and language therapy assessment"
        ECG = "ecg", "ECG"
        EYE = "eye_exam", "Eye examination"
        PFT = "pft", "Lung function test"
        HRCT = "hrct", "HRCT of the chest"
        CHEST_XRAY = "chest_xray", "Chest X-ray"
        WEAKNESS = "weakness_grade", "Grade of weakness"
        CANCER_RISK = "imacs_risk", "Cancer risk (IMACS)"
        SKIN_CHECK = "skin_check", "Skin-cancer check"
        PREGNANCY_TEST = "pregnancy_test", "Pregnancy test"
        DECISION = "decision", "Documented decision"

    audited_fields = frozenset({"patient", "kind", "discipline", "effective_at", "status"})

    kind = models.CharField(max_length=20, choices=Kind)
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    result = models.CharField(max_length=40, blank=True, validators=[NO_CONTROL], help_text="A word or a grade.")
    note = models.CharField(max_length=1000, blank=True)

    class Meta(Fact.Meta):
        constraints = [error_has_a_reason("assessment_error_has_a_reason")]
        indexes = [
            models.Index(fields=["patient", "kind", "-effective_at"], name="assessments_of_patient"),
            models.Index(fields=["effective_at", "id"], name="assessments_by_time"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
