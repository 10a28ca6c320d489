//! What can be typed for registered models and for the audit log.

use super::Output;
use super::server::{PlaceArgs, ServerArgs};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Register, show, promote and roll back versions of models; delete a model.
///
/// A registered model is MLflow's: its versions are counted, its alias `champion` says which one
/// serves. Monitoring hangs on the model of the same name.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    pub(crate) command: ModelCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// The registered models, and which version of each serves.
    List {
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// The versions of a model, or one version with where it comes from.
    Show {
        /// The model.
        model: String,
        /// A version: label, number or alias.
        version: Option<String>,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Register a version from files.
    ///
    /// The model is registered too where it is not yet. A file that is no ONNX model is refused
    /// before anything is stored.
    Register(RegisterArgs),
    /// Let a version serve, at once and for all.
    ///
    /// A version that has not passed a validation is refused, unless --without-validation says
    /// so; the audit log keeps that. To let it come step by step, start a rollout instead.
    Promote {
        /// The model.
        model: String,
        /// The version: label, number or alias.
        version: String,
        /// Past the gate; the log says so.
        #[arg(long)]
        without_validation: bool,
        #[command(flatten)]
        consent: ConsentArgs,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Let the version serve again that served before.
    Rollback {
        /// The model.
        model: String,
        #[command(flatten)]
        consent: ConsentArgs,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// What happened to a model: every move with who, when and why.
    History {
        /// The model.
        model: String,
        /// Only: which version served at this instant of the model's own clock?
        #[arg(long, value_name = "INSTANT")]
        at: Option<String>,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// What differs between two versions: parameters, metrics, signature, lineage, tags.
    Diff {
        /// The model.
        model: String,
        /// The first version: label, number or alias.
        from: String,
        /// The second version.
        to: String,
        /// How the answer is printed.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Delete a model: documents, rows, profiles, results, incidents. There is no way back.
    Delete {
        /// The model.
        name: String,
        /// Its name once more, so that it is no accident.
        #[arg(long, value_name = "NAME")]
        confirm: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

/// A version that is registered from files.
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The model.
    pub(crate) model: String,
    /// The model file, as ONNX.
    #[arg(long, value_name = "FILE")]
    pub(crate) onnx: PathBuf,
    /// How input columns become the model's input row.
    #[arg(long, value_name = "FILE")]
    pub(crate) encoding: Option<PathBuf>,
    /// For people.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// The run it comes from.
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// A tag; may be given several times.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub(crate) tags: Vec<String>,
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What lets somebody change what serves.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConsentArgs {
    /// Do not ask for the model's name.
    #[arg(long, requires = "reason")]
    pub(crate) yes: bool,
    /// Why; asked for where absent.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// Read the audit log, and check that nobody changed it.
///
/// Works on the data directory itself: it believes the entries, not the server.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Read the whole chain: an entry that was changed, removed or put in later breaks it.
    ///
    /// Prints the hash of the last entry: keep it elsewhere, and ask for it later with --expect.
    /// Ends with 1 if anything is wrong.
    Verify {
        /// A hash noted earlier: it must still be there.
        #[arg(long, value_name = "HASH")]
        expect: Option<String>,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// The entries, newest first.
    List {
        /// Only about this model.
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
        /// Only by this actor: local, token:tok_…, command line, system.
        #[arg(long, value_name = "ACTOR")]
        actor: Option<String>,
        /// Only these actions.
        #[arg(long, value_name = "ACTIONS", value_delimiter = ',')]
        action: Vec<String>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
        /// How the answer is printed: json is one entry a line, with hashes.
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
        #[command(flatten)]
        place: PlaceArgs,
    },
}
