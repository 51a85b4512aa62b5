"""Consent: a real person's clip is only used after a word that the text below was read."""

from __future__ import annotations

from studio.core.errors import ConsentError

TEXT = """\
Before a real clip is used:
- Film only yourself, or an adult who has read this and said yes.
- Everything happens on this machine. Nothing is uploaded, and the working files are removed at the end.
- The film shows a person who was not there. Label it as AI-made or altered where you post it; most platforms demand it.
- Nobody under 18 is made from a picture of somebody else: an age under 18 may only be asked for of your own recording,
  of you, an adult today. What it shows is you as a child, in your own clothes, and is meant for you.
- Some platforms (TikTok among them) do not allow AI-made likenesses of minors, even of yourself as a child. For a post
  there, choose the preset younger-me or future-self.
- Meeting yourself can stir up more than you expect. Stop whenever you like; nothing is kept that you do not keep."""


def require(consent: bool, sample: bool) -> None:
    """Refuse a real clip without consent; the bundled sample shows nobody real.

    Raises
    ------
    ConsentError : with the text to read as its hint
    """
    if not consent and not sample:
        raise ConsentError("A real person's clip needs a word of consent.", f"{TEXT}\nIf you agree, add --consent.")
