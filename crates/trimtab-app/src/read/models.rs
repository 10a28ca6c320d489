//! The model list, and one model.

use super::model_shape::{
    ColumnLine, ModelLine, ModelPage, MonitorLine, ReferenceLine, VersionLine,
};
use super::period::Subject;
use crate::app::App;
use trimtab_domain::documents::{ColumnRole, DocumentKind, ModelSpec};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::ports::store::VersionInfo;
use trimtab_domain::registry::CHAMPION;
use trimtab_domain::{ModelName, Result};

/// Every model, by name.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn list(app: &App) -> Result<Vec<ModelLine>> {
    let catalog = app.catalog().await?;
    let progress = app.store().progress().await?;
    let mut lines = Vec::new();
    for (name, entry) in &catalog.models {
        let reached = progress.get(name).copied().unwrap_or_default();
        let mut versions: Vec<String> = Vec::new();
        for info in app.store().versions(name).await? {
            if !versions.contains(&info.version) {
                versions.push(info.version);
            }
        }
        lines.push(ModelLine {
            model: name.clone(),
            display_name: entry.spec.title().to_owned(),
            task: entry.spec.task,
            versions,
            clock: entry.spec.clock,
            time_zone: entry.spec.time_zone.clone(),
            data_from: reached.data_from,
            data_through: reached.watermark,
        });
    }
    Ok(lines)
}

/// A model with what is known of it.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn page(app: &App, model: &ModelName) -> Result<ModelPage> {
    let subject = Subject::load(app, model).await?;
    let entry = subject.entry()?;
    let spec = ModelSpec::clone(&entry.spec);
    let stored = app
        .store()
        .document(DocumentKind::Model, Some(model), model.as_str())
        .await?;
    let infos = app.store().references(model).await?;
    // The model's oldest declared reference is what monitors use that name none.
    let default = infos
        .iter()
        .find(|info| entry.references.contains_key(&info.name))
        .map(|info| info.name.clone());
    let references = infos
        .into_iter()
        .map(|info| ReferenceLine {
            is_default: default.as_ref() == Some(&info.name),
            name: info.name,
            n_rows: info.n_rows,
            from: info.period.map(|period| period.start),
            to: info.period.map(|period| period.end),
            grid_version: info.grid_version,
        })
        .collect();
    let monitors = entry
        .monitors
        .values()
        .map(|monitor| MonitorLine {
            name: monitor.name.clone(),
            kind: monitor.monitor.as_str().to_owned(),
            window: monitor.window,
        })
        .collect();
    let columns = spec
        .columns
        .iter()
        .map(|column| ColumnLine {
            name: column.name.clone(),
            role: column.role,
            semantic: column.semantic(),
            importance: importance(&spec, &column.name),
        })
        .collect();
    Ok(ModelPage {
        document_version: stored.map_or(0, |document| document.version),
        versions: versions(app, model).await?,
        references,
        monitors,
        data_from: subject.progress.data_from,
        data_through: subject.progress.watermark,
        columns,
        spec,
    })
}

async fn versions(app: &App, model: &ModelName) -> Result<Vec<VersionLine>> {
    let line = |info: VersionInfo| VersionLine {
        version: info.version,
        role: info.role,
        first_seen: info.first_seen,
        last_seen: info.last_seen,
        n_predictions: info.n_predictions,
    };
    let infos = app.store().versions(model).await?;
    Ok(infos.into_iter().map(line).collect())
}

/// The version that serves: the registry's champion, if it has answered; else the live version
/// whose rows are newest.
pub(super) async fn live_version(app: &App, model: &ModelName) -> Result<Option<String>> {
    let mut live = app.store().versions(model).await?;
    live.retain(|info| info.role == PredictionRole::Live);
    let champion = app.alias_label(model.as_str(), CHAMPION).await?;
    if let Some(champion) = champion
        && live.iter().any(|info| info.version == champion)
    {
        return Ok(Some(champion));
    }
    let newest = live.into_iter().max_by(|a, b| {
        (a.last_seen, a.first_seen, &a.version).cmp(&(b.last_seen, b.first_seen, &b.version))
    });
    Ok(newest.map(|info| info.version))
}

/// A column's share of the model's attention, of 1.
pub(super) fn importance(spec: &ModelSpec, column: &str) -> Option<f64> {
    let own = spec.column(column)?.importance?;
    let all: f64 = spec
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Feature)
        .filter_map(|column| column.importance)
        .sum();
    (all > 0.0).then(|| own / all)
}
