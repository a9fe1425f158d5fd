"""Patients, and who may see whom."""
