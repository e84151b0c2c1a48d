"""The glossary: every term of the pages in two or three plain sentences."""

from treadlight.core.texts import say

__all__ = ["terms"]


def terms() -> tuple[tuple[str, str, str], ...]:
    """Anchor, term and explanation, in alphabetical order of the anchors."""
    return (
        (
            "activity",
            say("Activity"),
            say(
                "An immutable record that an amount of something was used: electricity by a card for an "
                "hour, a server for a day, gigabytes carried. Facts are never edited; a correction is a "
                "new activity that supersedes an old one."
            ),
        ),
        (
            "adpe",
            say("Abiotic depletion (minerals)"),
            say(
                "How much of the scarce metals of the earth was used up, in kilograms of antimony that "
                "would deplete the stock as much. Making chips weighs far more here than running them."
            ),
        ),
        (
            "allocation",
            say("Allocation"),
            say(
                "The named rule by which a share of a whole is given to one user, such as hours of use "
                "over the hours a machine serves in its life. It alone can move embodied impacts almost "
                "twofold, so it is always named."
            ),
        ),
        (
            "average-marginal",
            say("Average and marginal"),
            say(
                "The average of all plants says what electricity costs as it is used. The marginal says "
                "what one more kilowatt-hour would bring forth. They answer different questions and are "
                "never mixed."
            ),
        ),
        (
            "coverage",
            say("Coverage"),
            say(
                "The part of what was counted of which a category has a figure throughout. What has none "
                "is unknown, and unknown is never zero."
            ),
        ),
        (
            "embodied",
            say("Embodied"),
            say(
                "What it took to make, move and discard the machines, shared out over the hours they "
                "serve. It happened before the run began, and it stays when the electricity is clean."
            ),
        ),
        (
            "evidence",
            say("Evidence"),
            say(
                "How an amount is known: metered (a counter was read), reported (somebody stated it), "
                "modelled (computed from what was seen), assumed. The mark beside each number is as full "
                "as our knowledge."
            ),
        ),
        (
            "factor",
            say("Factor"),
            say(
                "How much impact one unit brings, such as grams of CO₂e per kilowatt-hour in one country "
                "and year. Every factor has a source, a year, a licence and an interval."
            ),
        ),
        (
            "functional-unit",
            say("Functional unit"),
            say(
                "What a number is divided by so that two things can be compared: an epoch, a thousand "
                "requests, an hour of audio."
            ),
        ),
        (
            "gwp",
            say("Global warming potential"),
            say(
                "All greenhouse gases together, each weighted by the warming it brings over 100 years, in"
                " kilograms of CO₂ that warm as much (CO₂e)."
            ),
        ),
        (
            "interval",
            say("Interval"),
            say(
                "From p05 to p95: nine of ten plausible values lie within. A wide interval is a doubtful "
                "number, and says where to measure better."
            ),
        ),
        (
            "location-market",
            say("Location-based and market-based"),
            say(
                "Location-based counts the grid as it is where the machine stands. Market-based counts "
                "what was bought by contract. Both are asked for by the GHG Protocol; a page says which "
                "one it shows."
            ),
        ),
        (
            "pue",
            say("PUE"),
            say(
                "Power usage effectiveness: what the hall draws over what its machines use. 1.0 would be "
                "no overhead; 1.5 means that cooling and conversion take half as much again."
            ),
        ),
        (
            "process",
            say("Process"),
            say(
                "One unit of something expressed in other things and in impacts: a card-hour in shares of"
                " a card, a kilowatt-hour at the device in those at the meter."
            ),
        ),
        (
            "rebound",
            say("Rebound"),
            say(
                "When something becomes cheaper it is used more, and a part of the saving, or all of it, "
                "is eaten up. It shows when the amount per request falls and the total does not."
            ),
        ),
        (
            "restatement",
            say("Restatement"),
            say(
                "The same activities counted under another version of the library. The difference is "
                "explained factor by factor, and never passed off as an improvement."
            ),
        ),
        (
            "share-of-doubt",
            say("Share of doubt"),
            say(
                "How much of a number’s uncertainty comes from one cause. Better data where it is largest"
                " narrows the answer most."
            ),
        ),
        (
            "shared-draws",
            say("Shared draws"),
            say(
                "When two things rest on the same uncertain factor, each draw of it is used for both. "
                "What they share then cancels in the difference, which is therefore surer than either "
                "number."
            ),
        ),
        (
            "wue",
            say("WUE"),
            say(
                "Water usage effectiveness: litres evaporated on site for each kilowatt-hour of the "
                "machines. Water evaporated by power plants comes on top."
            ),
        ),
    )
