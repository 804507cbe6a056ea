"""Records, weeks, reference systems and errors: what every room may use; it uses none of them."""
