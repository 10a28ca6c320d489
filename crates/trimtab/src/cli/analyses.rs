//! What can be typed for analyses of data sets without a server.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help texts of a terminal"
)]

use super::{AnswerArgs, ColumnArgs, WindowArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use trimtab_domain::analysis::evaluate::Task;
use trimtab_domain::analysis::explain::ExplainMethod;
use trimtab_stats::estimation::ConfusionUnit;

/// Look for rows that stand out, streams that change, levels that moved.
///
/// Without further options every row of a series is judged by the rows before it. Needs no
/// server. Exit code: 0 nothing found, 1 something found, 2 could not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab detect latency.csv --timestamp time --value p99
  trimtab detect nab.parquet --timestamp timestamp --value value --series series --output ndjson
  trimtab detect log.parquet --stream adwin,ddm --error was_wrong
  trimtab detect latency.csv --timestamp time --value p99 --changepoints")]
pub(crate) struct DetectArgs {
    /// The rows, in the order in which they arrived.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    /// Column with the time of each row.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) timestamp: Option<String>,
    /// Column with the values.
    #[arg(
        long,
        value_name = "COLUMN",
        required_unless_present = "error",
        help_heading = "Columns"
    )]
    pub(crate) value: Option<String>,
    /// Column with 1 where a model was wrong and 0 where it was right.
    #[arg(
        long,
        value_name = "COLUMN",
        conflicts_with = "value",
        requires = "stream",
        help_heading = "Columns"
    )]
    pub(crate) error: Option<String>,
    /// Column that tells several series of one file apart.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) series: Option<String>,
    /// How rows are judged: auto, robust_z, mstl, ets, spectral_residual, seasonal_esd, bocpd.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "auto",
        help_heading = "Rows that stand out"
    )]
    pub(crate) method: String,
    /// False alarms a row in a series without change.
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = 1e-3,
        help_heading = "Rows that stand out"
    )]
    pub(crate) alarm_rate: f64,
    /// Detectors that read value by value: adwin, ddm, eddm, hddm_a, hddm_w, fhddm, rddm,
    /// page_hinkley, cusum, ewma, kswin, stepd, ecdd, e_detector.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "changepoints",
        help_heading = "Changes of a stream"
    )]
    pub(crate) stream: Vec<String>,
    /// Values to a false alarm, on average; a peer's defaults where absent.
    #[arg(
        long,
        value_name = "VALUES",
        requires = "stream",
        help_heading = "Changes of a stream"
    )]
    pub(crate) run_length: Option<f64>,
    /// Share of errors without change, that a run length of errors is calibrated for.
    #[arg(
        long,
        value_name = "SHARE",
        requires_all = ["run_length", "error"],
        help_heading = "Changes of a stream"
    )]
    pub(crate) error_rate: Option<f64>,
    /// Say where the level changed, looking back over the whole series.
    #[arg(long, help_heading = "Change points")]
    pub(crate) changepoints: bool,
    /// The variance may change too.
    #[arg(long, requires = "changepoints", help_heading = "Change points")]
    pub(crate) with_variance: bool,
}

/// Look for rows unlike the reference's, and the columns that made them.
///
/// Needs no server. Exit code: 0 no more than the allowed share stands out, 1 more does, 2 could
/// not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab outliers march.parquet april.parquet --id prediction_id
  trimtab outliers train.csv today.csv --method ecod --share 0.001 --output csv")]
pub(crate) struct OutliersArgs {
    /// Ordinary rows.
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// Rows to judge.
    #[arg(value_name = "CURRENT")]
    pub(crate) current: String,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    /// Column that names a row in the answer.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) id: Option<String>,
    /// isolation_forest, hbos, ecod, lof, mahalanobis.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "isolation_forest",
        help_heading = "Method"
    )]
    pub(crate) method: String,
    /// Share of ordinary rows that may be called outliers.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.01,
        help_heading = "Method"
    )]
    pub(crate) share: f64,
    /// Columns named for each outlier.
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = "Answer")]
    pub(crate) top: usize,
}

/// Say how good a model was, with intervals, by window and group.
///
/// Rows of a day are resampled together where a timestamp is given: rows of real traffic are not
/// independent. Needs no server. Exit code: 0 evaluated, 2 could not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab evaluate march.parquet --task binary --label label --score score --timestamp timestamp
  trimtab evaluate log.parquet --labels labels.parquet --id prediction_id --task binary \\
      --label label --score score --timestamp timestamp --every month --group origin
  trimtab evaluate rides.parquet --task regression --label label --prediction prediction
  trimtab evaluate search.csv --task ranking --label clicked --score rank --query session")]
pub(crate) struct EvaluateArgs {
    /// Predictions, with labels beside them or in files of their own.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    /// What the model does.
    #[arg(long, value_enum)]
    pub(crate) task: TaskArg,
    /// Column with what happened.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) label: String,
    /// Column with what was predicted.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) prediction: Option<String>,
    /// Column with the score; for several classes one column each.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) score: Vec<String>,
    /// The label that counts as positive; 1, true or yes where absent.
    #[arg(long, value_name = "LABEL", help_heading = "Columns")]
    pub(crate) positive: Option<String>,
    /// Column that names the query of a ranking.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) query: Option<String>,
    /// Column with sample weights.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) weight: Option<String>,
    /// File with the labels, if they are not beside the predictions.
    #[arg(long, value_name = "FILE", requires = "id", help_heading = "Columns")]
    pub(crate) labels: Option<String>,
    /// Column that predictions and labels share.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) id: Option<String>,
    /// Column with the time of each row.
    #[arg(long, value_name = "COLUMN", help_heading = "Slices")]
    pub(crate) timestamp: Option<String>,
    /// One evaluation for each `hour`, `day`, `week`, `month`, or number of rows.
    #[arg(
        long,
        value_name = "LENGTH",
        requires = "timestamp",
        help_heading = "Slices"
    )]
    pub(crate) every: Option<String>,
    /// Zone in which days begin (IANA name).
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        help_heading = "Slices"
    )]
    pub(crate) time_zone: String,
    /// One evaluation for each value of these columns, and the differences between them.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Slices"
    )]
    pub(crate) group: Vec<String>,
    /// Rows that are resampled together: `auto` (days, where there is a timestamp), `none`, or
    /// a column.
    #[arg(
        long,
        value_name = "COLUMN",
        default_value = "auto",
        help_heading = "Intervals"
    )]
    pub(crate) blocks: String,
    /// Level of the intervals.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.95,
        help_heading = "Intervals"
    )]
    pub(crate) confidence: f64,
    /// Bootstrap replicates.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        help_heading = "Intervals"
    )]
    pub(crate) replicates: u32,
    /// From this score on a row is predicted positive, where there are no predictions.
    #[arg(
        long,
        value_name = "SCORE",
        default_value_t = 0.5,
        help_heading = "Measures"
    )]
    pub(crate) threshold: f64,
    /// How much more recall weighs than precision in `f_beta`.
    #[arg(
        long,
        value_name = "BETA",
        default_value_t = 1.0,
        help_heading = "Measures"
    )]
    pub(crate) beta: f64,
    /// Depths of ranking measures.
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_values_t = [1, 5, 10],
        help_heading = "Measures"
    )]
    pub(crate) depth: Vec<u32>,
    /// The quantile that a regression model predicts.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.5,
        help_heading = "Measures"
    )]
    pub(crate) quantile: f64,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskArg {
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// A number.
    Regression,
    /// An order, query by query.
    Ranking,
}

impl From<TaskArg> for Task {
    fn from(arg: TaskArg) -> Self {
        match arg {
            TaskArg::Binary => Self::Binary,
            TaskArg::Multiclass => Self::Multiclass,
            TaskArg::Regression => Self::Regression,
            TaskArg::Ranking => Self::Ranking,
        }
    }
}

/// Count a data set on a grid: to look at, keep, merge and compare with.
///
/// A saved profile takes the place of the reference in `trimtab check PROFILE FILE`; the raw rows
/// are not needed. Profiles on one grid can be merged. Needs no server.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab profile march.parquet -o march.profile --timestamp timestamp --window day
  trimtab profile april.parquet --grid march.profile -o april.profile
  trimtab profile --merge march.profile april.profile -o spring.profile
  trimtab check march.profile april.parquet --timestamp timestamp")]
pub(crate) struct ProfileArgs {
    /// The rows to count.
    #[arg(
        value_name = "FILE",
        required_unless_present = "merge",
        conflicts_with = "merge"
    )]
    pub(crate) file: Option<String>,
    /// Saved profiles to add up; they must be on one grid.
    #[arg(long, value_name = "PROFILES", num_args = 2..)]
    pub(crate) merge: Vec<String>,
    /// Saved profile whose grid is used.
    #[arg(long, value_name = "PROFILE", conflicts_with = "merge")]
    pub(crate) grid: Option<String>,
    /// File to save the profile to.
    #[arg(short = 'o', long = "save", value_name = "PROFILE")]
    pub(crate) save: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    #[command(flatten)]
    pub(crate) windows: WindowArgs,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
}

/// Say how good a model is before its labels are known.
///
/// Classifiers by their own calibrated scores (CBPE), regression by a model of the loss (DLE);
/// beside the realised value where labels exist. Needs no server. Exit code: 0 within what the
/// reference shows, 1 a chunk lies outside, 2 could not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab estimate reference.parquet today.parquet --task binary --label repaid \\
      --score y_pred_proba --prediction y_pred --chunk 5000
  trimtab estimate march.parquet log.parquet --task binary --label label --score score \\
      --timestamp timestamp --chunk week --labels labels.parquet --id prediction_id
  trimtab estimate march.csv april.csv --task multiclass --label species --prediction guess \\
      --score p_birch,p_oak,p_pine --metric accuracy,roc_auc,confusion_matrix
  trimtab estimate 2011.parquet 2012.parquet --task regression --label label --prediction prediction")]
pub(crate) struct EstimateArgs {
    /// Rows with labels, to learn from.
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// Rows to estimate.
    #[arg(value_name = "CURRENT")]
    pub(crate) current: String,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    /// What the model does: binary, multiclass or regression.
    #[arg(long, value_enum)]
    pub(crate) task: TaskArg,
    /// Column with what happened.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) label: String,
    /// Column with what was predicted.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) prediction: Option<String>,
    /// Column with the score; of several classes one each, named like the class or ending in
    /// `_CLASS`, else in the order of the classes' names.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) score: Vec<String>,
    /// The label that counts as positive; 1, true or yes where absent.
    #[arg(long, value_name = "LABEL", help_heading = "Columns")]
    pub(crate) positive: Option<String>,
    /// From this score on a row is predicted positive, where there are no predictions.
    #[arg(
        long,
        value_name = "SCORE",
        default_value_t = 0.5,
        help_heading = "Columns"
    )]
    pub(crate) threshold: f64,
    /// File with labels of the current rows, if they are known and not beside them.
    #[arg(long, value_name = "FILE", requires = "id", help_heading = "Columns")]
    pub(crate) labels: Option<String>,
    /// Column that rows and labels share.
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) id: Option<String>,
    /// Columns to leave out of the features (regression).
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) ignore: Vec<String>,
    /// Column with the time of each row.
    #[arg(long, value_name = "COLUMN", help_heading = "Chunks")]
    pub(crate) timestamp: Option<String>,
    /// Rows that are judged together: a number of them, `hour`, `day`, `week`, `month`, or `auto`
    /// (ten of equally many rows, in the order of the file).
    #[arg(
        long,
        value_name = "LENGTH",
        default_value = "auto",
        help_heading = "Chunks"
    )]
    pub(crate) chunk: String,
    /// Zone in which days begin (IANA name).
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        help_heading = "Chunks"
    )]
    pub(crate) time_zone: String,
    /// Metrics to estimate; all where absent, but for the `confusion_matrix` of several classes.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        help_heading = "Measures"
    )]
    pub(crate) metric: Vec<String>,
    /// What the cells of the confusion matrix are counted in.
    #[arg(
        long,
        value_enum,
        value_name = "UNIT",
        default_value_t = ConfusionArg::All,
        help_heading = "Measures"
    )]
    pub(crate) confusion: ConfusionArg,
}

/// What the cells of a confusion matrix are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfusionArg {
    /// Shares of all rows.
    All,
    /// Shares of the rows of the true class.
    True,
    /// Shares of the rows of the predicted class.
    Predicted,
    /// Rows (NannyML's default); chunks of other sizes then differ without a change.
    Rows,
}

impl From<ConfusionArg> for ConfusionUnit {
    fn from(arg: ConfusionArg) -> Self {
        match arg {
            ConfusionArg::All => Self::OfAll,
            ConfusionArg::True => Self::OfTrue,
            ConfusionArg::Predicted => Self::OfPredicted,
            ConfusionArg::Rows => Self::Rows,
        }
    }
}

/// Say what moves a model's scores: by column, by row, and between two data sets.
///
/// Reads ONNX. Attributions of tree ensembles and linear models are exact; other graphs have
/// permutation importance. Needs no server.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trimtab explain model.onnx april.parquet --encoding model.json --reference march.parquet
  trimtab explain model.onnx april.parquet --rows 1000 --output csv
  trimtab explain model.onnx log.parquet --method permutation --label label")]
pub(crate) struct ExplainArgs {
    /// The model, as ONNX.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// Rows to explain.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) answer: AnswerArgs,
    /// JSON document that says how input columns become the model's row; beside the model, with
    /// the ending `.json`, where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) encoding: Option<PathBuf>,
    /// Rows to compare with: the change of the mean margin, and of the error where both sides have
    /// labels, is split over columns.
    #[arg(long, value_name = "FILE", help_heading = "Compare")]
    pub(crate) reference: Option<String>,
    /// Column with what happened.
    #[arg(long, value_name = "COLUMN", help_heading = "Compare")]
    pub(crate) label: Option<String>,
    /// File with labels of the rows, if they are not beside them.
    #[arg(
        long,
        value_name = "FILE",
        requires_all = ["id", "label"],
        help_heading = "Compare"
    )]
    pub(crate) labels: Option<String>,
    /// Column that rows and labels share.
    #[arg(long, value_name = "COLUMN", help_heading = "Compare")]
    pub(crate) id: Option<String>,
    /// How the model is explained.
    #[arg(long, value_enum, default_value = "tree_shap", help_heading = "Method")]
    pub(crate) method: ExplainMethodArg,
    /// Rows whose own attributions are in the answer.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Answer")]
    pub(crate) rows: usize,
}

/// How a model is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum ExplainMethodArg {
    /// Exact attributions, paths weighted by the reference's rows.
    TreeShap,
    /// Exact attributions against reference rows, each in turn.
    Interventional,
    /// What the error loses when a column is shuffled; any model, needs labels.
    Permutation,
}

impl From<ExplainMethodArg> for ExplainMethod {
    fn from(arg: ExplainMethodArg) -> Self {
        match arg {
            ExplainMethodArg::TreeShap => Self::TreeShap,
            ExplainMethodArg::Interventional => Self::Interventional,
            ExplainMethodArg::Permutation => Self::Permutation,
        }
    }
}
