"""Results in, words and pictures out. Pure: nothing here reads, writes or asks the time."""
