//! `explain`: what moves a model's scores.

use super::{answer, told};
use crate::cli::ExplainArgs;
use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use std::process::ExitCode;
use trimtab_domain::analysis::evaluate::LabelFiles;
use trimtab_domain::analysis::explain::ExplainRequest;
use trimtab_domain::documents::EncodingSpec;
use trimtab_domain::ports::{DataSetAnalysis, ModelReader};
use trimtab_engine::FileAnalysis;
use trimtab_scoring::OnnxReader;

pub(crate) async fn run(args: ExplainArgs) -> Result<ExitCode> {
    let file = std::fs::read(&args.model)
        .with_context(|| format!("cannot read the model {}", args.model.display()))?;
    let model = OnnxReader
        .read(&file)
        .map_err(|err| told(&err))
        .with_context(|| args.model.display().to_string())?;
    let path = args
        .encoding
        .clone()
        .unwrap_or_else(|| args.model.with_extension("json"));
    let text = std::fs::read(&path).with_context(|| {
        format!(
            "cannot read the encoding document {}\n  hint: name it with --encoding",
            path.display()
        )
    })?;
    let encoding = EncodingSpec::from_json(&text)
        .map_err(|err| told(&err))
        .with_context(|| path.display().to_string())?;
    let request = ExplainRequest {
        model: args.model.file_stem().map_or_else(
            || args.model.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        ),
        encoding,
        source: vec![args.file.clone()],
        reference: args.reference.iter().cloned().collect(),
        method: args.method.into(),
        label: args.label.clone(),
        labels: args
            .labels
            .as_ref()
            .zip(args.id.as_ref())
            .map(|(file, id)| LabelFiles {
                files: vec![file.clone()],
                id: id.clone(),
            }),
        n_rows: args.rows,
        seed: args.answer.seed,
    };
    let report = FileAnalysis
        .explain(&request, model)
        .await
        .map_err(|err| told(&err))?;
    answer::tell(&report, &args.answer, &TimeZone::UTC)
}
