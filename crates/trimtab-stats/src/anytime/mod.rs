//! Anytime-valid monitoring: guarantees that hold however often one looks.
