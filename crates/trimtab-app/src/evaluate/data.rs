//! What monitors look at: profiles and performance merged into a monitor's windows.

use super::reach::later;
use crate::catalog::ModelEntry;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::fold::{LabelAge, PerformanceProfile, PredictionRole};
use trimtab_domain::ports::Store;
use trimtab_domain::ports::store::{ProfileQuery, ReferenceInfo, StoredProfile};
use trimtab_domain::reference::ReferenceProfile;
use trimtab_domain::{DocumentName, Error, Granularity, Result, Window};
use trimtab_stats::{
    BinaryPerformance, ColumnProfile, DatasetProfile, Grid, WindowNull, fit_window_null,
};

/// Seeds the simulation inside every window-aware law; a column adds its position.
const SEED: u64 = 0x7472_696d;
/// The row count of a first or last window means nothing when more than this share of it lies
/// outside the time its data covers.
const UNCOVERED_MAX: f64 = 0.3;

/// All live traffic of one model in one of a monitor's windows.
#[derive(Debug, Clone)]
pub(crate) struct WindowRows {
    pub(crate) window: Window,
    pub(crate) n_rows: u64,
    /// Merged profiles; absent without rows.
    pub(crate) profile: Option<DatasetProfile>,
    /// Whether some rows were counted on another grid than the reference.
    pub(crate) on_other_grid: bool,
    /// End of its last profile window with rows.
    pub(crate) last_rows_until: Option<Timestamp>,
    /// Whether the model's data had begun by its start, or soon after: else its row count says
    /// nothing.
    pub(crate) is_whole: bool,
}

impl WindowRows {
    fn add(&mut self, stored: StoredProfile, grid_version: u32) -> Result<()> {
        self.n_rows += stored.profile.n_rows;
        if stored.profile.n_rows > 0 {
            self.last_rows_until = self.last_rows_until.max(Some(stored.key.window.end));
        }
        if stored.grid_version != grid_version {
            self.on_other_grid = true;
            return Ok(());
        }
        match &mut self.profile {
            Some(profile) => profile.merge(&stored.profile)?,
            None => self.profile = Some(stored.profile),
        }
        Ok(())
    }
}

/// Live traffic in the given windows (in time order, of one length). Profiles are read a day at
/// a time: they are large until they are merged.
pub(crate) async fn rows(
    store: &dyn Store,
    spec: &ModelSpec,
    windows: &[Window],
    grid_version: u32,
    data_from: Timestamp,
) -> Result<Vec<WindowRows>> {
    let Some(range) = range_of(windows) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<WindowRows> = windows
        .iter()
        .map(|&window| WindowRows {
            window,
            n_rows: 0,
            profile: None,
            on_other_grid: false,
            last_rows_until: None,
            is_whole: is_mostly_within(window, data_from, Timestamp::MAX),
        })
        .collect();
    for part in in_days(range) {
        let query = ProfileQuery {
            model: spec.name.clone(),
            version: None,
            role: Some(PredictionRole::Live),
            segment: String::new(),
            range: part,
        };
        for stored in store.profiles(&query).await? {
            if let Some(place) = position(windows, stored.key.window.start) {
                found[place].add(stored, grid_version)?;
            }
        }
    }
    Ok(found)
}

/// Row counts of live traffic in the given windows.
pub(crate) async fn volumes(
    store: &dyn Store,
    spec: &ModelSpec,
    windows: &[Window],
) -> Result<Vec<u64>> {
    let mut counts = vec![0; windows.len()];
    let Some(range) = range_of(windows) else {
        return Ok(counts);
    };
    let query = ProfileQuery {
        model: spec.name.clone(),
        version: None,
        role: Some(PredictionRole::Live),
        segment: String::new(),
        range,
    };
    for volume in store.volumes(&query).await? {
        if let Some(place) = position(windows, volume.key.window.start) {
            counts[place] += volume.n_rows;
        }
    }
    Ok(counts)
}

/// Quality of every version in one window, and of all live traffic.
#[derive(Debug, Clone, Default)]
pub(crate) struct WindowPerformance {
    pub(crate) live: Option<PerformanceProfile>,
    pub(crate) versions: BTreeMap<(String, PredictionRole), PerformanceProfile>,
}

/// Quality in the given windows from labels no older than `age_max`.
pub(crate) async fn performance(
    store: &dyn Store,
    spec: &ModelSpec,
    windows: &[Window],
    age_max: LabelAge,
) -> Result<Vec<WindowPerformance>> {
    let mut found = vec![WindowPerformance::default(); windows.len()];
    let Some(range) = range_of(windows) else {
        return Ok(found);
    };
    let query = ProfileQuery {
        model: spec.name.clone(),
        version: None,
        role: None,
        segment: String::new(),
        range,
    };
    for stored in store.performance(&query).await? {
        if stored.age > age_max {
            continue;
        }
        let Some(place) = position(windows, stored.key.window.start) else {
            continue;
        };
        let window = &mut found[place];
        if stored.key.role == PredictionRole::Live {
            merge_into(&mut window.live, &stored.performance)?;
        }
        let key = (stored.key.version, stored.key.role);
        match window.versions.get_mut(&key) {
            Some(total) => merge(total, &stored.performance)?,
            None => {
                window.versions.insert(key, stored.performance);
            }
        }
    }
    Ok(found)
}

/// Adds a part to a total that may not exist yet.
pub(crate) fn merge_into(
    total: &mut Option<PerformanceProfile>,
    part: &PerformanceProfile,
) -> Result<()> {
    if let Some(total) = total {
        return merge(total, part);
    }
    *total = Some(part.clone());
    Ok(())
}

fn merge(total: &mut PerformanceProfile, part: &PerformanceProfile) -> Result<()> {
    match (total, part) {
        (PerformanceProfile::Binary(total), PerformanceProfile::Binary(part)) => {
            total.merge(part)?;
        }
        (PerformanceProfile::Regression(total), PerformanceProfile::Regression(part)) => {
            total.merge(part)?;
        }
        _ => return Err(Error::internal("performance of two tasks cannot be merged")),
    }
    Ok(())
}

/// Labelled rows behind a performance profile.
pub(crate) fn n_labelled(performance: &PerformanceProfile) -> u64 {
    match performance {
        PerformanceProfile::Binary(binary) => BinaryPerformance::n(binary),
        PerformanceProfile::Regression(regression) => regression.n(),
    }
}

fn range_of(windows: &[Window]) -> Option<Window> {
    Some(Window {
        start: windows.first()?.start,
        end: windows.last()?.end,
    })
}

/// Whether little of a window lies before `start` or after `end`.
fn is_mostly_within(window: Window, start: Timestamp, end: Timestamp) -> bool {
    let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64();
    let covered = seconds(window.start.max(start), window.end.min(end));
    1.0 - covered / seconds(window.start, window.end) <= UNCOVERED_MAX
}

/// A range in pieces of at most a day.
fn in_days(range: Window) -> impl Iterator<Item = Window> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let end = later(start, SignedDuration::from_hours(24)).min(range.end);
        let part = Window { start, end };
        start = end;
        (part.start < part.end).then_some(part)
    })
}

/// The window (of a sorted list) that holds an instant.
fn position(windows: &[Window], at: Timestamp) -> Option<usize> {
    let place = windows.partition_point(|window| window.end <= at);
    windows
        .get(place)
        .is_some_and(|window| window.contains(at))
        .then_some(place)
}

/// A reference cut into windows of a monitor's length, with the laws of its columns: fitted
/// when first asked for, kept as long as the reference stays the same.
#[derive(Debug)]
pub(crate) struct CutReference {
    pub(crate) info: ReferenceInfo,
    pub(crate) grid: Arc<Grid>,
    pub(crate) total: DatasetProfile,
    pub(crate) windows: Vec<CutWindow>,
    laws: Vec<OnceLock<WindowNull>>,
}

/// One window of a reference.
#[derive(Debug)]
pub(crate) struct CutWindow {
    pub(crate) window: Window,
    pub(crate) profile: DatasetProfile,
    pub(crate) performance: Option<PerformanceProfile>,
    /// Whether the reference covers it, so that its row count means something.
    pub(crate) is_whole: bool,
}

impl CutReference {
    /// Cuts a reference. Windows keep their columns only `with_profiles`: drift and quality need
    /// them, and they are large.
    pub(crate) fn cut(
        info: ReferenceInfo,
        reference: ReferenceProfile,
        length: Granularity,
        zone: &TimeZone,
        with_profiles: bool,
    ) -> Result<Self> {
        let period = reference.period();
        let mut windows: Vec<CutWindow> = Vec::new();
        for mut part in reference.windows {
            if !with_profiles {
                part.profile.columns.clear();
            }
            let window = length.window(part.window.start, zone)?;
            match windows.last_mut().filter(|last| last.window == window) {
                Some(last) => {
                    last.profile.merge(&part.profile)?;
                    if let Some(performance) = &part.performance {
                        merge_into(&mut last.performance, performance)?;
                    }
                }
                None => windows.push(CutWindow {
                    window,
                    profile: part.profile,
                    performance: part.performance,
                    is_whole: true,
                }),
            }
        }
        if let Some(period) = period {
            for cut in &mut windows {
                cut.is_whole = is_mostly_within(cut.window, period.start, period.end);
            }
        }
        let laws = reference.grid.columns.iter().map(|_| OnceLock::new());
        Ok(Self {
            info,
            laws: laws.collect(),
            grid: reference.grid,
            total: reference.total,
            windows,
        })
    }

    /// The law of one column's windows; `None` without a time axis, or where the windows were
    /// cut without their profiles.
    pub(crate) fn law(&self, column: usize) -> Option<&WindowNull> {
        if self.windows.is_empty() {
            return None;
        }
        let cell = self.laws.get(column)?;
        let (_, grid) = self.grid.columns.get(column)?;
        let total = self.total.columns.get(column)?;
        Some(cell.get_or_init(|| {
            let windows: Vec<ColumnProfile> = self
                .windows
                .iter()
                .filter_map(|window| window.profile.columns.get(column).cloned())
                .collect();
            fit_window_null(grid, &windows, total, seed(column))
        }))
    }
}

/// A seed of its own for every column.
pub(crate) fn seed(column: usize) -> u64 {
    SEED.wrapping_add(u64::try_from(column).unwrap_or(u64::MAX))
}

/// The name of the reference a monitor compares with: its own, else the model's oldest.
pub(crate) fn reference_name(
    entry: &ModelEntry,
    wanted: Option<&DocumentName>,
    stored: &[ReferenceInfo],
) -> Option<ReferenceInfo> {
    let found = match wanted {
        Some(name) => stored.iter().find(|info| info.name == *name),
        None => stored
            .iter()
            .find(|info| entry.references.contains_key(&info.name)),
    };
    found.cloned()
}
