"""The methods, pure: frames and arrays in, frozen results out. No I/O, no clock, no chance."""
