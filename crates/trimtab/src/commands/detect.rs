//! `detect`: rows that stand out, streams that change, levels that moved.

use super::{answer, told};
use crate::cli::DetectArgs;
use anyhow::{Result, bail};
use jiff::tz::TimeZone;
use std::process::ExitCode;
use trimtab_domain::analysis::detect::{DetectRequest, DetectTask};
use trimtab_domain::ports::DataSetAnalysis;
use trimtab_engine::FileAnalysis;

pub(crate) async fn run(args: DetectArgs) -> Result<ExitCode> {
    let request = DetectRequest {
        source: vec![args.file.clone()],
        timestamp: args.timestamp.clone(),
        series: args.series.clone(),
        task: task(&args)?,
        seed: args.answer.seed,
    };
    let report = FileAnalysis
        .detect(&request)
        .await
        .map_err(|err| told(&err))?;
    answer::tell(&report, &args.answer, &TimeZone::UTC)
}

fn task(args: &DetectArgs) -> Result<DetectTask> {
    let Some(column) = args.value.clone().or_else(|| args.error.clone()) else {
        bail!("nothing to look at\n  hint: name a column with --value or --error");
    };
    if !args.stream.is_empty() {
        return Ok(DetectTask::Stream {
            column,
            detectors: args.stream.clone(),
            run_length: args.run_length,
            error_rate: match (&args.error, args.run_length, args.error_rate) {
                (Some(_), Some(_), None) => bail!(
                    "a run length of errors is calibrated for their share\n  hint: add --error-rate, say 0.2"
                ),
                (_, _, rate) => rate,
            },
        });
    }
    if args.changepoints {
        return Ok(DetectTask::ChangePoints {
            value: column,
            with_variance: args.with_variance,
        });
    }
    Ok(DetectTask::Points {
        value: column,
        method: args.method.clone(),
        alarm_rate: args.alarm_rate,
    })
}
