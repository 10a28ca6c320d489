//! What can be typed after `trimtab check`.

use super::{AnswerArgs, WindowArgs};
use clap::{Args, ValueEnum};
use trimtab_domain::documents::Correction;

/// Compare two data sets: has anything drifted?
///
/// Reads Parquet, CSV, NDJSON and Arrow IPC: files, globs, folders, or `-` for standard input.
/// Needs no server. Exit code: 0 nothing drifted, 1 something drifted, 2 could not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab check march.parquet april.parquet
  trimtab check march.parquet 'april/*.parquet' --timestamp timestamp --window day
  trimtab check train.csv today.csv --ignore customer_id --report drift.html")]
pub(crate) struct CheckArgs {
    /// What it should look like.
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// What it looks like now.
    #[arg(value_name = "CURRENT")]
    pub(crate) current: String,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) windows: WindowArgs,
    /// Columns to compare as categories.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) categorical: Vec<String>,
    /// Columns to compare as numbers.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) numeric: Vec<String>,
    /// Columns to leave out.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) ignore: Vec<String>,
    /// Share of drift-free data sets that may alarm.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.05,
        help_heading = "Decision"
    )]
    pub(crate) alpha: f64,
    /// How p-values of several columns are adjusted.
    #[arg(
        long,
        value_enum,
        default_value = "benjamini-hochberg",
        help_heading = "Decision"
    )]
    pub(crate) correction: CorrectionArg,
}

/// [`Correction`] as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CorrectionArg {
    /// False discovery rate.
    BenjaminiHochberg,
    /// Family-wise error rate, the strict option.
    Holm,
    /// Family-wise error rate, the simplest.
    Bonferroni,
    /// No adjustment.
    None,
}

impl From<CorrectionArg> for Correction {
    fn from(arg: CorrectionArg) -> Self {
        match arg {
            CorrectionArg::BenjaminiHochberg => Self::BenjaminiHochberg,
            CorrectionArg::Holm => Self::Holm,
            CorrectionArg::Bonferroni => Self::Bonferroni,
            CorrectionArg::None => Self::None,
        }
    }
}
