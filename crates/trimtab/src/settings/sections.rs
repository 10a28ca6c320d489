//! One struct per section, each usable as it is by default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything `trimtab serve` can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Folder of the journal, the lake and the embedded database. One server at a time.
    pub(crate) data_dir: String,
    /// The HTTP server.
    pub(crate) server: Server,
    /// The metadata database.
    pub(crate) store: Store,
    /// Outgoing messages.
    pub(crate) notify: Notify,
    /// Who may run training jobs, and which. Without an allow-list nobody does.
    pub(crate) orchestrators: Orchestrators,
    /// Background work.
    pub(crate) work: Work,
    /// What is written to standard error.
    pub(crate) log: Log,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: "trimtab-data".to_owned(),
            server: Server::default(),
            store: Store::default(),
            notify: Notify::default(),
            orchestrators: Orchestrators::default(),
            work: Work::default(),
            log: Log::default(),
        }
    }
}

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// Address and port. On an address other machines can reach, the server refuses to start
    /// without an API token (`trimtab token create`).
    pub(crate) listen: String,
    /// Where people reach the dashboard; links in messages begin with it. Empty means
    /// `http://` and the listen address.
    pub(crate) public_url: String,
    /// Host names, besides the listen address and the public URL, that requests may name.
    pub(crate) hosts: Vec<String>,
    /// Largest request body, in MiB.
    pub(crate) body_limit_mib: u32,
    /// How long requests may still run after a signal to stop, in seconds.
    pub(crate) shutdown_seconds: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3000".to_owned(),
            public_url: String::new(),
            hosts: Vec::new(),
            body_limit_mib: 64,
            shutdown_seconds: 20,
        }
    }
}

/// The metadata database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Store {
    /// `postgres://…`; empty means the embedded SQLite file in the data directory. A URL with a
    /// password belongs into the environment or into `url_file`, not into this file.
    pub(crate) url: String,
    /// A file that holds the URL; it wins over `url`.
    pub(crate) url_file: String,
}

/// Outgoing messages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Notify {
    /// Private or loopback targets that webhooks may reach all the same, as `host:port`.
    /// Public addresses need no entry.
    pub(crate) allow_targets: Vec<String>,
}

/// Who may run training jobs, and which. Without an allow-list nobody does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Orchestrators {
    /// Commands on this machine that may be run as jobs, as `name = program argument …`. No shell
    /// reads them; an argument with blanks stands in quotes.
    pub(crate) process_commands: Vec<String>,
    /// Where the commands run; empty means where the server was started.
    pub(crate) process_directory: String,
    /// Environment variables of the server that jobs get. They get no others.
    pub(crate) process_environment: Vec<String>,
    /// A job is stopped after so many seconds, whatever its policy says.
    pub(crate) process_seconds_max: u32,
    /// Between the request to stop and the end by force, in seconds.
    pub(crate) process_grace_seconds: u32,
    /// A job that writes more to its output is stopped, in MiB.
    pub(crate) process_output_mib_max: u32,
    /// Where jobs are asked for by a signed request; empty means nowhere.
    pub(crate) webhook_url: String,
    /// What the requests are signed with: `env:NAME` or `file:PATH` of a secret `whsec_…`.
    pub(crate) webhook_secret: String,
    /// Names of jobs that may be asked for.
    pub(crate) webhook_jobs: Vec<String>,
    /// Address of Apache Airflow 3 or 2.11, without `/api`; empty means there is none.
    pub(crate) airflow_url: String,
    /// The user there; empty if `airflow_secret` is a token.
    pub(crate) airflow_user: String,
    /// The user's password, or a token: `env:NAME` or `file:PATH`.
    pub(crate) airflow_secret: String,
    /// DAGs that may be run.
    pub(crate) airflow_dags: Vec<String>,
}

impl Default for Orchestrators {
    fn default() -> Self {
        let variables = ["HOME", "LANG", "MLFLOW_TRACKING_TOKEN", "PATH", "TZ"];
        Self {
            process_commands: Vec::new(),
            process_directory: String::new(),
            process_environment: variables.map(str::to_owned).to_vec(),
            process_seconds_max: 6 * 3_600,
            process_grace_seconds: 10,
            process_output_mib_max: 64,
            webhook_url: String::new(),
            webhook_secret: String::new(),
            webhook_jobs: Vec::new(),
            airflow_url: String::new(),
            airflow_user: String::new(),
            airflow_secret: String::new(),
            airflow_dags: Vec::new(),
        }
    }
}

/// Background work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Work {
    /// The profiler commits at most once in so many milliseconds while it is busy.
    pub(crate) profiler_interval_ms: u32,
    /// The lake writer moves what is pending once in so many milliseconds.
    pub(crate) lake_interval_ms: u32,
    /// The evaluator looks for closed windows at least once in so many milliseconds.
    pub(crate) evaluator_interval_ms: u32,
    /// The deliverer looks for due messages at least once in so many milliseconds.
    pub(crate) deliverer_interval_ms: u32,
    /// Rows that one run of the profiler folds at most.
    pub(crate) fold_rows_max: u32,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            profiler_interval_ms: 1_000,
            lake_interval_ms: 3_000,
            evaluator_interval_ms: 5_000,
            deliverer_interval_ms: 5_000,
            fold_rows_max: 50_000,
        }
    }
}

/// What is written to standard error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,trimtab_app=debug`.
    pub(crate) level: String,
    /// How a line looks.
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            // The table library calls it an error that a table does not exist yet.
            level: "warn,buoyant_kernel=off,trimtab=info,trimtab_app=info,trimtab_engine=info,trimtab_server=info,\
                    trimtab_store=info,trimtab_connect=info"
                .to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
