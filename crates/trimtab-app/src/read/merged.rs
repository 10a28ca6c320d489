//! Stored counts merged into the windows of a page.

use super::period::place;
use crate::app::App;
use std::collections::BTreeMap;
use trimtab_domain::fold::{PerformanceProfile, PredictionRole};
use trimtab_domain::ports::store::ProfileQuery;
use trimtab_domain::{Error, ModelName, Result, Window};

/// All traffic of a model, of every version, in a period.
pub(super) fn query(model: &ModelName, range: Window) -> ProfileQuery {
    ProfileQuery {
        model: model.clone(),
        version: None,
        role: None,
        segment: String::new(),
        range,
    }
}

/// Predictions in windows.
pub(super) struct Volumes {
    /// Of live traffic, window by window.
    pub(super) live: Vec<u64>,
    /// Of every version, whatever its role.
    pub(super) versions: BTreeMap<String, Vec<u64>>,
}

/// Counts predictions in windows (in time order).
pub(super) async fn volumes(app: &App, model: &ModelName, windows: &[Window]) -> Result<Volumes> {
    let mut found = Volumes {
        live: vec![0; windows.len()],
        versions: BTreeMap::new(),
    };
    let Some(range) = hull(windows) else {
        return Ok(found);
    };
    for volume in app.store().volumes(&query(model, range)).await? {
        let Some(idx) = place(windows, volume.key.window.start) else {
            continue;
        };
        if volume.key.role == PredictionRole::Live {
            found.live[idx] += volume.n_rows;
        }
        found
            .versions
            .entry(volume.key.version)
            .or_insert_with(|| vec![0; windows.len()])[idx] += volume.n_rows;
    }
    Ok(found)
}

/// Quality in windows.
type Windows = Vec<Option<PerformanceProfile>>;

/// Quality of every version in windows, by role.
#[derive(Default)]
pub(super) struct Qualities(BTreeMap<(PredictionRole, String), Windows>);

/// Quality in windows (in time order), from all labels that have arrived.
pub(super) async fn qualities(
    app: &App,
    model: &ModelName,
    windows: &[Window],
) -> Result<Qualities> {
    let mut found = Qualities::default();
    let Some(range) = hull(windows) else {
        return Ok(found);
    };
    for stored in app.store().performance(&query(model, range)).await? {
        let Some(idx) = place(windows, stored.key.window.start) else {
            continue;
        };
        let of_version = found
            .0
            .entry((stored.key.role, stored.key.version))
            .or_insert_with(|| vec![None; windows.len()]);
        add(&mut of_version[idx], &stored.performance)?;
    }
    Ok(found)
}

impl Qualities {
    /// Takes one version out, whatever its role.
    pub(super) fn take_version(&mut self, version: &str) -> Result<Option<Windows>> {
        self.take(|(_, name)| name == version)
    }

    /// Takes live traffic out, all its versions together.
    pub(super) fn take_live(&mut self) -> Result<Option<Windows>> {
        self.take(|(role, _)| *role == PredictionRole::Live)
    }

    /// The versions that ran beside.
    pub(super) fn into_shadows(self) -> impl Iterator<Item = (String, Windows)> {
        self.0
            .into_iter()
            .filter(|((role, _), _)| *role == PredictionRole::Shadow)
            .map(|((_, version), windows)| (version, windows))
    }

    fn take(
        &mut self,
        is_wanted: impl Fn(&(PredictionRole, String)) -> bool,
    ) -> Result<Option<Windows>> {
        let (taken, left) = std::mem::take(&mut self.0)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(key, _)| is_wanted(key));
        self.0 = left;
        let mut total: Option<Windows> = None;
        for windows in taken.into_values() {
            match &mut total {
                None => total = Some(windows),
                Some(total) => {
                    for (sum, part) in total.iter_mut().zip(windows) {
                        if let Some(part) = part {
                            add(sum, &part)?;
                        }
                    }
                }
            }
        }
        Ok(total)
    }
}

/// The smallest window around windows in time order.
pub(super) fn hull(windows: &[Window]) -> Option<Window> {
    Some(Window {
        start: windows.first()?.start,
        end: windows.last()?.end,
    })
}

/// Adds a part to a total that may not exist yet.
pub(super) fn add(total: &mut Option<PerformanceProfile>, part: &PerformanceProfile) -> Result<()> {
    match (total.as_mut(), part) {
        (None, part) => *total = Some(part.clone()),
        (Some(PerformanceProfile::Binary(total)), PerformanceProfile::Binary(part)) => {
            total.merge(part)?;
        }
        (Some(PerformanceProfile::Regression(total)), PerformanceProfile::Regression(part)) => {
            total.merge(part)?;
        }
        (Some(_), _) => {
            return Err(Error::internal("performance of two tasks cannot be merged"));
        }
    }
    Ok(())
}

/// Labels behind a quality.
pub(super) fn n_labelled(quality: Option<&PerformanceProfile>) -> u64 {
    match quality {
        None => 0,
        Some(PerformanceProfile::Binary(binary)) => binary.n(),
        Some(PerformanceProfile::Regression(regression)) => regression.n(),
    }
}

/// A part of a whole; nothing where there is no whole.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
