//! Numbers that describe a text.
