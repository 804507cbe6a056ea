"""Statistical methods as pure functions: frames and arrays in, frozen results out.

No I/O and no clock; randomness comes only from seeds that are passed in.
"""
