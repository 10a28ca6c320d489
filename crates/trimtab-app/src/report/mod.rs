//! Self-contained reports: one HTML file, painted here as inline SVG, that needs no script.
