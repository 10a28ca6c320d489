//! `evaluate`: how good a model was.

use super::{answer, told, window_length, zone};
use crate::cli::EvaluateArgs;
use anyhow::{Result, bail};
use std::process::ExitCode;
use trimtab_domain::analysis::evaluate::{BlockChoice, EvaluateRequest, LabelFiles};
use trimtab_domain::check::CheckWindows;
use trimtab_domain::ports::DataSetAnalysis;
use trimtab_engine::FileAnalysis;

pub(crate) async fn run(args: EvaluateArgs) -> Result<ExitCode> {
    let zone = zone(&args.time_zone)?;
    let report = FileAnalysis
        .evaluate(&request(&args)?)
        .await
        .map_err(|err| told(&err))?;
    answer::tell(&report, &args.answer, &zone)
}

fn request(args: &EvaluateArgs) -> Result<EvaluateRequest> {
    let windows = match (&args.every, &args.timestamp) {
        (Some(every), Some(timestamp)) => Some(CheckWindows {
            timestamp: timestamp.clone(),
            length: window_length("--every", every)?,
            time_zone: args.time_zone.clone(),
        }),
        _ => None,
    };
    let labels = match (&args.labels, &args.id) {
        (Some(file), Some(id)) => Some(LabelFiles {
            files: vec![file.clone()],
            id: id.clone(),
        }),
        (None, Some(_)) => bail!("--id joins labels, but there is no --labels FILE"),
        _ => None,
    };
    Ok(EvaluateRequest {
        source: vec![args.file.clone()],
        task: args.task.into(),
        label: args.label.clone(),
        prediction: args.prediction.clone(),
        scores: args.score.clone(),
        positive: args.positive.clone(),
        query: args.query.clone(),
        weight: args.weight.clone(),
        labels,
        timestamp: args.timestamp.clone(),
        windows,
        groups: args.group.clone(),
        blocks: match args.blocks.as_str() {
            "auto" => BlockChoice::Auto,
            "none" => BlockChoice::None,
            column => BlockChoice::Column(column.to_owned()),
        },
        threshold: args.threshold,
        beta: args.beta,
        depths: args.depth.clone(),
        quantile: args.quantile,
        confidence: args.confidence,
        replicates: args.replicates,
        seed: args.answer.seed,
    })
}
