//! What can be typed for the gate.

use super::AnswerArgs;
use super::server::ServerArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use trimtab_domain::documents::Task;

/// Let a candidate meet the champion on the same labelled rows, and say whether it may serve.
///
/// With MODEL a server does it, on rows that neither version was trained on. With
/// `--candidate-onnx` it happens here, on the rows of a file. Exit code: 0 passed, 1 stopped or
/// undecided, 2 could not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab validate flights-delay --candidate 3
  trimtab validate --champion-onnx v1.onnx --candidate-onnx v2.onnx september.parquet \\
      --label label --timestamp timestamp --segment origin --report gate.html
  trimtab validate --candidate-onnx first.onnx rows.parquet --label y --policy gate.yaml")]
pub(crate) struct ValidateArgs {
    /// The model on the server; or, with `--candidate-onnx`, the rows that decide.
    #[arg(value_name = "MODEL | FILE", required = true)]
    pub(crate) subjects: Vec<String>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Version that wants to serve: 3 or v3.
    #[arg(long, value_name = "VERSION", help_heading = "On a server")]
    pub(crate) candidate: Option<String>,
    /// Version to compare with; the alias `champion` where absent.
    #[arg(
        long,
        value_name = "VERSION",
        requires = "candidate",
        help_heading = "On a server"
    )]
    pub(crate) champion: Option<String>,
    /// On a server the name of a validation policy; on files a YAML document of kind
    /// `validation_policy`.
    #[arg(long, value_name = "NAME | FILE")]
    pub(crate) policy: Option<String>,
    /// The candidate, as ONNX.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "candidate",
        help_heading = "On files"
    )]
    pub(crate) candidate_onnx: Option<PathBuf>,
    /// Its encoding document; beside it, with the ending `.json`, where absent.
    #[arg(long, value_name = "FILE", help_heading = "On files")]
    pub(crate) candidate_encoding: Option<PathBuf>,
    /// The champion, as ONNX; a constant prediction where absent.
    #[arg(long, value_name = "FILE", help_heading = "On files")]
    pub(crate) champion_onnx: Option<PathBuf>,
    /// Its encoding document; beside it where absent.
    #[arg(long, value_name = "FILE", help_heading = "On files")]
    pub(crate) champion_encoding: Option<PathBuf>,
    /// The candidate, where it is no ONNX file: a program and its arguments, separated by spaces.
    /// It is given two more, a Parquet file of rows and the path for its scores: Parquet with one
    /// column `score`, in the same order.
    #[arg(
        long,
        value_name = "COMMAND",
        conflicts_with_all = ["candidate", "candidate_onnx"],
        help_heading = "On files"
    )]
    pub(crate) candidate_command: Option<String>,
    /// The champion, where it is no ONNX file.
    #[arg(
        long,
        value_name = "COMMAND",
        conflicts_with = "champion_onnx",
        help_heading = "On files"
    )]
    pub(crate) champion_command: Option<String>,
    /// Columns that commands are given.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "On files"
    )]
    pub(crate) command_columns: Vec<String>,
    /// From which score on a command's model says yes.
    #[arg(
        long,
        value_name = "SCORE",
        default_value_t = 0.5,
        help_heading = "On files"
    )]
    pub(crate) command_threshold: f64,
    /// What the models predict.
    #[arg(long, value_enum, default_value = "binary", help_heading = "On files")]
    pub(crate) task: ValidateTask,
    /// Column with what happened.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) label: Option<String>,
    /// File with labels, if they are not beside the rows.
    #[arg(long, value_name = "FILE", requires = "id", help_heading = "Columns")]
    pub(crate) labels: Option<String>,
    /// Column that rows and labels share.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) id: Option<String>,
    /// The label that is the positive one.
    #[arg(long, value_name = "LABEL", help_heading = "Columns")]
    pub(crate) positive: Option<String>,
    /// Column with the time of each row: rows of a day belong together.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) timestamp: Option<String>,
    /// Column, beside the labels, with the time at which each became known.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) label_timestamp: Option<String>,
    /// Columns that cut the rows into segments.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) segment: Vec<String>,
    /// Columns that say who belongs to which group.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) protected: Vec<String>,
    /// Only rows from this time on.
    #[arg(
        long,
        value_name = "TIME",
        requires = "timestamp",
        help_heading = "Rows"
    )]
    pub(crate) from: Option<String>,
    /// Only rows before this time.
    #[arg(
        long,
        value_name = "TIME",
        requires = "timestamp",
        help_heading = "Rows"
    )]
    pub(crate) until: Option<String>,
    /// What the candidate was trained on: files with the same columns.
    #[arg(long, value_name = "FILE", help_heading = "Rows")]
    pub(crate) training: Option<String>,
    /// Column with the label in the training files; the same as of the rows where absent.
    #[arg(
        long,
        value_name = "COLUMN",
        requires = "training",
        help_heading = "Rows"
    )]
    pub(crate) training_label: Option<String>,
}

/// What the models predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidateTask {
    /// One of two classes.
    Binary,
    /// A number.
    Regression,
}

impl From<ValidateTask> for Task {
    fn from(task: ValidateTask) -> Self {
        match task {
            ValidateTask::Binary => Self::BinaryClassification,
            ValidateTask::Regression => Self::Regression,
        }
    }
}
