"""Where it happened: postcode to ward, ward and deprivation; the directory of organisations."""
