//! `trimtab check`: two data sets compared without a server.
