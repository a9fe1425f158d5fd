"""The doors of accounts, whose rows lie below the HTTP bases: users, sites, roles, tokens, log-in. No rows of its own."""
