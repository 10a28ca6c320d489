//! `profile`: a data set counted on a grid.

use super::{answer, told, zone};
use crate::cli::ProfileArgs;
use crate::terminal;
use anyhow::{Context, Result, bail};
use std::process::ExitCode;
use trimtab_domain::analysis::profile::{ProfileRequest, SavedProfile};
use trimtab_domain::ports::DataSetAnalysis;
use trimtab_engine::FileAnalysis;

pub(crate) async fn run(args: ProfileArgs) -> Result<ExitCode> {
    args.columns.check()?;
    let zone = zone(&args.windows.time_zone)?;
    let saved = match &args.file {
        Some(file) => {
            let request = ProfileRequest {
                source: vec![file.clone()],
                grid: args.grid.clone(),
                categorical: args.columns.categorical.clone(),
                numeric: args.columns.numeric.clone(),
                ignore: args.columns.ignore.clone(),
                windows: args.windows.windows()?,
            };
            FileAnalysis
                .profile(&request)
                .await
                .map_err(|err| told(&err))?
        }
        None => merged(&args.merge)?,
    };
    if let Some(path) = &args.save {
        let bytes = saved.to_bytes().map_err(|err| told(&err))?;
        std::fs::write(path, bytes)
            .with_context(|| format!("cannot save the profile {}", path.display()))?;
        terminal::note(&format!("Profile: {}", path.display()));
    }
    answer::tell(&saved.report(), &args.answer, &zone)
}

fn merged(paths: &[String]) -> Result<SavedProfile> {
    let mut total: Option<SavedProfile> = None;
    for path in paths {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {path}"))?;
        let next = SavedProfile::from_bytes(&bytes)
            .map_err(|err| told(&err))
            .with_context(|| path.clone())?;
        total = Some(match total {
            None => next,
            Some(total) => total.merge(next).map_err(|err| told(&err))?,
        });
    }
    match total {
        Some(total) => Ok(total),
        None => bail!("there is nothing to merge"),
    }
}
