//! Rows that stand out, and the columns that made them.
