"""Asking a person until it is done."""
