//! Pipelines: every candidate's way, put together from trainings, validations and rollouts.

use super::pipeline_shape::{
    Candidate, PipelineList, PipelinePage, PipelineSummary, finding, version_of,
};
use crate::app::App;
use std::collections::BTreeMap;
use trimtab_domain::ports::retraining::RetrainingQuery;
use trimtab_domain::retraining::RetrainingRun;
use trimtab_domain::rollout::Rollout;
use trimtab_domain::validation::Validation;
use trimtab_domain::{Error, ModelName, Result};

/// Of each kind and model, at most so many.
const DEPTH: u32 = 100;

/// The pipelines of a model, or of all, newest first.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn list(app: &App, model: Option<&ModelName>) -> Result<PipelineList> {
    let models = match model {
        Some(model) => vec![model.clone()],
        None => app.catalog().await?.models.keys().cloned().collect(),
    };
    let mut items: Vec<PipelineSummary> = Vec::new();
    for model in &models {
        let candidates = candidates(app, model).await?;
        items.extend(summaries(&candidates));
    }
    items.sort_by(|a, b| b.began_at.cmp(&a.began_at).then_with(|| b.id.cmp(&a.id)));
    let sentence = finding(&items);
    Ok(PipelineList { sentence, items })
}

/// One pipeline with all that is known.
///
/// # Errors
///
/// `NotFound` without one.
pub async fn page(app: &App, id: &str) -> Result<PipelinePage> {
    let missing = || Error::not_found("pipeline", id);
    let model = if let Some((model, _)) = id.rsplit_once(':') {
        ModelName::new(model).map_err(|_| missing())?
    } else {
        let id = id.parse().map_err(|_| missing())?;
        let run = app.store().retraining(&id).await?;
        run.ok_or_else(missing)?.model
    };
    let candidates = candidates(app, &model).await?;
    let told = summaries(&candidates);
    told.into_iter()
        .zip(candidates)
        .find(|(summary, _)| summary.id == id)
        .map(|(summary, candidate)| PipelinePage { summary, candidate })
        .ok_or_else(missing)
}

/// Told newest first; only the newest can still wait for somebody to roll it out.
fn summaries(candidates: &[Candidate]) -> Vec<PipelineSummary> {
    candidates
        .iter()
        .enumerate()
        .filter_map(|(position, candidate)| candidate.summary(position == 0))
        .collect()
}

/// What is known of every candidate of a model, newest first: one for each version, and one for
/// each training that has made none.
async fn candidates(app: &App, model: &ModelName) -> Result<Vec<Candidate>> {
    let store = app.store();
    let query = RetrainingQuery {
        model: Some(model.clone()),
        limit: Some(DEPTH),
        ..RetrainingQuery::default()
    };
    let runs = store.retrainings(&query).await?;
    let gates = store.validations(model, None, DEPTH).await?;
    let rollouts = store.rollouts(model, DEPTH).await?;
    let mut found = joined(model, runs, gates);
    let mut by_version: BTreeMap<String, Rollout> = BTreeMap::new();
    // Newest first, so the first one of a version stays.
    for rollout in rollouts {
        by_version
            .entry(rollout.challenger.clone())
            .or_insert(rollout);
    }
    for candidate in &mut found {
        let rollout = candidate
            .version()
            .and_then(|version| by_version.remove(&version));
        if let Some(rollout) = rollout {
            let notes = store.rollout_notes(&rollout.id).await?;
            candidate.traffic = Some((rollout, notes));
        }
    }
    for rollout in by_version.into_values() {
        let notes = store.rollout_notes(&rollout.id).await?;
        found.push(Candidate {
            model: model.clone(),
            run: None,
            gate: None,
            traffic: Some((rollout, notes)),
        });
    }
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.began_at()));
    Ok(found)
}

/// Trainings with the validations of their versions, and the versions that only have one.
fn joined(model: &ModelName, runs: Vec<RetrainingRun>, gates: Vec<Validation>) -> Vec<Candidate> {
    let mut by_version: BTreeMap<String, Validation> = BTreeMap::new();
    for gate in gates {
        by_version.entry(gate.candidate.clone()).or_insert(gate);
    }
    let mut found: Vec<Candidate> = runs
        .into_iter()
        .map(|run| Candidate {
            model: model.clone(),
            gate: version_of(&run).and_then(|version| by_version.remove(&version)),
            run: Some(run),
            traffic: None,
        })
        .collect();
    found.extend(by_version.into_values().map(|gate| Candidate {
        model: model.clone(),
        run: None,
        gate: Some(gate),
        traffic: None,
    }));
    found
}
