"""Referrals: one discipline asks another to see a patient, and the loop stays open until the answer was read."""
