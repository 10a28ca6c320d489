//! What can be typed about retraining and its policies.

use super::Output;
use super::server::ServerArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Train a model again now, and look after its trainings.
///
/// `trimtab retrain MODEL --reason TEXT` asks for a training by hand. The model's policy says on
/// which rows, by which job and with whose agreement.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct RetrainArgs {
    #[command(subcommand)]
    pub(crate) command: Option<RetrainCommand>,
    /// The model to train.
    #[arg(required = true)]
    pub(crate) model: Option<String>,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT", required = true)]
    pub(crate) reason: Option<String>,
    /// Which policy says how; the model's only one where absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// Wait until it is over; the exit code is 1 if it did not end well.
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetrainCommand {
    /// List a model's trainings, newest first.
    List {
        /// The model.
        model: String,
        /// Only those that are not over.
        #[arg(long)]
        open: bool,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// One training: why, on what, what happened, and the job's log.
    Show {
        #[command(flatten)]
        run: RunArgs,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Agree to a training, or take a suggestion: never one's own.
    Approve {
        #[command(flatten)]
        run: RunArgs,
        /// For the record.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Say no to a training that waits for people.
    Reject {
        #[command(flatten)]
        run: RunArgs,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Stop a training, wherever it stands.
    Cancel {
        #[command(flatten)]
        run: RunArgs,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Why the model's policies fired or held, newest first.
    Decisions {
        /// The model.
        model: String,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
}

/// Which training.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// The model.
    pub(crate) model: String,
    /// The training: `ret_…`.
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Try a retraining policy before it is applied.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Play a policy over stored history: when it would have fired, what held it back, what it
    /// would have cost. Nothing is stored and nothing is trained.
    DryRun {
        /// A YAML file with one document of the kind `retraining_policy`.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The model whose history is played; the policy's own where absent.
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        /// From here on, event time (RFC 3339, or a date).
        #[arg(long, value_name = "INSTANT")]
        from: Option<String>,
        /// Until here.
        #[arg(long, value_name = "INSTANT")]
        to: Option<String>,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
}
