"""The bases of every HTTP edge: policy, problem documents, pages, ETags, idempotency, read audit, and the admin."""
