//! What can be typed about experiments.

use super::Output;
use super::server::ServerArgs;
use clap::{Args, Subcommand};

/// Look at what training jobs logged: experiments, their runs, and what tells runs apart.
///
/// Jobs log with the `mlflow` client: point `MLFLOW_TRACKING_URI` to the server.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArgs {
    #[command(subcommand)]
    pub(crate) command: ExperimentCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExperimentCommand {
    /// List the experiments, newest first.
    List {
        /// Only these, in the search language: `name LIKE 'churn%' AND tags.team = 'red'`.
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        /// With the deleted ones.
        #[arg(long)]
        all: bool,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Show one experiment: its tags, its data sets, its newest runs.
    Show {
        /// Name or number.
        #[arg(value_name = "EXPERIMENT")]
        experiment: String,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// List runs with their metrics and the parameters that tell them apart.
    Runs {
        /// Name or number.
        #[arg(value_name = "EXPERIMENT")]
        experiment: String,
        /// Only these, in the search language: `metrics.auc > 0.8 AND params.depth = '4'`.
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        /// In which order: `metrics.auc DESC`; newest first where absent. May be repeated.
        #[arg(long, value_name = "ORDER")]
        order: Vec<String>,
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Put runs side by side: only what differs between them.
    Compare {
        /// Identifiers of runs; their beginnings are not enough.
        #[arg(value_name = "RUN", required = true, num_args = 2..)]
        runs: Vec<String>,
        /// What is equal too.
        #[arg(long)]
        all: bool,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Remove for good what was deleted: runs, experiments, models, and files nobody names.
    Purge {
        /// Only what was deleted at least so many days ago.
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        older_than_days: u32,
        /// There is no way back.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
}
