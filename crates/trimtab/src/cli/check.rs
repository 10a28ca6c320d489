//! What can be typed after `trimtab check`.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help texts of a terminal"
)]

use super::{AnswerArgs, ColumnArgs, WindowArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use trimtab_stats::Correction;
use trimtab_stats::compat::Peer;

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
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    /// Compare days with those of their weekday, in columns whose reference shows a weekly rhythm
    /// (four weeks at least).
    #[arg(long, requires = "timestamp", help_heading = "Windows")]
    pub(crate) weekly: bool,
    /// Column with what happened; with --score or --prediction on both sides the change of
    /// performance is measured.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) label: Option<String>,
    /// Column with what the model predicted.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) prediction: Option<String>,
    /// Column with the model's score.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) score: Option<String>,
    /// CSV file with a column's name and its importance for the model in each row.
    #[arg(long, value_name = "FILE", help_heading = "Columns")]
    pub(crate) weights: Option<PathBuf>,
    /// Columns of free text: compared by length, words and classes of characters, and by a model
    /// that tells the sides apart by their words and runs of characters.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) text: Vec<String>,
    /// Compare each value of these columns apart too.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Looks"
    )]
    pub(crate) segment: Vec<String>,
    /// Compare all columns together too: can a model tell the sides apart?
    #[arg(long, help_heading = "Looks")]
    pub(crate) multivariate: bool,
    /// Two-sample methods whose results are wanted, or `auto`: ks, cramer_von_mises,
    /// anderson_darling, mann_whitney_u, welch_t, epps_singleton, energy, wasserstein, kuiper,
    /// hellinger, jensen_shannon, kl, psi, total_variation, l_infinity, chi2, g_test,
    /// fisher_exact, two_proportion_z, cramers_v.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "auto",
        help_heading = "Decision"
    )]
    pub(crate) method: Vec<String>,
    /// Decide as another tool does, with its methods and limits.
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["segment", "text", "multivariate", "timestamp"], help_heading = "Decision")]
    pub(crate) compat: Option<PeerArg>,
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
    /// Differences below this are no drift: Wasserstein-1 in interquartile ranges for numbers,
    /// Cramér's V for categories.
    #[arg(long, value_name = "SIZE", help_heading = "Decision")]
    pub(crate) min_effect: Option<f64>,
}

/// A tool whose decision can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeerArg {
    /// Evidently 0.7.
    Evidently,
    /// NannyML 0.13.
    Nannyml,
    /// deepchecks 0.19.
    Deepchecks,
    /// whylogs 1.6.
    Whylogs,
    /// Scouter 0.25.
    Scouter,
    /// Amazon SageMaker Model Monitor.
    Sagemaker,
    /// KS or χ² at 5 %, no correction.
    Textbook,
}

impl From<PeerArg> for Peer {
    fn from(arg: PeerArg) -> Self {
        match arg {
            PeerArg::Evidently => Self::Evidently,
            PeerArg::Nannyml => Self::NannyMl,
            PeerArg::Deepchecks => Self::Deepchecks,
            PeerArg::Whylogs => Self::Whylogs,
            PeerArg::Scouter => Self::Scouter,
            PeerArg::Sagemaker => Self::SageMaker,
            PeerArg::Textbook => Self::Textbook,
        }
    }
}

/// [`Correction`] as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CorrectionArg {
    /// False discovery rate.
    BenjaminiHochberg,
    /// False discovery rate, whatever depends on what.
    BenjaminiYekutieli,
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
            CorrectionArg::BenjaminiYekutieli => Self::BenjaminiYekutieli,
            CorrectionArg::Holm => Self::Holm,
            CorrectionArg::Bonferroni => Self::Bonferroni,
            CorrectionArg::None => Self::None,
        }
    }
}
