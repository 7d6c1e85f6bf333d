"""What the reader of a run should know before using its figures; terminal and report say it in the same words."""

from __future__ import annotations

from abm.language import Language

FEW_RUNS = 10
"""With fewer replicates a range of 5-95 % is not to be had: smallest and largest are told instead."""


def few_runs(lang: Language, runs: int) -> tuple[str, ...]:
    """What to know of few replicates; nothing of enough."""
    _ = lang.text
    if runs >= FEW_RUNS:
        return ()
    return (_("So few replicates tell little about the spread: use ten or more before quoting a range."),)


def small_scale(lang: Language, scale: float) -> tuple[str, ...]:
    """What to know of a run that simulated a share of the residents; nothing of one that simulated all."""
    _ = lang.text
    if scale >= 1:
        return ()
    share = lang.percent(scale, digits=0 if round(100 * scale, 6).is_integer() else 1)
    return (
        _(
            "Only {share} of the residents were simulated and weighted up, so small figures are mostly "
            "chance: run the whole population before using them."
        ).format(share=share),
    )


def spread_label(lang: Language, runs: int) -> str:
    """What two ends of a spread over so many replicates are."""
    _ = lang.text
    return _("min to max") if runs < FEW_RUNS else _("5–95 %")


def spread_heading(lang: Language, runs: int) -> str:
    """The same as the heading of a column beside the mean and its interval."""
    _ = lang.text
    return _("min to max of the replicates") if runs < FEW_RUNS else _("5–95 % of the replicates")
