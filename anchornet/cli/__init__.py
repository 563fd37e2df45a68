"""The commands of `python -m anchornet`, by subject.

Commands import what they work with inside, so that each starts without what the others need.
"""
