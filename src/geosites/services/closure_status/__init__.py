"""Is a site still closed: its status today, through time, and what that rests on."""
