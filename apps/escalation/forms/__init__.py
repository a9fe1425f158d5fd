"""What is asked on the pages of clinical governance."""

from apps.escalation.forms.verbs import SignatureForm, SinceForm, SiteValueForm
from apps.escalation.forms.wording import WordingForm

__all__ = ["SignatureForm", "SinceForm", "SiteValueForm", "WordingForm"]
