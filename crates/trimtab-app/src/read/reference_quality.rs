//! How good the model was in its reference, and how much its windows differed.

use super::performance_shape::ReferenceSpread;
use super::period::Subject;
use crate::app::App;
use crate::evaluate::metric_of;
use std::collections::BTreeMap;
use trimtab_domain::documents::{MonitorSpec, PerformanceMetric};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::{Granularity, Result};
use trimtab_stats::SignalNull;

/// A metric over the windows of the reference that a monitor uses (the model's oldest where there
/// is no monitor); empty where the reference holds no labels.
pub(super) async fn spread(
    app: &App,
    subject: &Subject,
    monitor: Option<&MonitorSpec>,
    metric: PerformanceMetric,
) -> Result<ReferenceSpread> {
    let wanted = monitor.and_then(|spec| spec.reference.as_ref());
    let declared = &subject.entry()?.references;
    let stored = app.store().references(subject.name()).await?;
    let name = match wanted {
        Some(wanted) => stored.iter().find(|info| info.name == *wanted),
        None => stored.iter().find(|info| declared.contains_key(&info.name)),
    };
    let Some(name) = name.map(|info| &info.name) else {
        return Ok(ReferenceSpread::default());
    };
    let Some(reference) = app.reference_total(subject.name(), name).await? else {
        return Ok(ReferenceSpread::default());
    };
    let length = monitor.map_or(Granularity::Day, |spec| spec.window);
    let mut merged: BTreeMap<_, Option<PerformanceProfile>> = BTreeMap::new();
    for (window, quality) in &reference.qualities {
        let start = length.floor(window.start, &subject.zone)?;
        super::merged::add(merged.entry(start).or_default(), quality)?;
    }
    let values: Vec<f64> = merged
        .values()
        .flatten()
        .filter_map(|quality| metric_of(quality, metric))
        .collect();
    Ok(match SignalNull::fit(&values) {
        Ok(law) => ReferenceSpread {
            value: Some(law.mean()),
            sd: Some(law.sd()),
            n_windows: u32::try_from(law.n_windows()).ok(),
            n_windows_effective: Some(law.n_windows_effective()),
        },
        Err(_) => ReferenceSpread::default(),
    })
}
