//! What can be typed about rollouts.

use super::Output;
use super::server::ServerArgs;
use clap::{Args, Subcommand};

/// Lead a candidate from shadow to full, and take the traffic back.
#[derive(Debug, Args)]
pub(crate) struct RolloutArgs {
    #[command(subcommand)]
    pub(crate) command: RolloutCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RolloutCommand {
    /// Begin a rollout of a version that passed its validation.
    Start {
        /// The model.
        model: String,
        /// The candidate: `v3`, or `3`.
        #[arg(long, value_name = "VERSION")]
        candidate: String,
        /// The validation it passed: `val_…`; its newest one where absent.
        #[arg(long, value_name = "ID")]
        validation: Option<String>,
        /// A rollout policy of the model.
        #[arg(long, value_name = "NAME", default_value = "default")]
        policy: String,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Where a model's rollout stands, what it waits for, and its history.
    Status {
        /// The model.
        model: String,
        /// One of its rollouts: `rol_…`; the newest where absent.
        #[arg(long, value_name = "ID")]
        rollout: Option<String>,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Let the next step begin, where the policy wants a person's word. It still waits for the
    /// rest of its conditions.
    #[command(visible_alias = "approve")]
    Advance {
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Keep the shares as they are until a person decides.
    Pause {
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Let a paused rollout go on.
    Resume {
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Take all traffic back: the champion of before serves from the next request on.
    Rollback {
        #[command(flatten)]
        order: OrderArgs,
    },
}

/// What is said to a model's rollout.
#[derive(Debug, Clone, Args)]
pub(crate) struct OrderArgs {
    /// The model.
    pub(crate) model: String,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
