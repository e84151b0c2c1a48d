"""Why a row of a log is set aside; the numbers stand in the sums, the words in what people read."""

__all__ = ["MOST_TOKENS", "REASONS", "STRUCTURE"]

MOST_TOKENS = 10_000_000
"""More tokens than this in one request are taken for a mistake: ten times the longest context on sale."""

REASONS = {
    1: "the line is not readable",
    2: "the time is missing or not a time",
    3: "the time lies before 2000 or after 2100",
    4: "tokens in are missing or not a whole number",
    5: "tokens in are negative",
    6: "more than 10,000,000 tokens in",
    7: "tokens out are missing or not a whole number",
    8: "tokens out are negative",
    9: "more than 10,000,000 tokens out",
    10: "cached tokens are not a whole number",
    11: "cached tokens are negative",
    12: "more cached tokens than tokens in",
    13: "no model is named",
}
"""Reasons that the expression gives, by number; a row has the first that holds."""

STRUCTURE = {
    21: "too few columns",
    22: "too many columns",
    23: "the line is longer than 2 MB",
    24: "the line is not UTF-8",
    25: "a quote is not closed",
}
"""Reasons for which a line of CSV never becomes a row."""
