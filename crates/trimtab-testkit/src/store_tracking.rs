//! Experiments, runs and logged models in memory.

use crate::lock;
use crate::store::MemoryStore;
use async_trait::async_trait;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::ports::TrackingStore;
use trimtab_domain::ports::artifacts::ContentHash;
use trimtab_domain::ports::tracking::{ArtifactEntry, ArtifactFile, HistoryQuery};
use trimtab_domain::tracking::matching::{Searched, passes};
use trimtab_domain::tracking::places::own_artifact_path;
use trimtab_domain::tracking::points::rank;
use trimtab_domain::tracking::search::{Field, OrderBy};
use trimtab_domain::tracking::{
    DATASET_CONTEXT_TAG, DEFAULT_EXPERIMENT, DatasetInput, DatasetSummary, Experiment,
    ExperimentId, LifecycleStage, LogBatch, LoggedModel, LoggedModelId, LoggedModelStatus, Metric,
    NewExperiment, Page, Purged, RUN_NAME_TAG, Run, RunChange, RunId, RunInfo, Search,
};
use trimtab_domain::{Error, ErrorKind, Result};

/// What is kept, in the order in which it came.
pub(crate) struct TrackingState {
    experiments: BTreeMap<ExperimentId, Experiment>,
    runs: BTreeMap<RunId, Kept>,
    models: BTreeMap<LoggedModelId, LoggedModel>,
    files: BTreeMap<String, ArtifactFile>,
    n_experiments: i64,
}

struct Kept {
    run: Run,
    points: Vec<Metric>,
    deleted_ms: i64,
}

impl Default for TrackingState {
    fn default() -> Self {
        let default = Experiment {
            id: DEFAULT_EXPERIMENT,
            name: "Default".to_owned(),
            artifact_location: "mlflow-artifacts:/0".to_owned(),
            stage: LifecycleStage::Active,
            created_ms: 0,
            updated_ms: 0,
            tags: BTreeMap::new(),
        };
        Self {
            experiments: [(default.id, default)].into(),
            runs: BTreeMap::new(),
            models: BTreeMap::new(),
            files: BTreeMap::new(),
            n_experiments: 0,
        }
    }
}

fn missing(text: String) -> Error {
    Error::new(ErrorKind::NotFound, text)
}

impl TrackingState {
    fn active_experiment(&mut self, id: ExperimentId) -> Result<&mut Experiment> {
        let experiment = self
            .experiments
            .get_mut(&id)
            .ok_or_else(|| missing(format!("No Experiment with id={id} exists")))?;
        if experiment.stage == LifecycleStage::Deleted {
            return Err(Error::invalid(format!(
                "The experiment {id} must be in the 'active' state. Current state is deleted."
            )));
        }
        Ok(experiment)
    }

    fn any_run(&mut self, id: &RunId) -> Result<&mut Kept> {
        self.runs
            .get_mut(id)
            .ok_or_else(|| missing(format!("Run with id={id} not found")))
    }

    fn active_run(&mut self, id: &RunId) -> Result<&mut Kept> {
        let kept = self.any_run(id)?;
        if kept.run.info.stage == LifecycleStage::Deleted {
            return Err(Error::invalid(format!(
                "The run {id} must be in the 'active' state. Current state is deleted."
            )));
        }
        Ok(kept)
    }

    fn active_model(&mut self, id: &LoggedModelId, now_ms: i64) -> Result<&mut LoggedModel> {
        let model = self
            .models
            .get_mut(id)
            .filter(|model| model.stage == LifecycleStage::Active)
            .ok_or_else(|| missing(format!("Logged model with ID '{id}' not found.")))?;
        model.updated_ms = now_ms;
        Ok(model)
    }

    fn orphans(&self, removed: Vec<ArtifactFile>) -> Vec<ContentHash> {
        let named: BTreeSet<&ContentHash> =
            self.files.values().map(|file| &file.content.hash).collect();
        let orphans: BTreeSet<ContentHash> = removed
            .into_iter()
            .map(|file| file.content.hash)
            .filter(|hash| !named.contains(hash))
            .collect();
        orphans.into_iter().collect()
    }

    fn remove_files(&mut self, path: &str) -> Vec<ArtifactFile> {
        let below = format!("{path}/");
        let gone: Vec<String> = self
            .files
            .keys()
            .filter(|name| *name == path || name.starts_with(&below))
            .cloned()
            .collect();
        gone.iter()
            .filter_map(|name| self.files.remove(name))
            .collect()
    }
}

/// Missing values last, NaN before them, both ways.
fn compare(by: &OrderBy, a: &dyn Searched, b: &dyn Searched) -> Ordering {
    let turn = |order: Ordering| {
        if by.is_descending {
            order.reverse()
        } else {
            order
        }
    };
    let number = |thing: &dyn Searched| match &by.field {
        Field::Metric(key) => thing.metric(key),
        Field::Attribute(name) => thing.number(name),
        _ => None,
    };
    let class = |value: Option<f64>| value.map_or(2, |value| u8::from(value.is_nan()));
    if let (a, b) = (number(a), number(b))
        && (a.is_some() || b.is_some())
    {
        return class(a).cmp(&class(b)).then_with(|| match (a, b) {
            (Some(a), Some(b)) => turn(rank(a).cmp(&rank(b))),
            _ => Ordering::Equal,
        });
    }
    let text = |thing: &dyn Searched| match &by.field {
        Field::Attribute(name) => thing.text(name),
        Field::Param(key) => thing.param(key).map(str::to_owned),
        Field::Tag(key) => thing.tag(key).map(str::to_owned),
        _ => None,
    };
    let (a, b) = (text(a), text(b));
    a.is_none().cmp(&b.is_none()).then_with(|| turn(a.cmp(&b)))
}

/// A page; its token is a place in the list.
fn page<T>(found: Vec<T>, search: &Search) -> Result<Page<T>> {
    let from: usize = match &search.after {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| Error::invalid("Invalid page token"))?,
    };
    let limit = search.limit as usize;
    let next = (found.len() > from + limit).then(|| (from + limit).to_string());
    Ok(Page {
        items: found.into_iter().skip(from).take(limit).collect(),
        next,
    })
}

fn sorted<T: Searched>(found: &mut [&T], search: &Search, ties: impl Fn(&T, &T) -> Ordering) {
    found.sort_by(|a, b| {
        search
            .order
            .iter()
            .map(|by| compare(by, *a, *b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| ties(a, b))
    });
}

#[async_trait]
impl TrackingStore for MemoryStore {
    async fn create_experiment(
        &self,
        new: &NewExperiment,
        artifact_root: &str,
        now_ms: i64,
    ) -> Result<Experiment> {
        let mut state = lock(&self.tracking);
        if state.experiments.values().any(|one| one.name == new.name) {
            return Err(Error::conflict(format!(
                "Experiment(name={}) already exists.",
                new.name
            )));
        }
        state.n_experiments += 1;
        let id = ExperimentId(state.n_experiments);
        let location = new.artifact_location.clone();
        let experiment = Experiment {
            id,
            name: new.name.clone(),
            artifact_location: location.unwrap_or_else(|| format!("{artifact_root}/{id}")),
            stage: LifecycleStage::Active,
            created_ms: now_ms,
            updated_ms: now_ms,
            tags: new.tags.clone(),
        };
        state.experiments.insert(id, experiment.clone());
        Ok(experiment)
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Option<Experiment>> {
        Ok(lock(&self.tracking).experiments.get(&id).cloned())
    }

    async fn experiment_by_name(&self, name: &str) -> Result<Option<Experiment>> {
        let state = lock(&self.tracking);
        let found = state.experiments.values().find(|one| one.name == name);
        Ok(found.cloned())
    }

    async fn search_experiments(&self, search: &Search) -> Result<Page<Experiment>> {
        let state = lock(&self.tracking);
        let mut found: Vec<&Experiment> = state
            .experiments
            .values()
            .filter(|one| search.view.shows(one.stage) && passes(&search.filter, *one))
            .collect();
        sorted(&mut found, search, |a, b| {
            (b.created_ms, b.id).cmp(&(a.created_ms, a.id))
        });
        page(found.into_iter().cloned().collect(), search)
    }

    async fn rename_experiment(&self, id: ExperimentId, name: &str, now_ms: i64) -> Result<()> {
        let mut state = lock(&self.tracking);
        let is_taken = state
            .experiments
            .values()
            .any(|one| one.name == name && one.id != id);
        let experiment = state.active_experiment(id)?;
        if is_taken {
            return Err(Error::conflict(format!(
                "Experiment(name={name}) already exists."
            )));
        }
        name.clone_into(&mut experiment.name);
        experiment.updated_ms = now_ms;
        Ok(())
    }

    async fn move_experiment(
        &self,
        id: ExperimentId,
        stage: LifecycleStage,
        now_ms: i64,
    ) -> Result<()> {
        let mut state = lock(&self.tracking);
        let experiment = state
            .experiments
            .get_mut(&id)
            .filter(|one| one.stage != stage)
            .ok_or_else(|| missing(format!("No Experiment with id={id} exists")))?;
        experiment.stage = stage;
        experiment.updated_ms = now_ms;
        for kept in state.runs.values_mut() {
            if kept.run.info.experiment == id {
                kept.run.info.stage = stage;
                kept.deleted_ms = now_ms;
            }
        }
        for model in state.models.values_mut() {
            if model.experiment == id {
                model.stage = stage;
            }
        }
        Ok(())
    }

    async fn set_experiment_tag(
        &self,
        id: ExperimentId,
        key: &str,
        value: &str,
        now_ms: i64,
    ) -> Result<()> {
        let mut state = lock(&self.tracking);
        let experiment = state.active_experiment(id)?;
        experiment.tags.insert(key.to_owned(), value.to_owned());
        experiment.updated_ms = now_ms;
        Ok(())
    }

    async fn delete_experiment_tag(&self, id: ExperimentId, key: &str, now_ms: i64) -> Result<()> {
        let mut state = lock(&self.tracking);
        let experiment = state.active_experiment(id)?;
        experiment.updated_ms = now_ms;
        match experiment.tags.remove(key) {
            Some(_) => Ok(()),
            None => Err(missing(format!(
                "No tag with name: {key} in experiment with id {id}"
            ))),
        }
    }

    async fn create_run(&self, info: &RunInfo, tags: &BTreeMap<String, String>) -> Result<()> {
        let mut state = lock(&self.tracking);
        state.active_experiment(info.experiment)?;
        let run = Run {
            info: info.clone(),
            metrics: Vec::new(),
            params: BTreeMap::new(),
            tags: tags.clone(),
            datasets: Vec::new(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        };
        state.runs.entry(info.id.clone()).or_insert(Kept {
            run,
            points: Vec::new(),
            deleted_ms: 0,
        });
        Ok(())
    }

    async fn run_info(&self, id: &RunId) -> Result<Option<RunInfo>> {
        let state = lock(&self.tracking);
        Ok(state.runs.get(id).map(|kept| kept.run.info.clone()))
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>> {
        let state = lock(&self.tracking);
        Ok(state.runs.get(id).map(|kept| kept.run.clone()))
    }

    async fn update_run(&self, id: &RunId, change: &RunChange) -> Result<RunInfo> {
        let mut state = lock(&self.tracking);
        let run = &mut state.active_run(id)?.run;
        run.info.status = change.status.unwrap_or(run.info.status);
        run.info.end_ms = change.end_ms.or(run.info.end_ms);
        if let Some(name) = &change.name {
            run.info.name.clone_from(name);
            run.tags.insert(RUN_NAME_TAG.to_owned(), name.clone());
        }
        Ok(run.info.clone())
    }

    async fn move_run(&self, id: &RunId, stage: LifecycleStage, now_ms: i64) -> Result<()> {
        let mut state = lock(&self.tracking);
        let kept = state.any_run(id)?;
        kept.run.info.stage = stage;
        kept.deleted_ms = now_ms;
        Ok(())
    }

    async fn log_batch(&self, id: &RunId, batch: &LogBatch) -> Result<()> {
        let mut state = lock(&self.tracking);
        let kept = state.active_run(id)?;
        for (key, value) in &batch.params {
            if let Some(stored) = kept.run.params.get(key).filter(|stored| *stored != value) {
                return Err(Error::invalid(format!(
                    "Changing param values is not allowed. Param with key='{key}' was already \
                     logged with value='{stored}' for run ID='{id}'. Attempted logging new value \
                     '{value}'."
                )));
            }
        }
        kept.run.params.extend(batch.params.iter().cloned());
        for (key, value) in &batch.tags {
            kept.run.tags.insert(key.clone(), value.clone());
            if key == RUN_NAME_TAG {
                kept.run.info.name.clone_from(value);
            }
        }
        for point in &batch.metrics {
            log_point(kept, point);
        }
        for point in &batch.metrics {
            if let Some(model) = point.model.as_ref().and_then(|it| state.models.get_mut(it)) {
                model
                    .metrics
                    .retain(|(_, old)| old.key != point.key || old.dataset != point.dataset);
                let mut measured = point.clone();
                measured.model = None;
                model.metrics.push((id.clone(), measured));
            }
        }
        Ok(())
    }

    async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<()> {
        let mut state = lock(&self.tracking);
        match state.active_run(id)?.run.tags.remove(key) {
            Some(_) => Ok(()),
            None => Err(missing(format!(
                "No tag with name: {key} in run with id {id}"
            ))),
        }
    }

    async fn log_inputs(
        &self,
        id: &RunId,
        datasets: &[DatasetInput],
        models: &[LoggedModelId],
    ) -> Result<()> {
        let mut state = lock(&self.tracking);
        let run = &mut state.active_run(id)?.run;
        for dataset in datasets {
            let is_known = run
                .datasets
                .iter()
                .any(|old| old.name == dataset.name && old.digest == dataset.digest);
            if !is_known {
                run.datasets.push(dataset.clone());
            }
        }
        for model in models {
            if !run.model_inputs.contains(model) {
                run.model_inputs.push(model.clone());
            }
        }
        Ok(())
    }

    async fn log_outputs(&self, id: &RunId, models: &[(LoggedModelId, i64)]) -> Result<()> {
        let mut state = lock(&self.tracking);
        let run = &mut state.active_run(id)?.run;
        for model in models {
            if !run.model_outputs.iter().any(|(old, _)| *old == model.0) {
                run.model_outputs.push(model.clone());
            }
        }
        Ok(())
    }

    async fn search_runs(&self, search: &Search) -> Result<Page<Run>> {
        let state = lock(&self.tracking);
        let mut found: Vec<&Run> = state
            .runs
            .values()
            .map(|kept| &kept.run)
            .filter(|run| {
                search.experiments.contains(&run.info.experiment)
                    && search.view.shows(run.info.stage)
                    && passes(&search.filter, *run)
            })
            .collect();
        sorted(&mut found, search, |a, b| {
            let (a, b) = (&a.info, &b.info);
            (b.start_ms, &a.id).cmp(&(a.start_ms, &b.id))
        });
        page(found.into_iter().cloned().collect(), search)
    }

    async fn metric_history(&self, query: &HistoryQuery) -> Result<Page<Metric>> {
        let state = lock(&self.tracking);
        let mut points: Vec<Metric> = state
            .runs
            .get(&query.run)
            .map(|kept| &kept.points)
            .into_iter()
            .flatten()
            .filter(|point| point.key == query.key)
            .cloned()
            .collect();
        points.sort_by_key(|point| (point.at_ms, point.step, rank(point.value)));
        let search = Search {
            experiments: Vec::new(),
            filter: trimtab_domain::tracking::search::Filter::all(),
            order: Vec::new(),
            view: trimtab_domain::tracking::ViewType::All,
            limit: query.limit.unwrap_or(u32::MAX),
            after: query.after.clone(),
        };
        page(points, &search)
    }

    async fn dataset_summaries(
        &self,
        experiments: &[ExperimentId],
        limit: u32,
    ) -> Result<Vec<DatasetSummary>> {
        let state = lock(&self.tracking);
        let mut found: BTreeSet<DatasetSummary> = BTreeSet::new();
        for kept in state.runs.values() {
            let info = &kept.run.info;
            if !experiments.contains(&info.experiment) || info.stage == LifecycleStage::Deleted {
                continue;
            }
            found.extend(kept.run.datasets.iter().map(|dataset| DatasetSummary {
                experiment: info.experiment,
                name: dataset.name.clone(),
                digest: dataset.digest.clone(),
                context: dataset.tags.get(DATASET_CONTEXT_TAG).cloned(),
            }));
        }
        Ok(found.into_iter().take(limit as usize).collect())
    }

    async fn create_logged_model(&self, model: &LoggedModel) -> Result<()> {
        let mut state = lock(&self.tracking);
        state.active_experiment(model.experiment)?;
        state.models.insert(model.id.clone(), model.clone());
        Ok(())
    }

    async fn logged_model(&self, id: &LoggedModelId) -> Result<Option<LoggedModel>> {
        let state = lock(&self.tracking);
        let found = state.models.get(id);
        Ok(found
            .filter(|model| model.stage == LifecycleStage::Active)
            .cloned())
    }

    async fn set_logged_model_status(
        &self,
        id: &LoggedModelId,
        status: LoggedModelStatus,
        now_ms: i64,
    ) -> Result<()> {
        lock(&self.tracking).active_model(id, now_ms)?.status = status;
        Ok(())
    }

    async fn set_logged_model_tags(
        &self,
        id: &LoggedModelId,
        tags: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<()> {
        let mut state = lock(&self.tracking);
        let model = state.active_model(id, now_ms)?;
        model.tags.extend(tags.clone());
        Ok(())
    }

    async fn delete_logged_model_tag(
        &self,
        id: &LoggedModelId,
        key: &str,
        now_ms: i64,
    ) -> Result<()> {
        let mut state = lock(&self.tracking);
        match state.active_model(id, now_ms)?.tags.remove(key) {
            Some(_) => Ok(()),
            None => Err(missing(format!(
                "No tag with key '{key}' found for model with ID '{id}'."
            ))),
        }
    }

    async fn add_logged_model_params(
        &self,
        id: &LoggedModelId,
        params: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<()> {
        let mut state = lock(&self.tracking);
        let model = state.active_model(id, now_ms)?;
        for (key, value) in params {
            if model.params.get(key).is_some_and(|stored| stored != value) {
                return Err(Error::invalid(format!(
                    "Changing param values is not allowed. Param with key='{key}'"
                )));
            }
        }
        model.params.extend(params.clone());
        Ok(())
    }

    async fn delete_logged_model(&self, id: &LoggedModelId, now_ms: i64) -> Result<()> {
        lock(&self.tracking).active_model(id, now_ms)?.stage = LifecycleStage::Deleted;
        Ok(())
    }

    async fn search_logged_models(&self, search: &Search) -> Result<Page<LoggedModel>> {
        let state = lock(&self.tracking);
        let mut found: Vec<&LoggedModel> = state
            .models
            .values()
            .filter(|model| {
                search.experiments.contains(&model.experiment)
                    && search.view.shows(model.stage)
                    && passes(&search.filter, *model)
            })
            .collect();
        sorted(&mut found, search, |a, b| {
            (b.created_ms, &a.id).cmp(&(a.created_ms, &b.id))
        });
        page(found.into_iter().cloned().collect(), search)
    }

    async fn put_artifact(&self, file: &ArtifactFile, _: i64) -> Result<()> {
        let mut state = lock(&self.tracking);
        state.files.insert(file.path.clone(), file.clone());
        Ok(())
    }

    async fn artifact(&self, path: &str) -> Result<Option<ArtifactFile>> {
        Ok(lock(&self.tracking).files.get(path).cloned())
    }

    async fn list_artifacts(&self, folder: &str, limit: u32) -> Result<Vec<ArtifactEntry>> {
        let below = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let state = lock(&self.tracking);
        let entries: BTreeSet<ArtifactEntry> = state
            .files
            .iter()
            .filter_map(|(path, file)| {
                let rest = path.strip_prefix(&below)?;
                Some(match rest.split_once('/') {
                    Some((name, _)) => ArtifactEntry {
                        name: name.to_owned(),
                        n_bytes: None,
                    },
                    None => ArtifactEntry {
                        name: rest.to_owned(),
                        n_bytes: Some(file.content.n_bytes),
                    },
                })
            })
            .collect();
        Ok(entries.into_iter().take(limit as usize).collect())
    }

    async fn artifacts_below(&self, folder: &str, limit: u32) -> Result<Vec<ArtifactFile>> {
        let below = format!("{folder}/");
        let state = lock(&self.tracking);
        let found = state
            .files
            .values()
            .filter(|file| folder.is_empty() || file.path.starts_with(&below));
        Ok(found.take(limit as usize).cloned().collect())
    }

    async fn delete_artifacts(&self, path: &str) -> Result<Vec<ContentHash>> {
        let mut state = lock(&self.tracking);
        let removed = state.remove_files(path);
        Ok(state.orphans(removed))
    }

    async fn unnamed_contents(&self, hashes: &[ContentHash]) -> Result<Vec<ContentHash>> {
        let registered = self.registered_contents();
        let state = lock(&self.tracking);
        let named: BTreeSet<&str> = state
            .files
            .values()
            .map(|file| file.content.hash.as_str())
            .chain(registered.iter().map(String::as_str))
            .collect();
        let unnamed = hashes.iter().filter(|hash| !named.contains(hash.as_str()));
        Ok(unnamed.cloned().collect())
    }

    async fn purge(&self, before_ms: i64) -> Result<(Purged, Vec<ContentHash>)> {
        let mut state = lock(&self.tracking);
        let mut purged = Purged::default();
        let mut folders = Vec::new();
        state.runs.retain(|_, kept| {
            let info = &kept.run.info;
            let goes = info.stage == LifecycleStage::Deleted && kept.deleted_ms < before_ms;
            if goes {
                purged.n_runs += 1;
                folders.push(info.artifact_uri.clone());
            }
            !goes
        });
        state.models.retain(|_, model| {
            let goes = model.stage == LifecycleStage::Deleted && model.updated_ms < before_ms;
            if goes {
                purged.n_logged_models += 1;
                folders.push(model.artifact_uri.clone());
            }
            !goes
        });
        let busy: BTreeSet<ExperimentId> = state
            .runs
            .values()
            .map(|kept| kept.run.info.experiment)
            .chain(state.models.values().map(|model| model.experiment))
            .collect();
        state.experiments.retain(|id, one| {
            let goes = one.stage == LifecycleStage::Deleted
                && one.updated_ms < before_ms
                && !busy.contains(id);
            purged.n_experiments += u64::from(goes);
            !goes
        });
        let mut removed = Vec::new();
        for folder in folders {
            if let Some(path) = own_artifact_path(&folder).filter(|path| !path.is_empty()) {
                removed.extend(state.remove_files(path));
            }
        }
        purged.n_files = removed.len() as u64;
        Ok((purged, state.orphans(removed)))
    }
}

/// Keeps a point once, and the latest of each metric.
fn log_point(kept: &mut Kept, point: &Metric) {
    let age = |point: &Metric| (point.step, point.at_ms, rank(point.value));
    let is_known = kept
        .points
        .iter()
        .any(|old| old.key == point.key && age(old) == age(point));
    if is_known {
        return;
    }
    kept.points.push(point.clone());
    let mut newest = point.clone();
    newest.model = None;
    newest.dataset = None;
    match kept.run.metrics.iter_mut().find(|old| old.key == point.key) {
        Some(old) if age(old) < age(point) => *old = newest,
        Some(_) => {}
        None => {
            kept.run.metrics.push(newest);
            kept.run.metrics.sort_by(|a, b| a.key.cmp(&b.key));
        }
    }
}
