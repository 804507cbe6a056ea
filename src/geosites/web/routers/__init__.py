"""HTTP routes: parse, query, respond, in about three lines each."""
