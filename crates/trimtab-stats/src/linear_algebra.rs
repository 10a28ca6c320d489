//! Small dense matrices: just what the multivariate methods need.
