//! How much of a change in a metric each column or segment explains.
