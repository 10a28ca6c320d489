//! Points of a time series that stand out, and where its level changes.
