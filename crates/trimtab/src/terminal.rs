//! Standard output for people: tables, bars, numbers. A closed pipe is a quiet end.

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::io::{IsTerminal, Write};

/// The width to write for: the terminal's, or a readable one where there is none.
pub(crate) fn width() -> usize {
    Table::new().width().map_or(100, usize::from)
}

/// Whether people read along.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether people read the log.
pub(crate) fn is_log_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes text and a line end to standard output.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(())
}

/// Writes a line to standard error: everything that is not data.
pub(crate) fn note(text: &str) {
    // Nobody to tell is no reason to stop.
    let _written = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether an error only says that the reader has gone.
pub(crate) fn is_closed_pipe(err: &anyhow::Error) -> bool {
    err.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|err| err.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// A table without ink that is not data.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().map(|name| name.to_uppercase()));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Aligns a column of numbers.
pub(crate) fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// Text of a table without the blanks at line ends.
pub(crate) fn rendered(table: &Table) -> String {
    table
        .to_string()
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Shares as a row of bars, scaled by `largest`.
pub(crate) fn sparkline(shares: &[f64], largest: f64) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    shares
        .iter()
        .map(|&share| {
            if !(share > 0.0 && largest > 0.0) {
                return BARS[0];
            }
            let eighths = (share / largest * 8.0).ceil().clamp(1.0, 8.0);
            BARS.iter()
                .enumerate()
                .find(|&(height, _)| f64::from(u8::try_from(height).unwrap_or(8)) >= eighths)
                .map_or(BARS[8], |(_, &bar)| bar)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_scaled_and_zero_is_blank() {
        assert_eq!(sparkline(&[0.0, 0.1, 0.5, 1.0], 1.0), " ▁▄█");
        assert_eq!(sparkline(&[0.0], 0.0), " ");
    }
}
