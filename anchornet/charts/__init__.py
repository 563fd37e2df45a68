"""What figures look like: one style, trends, breakdowns, flows and maps."""
