"""What it adds up to: facts made when a submission is accepted, and the figures made of them."""
