"""The table of contents: one router, the schema, health."""
