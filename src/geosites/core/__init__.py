"""Records, weeks, reference systems and errors, used by every package; imports none of them."""
