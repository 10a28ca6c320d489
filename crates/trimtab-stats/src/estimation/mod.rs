//! Performance without labels.
