//! The settings `[orchestrators]` as whoever runs training jobs.

use crate::commands::told;
use crate::settings::Settings;
use crate::wiring::resolve;
use crate::world::WallClock;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use trimtab_connect::orchestrators::airflow::{Airflow, AirflowLogin, AirflowSettings};
use trimtab_connect::orchestrators::process::{ProcessJobs, ProcessSettings};
use trimtab_connect::orchestrators::webhook::{WebhookJobs, WebhookSettings};
use trimtab_connect::{AllowList, Orchestrators};
use trimtab_domain::documents::SecretRef;

/// What this program is asked for to keep a job to its limits.
const SUPERVISE: &str = "supervise-job";

/// Whoever the settings name; what they leave empty is off.
pub(crate) fn orchestrators(
    settings: &Settings,
    public_url: &str,
    variables: &BTreeMap<String, String>,
) -> Result<Orchestrators> {
    Ok(Orchestrators {
        process: process(settings, public_url, variables)?,
        webhook: webhook(settings, variables).context("settings `orchestrators.webhook_…`")?,
        airflow: airflow(settings, variables).context("settings `orchestrators.airflow_…`")?,
    })
}

fn process(
    settings: &Settings,
    public_url: &str,
    variables: &BTreeMap<String, String>,
) -> Result<Option<ProcessJobs>> {
    let said = &settings.orchestrators;
    if said.process_commands.is_empty() {
        return Ok(None);
    }
    let mut commands = BTreeMap::new();
    for text in &said.process_commands {
        let (name, argv) = command(text).with_context(|| {
            format!("setting `orchestrators.process_commands` cannot hold `{text}`")
        })?;
        if commands.insert(name.clone(), argv).is_some() {
            bail!("setting `orchestrators.process_commands` names `{name}` twice");
        }
    }
    let here = std::env::current_dir()?;
    let environment = said
        .process_environment
        .iter()
        .filter_map(|name| Some((name.clone(), variables.get(name)?.clone())))
        .collect();
    let jobs = ProcessSettings {
        folder: absolute(&here, &settings.data_dir).join("jobs"),
        commands,
        directory: absolute(&here, &said.process_directory),
        environment,
        supervisor: vec![
            std::env::current_exe()?.display().to_string(),
            SUPERVISE.to_owned(),
        ],
        tracking_url: public_url.to_owned(),
        time_max: Duration::from_secs(u64::from(said.process_seconds_max)),
        grace: Duration::from_secs(u64::from(said.process_grace_seconds)),
        output_bytes_max: u64::from(said.process_output_mib_max) << 20,
    };
    ProcessJobs::new(jobs).map(Some).map_err(|err| told(&err))
}

fn absolute(here: &Path, path: &str) -> PathBuf {
    if path.is_empty() {
        return here.to_owned();
    }
    here.join(path)
}

fn webhook(
    settings: &Settings,
    variables: &BTreeMap<String, String>,
) -> Result<Option<WebhookJobs>> {
    let said = &settings.orchestrators;
    if said.webhook_url.is_empty() {
        return Ok(None);
    }
    let jobs = WebhookSettings {
        url: said.webhook_url.clone(),
        secret: secret(&said.webhook_secret, variables)?,
        jobs: said.webhook_jobs.clone(),
        allowed: allowed(settings)?,
    };
    let jobs = WebhookJobs::new(jobs, Arc::new(WallClock)).map_err(|err| told(&err))?;
    Ok(Some(jobs))
}

fn airflow(settings: &Settings, variables: &BTreeMap<String, String>) -> Result<Option<Airflow>> {
    let said = &settings.orchestrators;
    if said.airflow_url.is_empty() {
        return Ok(None);
    }
    let secret = secret(&said.airflow_secret, variables)?;
    let login = if said.airflow_user.is_empty() {
        AirflowLogin::Token(secret)
    } else {
        AirflowLogin::Password {
            user: said.airflow_user.clone(),
            password: secret,
        }
    };
    let jobs = AirflowSettings {
        url: said.airflow_url.clone(),
        login,
        dags: said.airflow_dags.clone(),
        allowed: allowed(settings)?,
    };
    let jobs = Airflow::new(jobs, Arc::new(WallClock)).map_err(|err| told(&err))?;
    Ok(Some(jobs))
}

fn allowed(settings: &Settings) -> Result<AllowList> {
    AllowList::new(&settings.notify.allow_targets).map_err(|err| told(&err))
}

/// `env:NAME` or `file:PATH`.
fn secret(text: &str, variables: &BTreeMap<String, String>) -> Result<String> {
    let reference = match text.split_once(':') {
        Some(("env", name)) => SecretRef::Env(name.to_owned()),
        Some(("file", path)) => SecretRef::File(path.to_owned()),
        // The text may be the secret itself: it is not repeated.
        _ => bail!("the secret is not a reference\n  hint: write `env:NAME` or `file:PATH`"),
    };
    resolve(&reference, variables).map_err(|err| told(&err))
}

/// `name = program argument …`.
fn command(text: &str) -> Result<(String, Vec<String>)> {
    let (name, line) = text
        .split_once('=')
        .context("it is not `name = program argument …`")?;
    let argv = words(line)?;
    if name.trim().is_empty() || argv.is_empty() {
        bail!("it has no name or no program\n  hint: write `name = program argument …`");
    }
    Ok((name.trim().to_owned(), argv))
}

/// Words between blanks; quotes keep blanks. Nothing else means anything.
fn words(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        bail!("a quote is not closed");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_domain::ports::orchestrator::{JobTarget, Orchestrator as _};

    fn target(orchestrator: &str, job: &str) -> JobTarget {
        JobTarget {
            orchestrator: orchestrator.to_owned(),
            job: job.to_owned(),
        }
    }

    #[test]
    fn a_command_is_words_and_no_shell() {
        let read = |text: &str| command(text).unwrap();
        let (name, argv) = read("train = python3 train.py --note 'two words' \"\" $HOME; rm");
        assert_eq!(name, "train");
        assert_eq!(
            argv,
            [
                "python3",
                "train.py",
                "--note",
                "two words",
                "",
                "$HOME;",
                "rm"
            ]
        );
        assert_eq!(read("a=b=c").1, ["b=c"]);
        for text in ["", "train", "= python3", "train =", "train = 'python3"] {
            assert!(command(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_is_on_by_default_and_only_what_is_listed_runs() {
        let mut settings = Settings::default();
        let variables = BTreeMap::from([("AIRFLOW".to_owned(), "hush".to_owned())]);
        let open =
            |settings: &Settings| orchestrators(settings, "http://localhost:3000", &variables);
        let none = open(&settings).unwrap();
        for name in ["process", "webhook", "airflow"] {
            assert!(none.check(&target(name, "train")).is_err(), "{name}");
        }
        let said = &mut settings.orchestrators;
        said.process_commands = vec!["train = python3 train.py".to_owned()];
        said.airflow_url = "http://127.0.0.1:8080".to_owned();
        said.airflow_user = "admin".to_owned();
        said.airflow_secret = "env:AIRFLOW".to_owned();
        said.airflow_dags = vec!["train".to_owned()];
        let some = open(&settings).unwrap();
        some.check(&target("process", "train")).unwrap();
        some.check(&target("airflow", "train")).unwrap();
        assert!(some.check(&target("process", "rm")).is_err());

        settings.orchestrators.airflow_secret = "hush".to_owned();
        let text = format!("{:#}", open(&settings).unwrap_err());
        assert!(
            text.contains("env:NAME") && !text.contains("hush"),
            "{text}"
        );
    }
}
