"""What leaves: shared charts, photos, the public site, open data, the meeting pack."""
