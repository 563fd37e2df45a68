"""Sums of a submission, made once when it is accepted, and what is made of them."""
