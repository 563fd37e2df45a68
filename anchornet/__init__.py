"""Anchor institutions share monthly returns and see what they add up to."""
