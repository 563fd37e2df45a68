"""Where it happened: postcode to ward, authority, ring and deprivation; the supplier directory."""
