//! `experiment`: what training jobs logged, through the interface that MLflow's client uses.

use crate::cli::{ExperimentArgs, ExperimentCommand, Output};
use crate::client::{Client, escape};
use crate::terminal;
use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const API: &str = "/api/2.0/mlflow";
/// Columns that a table of runs shows at most, before it gets too wide to read.
const COLUMNS_MAX: usize = 6;
/// Newest runs that `show` lists.
const RUNS_SHOWN: u32 = 5;
/// The tags that MLflow's client sets for itself.
const OWN_TAGS: &str = "mlflow.";

#[derive(Debug, Deserialize, Serialize)]
struct Pair {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[expect(clippy::struct_field_names, reason = "as the server spells them")]
struct Experiment {
    experiment_id: String,
    name: String,
    #[serde(default)]
    artifact_location: String,
    #[serde(default)]
    lifecycle_stage: String,
    #[serde(default)]
    creation_time: i64,
    #[serde(default)]
    last_update_time: i64,
    #[serde(default)]
    tags: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
struct OneExperiment {
    experiment: Experiment,
}

#[derive(Debug, Default, Deserialize)]
struct Experiments {
    #[serde(default)]
    experiments: Vec<Experiment>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Run {
    info: RunInfo,
    #[serde(default)]
    data: RunData,
}

#[derive(Debug, Deserialize, Serialize)]
struct RunInfo {
    run_id: String,
    #[serde(default)]
    run_name: String,
    status: String,
    #[serde(default)]
    user_id: String,
    start_time: i64,
    end_time: Option<i64>,
    lifecycle_stage: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct RunData {
    metrics: Vec<Measured>,
    params: Vec<Pair>,
    tags: Vec<Pair>,
}

/// A metric's newest value: a number, or `"NaN"` and the infinities as text.
#[derive(Debug, Deserialize, Serialize)]
struct Measured {
    key: String,
    value: Value,
    step: i64,
}

#[derive(Debug, Deserialize)]
struct OneRun {
    run: Run,
}

#[derive(Debug, Default, Deserialize)]
struct Runs {
    #[serde(default)]
    runs: Vec<Run>,
    next_page_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct DataSets {
    #[serde(default)]
    dataset_summaries: Vec<DataSet>,
}

#[derive(Debug, Deserialize)]
struct DataSet {
    name: String,
    digest: String,
    context: Option<String>,
}

pub(crate) async fn run(args: ExperimentArgs, token: Option<String>) -> Result<()> {
    match args.command {
        ExperimentCommand::List {
            filter,
            all,
            output,
            server,
        } => list(&Client::new(&server.server, token)?, filter, all, output).await,
        ExperimentCommand::Show {
            experiment,
            output,
            server,
        } => show(&Client::new(&server.server, token)?, &experiment, output).await,
        ExperimentCommand::Runs {
            experiment,
            filter,
            order,
            limit,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let found = named(&client, &experiment).await?;
            let query = json!({ "experiment_ids": [found.experiment_id], "filter": filter,
                                "order_by": order, "max_results": limit });
            runs(&client, &query, output).await
        }
        ExperimentCommand::Compare {
            runs,
            all,
            output,
            server,
        } => compare(&Client::new(&server.server, token)?, &runs, all, output).await,
        ExperimentCommand::Purge {
            older_than_days,
            yes,
            server,
        } => purge(&Client::new(&server.server, token)?, older_than_days, yes).await,
    }
}

async fn list(client: &Client, filter: Option<String>, all: bool, output: Output) -> Result<()> {
    let view = if all { "ALL" } else { "ACTIVE_ONLY" };
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let query = json!({ "filter": filter, "view_type": view, "max_results": 1_000,
                            "page_token": token });
        let page: Experiments = client
            .post(&format!("{API}/experiments/search"), &query)
            .await?;
        found.extend(page.experiments);
        token = page.next_page_token;
        if token.is_none() {
            break;
        }
    }
    if output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(&found)?);
    }
    if found.is_empty() {
        return terminal::line("No experiments.");
    }
    let mut table = terminal::table(&["number", "name", "made (UTC)", "changed", "tags"]);
    terminal::align_right(&mut table, 0);
    for experiment in &found {
        let is_deleted = experiment.lifecycle_stage == "deleted";
        let mark = if is_deleted { " (deleted)" } else { "" };
        table.add_row([
            experiment.experiment_id.clone(),
            format!("{}{mark}", experiment.name),
            instant(experiment.creation_time),
            instant(experiment.last_update_time),
            tags(&experiment.tags),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}

/// An experiment by its name or, where none has it, by its number.
async fn named(client: &Client, name: &str) -> Result<Experiment> {
    let by_name = format!(
        "{API}/experiments/get-by-name?experiment_name={}",
        escape(name)
    );
    if let Some(found) = client.find::<OneExperiment>(&by_name).await? {
        return Ok(found.experiment);
    }
    if name.parse::<u64>().is_ok() {
        let by_number = format!("{API}/experiments/get?experiment_id={name}");
        if let Some(found) = client.find::<OneExperiment>(&by_number).await? {
            return Ok(found.experiment);
        }
    }
    bail!("there is no experiment `{name}`\n  hint: `trimtab experiment list` names them")
}

async fn show(client: &Client, name: &str, output: Output) -> Result<()> {
    let experiment = named(client, name).await?;
    let ids = json!([experiment.experiment_id]);
    let newest: Runs = client
        .post(
            &format!("{API}/runs/search"),
            &json!({ "experiment_ids": ids, "max_results": RUNS_SHOWN }),
        )
        .await?;
    let data: DataSets = client
        .post(
            &format!("{API}/experiments/search-datasets"),
            &json!({ "experiment_ids": ids }),
        )
        .await?;
    if output == Output::Json {
        let names: Vec<_> = data.dataset_summaries.iter().map(|it| &it.name).collect();
        let whole = json!({ "experiment": experiment, "newest_runs": newest.runs,
                            "data_sets": names });
        return terminal::line(&serde_json::to_string_pretty(&whole)?);
    }
    terminal::line(&format!(
        "{} (number {}, {}), made {} UTC.",
        experiment.name,
        experiment.experiment_id,
        experiment.lifecycle_stage,
        instant(experiment.creation_time)
    ))?;
    terminal::line(&format!("Artifacts: {}", experiment.artifact_location))?;
    let own = tags(&experiment.tags);
    if !own.is_empty() {
        terminal::line(&format!("Tags: {own}"))?;
    }
    for data_set in &data.dataset_summaries {
        let context = data_set.context.as_deref().unwrap_or("no context");
        terminal::line(&format!(
            "Data: {} (digest {}, {context})",
            data_set.name, data_set.digest
        ))?;
    }
    terminal::line("")?;
    runs_table(&newest.runs)?;
    more(newest.next_page_token.is_some())
}

async fn runs(client: &Client, query: &Value, output: Output) -> Result<()> {
    let found: Runs = client.post(&format!("{API}/runs/search"), query).await?;
    if output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(&found.runs)?);
    }
    runs_table(&found.runs)?;
    more(found.next_page_token.is_some())
}

fn more(is_more: bool) -> Result<()> {
    if is_more {
        terminal::line("… and more: `trimtab experiment runs EXPERIMENT --limit N --filter …`")?;
    }
    Ok(())
}

fn runs_table(runs: &[Run]) -> Result<()> {
    if runs.is_empty() {
        return terminal::line("No runs.");
    }
    let params = telling(runs, params_of);
    let metrics: Vec<String> = runs
        .iter()
        .flat_map(|run| metrics_of(run).into_keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let metrics = &metrics[..metrics.len().min(COLUMNS_MAX)];
    let params = &params[..params.len().min(COLUMNS_MAX)];
    let mut header = vec!["run", "name", "status", "began (UTC)", "took"];
    header.extend(params.iter().map(String::as_str));
    header.extend(metrics.iter().map(String::as_str));
    let mut table = terminal::table(&header);
    for column in 5 + params.len()..header.len() {
        terminal::align_right(&mut table, column);
    }
    for run in runs {
        let mut row = vec![
            run.info.run_id.clone(),
            run.info.run_name.clone(),
            run.info.status.to_lowercase(),
            instant(run.info.start_time),
            took(&run.info),
        ];
        let (of_params, of_metrics) = (params_of(run), metrics_of(run));
        row.extend(params.iter().map(|key| cell(&of_params, key)));
        row.extend(metrics.iter().map(|key| cell(&of_metrics, key)));
        table.add_row(row);
    }
    terminal::line(&terminal::rendered(&table))
}

/// What of a run is compared.
type Part = fn(&Run) -> Words;

async fn compare(client: &Client, ids: &[String], all: bool, output: Output) -> Result<()> {
    let mut runs = Vec::with_capacity(ids.len());
    for id in ids {
        let path = format!("{API}/runs/get?run_id={}", escape(id));
        let Some(found) = client.find::<OneRun>(&path).await? else {
            bail!("there is no run `{id}`\n  hint: `trimtab experiment runs EXPERIMENT` names them")
        };
        runs.push(found.run);
    }
    let parts: [(&str, Part); 4] = [
        ("run", facts_of),
        ("params", params_of),
        ("metrics", metrics_of),
        ("tags", tags_of),
    ];
    let mut rows = Vec::new();
    for (part, words_of) in parts {
        let keys = if all {
            let keys: BTreeSet<_> = runs
                .iter()
                .flat_map(|run| words_of(run).into_keys())
                .collect();
            keys.into_iter().collect()
        } else {
            telling(&runs, words_of)
        };
        for key in keys {
            let values: Vec<_> = runs.iter().map(|run| words_of(run).remove(&key)).collect();
            rows.push((part, key, values));
        }
    }
    if output == Output::Json {
        let items: Vec<_> = rows
            .iter()
            .map(|(part, key, values)| json!({ "part": part, "key": key, "values": values }))
            .collect();
        return terminal::line(&serde_json::to_string_pretty(&items)?);
    }
    if rows.is_empty() {
        return terminal::line("Nothing tells these runs apart.");
    }
    let names: Vec<String> = runs.iter().map(|run| run.info.run_name.clone()).collect();
    let mut header = vec!["", ""];
    header.extend(names.iter().map(String::as_str));
    let mut table = terminal::table(&header);
    let mut before = "";
    for (part, key, values) in rows {
        let title = if part == before { "" } else { part };
        before = part;
        let mut row = vec![title.to_owned(), key];
        row.extend(values.into_iter().map(|value| value.unwrap_or_else(absent)));
        table.add_row(row);
    }
    terminal::line(&terminal::rendered(&table))
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "as the server spells them")]
struct Purged {
    n_experiments: u64,
    n_runs: u64,
    n_logged_models: u64,
    n_files: u64,
}

async fn purge(client: &Client, older_than_days: u32, yes: bool) -> Result<()> {
    if !yes {
        bail!(
            "this removes for good what was deleted {older_than_days} days ago or earlier; nothing \
             was removed\n  hint: say --yes if that is meant"
        );
    }
    let purged: Purged = client
        .post(
            &format!("{API}/experiments/purge"),
            &json!({ "older_than_days": older_than_days }),
        )
        .await?;
    terminal::line(&format!(
        "Removed {} experiments, {} runs, {} logged models and {} files.",
        purged.n_experiments, purged.n_runs, purged.n_logged_models, purged.n_files
    ))
}

/// What is compared of a run: a word for each name.
type Words = BTreeMap<String, String>;

fn words(pairs: &[Pair]) -> Words {
    let word = |pair: &Pair| (pair.key.clone(), pair.value.clone());
    pairs.iter().map(word).collect()
}

fn params_of(run: &Run) -> Words {
    words(&run.data.params)
}

fn tags_of(run: &Run) -> Words {
    let mut tags = words(&run.data.tags);
    tags.retain(|key, _| !key.starts_with(OWN_TAGS));
    tags
}

fn metrics_of(run: &Run) -> Words {
    run.data
        .metrics
        .iter()
        .map(|metric| (metric.key.clone(), number(&metric.value)))
        .collect()
}

fn facts_of(run: &Run) -> Words {
    Words::from([
        ("id".to_owned(), run.info.run_id.clone()),
        ("status".to_owned(), run.info.status.to_lowercase()),
        ("user".to_owned(), run.info.user_id.clone()),
        ("began (UTC)".to_owned(), instant(run.info.start_time)),
        ("took".to_owned(), took(&run.info)),
    ])
}

/// The names whose words are not the same for all runs.
fn telling(runs: &[Run], words_of: fn(&Run) -> Words) -> Vec<String> {
    let all: Vec<Words> = runs.iter().map(words_of).collect();
    let keys: BTreeSet<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    keys.into_iter()
        .filter(|key| {
            let mut values = all.iter().map(|words| words.get(*key));
            let first = values.next();
            values.any(|value| Some(value) != first)
        })
        .cloned()
        .collect()
}

fn cell(words: &Words, key: &str) -> String {
    words.get(key).cloned().unwrap_or_else(absent)
}

fn absent() -> String {
    "–".to_owned()
}

fn number(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.as_f64().map_or_else(
            || value.to_string(),
            |value| trimtab_app::report::numbers::significant(value, 5),
        ),
    }
}

fn tags(tags: &[Pair]) -> String {
    let own = tags.iter().filter(|tag| !tag.key.starts_with(OWN_TAGS));
    let words: Vec<_> = own
        .map(|tag| format!("{}={}", tag.key, tag.value))
        .collect();
    words.join(", ")
}

fn instant(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(at) if ms != 0 => at.strftime("%F %H:%M").to_string(),
        _ => absent(),
    }
}

fn took(info: &RunInfo) -> String {
    let Some(end) = info.end_time else {
        return absent();
    };
    let seconds = (end - info.start_time).max(0) / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(depth: &str, auc: f64) -> Run {
        let value = json!({
            "info": { "run_id": "r", "status": "FINISHED", "start_time": 0, "end_time": 61_000,
                      "lifecycle_stage": "active" },
            "data": { "params": [{ "key": "depth", "value": depth }, { "key": "kind", "value": "a" }],
                      "metrics": [{ "key": "auc", "value": auc, "step": 0 }],
                      "tags": [{ "key": "mlflow.user", "value": depth }] },
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_what_differs_tells_runs_apart() {
        let runs = [run("3", 0.5), run("4", 0.5)];
        assert_eq!(telling(&runs, params_of), ["depth"]);
        assert_eq!(telling(&runs, metrics_of), Vec::<String>::new());
        assert_eq!(telling(&runs, tags_of), Vec::<String>::new());
        assert_eq!(took(&runs[0].info), "1 min 1 s");
    }

    #[test]
    fn numbers_that_json_has_no_word_for_are_shown() {
        assert_eq!(number(&json!("NaN")), "NaN");
        assert_eq!(number(&json!(0.123_456_789)), "0.12346");
    }
}
