//! Change detectors that read one value at a time.
