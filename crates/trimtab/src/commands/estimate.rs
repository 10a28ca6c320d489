//! `estimate`: how good a model is before its labels are known.

use super::{answer, told, window_length, zone};
use crate::cli::EstimateArgs;
use anyhow::{Result, bail};
use std::process::ExitCode;
use trimtab_domain::analysis::estimate::{Chunking, EstimateRequest};
use trimtab_domain::analysis::evaluate::LabelFiles;
use trimtab_domain::check::{CheckWindows, WindowLength};
use trimtab_domain::ports::DataSetAnalysis;
use trimtab_engine::FileAnalysis;

pub(crate) async fn run(args: EstimateArgs) -> Result<ExitCode> {
    let zone = zone(&args.time_zone)?;
    let request = EstimateRequest {
        reference: vec![args.reference.clone()],
        current: vec![args.current.clone()],
        task: args.task.into(),
        label: args.label.clone(),
        prediction: args.prediction.clone(),
        scores: args.score.clone(),
        positive: args.positive.clone(),
        threshold: args.threshold,
        labels: args
            .labels
            .as_ref()
            .zip(args.id.as_ref())
            .map(|(file, id)| LabelFiles {
                files: vec![file.clone()],
                id: id.clone(),
            }),
        chunks: chunking(&args)?,
        metrics: args.metric.clone(),
        confusion: args.confusion.into(),
        ignore: args.ignore.clone(),
        seed: args.answer.seed,
    };
    let report = FileAnalysis
        .estimate(&request)
        .await
        .map_err(|err| told(&err))?;
    answer::tell(&report, &args.answer, &zone)
}

fn chunking(args: &EstimateArgs) -> Result<Chunking> {
    if args.chunk == "auto" {
        return Ok(Chunking::Ten);
    }
    match (window_length("--chunk", &args.chunk)?, &args.timestamp) {
        (WindowLength::Rows(n), None) => Ok(Chunking::Rows(n)),
        (length, Some(timestamp)) => Ok(Chunking::Windows(CheckWindows {
            timestamp: timestamp.clone(),
            length,
            time_zone: args.time_zone.clone(),
        })),
        (_, None) => bail!(
            "--chunk {} needs the time of each row\n  hint: name the column with --timestamp",
            args.chunk
        ),
    }
}
