//! Other tools' methods, binning, thresholds and decisions, reproduced for those who migrate.
