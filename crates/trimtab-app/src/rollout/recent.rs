//! What arrived in the last minutes of the wall clock, by version: latency and failures.
//!
//! A replay runs through months of events in minutes, and a slow answer is slow now. The profiler
//! hands over what it folds as it folds it; nothing here survives a restart, after which a
//! guardrail waits for its requests again.

use crate::evaluate::service::n_failed;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use trimtab_domain::documents::{ColumnRole, ModelSpec};
use trimtab_domain::fold::{FoldModels, PredictionRole, ProfileDelta};
use trimtab_domain::{ModelName, Result};
use trimtab_stats::{ColumnProfile, Grid};

/// Arrivals are kept in pieces of so many seconds.
const PIECE_SECONDS: i64 = 10;
/// So many pieces with traffic are kept of each version: the longest look back of any policy that
/// makes sense, and the last minutes of a version that serves no longer.
const PIECES_MAX: usize = 360;

/// Rows that arrived together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrived {
    pub(crate) n_rows: u64,
    /// Predictions that failed; absent where the model has no column that says so.
    pub(crate) n_failed: Option<u64>,
    /// Latencies on the model's grid; absent where it has no such column, or no grid.
    pub(crate) latency: Option<ColumnProfile>,
    pub(super) grid_version: u32,
}

impl Arrived {
    fn merge(&mut self, other: &Self) -> Result<()> {
        if self.grid_version != other.grid_version {
            *self = other.clone();
            return Ok(());
        }
        self.n_rows += other.n_rows;
        self.n_failed = match (self.n_failed, other.n_failed) {
            (Some(ours), Some(theirs)) => Some(ours + theirs),
            (ours, theirs) => ours.or(theirs),
        };
        match (&mut self.latency, &other.latency) {
            (Some(ours), Some(theirs)) => ours.merge(theirs)?,
            (ours @ None, theirs) => ours.clone_from(theirs),
            (Some(_), None) => {}
        }
        Ok(())
    }
}

type Key = (ModelName, String, PredictionRole);

/// See the module.
#[derive(Default)]
pub(crate) struct Recent {
    pieces: Mutex<BTreeMap<Key, VecDeque<(i64, Arrived)>>>,
}

impl Recent {
    /// Takes what the profiler folded just now.
    pub(crate) fn add(
        &self,
        models: &FoldModels,
        deltas: &[ProfileDelta],
        now: Timestamp,
    ) -> Result<()> {
        let piece = now.as_second().div_euclid(PIECE_SECONDS);
        for delta in deltas.iter().filter(|delta| delta.key.segment.is_empty()) {
            let Some(model) = models.get(&delta.key.model) else {
                continue;
            };
            let grid = model.grid.as_deref();
            let arrived = arrived(&model.spec, grid, delta);
            let key = (
                delta.key.model.clone(),
                delta.key.version.clone(),
                delta.key.role,
            );
            self.put(key, piece, &arrived)?;
        }
        Ok(())
    }

    fn put(&self, key: Key, piece: i64, arrived: &Arrived) -> Result<()> {
        let mut all = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let pieces = all.entry(key).or_default();
        match pieces.back_mut() {
            // A clock that went back adds to the newest piece.
            Some((newest, sum)) if *newest >= piece => sum.merge(arrived)?,
            _ => pieces.push_back((piece, arrived.clone())),
        }
        if pieces.len() > PIECES_MAX {
            pieces.pop_front();
        }
        Ok(())
    }

    /// What arrived of a version in the last `minutes` before `now`, or, for a version that
    /// serves no longer, in the last that it had.
    pub(crate) fn last(
        &self,
        key: (&ModelName, &str, PredictionRole),
        minutes: u32,
        now: Option<Timestamp>,
    ) -> Result<Arrived> {
        let all = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (key.0.clone(), key.1.to_owned(), key.2);
        let mut sum: Option<Arrived> = None;
        let Some(pieces) = all.get(&key) else {
            return Ok(Arrived::default());
        };
        let newest = match now {
            Some(now) => now.as_second().div_euclid(PIECE_SECONDS),
            None => pieces.back().map_or(0, |(piece, _)| *piece),
        };
        let first = newest - i64::from(minutes) * 60 / PIECE_SECONDS;
        for (_, arrived) in pieces.iter().filter(|(piece, _)| *piece > first) {
            match &mut sum {
                Some(sum) => sum.merge(arrived)?,
                None => sum = Some(arrived.clone()),
            }
        }
        Ok(sum.unwrap_or_default())
    }
}

fn arrived(spec: &ModelSpec, grid: Option<&Grid>, delta: &ProfileDelta) -> Arrived {
    let grid = grid.filter(|grid| grid.version == delta.grid_version);
    let column = |role| {
        let name = &spec.column_of_role(role)?.name;
        let grid = grid?;
        let place = grid.position(name)?;
        let (_, column_grid) = grid.columns.get(place)?;
        Some((column_grid, delta.profile.columns.get(place)?))
    };
    Arrived {
        n_rows: delta.profile.n_rows,
        n_failed: column(ColumnRole::Error).map(|(grid, found)| n_failed(grid, found)),
        latency: column(ColumnRole::Latency).map(|(_, found)| found.clone()),
        grid_version: delta.grid_version,
    }
}
