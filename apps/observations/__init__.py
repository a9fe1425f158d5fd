"""Facts about a patient: observations, findings, complications, what was resolved, assessments."""
