//! Signals: points of named time series.

use crate::codec::{from_json, point_kind, point_kind_word, signed};
use crate::db::{Tx, args, batches};
use crate::open::SqlStore;
use crate::series::signal_series;
use async_trait::async_trait;
use std::collections::BTreeMap;
use trimtab_domain::ports::SignalStore;
use trimtab_domain::ports::store::SignalQuery;
use trimtab_domain::signal::{SignalKey, SignalPoint};
use trimtab_domain::{ModelName, Result, Window};

#[async_trait]
impl SignalStore for SqlStore {
    async fn signals(&self, query: &SignalQuery) -> Result<Vec<SignalPoint>> {
        let (from, to) = match query.range {
            Some(range) => (range.start.as_microsecond(), range.end.as_microsecond()),
            None => (i64::MIN, i64::MAX),
        };
        let rows = self
            .db
            .fetch(
                "read signals",
                text(query),
                args![
                    query.model.as_ref().map(ModelName::as_str),
                    query.name.as_deref(),
                    from,
                    to
                ],
            )
            .await?;
        let mut by_series: BTreeMap<i64, Vec<SignalPoint>> = BTreeMap::new();
        for row in &rows {
            let points = by_series.entry(row.int(0)?).or_default();
            let key = match points.last() {
                // The key is read and parsed once per series.
                Some(earlier) => earlier.key.clone(),
                None => SignalKey {
                    model: ModelName::new(row.text(1)?)?,
                    name: row.text(2)?,
                    labels: from_json("a signal's labels", &row.text(3)?)?,
                },
            };
            points.push(SignalPoint {
                key,
                window: Window {
                    start: row.instant(4)?,
                    end: row.instant(5)?,
                },
                value: row.float_or_null(6)?,
                n: row.count(7)?,
                kind: point_kind(&row.text(8)?)?,
            });
        }
        let mut series: Vec<Vec<SignalPoint>> = by_series.into_values().collect();
        series.sort_by(|a, b| {
            let (a, b) = (a.first(), b.first());
            a.map(|point| &point.key).cmp(&b.map(|point| &point.key))
        });
        Ok(series.into_iter().flatten().collect())
    }
}

/// `cross join` keeps SQLite from reading every point of every model to find a few.
macro_rules! select {
    ($model:literal, $points:literal) => {
        concat!(
            "select s.id, s.model, s.name, s.labels, p.window_start, p.window_end,
                    p.value, p.n, p.kind
             from signal_series s cross join signal_points p
             where p.series_id = s.id and ",
            $model,
            " and ($2 is null or s.name = $2) and ",
            $points,
            " order by s.id, p.window_start, p.window_end"
        )
    };
}
macro_rules! select_all {
    ($model:literal) => {
        select!($model, "p.window_start >= $3 and p.window_start < $4")
    };
}
macro_rules! select_newest {
    ($model:literal) => {
        select!(
            $model,
            "p.window_start = (
                 select max(n.window_start) from signal_points n
                 where n.series_id = s.id and n.window_start >= $3 and n.window_start < $4)
             and p.window_end = (
                 select max(n.window_end) from signal_points n
                 where n.series_id = s.id and n.window_start = p.window_start)"
        )
    };
}

fn text(query: &SignalQuery) -> &'static str {
    match (&query.model, query.newest_only) {
        (Some(_), false) => select_all!("s.model = $1"),
        (Some(_), true) => select_newest!("s.model = $1"),
        (None, false) => select_all!("$1 is null"),
        (None, true) => select_newest!("$1 is null"),
    }
}

/// Stores points; a later one for the same signal and window replaces the earlier.
pub(crate) async fn put_points(tx: &mut Tx, points: &[SignalPoint]) -> Result<()> {
    let ids = signal_series(tx, points.iter().map(|point| &point.key)).await?;
    // One statement may not touch a row twice.
    let mut newest: BTreeMap<(i64, Window), &SignalPoint> = BTreeMap::new();
    for point in points {
        if let Some(&id) = ids.get(&point.key) {
            newest.insert((id, point.window), point);
        }
    }
    let newest: Vec<_> = newest.into_iter().collect();
    for batch in batches(&newest) {
        let mut values = Vec::with_capacity(6 * batch.len());
        for ((id, window), point) in batch {
            values.extend(args![
                *id,
                window.start,
                window.end,
                point.value,
                signed(point.n)?,
                point_kind_word(point.kind),
            ]);
        }
        let sql = format!(
            "insert into signal_points
             (series_id, window_start, window_end, value, n, kind) values {}
             on conflict (series_id, window_start, window_end) do update set
             value = excluded.value, n = excluded.n, kind = excluded.kind",
            tx.placeholders(batch.len(), 6)
        );
        tx.execute("store points of signals", sql, values).await?;
    }
    Ok(())
}
