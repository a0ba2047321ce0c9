"""The register as a REST API: one module per subject, and what all of them share in base, fields, filters, schema."""
