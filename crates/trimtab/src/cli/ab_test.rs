//! What can be typed about A/B tests.

use super::{Output, ServerArgs};
use clap::{Args, Subcommand};

/// Compare two versions: begin a test, look at it, plan it, stop it.
#[derive(Debug, Args)]
pub(crate) struct AbTestArgs {
    #[command(subcommand)]
    pub(crate) command: AbTestCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AbTestCommand {
    /// List a model's tests, newest first.
    List {
        /// The model.
        model: String,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Show what a test knows by now, and what that means.
    Show {
        /// The model.
        model: String,
        /// The test, `abt_…`; the newest where absent.
        test: Option<String>,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Begin a test of two versions that are routed already, or of a shadow.
    Start(AbStartArgs),
    /// Say how many units and days a test takes. Needs no server.
    Plan(AbPlanArgs),
    /// End a test without a verdict.
    Stop {
        /// The model.
        model: String,
        /// The test, `abt_…`.
        test: String,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AbStartArgs {
    /// The model.
    pub(crate) model: String,
    /// Label of the version that serves.
    #[arg(long, value_name = "VERSION")]
    pub(crate) champion: String,
    /// Label of the candidate.
    #[arg(long, value_name = "VERSION")]
    pub(crate) challenger: String,
    /// The challenger's share of the units; where absent it is a shadow.
    #[arg(long, value_name = "SHARE")]
    pub(crate) share: Option<f64>,
    /// Name of the document with the rules; where absent `default`, else the shipped rules.
    #[arg(long, value_name = "NAME")]
    pub(crate) test: Option<String>,
    /// Rows from then on count (RFC 3339, or a date); where absent from now on.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AbPlanArgs {
    /// The champion's value: a share of units (0.12), or a mean.
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    pub(crate) champion: f64,
    /// Standard deviation between units; leave it away where the value is a share of units.
    #[arg(long, value_name = "VALUE")]
    pub(crate) standard_deviation: Option<f64>,
    /// The smallest difference that matters: `0.01`, or `5%` of the champion's value.
    #[arg(long, value_name = "SIZE")]
    pub(crate) minimum_effect: String,
    /// Share of the units that the challenger gets.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    pub(crate) share: f64,
    /// Two-sided level.
    #[arg(long, value_name = "LEVEL", default_value_t = 0.05)]
    pub(crate) alpha: f64,
    /// Chance to find that difference.
    #[arg(long, value_name = "CHANCE", default_value_t = 0.8)]
    pub(crate) power: f64,
    /// Units that come new in a day, for days.
    #[arg(long, value_name = "N")]
    pub(crate) units_per_day: Option<f64>,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}
