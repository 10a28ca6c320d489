//! What can be asked about each noun.

/// One of a noun's own columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its canonical name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Whether it is compared as a number.
    pub is_number: bool,
    /// Whether results can be sorted by it.
    pub can_order: bool,
}

/// What can be asked about a noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grammar {
    /// The noun, for messages.
    pub noun: &'static str,
    /// Its columns.
    pub attributes: &'static [Attribute],
    /// Whether it has metrics and parameters.
    pub has_metrics: bool,
    /// Whether it has data sets.
    pub has_datasets: bool,
}

const fn text(name: &'static str, aliases: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        aliases,
        is_number: false,
        can_order: true,
    }
}

const fn number(name: &'static str, aliases: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        aliases,
        is_number: true,
        can_order: true,
    }
}

/// Runs.
pub const RUNS: Grammar = Grammar {
    noun: "run",
    attributes: &[
        text("run_id", &["run_uuid"]),
        text("run_name", &["run name", "Run name", "Run Name", "name"]),
        text("status", &[]),
        text("artifact_uri", &[]),
        text("user_id", &["user"]),
        text("experiment_id", &[]),
        number("start_time", &["created", "Created"]),
        number("end_time", &[]),
    ],
    has_metrics: true,
    has_datasets: true,
};

/// Experiments.
pub const EXPERIMENTS: Grammar = Grammar {
    noun: "experiment",
    attributes: &[
        text("name", &[]),
        number("experiment_id", &[]),
        number("creation_time", &[]),
        number("last_update_time", &["last_updated_time"]),
    ],
    has_metrics: false,
    has_datasets: false,
};

/// Logged models.
pub const LOGGED_MODELS: Grammar = Grammar {
    noun: "logged model",
    attributes: &[
        text("name", &[]),
        text("model_id", &[]),
        text("model_type", &[]),
        text("status", &[]),
        text("source_run_id", &[]),
        number("creation_timestamp", &["creation_time"]),
        number(
            "last_updated_timestamp",
            &["last_updated_time", "last_updated"],
        ),
    ],
    has_metrics: true,
    has_datasets: false,
};

/// Registered models.
pub const REGISTERED_MODELS: Grammar = Grammar {
    noun: "registered model",
    attributes: &[
        text("name", &[]),
        number(
            "creation_timestamp",
            &["timestamp", "creation_time", "creation"],
        ),
        number("last_updated_timestamp", &["last_updated_time"]),
    ],
    has_metrics: false,
    has_datasets: false,
};

/// Versions of registered models.
pub const MODEL_VERSIONS: Grammar = Grammar {
    noun: "model version",
    attributes: &[
        text("name", &[]),
        text("run_id", &[]),
        text("source_path", &["source"]),
        number("version_number", &["version"]),
        number("creation_timestamp", &["creation_time"]),
        number("last_updated_timestamp", &["last_updated_time"]),
    ],
    has_metrics: false,
    has_datasets: false,
};
