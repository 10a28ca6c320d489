//! What can be typed for the server, and for the models on one.

use super::Output;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Which server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    /// Address of the server. A token, where it needs one, is read from `TRIMTAB_TOKEN`.
    #[arg(
        long,
        value_name = "URL",
        env = "TRIMTAB_SERVER_URL",
        default_value = "http://127.0.0.1:3000",
        help_heading = "Server"
    )]
    pub(crate) server: String,
}

/// Write the documents of a model from a data set.
///
/// Recognises timestamp, id, score, prediction and label columns by name and type; infers the
/// other types. Look through the files, then `trimtab apply` them.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Rows the model has seen before production (they become the reference).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Name of the model; the file's name where absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Folder to write to; the model's name where absent.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Close windows by the events alone: for logs of the past.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) clock: ClockArg,
    /// Overwrite files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Which clock the new model gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockArg {
    /// `event` if the data set ends more than 30 days ago, else `live`.
    Auto,
    /// The wall clock closes windows too.
    Live,
    /// Only the events do.
    Event,
}

/// Start the server.
///
/// Without a file it starts on `http://127.0.0.1:3000` with everything in one data directory.
/// Settings: defaults, then trimtab.toml, then TRIMTAB_… variables, then flags.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Settings file; `trimtab.toml` here is read if it exists.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address and port (setting `server.listen`).
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Folder of everything it keeps (setting `data_dir`).
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Show the settings, or every setting with its default.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[command(subcommand)]
    pub(crate) command: SettingsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// The effective settings, and where each came from.
    Show {
        /// Settings file; `trimtab.toml` here is read if it exists.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Every setting with its meaning and default, as a `trimtab.toml`.
    Default,
}

/// Make, list and revoke API tokens.
///
/// Works on the data directory itself, so it needs no running server.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token. Its secret is printed once and stored nowhere.
    Create {
        /// What it is for.
        name: String,
        /// What it may do: read, ingest, respond, edit, admin.
        #[arg(
            long,
            value_name = "PERMISSIONS",
            value_delimiter = ',',
            default_value = "read"
        )]
        allow: Vec<String>,
        /// Whose it is. Approvals count people, however many tokens each holds.
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
        /// When it stops working (RFC 3339, or a date).
        #[arg(long, value_name = "INSTANT")]
        expires: Option<String>,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// List the tokens, without their secrets.
    List {
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Revoke a token.
    Revoke {
        /// Its public half: `tok_…`.
        id: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Which data directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArgs {
    /// Settings file; `trimtab.toml` here is read if it exists.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of everything the server keeps.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Show what `apply` would change.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// YAML files or folders of them.
    #[arg(value_name = "FILES", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Make the server's documents so, all or none.
///
/// Files that reference documents name are uploaded from beside their document.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// YAML files or folders of them.
    #[arg(value_name = "FILES", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Write the server's documents as YAML.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Only this model's.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Folder to write one file per kind and model to; standard output where absent.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Send a log of predictions and labels as a serving system would.
///
/// Rows go through the public HTTP API in time order: predictions when they happened, labels
/// when they became known, shadow scores at their prediction's time. Run it again after a
/// break: rows that are there already count as duplicates.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The model, as applied.
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// What the service logged: `prediction_id`, `timestamp`, features, score, prediction.
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: PathBuf,
    /// Labels: `prediction_id`, `label`, `label_timestamp`.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Scores of another version on the same predictions; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) shadow: Vec<PathBuf>,
    /// Be the serving system: the model's flag says which version serves each prediction, its ONNX
    /// file from the registry scores it, and the log's own scores are not used. Event time stands
    /// still while a training, a validation or a change of champion is under way.
    #[arg(long, conflicts_with = "shadow")]
    pub(crate) serve: bool,
    /// Only what happened, and labels that became known, from this instant on (or a date).
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<String>,
    /// Only what happened, and labels that became known, before this instant (or a date).
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
    /// How many times faster than it happened, or `max`.
    #[arg(long, value_name = "N|max", default_value = "max")]
    pub(crate) speed: String,
    /// Where labels have no time of their own: how long after the prediction they are known.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) label_delay: String,
    /// Do not tell the server at the end that the log is complete.
    #[arg(long)]
    pub(crate) open_end: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What happened to a model, in a few lines, from stored results.
#[derive(Debug, Args)]
pub(crate) struct SummaryArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What happened to a model as one HTML file, for people without a login.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// File to write; `MODEL-report.html` where absent.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Start of the range (RFC 3339 or a date); all data where absent.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<String>,
    /// End of the range, exclusive.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Print the completions of a shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Write the generated pages of the reference.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// Folder to write to.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Compare instead of writing.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Keep a training job to its limits; the server starts this beside itself.
#[derive(Debug, Args)]
pub(crate) struct SuperviseArgs {
    /// The job's folder.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
