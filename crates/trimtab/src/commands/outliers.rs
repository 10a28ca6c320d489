//! `outliers`: rows unlike the reference's.

use super::{answer, told};
use crate::cli::OutliersArgs;
use anyhow::Result;
use jiff::tz::TimeZone;
use std::process::ExitCode;
use trimtab_domain::analysis::outliers::OutliersRequest;
use trimtab_domain::ports::DataSetAnalysis;
use trimtab_engine::FileAnalysis;

pub(crate) async fn run(args: OutliersArgs) -> Result<ExitCode> {
    args.columns.check()?;
    let request = OutliersRequest {
        reference: vec![args.reference.clone()],
        current: vec![args.current.clone()],
        id: args.id.clone(),
        categorical: args.columns.categorical.clone(),
        numeric: args.columns.numeric.clone(),
        ignore: args.columns.ignore.clone(),
        method: args.method.clone(),
        share: args.share,
        n_columns: args.top,
        seed: args.answer.seed,
    };
    let report = FileAnalysis
        .outliers(&request)
        .await
        .map_err(|err| told(&err))?;
    answer::tell(&report, &args.answer, &TimeZone::UTC)
}
