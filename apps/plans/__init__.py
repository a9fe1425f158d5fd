"""Treatment plans: proposed, checked, approved, followed, reviewed and revised."""
