//! Two models on the same rows of the lake or of files: numbers for the gate.
//!
//! `rows` gathers labelled rows, `side` scores them with one model, `measure` compares both,
//! `training` and `strength` look for what a comparison cannot show.

mod measure;
mod rows;
mod side;
mod strength;
mod training;

use crate::engine::Engine;
use crate::lake::{self, Asked};
use crate::{blocking, failure::wrap};
use async_trait::async_trait;
use rows::{Gathered, Table};
use side::Scored;
use std::sync::Arc;
use trimtab_domain::ports::ModelTrials;
use trimtab_domain::ports::validation::{FileRows, Scorer, TrainingRows, TrialRequest, TrialRows};
use trimtab_domain::validation::{Contender, TrainingEvidence, TrialEvidence};
use trimtab_domain::{Error, Result};

/// Training rows that are looked at; of more, evenly spaced ones.
const TRAINING_ROWS: u64 = 100_000;

/// Trials over files, without a data directory.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileTrials;

#[async_trait]
impl ModelTrials for FileTrials {
    async fn run(&self, request: TrialRequest) -> Result<TrialEvidence> {
        run(None, request).await
    }
}

#[async_trait]
impl ModelTrials for Engine {
    async fn run(&self, request: TrialRequest) -> Result<TrialEvidence> {
        Box::pin(run(Some(self), request)).await
    }
}

async fn run(engine: Option<&Engine>, request: TrialRequest) -> Result<TrialEvidence> {
    let request = Arc::new(request);
    let gathered = gather_rows(engine, &request).await?;
    let training = gather_training(engine, &request).await;
    let asked = Arc::clone(&request);
    let table = blocking(move || gathered.into_table(&asked)).await?;
    let table = Arc::new(table);
    let asked = Arc::clone(&request);
    let shared = Arc::clone(&table);
    let fits = blocking(move || {
        Ok((
            side::contender(&asked.champion, asked.task, &shared),
            side::contender(&asked.candidate, asked.task, &shared),
        ))
    })
    .await?;
    let (champion, candidate) = fits;
    if let Some(misfit) = champion.misfits.first() {
        return Err(Error::invalid(format!(
            "the champion {} cannot be scored on these rows: {misfit}",
            champion.version
        ))
        .with_hint("without a fair comparison nothing is decided"));
    }
    let mut evidence = measure::about_rows(&request, &table);
    if candidate.misfits.is_empty() && table.n_rows() > 0 {
        let first = scores(&request, &table, true).await?;
        let second = scores(&request, &table, false).await?;
        let asked = Arc::clone(&request);
        let shared = Arc::clone(&table);
        evidence = blocking(move || {
            let sides = side::looked_at(&asked, &shared, (champion, candidate))?;
            measure::measured(&asked, &shared, evidence, (&first, &second), sides)
        })
        .await?;
    } else {
        set_sides(&request, &mut evidence, (champion, candidate));
    }
    let asked = Arc::clone(&request);
    blocking(move || {
        match training {
            None => {}
            Some(Ok(gathered)) => training::look(&asked, &gathered, &table, &mut evidence)?,
            Some(Err(error)) => {
                evidence.training = Some(TrainingEvidence {
                    reason: Some(format!("the training data cannot be read: {error}")),
                    ..TrainingEvidence::default()
                });
            }
        }
        strength::on_rows(&asked, &table, &mut evidence);
        Ok(evidence)
    })
    .await
}

/// Puts both models into the evidence; a constant is no champion.
fn set_sides(request: &TrialRequest, evidence: &mut TrialEvidence, sides: (Contender, Contender)) {
    evidence.candidate = sides.1;
    let is_model = !matches!(request.champion.scorer, Scorer::Constant);
    evidence.champion = is_model.then_some(sides.0);
}

async fn gather_rows(engine: Option<&Engine>, request: &TrialRequest) -> Result<Gathered> {
    match &request.rows {
        TrialRows::Files(files) => files_gathered(files, request).await,
        TrialRows::Lake {
            model,
            period,
            known_at,
        } => {
            let asked = Asked {
                period: *period,
                known_at: *known_at,
                max: request.rules.rows.max,
                newest: true,
            };
            let snapshot = with_engine(engine)?.snapshot(&model.name).await?;
            let rows = Box::pin(lake::labelled_rows(&snapshot, model, &asked)).await?;
            Ok(Gathered::of_lake(rows))
        }
    }
}

async fn gather_training(
    engine: Option<&Engine>,
    request: &TrialRequest,
) -> Option<Result<Gathered>> {
    let training = request.training.as_ref()?;
    Some(match training {
        TrainingRows::Files(files) => files_gathered(files, request).await,
        TrainingRows::Lake {
            model,
            period,
            known_at,
        } => {
            let asked = Asked {
                period: *period,
                known_at: *known_at,
                max: TRAINING_ROWS,
                newest: false,
            };
            let read = async {
                let snapshot = with_engine(engine)?.snapshot(&model.name).await?;
                Box::pin(lake::labelled_rows(&snapshot, model, &asked)).await
            };
            read.await.map(Gathered::of_lake)
        }
    })
}

fn with_engine(engine: Option<&Engine>) -> Result<&Engine> {
    engine.ok_or_else(|| Error::invalid("rows of the lake need a server's data directory"))
}

async fn files_gathered(files: &FileRows, request: &TrialRequest) -> Result<Gathered> {
    let (files, task) = (files.clone(), request.task);
    let any = match &request.candidate.scorer {
        Scorer::Model { encoding, .. } => encoding.numeric.first().cloned(),
        _ => None,
    };
    blocking(move || Gathered::of_files(&files, task, any.as_ref())).await
}

/// One score a row, by the champion or by the candidate.
async fn scores(request: &Arc<TrialRequest>, table: &Arc<Table>, first: bool) -> Result<Scored> {
    let contender = if first {
        &request.champion
    } else {
        &request.candidate
    };
    if let Scorer::Command { command, columns } = &contender.scorer {
        let folder = &request.scratch;
        std::fs::create_dir_all(folder)
            .map_err(wrap(format!("cannot create `{}`", folder.display())))?;
        let name = if first { "champion" } else { "candidate" };
        let rows = folder.join(format!("{name}-rows.parquet"));
        let answer = folder.join(format!("{name}-scores.parquet"));
        let result = async {
            side::write_rows(&rows, table, columns)?;
            command.score(&rows, &answer).await?;
            side::read_scores(&answer, table.n_rows(), request.task)
        };
        let result = result.await;
        for file in [&rows, &answer] {
            // The scores may never have been written.
            drop(std::fs::remove_file(file));
        }
        return result;
    }
    let (request, table) = (Arc::clone(request), Arc::clone(table));
    blocking(move || {
        let contender = if first {
            &request.champion
        } else {
            &request.candidate
        };
        side::scores(contender, &table)
    })
    .await
}
