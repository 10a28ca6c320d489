//! Logging to runs.

use crate::app::App;
use trimtab_domain::tracking::limits::{
    ENTITIES_PER_BATCH_MAX, METRICS_PER_BATCH_MAX, PARAMS_PER_BATCH_MAX, check_key, check_value,
};
use trimtab_domain::tracking::{LogBatch, MODEL_HISTORY_TAG, Metric, RunId};
use trimtab_domain::{Error, Result};

fn check_count(what: &str, n: usize, max: usize) -> Result<()> {
    if n <= max {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "A batch logging request can contain at most {max} {what}. Got {n} {what}. Please split \
         up {what} across multiple requests and try again."
    )))
}

fn check(batch: &LogBatch) -> Result<()> {
    check_count("metrics", batch.metrics.len(), METRICS_PER_BATCH_MAX)?;
    check_count("params", batch.params.len(), PARAMS_PER_BATCH_MAX)?;
    check_count("tags", batch.tags.len(), PARAMS_PER_BATCH_MAX)?;
    let n_all = batch.metrics.len() + batch.params.len() + batch.tags.len();
    check_count("metrics, params, and tags", n_all, ENTITIES_PER_BATCH_MAX)?;
    // A batch of a thousand points has few keys.
    let mut checked: Option<&str> = None;
    for point in &batch.metrics {
        if checked != Some(point.key.as_str()) {
            check_key("metric.key", &point.key)?;
            checked = Some(&point.key);
        }
    }
    let mut keys: Vec<&str> = Vec::with_capacity(batch.params.len());
    for (key, value) in &batch.params {
        check_key("params.key", key)?;
        check_value("params.value", value)?;
        keys.push(key);
    }
    keys.sort_unstable();
    let mut pairs = keys.iter().zip(keys.iter().skip(1));
    if let Some((twice, _)) = pairs.find(|(one, next)| one == next) {
        return Err(Error::invalid(format!(
            "Duplicate parameter keys have been submitted: ['{twice}']. Please ensure the request \
             contains only one param value per param key."
        )));
    }
    for (key, value) in &batch.tags {
        check_key("tags.key", key)?;
        check_value("tags.value", value)?;
    }
    Ok(())
}

impl App {
    /// Logs to a run: all of the batch or nothing.
    ///
    /// # Errors
    ///
    /// `NotFound` without the run, `Invalid` if it is deleted, something is too long or too many,
    /// or a parameter has another value.
    pub async fn log_batch(&self, id: &RunId, batch: &LogBatch) -> Result<()> {
        check(batch)?;
        self.store().log_batch(id, batch).await
    }

    /// Logs one value of one metric.
    ///
    /// # Errors
    ///
    /// As [`App::log_batch`].
    pub async fn log_metric(&self, id: &RunId, point: Metric) -> Result<()> {
        let batch = LogBatch {
            metrics: vec![point],
            ..LogBatch::default()
        };
        self.log_batch(id, &batch).await
    }

    /// Removes a tag of a run.
    ///
    /// # Errors
    ///
    /// `NotFound` without run or tag.
    pub async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<()> {
        self.store().delete_run_tag(id, key).await
    }

    /// Notes a model in the way of clients before MLflow 3: one more entry of the list in the
    /// tag `mlflow.log-model.history`.
    ///
    /// # Errors
    ///
    /// `NotFound` without the run, `Invalid` if the description is no JSON object.
    pub async fn log_model_description(&self, id: &RunId, description: &str) -> Result<()> {
        let wrong = || {
            Error::invalid(format!(
                "Malformed model info. \n {} \n could not be decoded.",
                description.chars().take(200).collect::<String>()
            ))
        };
        let entry: serde_json::Value = serde_json::from_str(description).map_err(|_| wrong())?;
        if !entry.is_object() {
            return Err(wrong());
        }
        let run = self.run(id).await?;
        let mut history: Vec<serde_json::Value> = run
            .tags
            .get(MODEL_HISTORY_TAG)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        history.push(entry);
        let text = serde_json::to_string(&history).map_err(|source| {
            Error::internal("cannot write a list of models").with_source(source)
        })?;
        let batch = LogBatch {
            tags: vec![(MODEL_HISTORY_TAG.to_owned(), text)],
            ..LogBatch::default()
        };
        self.log_batch(id, &batch).await
    }
}
