//! What can be typed: the commands, and the arguments that several share.

mod ab_test;
mod analyses;
mod check;
mod experiment;
mod registry;
mod retraining;
mod rollout;
mod server;
mod validate;

pub(crate) use ab_test::{AbPlanArgs, AbStartArgs, AbTestArgs, AbTestCommand};
pub(crate) use analyses::{
    DetectArgs, EstimateArgs, EvaluateArgs, ExplainArgs, OutliersArgs, ProfileArgs,
};
pub(crate) use check::CheckArgs;
pub(crate) use experiment::{ExperimentArgs, ExperimentCommand};
pub(crate) use registry::{
    AuditArgs, AuditCommand, ConsentArgs, ModelArgs, ModelCommand, RegisterArgs,
};
pub(crate) use retraining::{PolicyArgs, PolicyCommand, RetrainArgs, RetrainCommand, RunArgs};
pub(crate) use rollout::{OrderArgs, RolloutArgs, RolloutCommand};
pub(crate) use server::{
    ApplyArgs, ClockArg, CompletionsArgs, ExportArgs, GenerateArgs, InitArgs, PlaceArgs, PlanArgs,
    ReplayArgs, ReportArgs, ServeArgs, ServerArgs, SettingsArgs, SettingsCommand, SummaryArgs,
    SuperviseArgs, TokenArgs, TokenCommand,
};
pub(crate) use validate::{ValidateArgs, ValidateTask};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use trimtab_domain::check::CheckWindows;

/// Everything random is seeded the same way: the same files give the same answer.
const SEED: u64 = 20_130_401;

/// Watches machine-learning models in production: drift, quality, performance, alerts.
#[derive(Debug, Parser)]
#[command(
    name = "trimtab",
    version,
    about,
    long_about = None,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    help_template = "{about}\n\n{usage-heading} {usage}\n{after-help}\n\nOptions:\n{options}",
    after_help = COMMANDS
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands by what they are for: clap lists them in one heap.
pub(crate) const COMMANDS: &str = "\
Without a server:
  check        Compare two data sets: has anything drifted?
  profile      Count a data set on a grid: to look at, keep, merge and compare with
  evaluate     Say how good a model was, with intervals, by window and group
  estimate     Say how good a model is before its labels are known
  detect       Look for rows that stand out, streams that change, levels that moved
  explain      Say what moves a model's scores: by column, by row, between two data sets
  outliers     Look for rows unlike the reference's, and the columns that made them
  validate     Let a candidate meet the champion on the same rows: may it serve?
  init         Write the documents of a model from a data set

The server:
  serve        Start it (one data directory, nothing else needed)
  settings     Show the settings, or every setting with its default
  token        Make, list and revoke API tokens
  audit        Read the audit log, and check that nobody changed it

Models on a server:
  plan         Show what `apply` would change
  apply        Make the server's documents so
  export       Write the server's documents as YAML
  replay       Send a log of predictions and labels as a serving system would
  summary      What happened to a model, in a few lines
  report       The same as one HTML file for people without a login
  ab-test      Compare two versions: begin, look, plan, stop
  model        Register, show, promote and roll back versions; delete a model
  experiment   Look at what training jobs logged: experiments, runs, what tells runs apart
  retrain      Train a model again now; list, approve, stop its trainings
  policy       Try a retraining policy on stored history
  rollout      Lead a candidate from shadow to full, and take the traffic back

Others:
  completions  Print the completions of a shell

`trimtab COMMAND --help` says more about each.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckArgs),
    Profile(ProfileArgs),
    Evaluate(EvaluateArgs),
    Estimate(EstimateArgs),
    Detect(DetectArgs),
    Explain(ExplainArgs),
    Outliers(OutliersArgs),
    Validate(Box<ValidateArgs>),
    Init(InitArgs),
    Serve(ServeArgs),
    Settings(SettingsArgs),
    Token(TokenArgs),
    Audit(AuditArgs),
    Plan(PlanArgs),
    Apply(ApplyArgs),
    Export(ExportArgs),
    Replay(ReplayArgs),
    Summary(SummaryArgs),
    Report(ReportArgs),
    AbTest(AbTestArgs),
    Model(ModelArgs),
    Experiment(ExperimentArgs),
    Retrain(RetrainArgs),
    Policy(PolicyArgs),
    Rollout(RolloutArgs),
    Completions(CompletionsArgs),
    #[command(hide = true)]
    GenerateReference(GenerateArgs),
    #[command(hide = true)]
    SuperviseJob(SuperviseArgs),
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// How the answer of a command without a server is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For people.
    Table,
    /// One document, whole.
    Json,
    /// One record a line.
    Ndjson,
    /// One record a row.
    Csv,
}

/// What every command without a server takes about its answer.
#[derive(Debug, Clone, Args)]
pub(crate) struct AnswerArgs {
    /// How the answer is printed.
    #[arg(long, value_enum, default_value = "table", help_heading = "Answer")]
    pub(crate) output: AnswerFormat,
    /// Also write one self-contained HTML file.
    #[arg(long, value_name = "FILE", help_heading = "Answer")]
    pub(crate) report: Option<PathBuf>,
    /// Seeds everything random.
    #[arg(long, value_name = "N", default_value_t = SEED, help_heading = "Answer")]
    pub(crate) seed: u64,
}

/// How rows are cut into windows.
#[derive(Debug, Clone, Args)]
pub(crate) struct WindowArgs {
    /// Column with the time of each row; makes the decision window-aware.
    #[arg(long, value_name = "COLUMN", help_heading = "Windows")]
    pub(crate) timestamp: Option<String>,
    /// Length of a window: `hour`, `day`, `week`, `month`, or a number of rows.
    #[arg(
        long,
        value_name = "LENGTH",
        default_value = "day",
        requires = "timestamp",
        help_heading = "Windows"
    )]
    pub(crate) window: String,
    /// Zone in which days begin (IANA name).
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        requires = "timestamp",
        help_heading = "Windows"
    )]
    pub(crate) time_zone: String,
}

impl WindowArgs {
    /// How rows are cut, where a timestamp was named.
    pub(crate) fn windows(&self) -> anyhow::Result<Option<CheckWindows>> {
        crate::commands::zone(&self.time_zone)?;
        let Some(timestamp) = &self.timestamp else {
            return Ok(None);
        };
        Ok(Some(CheckWindows {
            timestamp: timestamp.clone(),
            length: crate::commands::window_length("--window", &self.window)?,
            time_zone: self.time_zone.clone(),
        }))
    }
}

/// Which columns are looked at, and as what.
#[derive(Debug, Clone, Args)]
pub(crate) struct ColumnArgs {
    /// Columns to take as categories.
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) categorical: Vec<String>,
    /// Columns to take as numbers.
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
}

impl ColumnArgs {
    /// Refuses a column that cannot be both.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        match self
            .categorical
            .iter()
            .find(|name| self.numeric.contains(name))
        {
            Some(name) => anyhow::bail!("column `{name}` is in --categorical and in --numeric"),
            None => Ok(()),
        }
    }
}
