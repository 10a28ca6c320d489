//! What MLflow's nouns look like on its wire.

use super::answer::{Double, Pair, pairs};
use serde::Serialize;
use trimtab_domain::tracking::{
    DatasetInput, Experiment, LoggedModel, LoggedModelId, Metric, Run, RunId, RunInfo,
};

#[derive(Serialize)]
pub(super) struct ExperimentView<'a> {
    experiment_id: String,
    name: &'a str,
    artifact_location: &'a str,
    lifecycle_stage: &'a str,
    last_update_time: i64,
    creation_time: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair<'a>>,
}

impl<'a> From<&'a Experiment> for ExperimentView<'a> {
    fn from(experiment: &'a Experiment) -> Self {
        Self {
            experiment_id: experiment.id.to_string(),
            name: &experiment.name,
            artifact_location: &experiment.artifact_location,
            lifecycle_stage: experiment.stage.as_str(),
            last_update_time: experiment.updated_ms,
            creation_time: experiment.created_ms,
            tags: pairs(&experiment.tags),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RunInfoView<'a> {
    run_id: &'a str,
    run_uuid: &'a str,
    experiment_id: String,
    run_name: &'a str,
    user_id: &'a str,
    status: &'a str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: &'a str,
    lifecycle_stage: &'a str,
}

impl<'a> From<&'a RunInfo> for RunInfoView<'a> {
    fn from(info: &'a RunInfo) -> Self {
        Self {
            run_id: info.id.as_str(),
            run_uuid: info.id.as_str(),
            experiment_id: info.experiment.to_string(),
            run_name: &info.name,
            user_id: &info.user_id,
            status: info.status.as_str(),
            start_time: info.start_ms,
            end_time: info.end_ms,
            artifact_uri: &info.artifact_uri,
            lifecycle_stage: info.stage.as_str(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct MetricView<'a> {
    key: &'a str,
    value: Double,
    timestamp: i64,
    step: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
}

impl<'a> From<&'a Metric> for MetricView<'a> {
    fn from(metric: &'a Metric) -> Self {
        let dataset = metric.dataset.as_ref();
        Self {
            key: &metric.key,
            value: Double(metric.value),
            timestamp: metric.at_ms,
            step: metric.step,
            model_id: metric.model.as_ref().map(LoggedModelId::as_str),
            dataset_name: dataset.map(|(name, _)| name.as_str()),
            dataset_digest: dataset.map(|(_, digest)| digest.as_str()),
            run_id: None,
        }
    }
}

impl<'a> MetricView<'a> {
    pub(super) fn of_run(run: &'a RunId, metric: &'a Metric) -> Self {
        Self {
            run_id: Some(run.as_str()),
            ..Self::from(metric)
        }
    }
}

#[derive(Serialize)]
struct RunDataView<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct DatasetView<'a> {
    name: &'a str,
    digest: &'a str,
    source_type: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
}

#[derive(Serialize)]
struct DatasetInputView<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair<'a>>,
    dataset: DatasetView<'a>,
}

impl<'a> From<&'a DatasetInput> for DatasetInputView<'a> {
    fn from(input: &'a DatasetInput) -> Self {
        Self {
            tags: pairs(&input.tags),
            dataset: DatasetView {
                name: &input.name,
                digest: &input.digest,
                source_type: &input.source_type,
                source: &input.source,
                schema: input.schema.as_deref(),
                profile: input.profile.as_deref(),
            },
        }
    }
}

#[derive(Serialize)]
struct ModelInputView<'a> {
    model_id: &'a str,
}

#[derive(Serialize)]
struct RunInputsView<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_inputs: Vec<DatasetInputView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_inputs: Vec<ModelInputView<'a>>,
}

#[derive(Serialize)]
struct ModelOutputView<'a> {
    model_id: &'a str,
    step: i64,
}

#[derive(Serialize)]
struct RunOutputsView<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_outputs: Vec<ModelOutputView<'a>>,
}

#[derive(Serialize)]
pub(super) struct RunView<'a> {
    info: RunInfoView<'a>,
    data: RunDataView<'a>,
    inputs: RunInputsView<'a>,
    outputs: RunOutputsView<'a>,
}

impl<'a> From<&'a Run> for RunView<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            info: (&run.info).into(),
            data: RunDataView {
                metrics: run.metrics.iter().map(MetricView::from).collect(),
                params: pairs(&run.params),
                tags: pairs(&run.tags),
            },
            inputs: RunInputsView {
                dataset_inputs: run.datasets.iter().map(DatasetInputView::from).collect(),
                model_inputs: run
                    .model_inputs
                    .iter()
                    .map(|model| ModelInputView {
                        model_id: model.as_str(),
                    })
                    .collect(),
            },
            outputs: RunOutputsView {
                model_outputs: run
                    .model_outputs
                    .iter()
                    .map(|(model, step)| ModelOutputView {
                        model_id: model.as_str(),
                        step: *step,
                    })
                    .collect(),
            },
        }
    }
}

#[derive(Serialize)]
struct LoggedModelInfoView<'a> {
    model_id: &'a str,
    experiment_id: String,
    name: &'a str,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_run_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct LoggedModelDataView<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricView<'a>>,
}

#[derive(Serialize)]
pub(super) struct LoggedModelView<'a> {
    info: LoggedModelInfoView<'a>,
    data: LoggedModelDataView<'a>,
}

impl<'a> From<&'a LoggedModel> for LoggedModelView<'a> {
    fn from(model: &'a LoggedModel) -> Self {
        let metric = |(run, metric): &'a (RunId, Metric)| {
            let mut view = MetricView::of_run(run, metric);
            view.model_id = Some(model.id.as_str());
            view
        };
        Self {
            info: LoggedModelInfoView {
                model_id: model.id.as_str(),
                experiment_id: model.experiment.to_string(),
                name: &model.name,
                creation_timestamp_ms: model.created_ms,
                last_updated_timestamp_ms: model.updated_ms,
                artifact_uri: &model.artifact_uri,
                status: model.status.as_str(),
                model_type: model.model_type.as_deref(),
                source_run_id: model.source_run.as_ref().map(RunId::as_str),
                tags: pairs(&model.tags),
            },
            data: LoggedModelDataView {
                params: pairs(&model.params),
                metrics: model.metrics.iter().map(metric).collect(),
            },
        }
    }
}
