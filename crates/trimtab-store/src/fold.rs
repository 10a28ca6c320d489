//! Committing a fold: one transaction from the consumer's position to the touched windows.
//!
//! Rows are read, merged and written in batches, so that a fold of a thousand profiles costs
//! some dozens of statements and little memory.

use crate::codec::{
    merge_performance, performance_from_bytes, performance_to_bytes, profile_from_bytes,
    profile_to_bytes, signed, subtract_performance,
};
use crate::db::{Arg, Tx, args, batches};
use crate::models::lock_model;
use crate::open::SqlStore;
use crate::series::{ProfileSeries, profile_series};
use crate::signals::put_points;
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::fold::{
    Fold, PerformanceDelta, PerformanceProfile, PredictionRole, ProfileDelta, ProfileKey,
};
use trimtab_domain::intake::{ModelProgress, Position};
use trimtab_domain::{Error, ModelName, Result, Window};
use trimtab_stats::DatasetProfile;

/// A row of `profiles`: series, start, end.
type ProfileRow = (i64, Window);
/// A row of `performance`: series, window, label age.
type PerformanceRow = (i64, Window, i64);

impl SqlStore {
    pub(crate) async fn commit(&self, consumer: &str, from: Position, fold: &Fold) -> Result<()> {
        const WHAT: &str = "commit a fold";
        let mut tx = self.db.begin(WHAT).await?;
        move_position(&mut tx, consumer, from, fold.next).await?;
        for model in models_of(fold) {
            merge_progress(
                &mut tx,
                model,
                fold.progress.get(model).copied().unwrap_or_default(),
                fold.unmatched_labels.get(model).copied().unwrap_or(0),
            )
            .await?;
        }
        refuse_older_grids(&mut tx, &fold.profiles).await?;
        let keys = fold.profiles.iter().map(|delta| &delta.key);
        let keys = keys.chain(fold.performance.iter().map(|delta| &delta.key));
        let series = profile_series(&mut tx, keys.map(ProfileSeries::from)).await?;
        merge_profiles(&mut tx, &series, &fold.profiles).await?;
        merge_performances(&mut tx, &series, &fold.performance).await?;
        put_points(&mut tx, &fold.points).await?;
        touch(&mut tx, touched_by(&fold.profiles, &fold.performance)).await?;
        tx.commit(WHAT).await
    }

    pub(crate) async fn replace(&self, model: &ModelName, profiles: &[ProfileDelta]) -> Result<()> {
        const WHAT: &str = "replace a model's profiles";
        if let Some(delta) = profiles.iter().find(|delta| delta.key.model != *model) {
            return Err(Error::internal(format!(
                "a profile of model `{}` among those of `{model}`",
                delta.key.model
            )));
        }
        let mut tx = self.db.begin(WHAT).await?;
        lock_model(&mut tx, model).await?;
        tx.execute(
            WHAT,
            "delete from profiles where series_id in
             (select id from profile_series where model = $1)",
            args![model.as_str()],
        )
        .await?;
        let keys = profiles.iter().map(|delta| ProfileSeries::from(&delta.key));
        let series = profile_series(&mut tx, keys).await?;
        merge_profiles(&mut tx, &series, profiles).await?;
        touch(&mut tx, touched_by(profiles, &[])).await?;
        tx.commit(WHAT).await
    }
}

/// Compare and set: whoever finds the position elsewhere was overtaken.
async fn move_position(tx: &mut Tx, consumer: &str, from: Position, next: Position) -> Result<()> {
    const WHAT: &str = "move a consumer's position";
    let (segment, offset) = (signed(next.segment)?, signed(next.offset)?);
    let moved = tx
        .execute(
            WHAT,
            "update consumer_positions set segment = $1, position = $2
             where consumer = $3 and segment = $4 and position = $5",
            args![
                segment,
                offset,
                consumer,
                signed(from.segment)?,
                signed(from.offset)?
            ],
        )
        .await?;
    if moved == 1 {
        return Ok(());
    }
    let is_new = from == Position::default()
        && tx
            .execute(
                WHAT,
                "insert into consumer_positions (consumer, segment, position)
                 values ($1, $2, $3) on conflict (consumer) do nothing",
                args![consumer, segment, offset],
            )
            .await?
            == 1;
    if is_new {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "consumer `{consumer}` does not stand at {from}"
    )))
}

/// All models whose rows the fold changes, in the order in which their locks are taken.
fn models_of(fold: &Fold) -> BTreeSet<&ModelName> {
    let profiles = fold.profiles.iter().map(|delta| &delta.key.model);
    let performance = fold.performance.iter().map(|delta| &delta.key.model);
    profiles
        .chain(performance)
        .chain(fold.progress.keys())
        .chain(fold.unmatched_labels.keys())
        .collect()
}

/// Merges by earliest and latest, and takes the model's lock doing so.
async fn merge_progress(
    tx: &mut Tx,
    model: &ModelName,
    seen: ModelProgress,
    unmatched_labels: u64,
) -> Result<()> {
    let rows = tx
        .fetch(
            "read a model's progress",
            "insert into model_progress (model) values ($1)
             on conflict (model) do update set model = excluded.model
             returning data_from, watermark, complete_until, labels_through",
            args![model.as_str()],
        )
        .await?;
    let mut merged = seen;
    for row in &rows {
        merged = ModelProgress {
            data_from: earliest(row.instant_or_null(0)?, seen.data_from),
            watermark: row.instant_or_null(1)?.max(seen.watermark),
            complete_until: row.instant_or_null(2)?.max(seen.complete_until),
            labels_through: row.instant_or_null(3)?.max(seen.labels_through),
        };
    }
    tx.execute(
        "store a model's progress",
        "update model_progress set data_from = $2, watermark = $3, complete_until = $4,
             labels_through = $5, unmatched_labels = unmatched_labels + $6
         where model = $1",
        args![
            model.as_str(),
            merged.data_from,
            merged.watermark,
            merged.complete_until,
            merged.labels_through,
            signed(unmatched_labels)?
        ],
    )
    .await
    .map(drop)
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// Columns that were counted on an older grid than the model's newest can no longer be merged:
/// the profiler reads the models again and folds the same run once more.
async fn refuse_older_grids(tx: &mut Tx, profiles: &[ProfileDelta]) -> Result<()> {
    let mut oldest: BTreeMap<&ModelName, u32> = BTreeMap::new();
    for delta in profiles {
        let version = oldest.entry(&delta.key.model).or_insert(u32::MAX);
        *version = delta.grid_version.min(*version);
    }
    for (model, folded) in oldest {
        let rows = tx
            .fetch(
                "read the version of a model's grid",
                "select version from grids where model = $1 order by version desc limit 1",
                args![model.as_str()],
            )
            .await?;
        for row in &rows {
            let newest = row.count(0)?;
            if u64::from(folded) < newest {
                return Err(Error::conflict(format!(
                    "rows of model `{model}` were counted on grid {folded}, the newest is {newest}"
                )));
            }
        }
    }
    Ok(())
}

fn series_of(series: &BTreeMap<ProfileSeries<'_>, i64>, key: &ProfileKey) -> Result<i64> {
    series
        .get(&ProfileSeries::from(key))
        .copied()
        .filter(|&id| id != 0)
        .ok_or_else(|| Error::internal(format!("no series for model `{}`", key.model)))
}

async fn merge_profiles(
    tx: &mut Tx,
    series: &BTreeMap<ProfileSeries<'_>, i64>,
    deltas: &[ProfileDelta],
) -> Result<()> {
    let mut by_row: BTreeMap<ProfileRow, Vec<&ProfileDelta>> = BTreeMap::new();
    for delta in deltas {
        let row = (series_of(series, &delta.key)?, delta.key.window);
        by_row.entry(row).or_default().push(delta);
    }
    let rows: Vec<(ProfileRow, Vec<&ProfileDelta>)> = by_row.into_iter().collect();
    for batch in batches(&rows) {
        let mut stored = stored_profiles(tx, batch.iter().map(|(row, _)| row)).await?;
        let mut values = Vec::with_capacity(6 * batch.len());
        for (row, deltas) in batch {
            let merged = merge_into(stored.remove(row), deltas)?;
            let (id, window) = *row;
            values.extend(args![
                id,
                window.start,
                window.end,
                merged.grid_version,
                signed(merged.n_rows)?,
                merged.bytes,
            ]);
        }
        let sql = format!(
            "insert into profiles
             (series_id, window_start, window_end, grid_version, n_rows, profile) values {}
             on conflict (series_id, window_start, window_end) do update set
             grid_version = excluded.grid_version, n_rows = excluded.n_rows,
             profile = excluded.profile",
            tx.placeholders(batch.len(), 6)
        );
        tx.execute("store profiles", sql, values).await?;
    }
    Ok(())
}

struct Merged {
    grid_version: i64,
    n_rows: u64,
    bytes: Vec<u8>,
}

struct Stored {
    grid_version: i64,
    bytes: Vec<u8>,
}

async fn stored_profiles(
    tx: &mut Tx,
    rows: impl Iterator<Item = &ProfileRow>,
) -> Result<BTreeMap<ProfileRow, Stored>> {
    let keys: Vec<Arg> = rows
        .flat_map(|(id, window)| args![*id, window.start, window.end])
        .collect();
    let sql = format!(
        "with k (id, s, e) as (values {})
         select p.series_id, p.window_start, p.window_end, p.grid_version, p.profile
         from k cross join profiles p
         where p.series_id = k.id and p.window_start = k.s and p.window_end = k.e",
        tx.placeholders(keys.len() / 3, 3)
    );
    let found = tx.fetch("read profiles to merge", sql, keys).await?;
    found
        .iter()
        .map(|row| {
            let window = Window {
                start: row.instant(1)?,
                end: row.instant(2)?,
            };
            let stored = Stored {
                grid_version: row.int(3)?,
                bytes: row.bytes(4)?,
            };
            Ok(((row.int(0)?, window), stored))
        })
        .collect()
}

fn merge_into(stored: Option<Stored>, deltas: &[&ProfileDelta]) -> Result<Merged> {
    // Most windows of a fold are new and have one delta: it is written as it is, not copied.
    let mut merged: Option<(i64, Cow<'_, DatasetProfile>)> = match stored {
        None => None,
        Some(stored) => {
            let profile = profile_from_bytes(&stored.bytes)?;
            Some((stored.grid_version, Cow::Owned(profile)))
        }
    };
    for delta in deltas {
        let version = i64::from(delta.grid_version);
        match &mut merged {
            None => merged = Some((version, Cow::Borrowed(&delta.profile))),
            Some((stored, profile)) if *stored == version => {
                profile.to_mut().merge(&delta.profile)?;
            }
            Some((stored, profile)) => {
                // Counts on two grids can't be added. The newer grid's columns stay, all rows
                // are counted, and profiling again from the lake puts it right.
                let n_rows = profile.n_rows + delta.profile.n_rows;
                if *stored < version {
                    *stored = version;
                    *profile = Cow::Borrowed(&delta.profile);
                }
                profile.to_mut().n_rows = n_rows;
            }
        }
    }
    let (grid_version, profile) =
        merged.ok_or_else(|| Error::internal("a profile without a delta"))?;
    Ok(Merged {
        grid_version,
        n_rows: profile.n_rows,
        bytes: profile_to_bytes(&profile),
    })
}

async fn merge_performances(
    tx: &mut Tx,
    series: &BTreeMap<ProfileSeries<'_>, i64>,
    deltas: &[PerformanceDelta],
) -> Result<()> {
    let mut by_row: BTreeMap<PerformanceRow, Vec<&PerformanceDelta>> = BTreeMap::new();
    for delta in deltas {
        let id = series_of(series, &delta.key)?;
        let row = (id, delta.key.window, i64::from(delta.age.index()));
        by_row.entry(row).or_default().push(delta);
    }
    let rows: Vec<(PerformanceRow, Vec<&PerformanceDelta>)> = by_row.into_iter().collect();
    for batch in batches(&rows) {
        let mut stored = stored_performance(tx, batch.iter().map(|(row, _)| row)).await?;
        let mut merged = Vec::with_capacity(batch.len());
        for (row, deltas) in batch {
            if let Some(performance) = combine(stored.remove(row), deltas)? {
                merged.push((*row, performance_to_bytes(&performance)));
            }
        }
        // Some may have come to nothing: the rest is cut again.
        for batch in batches(&merged) {
            let values = batch.iter().flat_map(|((id, window, age), bytes)| {
                args![*id, window.start, window.end, *age, bytes.clone()]
            });
            let sql = format!(
                "insert into performance
                 (series_id, window_start, window_end, label_age, performance) values {}
                 on conflict (series_id, window_start, window_end, label_age) do update set
                 performance = excluded.performance",
                tx.placeholders(batch.len(), 5)
            );
            tx.execute("store performance", sql, values.collect())
                .await?;
        }
    }
    Ok(())
}

async fn stored_performance(
    tx: &mut Tx,
    rows: impl Iterator<Item = &PerformanceRow>,
) -> Result<BTreeMap<PerformanceRow, PerformanceProfile>> {
    let keys: Vec<Arg> = rows
        .flat_map(|(id, window, age)| args![*id, window.start, window.end, *age])
        .collect();
    let sql = format!(
        "with k (id, s, e, age) as (values {})
         select p.series_id, p.window_start, p.window_end, p.label_age, p.performance
         from k cross join performance p
         where p.series_id = k.id and p.window_start = k.s and p.window_end = k.e
           and p.label_age = k.age",
        tx.placeholders(keys.len() / 4, 4)
    );
    let found = tx.fetch("read performance to merge", sql, keys).await?;
    found
        .iter()
        .map(|row| {
            let window = Window {
                start: row.instant(1)?,
                end: row.instant(2)?,
            };
            let key = (row.int(0)?, window, row.int(3)?);
            Ok((key, performance_from_bytes(&row.bytes(4)?)?))
        })
        .collect()
}

/// Adds before it takes away, so that a label and its correction may share a fold.
fn combine(
    mut merged: Option<PerformanceProfile>,
    deltas: &[&PerformanceDelta],
) -> Result<Option<PerformanceProfile>> {
    for added in deltas.iter().filter_map(|delta| delta.added.as_ref()) {
        match &mut merged {
            None => merged = Some(added.clone()),
            Some(merged) => merge_performance(merged, added)?,
        }
    }
    for delta in deltas {
        let Some(removed) = &delta.removed else {
            continue;
        };
        let is_done = merged
            .as_mut()
            .is_some_and(|merged| subtract_performance(merged, removed));
        if !is_done {
            // The corrected label was never counted here (its model was deleted meanwhile):
            // there is nothing to take away, and stopping would stop every model.
            tracing::warn!(
                model = %delta.key.model,
                window_start = %delta.key.window.start,
                "a corrected label was not among the counted ones"
            );
        }
    }
    Ok(merged)
}

/// Windows that a judgement may have to look at again: those in which live traffic or its
/// labels changed. Shadow predictions are never judged.
fn touched_by(
    profiles: &[ProfileDelta],
    performance: &[PerformanceDelta],
) -> BTreeMap<(ModelName, Window), (bool, bool)> {
    let mut touched: BTreeMap<(ModelName, Window), (bool, bool)> = BTreeMap::new();
    let mut mark = |key: &ProfileKey, rows: bool, labels: bool| {
        if key.role == PredictionRole::Live {
            let window = touched.entry((key.model.clone(), key.window)).or_default();
            *window = (window.0 || rows, window.1 || labels);
        }
    };
    for delta in profiles {
        mark(&delta.key, true, false);
    }
    for delta in performance {
        mark(&delta.key, false, true);
    }
    touched
}

async fn touch(tx: &mut Tx, touched: BTreeMap<(ModelName, Window), (bool, bool)>) -> Result<()> {
    if touched.is_empty() {
        return Ok(());
    }
    let counter = tx
        .fetch(
            "count a change of windows",
            "update counters set value = value + 1 where name = 'touched_window'
             returning value",
            Vec::new(),
        )
        .await?;
    let sequence = match counter.first() {
        Some(row) => row.int(0)?,
        None => return Err(Error::internal("the counter of touched windows is missing")),
    };
    let touched: Vec<_> = touched.into_iter().collect();
    for batch in batches(&touched) {
        let values = batch
            .iter()
            .flat_map(|((model, window), (has_rows, has_labels))| {
                args![
                    model.as_str(),
                    window.start,
                    window.end,
                    sequence,
                    *has_rows,
                    *has_labels
                ]
            });
        let sql = format!(
            "insert into touched_windows
             (model, window_start, window_end, sequence, has_rows, has_labels) values {}
             on conflict (model, window_start, window_end) do update set
             sequence = excluded.sequence,
             has_rows = touched_windows.has_rows or excluded.has_rows,
             has_labels = touched_windows.has_labels or excluded.has_labels",
            tx.placeholders(batch.len(), 6)
        );
        tx.execute("note touched windows", sql, values.collect())
            .await?;
    }
    Ok(())
}
