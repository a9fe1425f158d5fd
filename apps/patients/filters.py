"""The filters of this room's lists. None of them takes a name or a number: those are searched for by POST."""

from django_filters import rest_framework as filters

from apps.patients.models import Antibody, Identifier, Mute, Patient, TargetRange


class PatientFilter(filters.FilterSet):
    """Patients by what they are and where."""

    site = filters.UUIDFilter(field_name="site_id")
    status = filters.MultipleChoiceFilter(choices=Patient.Status.choices)
    phenotype = filters.MultipleChoiceFilter(choices=Patient.Phenotype.choices)
    onset = filters.ChoiceFilter(choices=Patient.Onset.choices)

    class Meta:
        model = Patient
        fields = ["site", "status", "phenotype", "onset"]


class IdentifierFilter(filters.FilterSet):
    """Numbers of one patient."""

    patient = filters.UUIDFilter(field_name="patient_id")
    active = filters.BooleanFilter()

    class Meta:
        model = Identifier
        fields = ["patient", "active"]


class AntibodyFilter(filters.FilterSet):
    """Antibody results."""

    patient = filters.UUIDFilter(field_name="patient_id")
    code = filters.ChoiceFilter(choices=Antibody.Code.choices)
    result = filters.ChoiceFilter(choices=Antibody.Result.choices)
    entered_in_error = filters.BooleanFilter()

    class Meta:
        model = Antibody
        fields = ["patient", "code", "result", "entered_in_error"]


class TargetRangeFilter(filters.FilterSet):
    """Target ranges."""

    patient = filters.UUIDFilter(field_name="patient_id")
    instrument = filters.CharFilter(max_length=40)

    class Meta:
        model = TargetRange
        fields = ["patient", "instrument"]


class MuteFilter(filters.FilterSet):
    """Mutes."""

    patient = filters.UUIDFilter(field_name="patient_id")
    topic = filters.CharFilter(max_length=40)

    class Meta:
        model = Mute
        fields = ["patient", "topic"]
