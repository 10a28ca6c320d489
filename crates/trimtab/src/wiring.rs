//! The one place where every crate meets: settings become parts, parts become the app.

use crate::commands::told;
use crate::orchestrators::orchestrators;
use crate::settings::Settings;
use crate::world::{RandomIdentity, WallClock};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use trimtab_app::{App, AppSettings, Parts};
use trimtab_connect::{AllowList, SecretResolver, WebhookNotifier};
use trimtab_domain::documents::SecretRef;
use trimtab_domain::{Error, Result as DomainResult};
use trimtab_engine::{ArtifactFiles, Engine, EngineSettings};
use trimtab_scoring::OnnxReader;
use trimtab_store::SqlStore;

/// A secret in a file is one line, not a book.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// The app, and what must be closed after it.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) store: SqlStore,
}

/// Opens everything. The data directory is locked from here on.
pub(crate) async fn open(
    settings: &Settings,
    public_url: &str,
    variables: &BTreeMap<String, String>,
) -> Result<House> {
    let notifier = notifier(settings, variables)?;
    let orchestrators = orchestrators(settings, public_url, variables)?;
    if !orchestrators.names().is_empty() {
        tracing::info!(
            "training jobs may be run by {}",
            orchestrators.names().join(", ")
        );
    }
    let folder = Path::new(&settings.data_dir).to_owned();
    let engine =
        tokio::task::spawn_blocking(move || Engine::open(&folder, &EngineSettings::default()))
            .await?
            // One line with the fix: this is what a second server on the same data says.
            .map_err(anyhow::Error::new)?;
    let engine = Arc::new(engine);
    let artifacts = ArtifactFiles::open(&Path::new(&settings.data_dir).join("artifacts"))
        .map_err(|err| told(&err))?;
    let store = open_store(settings).await?;
    let parts = Parts {
        store: Arc::new(store.clone()),
        intake: Arc::clone(&engine) as _,
        log: Arc::clone(&engine) as _,
        lake: Arc::clone(&engine) as _,
        outcomes: Arc::clone(&engine) as _,
        references: Arc::clone(&engine) as _,
        models: Arc::new(OnnxReader),
        trials: Arc::clone(&engine) as _,
        snapshots: engine,
        orchestrator: Arc::new(orchestrators),
        artifacts: Arc::new(artifacts),
        notifier: Arc::new(notifier),
        clock: Arc::new(WallClock),
        identity: Arc::new(RandomIdentity),
    };
    let work = &settings.work;
    let app_settings = AppSettings {
        fold_rows_max: u64::from(work.fold_rows_max),
        profiler_interval_ms: u64::from(work.profiler_interval_ms),
        lake_interval_ms: u64::from(work.lake_interval_ms),
        evaluator_interval_ms: u64::from(work.evaluator_interval_ms),
        deliverer_interval_ms: u64::from(work.deliverer_interval_ms),
        ..AppSettings::new(public_url)
    };
    Ok(House {
        app: App::new(parts, app_settings),
        store,
    })
}

/// The metadata database the settings name.
pub(crate) async fn open_store(settings: &Settings) -> Result<SqlStore> {
    let url = store_url(settings)?;
    SqlStore::open(&url).await.map_err(|err| told(&err))
}

/// As [`open_store`], for what only reads: a database that is not there is not made.
pub(crate) async fn open_existing_store(settings: &Settings) -> Result<SqlStore> {
    let url = store_url(settings)?;
    let is_embedded = settings.store.url_file.is_empty() && settings.store.url.is_empty();
    if is_embedded && !Path::new(&url).is_file() {
        bail!(
            "there is no database at {url}\n  hint: name the server's folder with --data-dir, or \
             its settings with --config"
        );
    }
    SqlStore::open(&url).await.map_err(|err| told(&err))
}

fn store_url(settings: &Settings) -> Result<String> {
    if !settings.store.url_file.is_empty() {
        let text = std::fs::read_to_string(&settings.store.url_file).with_context(|| {
            format!("cannot read `store.url_file` ({})", settings.store.url_file)
        })?;
        return Ok(text.trim().to_owned());
    }
    if !settings.store.url.is_empty() {
        return Ok(settings.store.url.clone());
    }
    let path = Path::new(&settings.data_dir).join("trimtab.db");
    Ok(path.display().to_string())
}

fn notifier(settings: &Settings, variables: &BTreeMap<String, String>) -> Result<WebhookNotifier> {
    let allowed = AllowList::new(&settings.notify.allow_targets)
        .map_err(|err| told(&err).context("setting `notify.allow_targets`"))?;
    let variables = variables.clone();
    let secrets: SecretResolver = Arc::new(move |secret| resolve(secret, &variables));
    WebhookNotifier::new(allowed, secrets).map_err(|err| told(&err))
}

/// The secret that a reference names.
pub(crate) fn resolve(
    secret: &SecretRef,
    variables: &BTreeMap<String, String>,
) -> DomainResult<String> {
    match secret {
        SecretRef::Env(name) => variables.get(name).cloned().ok_or_else(|| {
            Error::invalid(format!("the server has no environment variable `{name}`"))
                .with_hint("set it where the server starts, then restart it")
        }),
        SecretRef::File(path) => {
            let failed = |source: std::io::Error| {
                Error::unavailable(format!("cannot read the secret file `{path}`"))
                    .with_source(source)
            };
            let size = std::fs::metadata(path).map_err(failed)?.len();
            if size > SECRET_BYTES_MAX {
                return Err(Error::invalid(format!(
                    "the secret file `{path}` is too large to be one"
                )));
            }
            let text = std::fs::read_to_string(path).map_err(failed)?;
            Ok(text.trim().to_owned())
        }
    }
}
