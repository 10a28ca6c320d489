//! The fold: a bounded run of the journal into deltas that merge.
//!
//! Pure: the same run with the same models gives the same fold, so a crash between folding and
//! committing costs time and nothing else.

pub(crate) mod columns;
mod performance;
pub(crate) mod windows;

pub(crate) use performance::{Labels, Quality, count, empty};

use crate::admit::PredictionRows;
use crate::index::Index;
use crate::journal::{Frame, FrameKind, FrameReader, NO_MARK};
use crate::prepare::{SEGMENT_SEPARATOR, frame_column};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampMicrosecondType};
use columns::{GridColumns, Scratch};
use jiff::Timestamp;
use performance::PerformanceKey;
use std::collections::{BTreeMap, HashMap};
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::fold::{
    Fold, FoldModels, PerformanceDelta, PredictionRole, ProfileDelta, ProfileKey,
};
use trimtab_domain::intake::{ModelProgress, Position};
use trimtab_domain::signal::{PointKind, SignalKey, SignalPoint};
use trimtab_domain::{ModelName, Result, Window};
use trimtab_stats::{ColumnGrid, DatasetProfile, Grid};
use windows::{Windows, instant};

/// Column profiles that one fold may hold in memory; a run ends early beyond.
const COLUMN_PROFILES_MAX: usize = 20_000;
/// Values of a segment column that get profiles of their own: the reference's most frequent.
const SEGMENT_VALUES_MAX: usize = 100;

/// Folds frames until the rows suffice, the memory is full, or the journal ends.
pub(crate) fn fold_run(
    mut reader: FrameReader,
    index: &Index,
    n_rows_max: u64,
    models: &FoldModels,
) -> Result<Fold> {
    let mut fold = Fold {
        next: reader.position(),
        ..Fold::default()
    };
    let mut states: BTreeMap<ModelName, ModelFold<'_>> = BTreeMap::new();
    let mut deleted: HashMap<String, Position> = HashMap::new();
    while fold.n_rows < n_rows_max {
        let n_profiles: usize = states.values().map(|state| state.profiles.size()).sum();
        if n_profiles >= COLUMN_PROFILES_MAX {
            break;
        }
        let Some((frame, position)) = reader.next()? else {
            // What lies between the last frame and the head is nothing.
            fold.next = reader.position();
            break;
        };
        fold.next = position;
        fold.n_rows += frame.n_rows;
        let Ok(name) = ModelName::new(frame.model.as_str()) else {
            continue;
        };
        let Some(model) = models.get(&name) else {
            continue;
        };
        if !deleted.contains_key(&frame.model) {
            deleted.insert(frame.model.clone(), index.deleted_before(&frame.model)?);
        }
        if deleted
            .get(&frame.model)
            .is_some_and(|before| position <= *before)
        {
            continue;
        }
        if !states.contains_key(&name) {
            let state = ModelFold::new(&model.spec, model.grid.as_deref())?;
            states.insert(name.clone(), state);
        }
        if let Some(state) = states.get_mut(&name) {
            state.add(&frame)?;
        }
    }
    for (name, state) in states {
        state.finish(name, &mut fold);
    }
    Ok(fold)
}

/// One model's part of a fold.
struct ModelFold<'m> {
    profiles: Profiles<'m>,
    quality: Quality<'m>,
    windows: Windows,
    points: Vec<SignalPoint>,
    progress: ModelProgress,
    unmatched: u64,
}

impl<'m> ModelFold<'m> {
    fn new(spec: &'m ModelSpec, grid: Option<&'m Grid>) -> Result<Self> {
        Ok(Self {
            profiles: Profiles::new(spec, grid)?,
            quality: Quality::new(spec, grid)?,
            windows: Windows::new(spec.granularity, spec.zone()?),
            points: Vec::new(),
            progress: ModelProgress::default(),
            unmatched: 0,
        })
    }

    fn add(&mut self, frame: &Frame) -> Result<()> {
        match frame.kind {
            FrameKind::Complete => {
                let until = Some(instant(frame.mark)?);
                self.progress.complete_until = self.progress.complete_until.max(until);
                Ok(())
            }
            FrameKind::Predictions => {
                let batch = frame.batch()?;
                if frame.mark != NO_MARK {
                    let mark = Some(instant(frame.mark)?);
                    self.progress.watermark = self.progress.watermark.max(mark);
                }
                let times =
                    frame_column(&batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
                if let Some(oldest) = arrow::compute::min(times) {
                    let oldest = instant(oldest)?;
                    self.progress.data_from =
                        Some(self.progress.data_from.map_or(oldest, |at| at.min(oldest)));
                }
                self.profiles.add(&batch)
            }
            FrameKind::Labels => {
                let batch = frame.batch()?;
                let labels = Labels::of(&batch)?;
                let newest = labels.newest_known_at().map(instant).transpose()?;
                self.progress.labels_through = self.progress.labels_through.max(newest);
                self.unmatched += labels.n_unmatched();
                self.quality.add(&labels)
            }
            FrameKind::MetricPoints => self.add_points(frame),
        }
    }

    fn add_points(&mut self, frame: &Frame) -> Result<()> {
        let batch = frame.batch()?;
        let names = frame_column(&batch, "name")?.as_string::<i32>();
        let values = frame_column(&batch, "value")?.as_primitive::<Float64Type>();
        let times = frame_column(&batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
        let labels = frame_column(&batch, "labels")?.as_string::<i32>();
        let Ok(model) = ModelName::new(frame.model.as_str()) else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            let start: Timestamp = instant(times.value(row))?;
            // The point keeps its own instant: several within an hour don't replace each other.
            let end = self.windows.of(times.value(row))?.end;
            let labels: BTreeMap<String, String> = if labels.is_valid(row) {
                serde_json::from_str(labels.value(row)).unwrap_or_default()
            } else {
                BTreeMap::new()
            };
            self.points.push(SignalPoint {
                key: SignalKey {
                    model: model.clone(),
                    name: format!("metric.{}", names.value(row)),
                    labels,
                },
                window: Window { start, end },
                value: Some(values.value(row)),
                n: 1,
                kind: PointKind::Measured,
            });
        }
        Ok(())
    }

    fn finish(self, name: ModelName, fold: &mut Fold) {
        fold.profiles.extend(self.profiles.into_deltas());
        fold.performance.extend(self.quality.into_deltas());
        fold.points.extend(self.points);
        if self.unmatched > 0 {
            fold.unmatched_labels.insert(name.clone(), self.unmatched);
        }
        fold.progress.insert(name, self.progress);
    }
}

/// Which profile, within one model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SliceKey {
    pub(crate) version: String,
    pub(crate) role: PredictionRole,
    pub(crate) segment: String,
    pub(crate) window: Window,
}

impl SliceKey {
    fn into_profile_key(self, model: &ModelName) -> ProfileKey {
        ProfileKey {
            model: model.clone(),
            version: self.version,
            role: self.role,
            segment: self.segment,
            window: self.window,
        }
    }
}

/// Profiles of one model's predictions, by slice.
pub(crate) struct Profiles<'m> {
    spec: &'m ModelSpec,
    grid: Option<&'m Grid>,
    windows: Windows,
    slices: BTreeMap<SliceKey, DatasetProfile>,
    scratch: Scratch,
}

impl<'m> Profiles<'m> {
    pub(crate) fn new(spec: &'m ModelSpec, grid: Option<&'m Grid>) -> Result<Self> {
        Ok(Self {
            spec,
            grid,
            windows: Windows::new(spec.granularity, spec.zone()?),
            slices: BTreeMap::new(),
            scratch: Scratch::default(),
        })
    }

    /// Column profiles in memory.
    fn size(&self) -> usize {
        let n_columns = self.grid.map_or(0, |grid| grid.columns.len());
        self.slices.len() * (n_columns + 1)
    }

    /// Counts a frame of predictions.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = PredictionRows::of(batch)?;
        let mut parts: BTreeMap<SliceKey, Vec<u32>> = BTreeMap::new();
        // Rows with the same version, role, window and segments share a list of slices.
        let mut shared: HashMap<(&str, bool, Window, &str), Vec<u32>> = HashMap::new();
        for row in 0..rows.len() {
            let key = (
                rows.version(row),
                rows.is_shadow(row),
                self.windows.of(rows.time_us(row))?,
                rows.segments(row),
            );
            let row = u32::try_from(row)
                .map_err(|_| trimtab_domain::Error::internal("a batch has too many rows"))?;
            shared.entry(key).or_default().push(row);
        }
        let mut shared: Vec<_> = shared.into_iter().collect();
        shared.sort_unstable();
        for ((version, is_shadow, window, segments), rows) in shared {
            for segment in segment_names(self.grid, segments) {
                let key = SliceKey {
                    version: version.to_owned(),
                    role: role_of(is_shadow),
                    segment,
                    window,
                };
                parts.entry(key).or_default().extend(&rows);
            }
        }
        let columns = match self.grid {
            Some(grid) => Some((grid, GridColumns::of(self.spec, grid, batch)?)),
            None => None,
        };
        for (key, rows) in parts {
            let is_shadow = key.role == PredictionRole::Shadow;
            let profile = self.slices.entry(key).or_insert_with(|| match &columns {
                Some((grid, _)) => DatasetProfile::empty(grid),
                None => DatasetProfile {
                    n_rows: 0,
                    columns: Vec::new(),
                },
            });
            match &columns {
                Some((_, columns)) => columns.add(profile, &rows, is_shadow, &mut self.scratch)?,
                None => profile.n_rows += rows.len() as u64,
            }
        }
        Ok(())
    }

    pub(crate) fn into_deltas(self) -> Vec<ProfileDelta> {
        let grid_version = self.grid.map_or(0, |grid| grid.version);
        let model = &self.spec.name;
        self.slices
            .into_iter()
            .map(|(key, profile)| ProfileDelta {
                key: key.into_profile_key(model),
                grid_version,
                profile,
            })
            .collect()
    }
}

fn role_of(is_shadow: bool) -> PredictionRole {
    if is_shadow {
        PredictionRole::Shadow
    } else {
        PredictionRole::Live
    }
}

/// All traffic, then every segment. Rare values of a segment column share one slice.
fn segment_names(grid: Option<&Grid>, segments: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    // Before there is a grid nothing bounds the number of segments: only totals are counted.
    let Some(grid) = grid else { return names };
    for segment in segments.split(SEGMENT_SEPARATOR).filter(|s| !s.is_empty()) {
        let Some((column, value)) = segment.split_once('=') else {
            continue;
        };
        let known = match grid.position(column).map(|i| &grid.columns[i].1) {
            Some(ColumnGrid::Categorical(grid)) => grid
                .position(value)
                .is_some_and(|position| position < SEGMENT_VALUES_MAX),
            _ => false,
        };
        names.push(if known {
            segment.to_owned()
        } else {
            format!("{column}=(other)")
        });
    }
    names
}

impl PerformanceKey {
    fn into_delta(
        self,
        model: &ModelName,
        added: Option<trimtab_domain::fold::PerformanceProfile>,
        removed: Option<trimtab_domain::fold::PerformanceProfile>,
    ) -> PerformanceDelta {
        PerformanceDelta {
            key: self.slice.into_profile_key(model),
            age: self.age,
            added,
            removed,
        }
    }
}
