"""What `geosites check` looks at: each check tells in a sentence what is so, and whether it may."""
