//! Results: superseded, never overwritten.

use crate::codec::{decision, from_json, severity, signed, to_json};
use crate::db::{Row, Tx, any_of, args, batches};
use crate::open::SqlStore;
use crate::signals::put_points;
use async_trait::async_trait;
use trimtab_domain::ports::ResultStore;
use trimtab_domain::ports::store::{ResultQuery, StoredResult, TouchedWindow};
use trimtab_domain::result::{MonitorResult, Severity};
use trimtab_domain::signal::SignalPoint;
use trimtab_domain::{DocumentName, Error, ModelName, Result, ResultId, Window};

#[async_trait]
impl ResultStore for SqlStore {
    async fn save_results(
        &self,
        results: &[MonitorResult],
        points: &[SignalPoint],
        judged: &[TouchedWindow],
    ) -> Result<()> {
        const WHAT: &str = "store results";
        let mut tx = self.db.begin(WHAT).await?;
        for batch in batches(results) {
            put(&mut tx, batch).await?;
        }
        put_points(&mut tx, points).await?;
        for batch in batches(judged) {
            forget(&mut tx, batch).await?;
        }
        tx.commit(WHAT).await
    }

    async fn results(&self, query: &ResultQuery) -> Result<Vec<StoredResult>> {
        // Ranges and limits are always bound, so that there are two texts and not sixteen.
        const OLDEST_FIRST: &str = select!("monitor, window_start, window_end, revision");
        const NEWEST_FIRST: &str =
            select!("window_start desc, window_end desc, monitor, revision desc");
        let order = if query.limit.is_some() {
            NEWEST_FIRST
        } else {
            OLDEST_FIRST
        };
        let (from, to) = match query.range {
            Some(range) => (range.start.as_microsecond(), range.end.as_microsecond()),
            None => (i64::MIN, i64::MAX),
        };
        let rows = self
            .db
            .fetch(
                "read results",
                order,
                args![
                    query.model.as_str(),
                    query.monitor.as_ref().map(DocumentName::as_str),
                    from,
                    to,
                    query.with_superseded,
                    query.limit.map_or(i64::MAX, i64::from),
                ],
            )
            .await?;
        let mut results = rows.iter().map(stored).collect::<Result<Vec<_>>>()?;
        if query.limit.is_none() {
            // Names are put in order here: databases differ in what they take for alphabetical.
            results.sort_by(|a, b| a.result.monitor.cmp(&b.result.monitor));
        }
        Ok(results)
    }
}

macro_rules! select {
    ($order:literal) => {
        concat!(
            "select id, model, monitor, monitor_kind, window_start, window_end, decision,
                    severity, n_rows, revision, evaluated_at, watermark, detail, is_superseded
             from results
             where model = $1 and ($2 is null or monitor = $2)
               and window_start >= $3 and window_start < $4 and ($5 or not is_superseded)
             order by ",
            $order,
            " limit $6"
        )
    };
}
use select;

fn stored(row: &Row) -> Result<StoredResult> {
    let result = MonitorResult {
        id: ResultId::try_from(row.text(0)?)?,
        model: ModelName::new(row.text(1)?)?,
        monitor: DocumentName::new(row.text(2)?)?,
        monitor_kind: row.text(3)?,
        window: Window {
            start: row.instant(4)?,
            end: row.instant(5)?,
        },
        decision: decision(&row.text(6)?)?,
        severity: row
            .text_or_null(7)?
            .map(|word| severity(&word))
            .transpose()?,
        n_rows: row.count(8)?,
        revision: u32::try_from(row.count(9)?)
            .map_err(|_| Error::internal("a result's revision is out of range"))?,
        evaluated_at: row.instant(10)?,
        watermark: row.instant(11)?,
        detail: from_json("a result's numbers", &row.text(12)?)?,
    };
    Ok(StoredResult {
        result,
        superseded: row.bool(13)?,
    })
}

async fn put(tx: &mut Tx, results: &[MonitorResult]) -> Result<()> {
    let keys = results
        .iter()
        .flat_map(|result| {
            args![
                result.model.as_str(),
                result.monitor.as_str(),
                result.window.start,
                result.window.end
            ]
        })
        .collect();
    tx.execute(
        "supersede results",
        format!(
            "update results set is_superseded = true where not is_superseded and ({})",
            any_of(
                results.len(),
                &["model", "monitor", "window_start", "window_end"]
            )
        ),
        keys,
    )
    .await?;
    let mut values = Vec::with_capacity(14 * results.len());
    for (i, result) in results.iter().enumerate() {
        // Several looks at one window in one call: the last one counts.
        let is_superseded = results[i + 1..].iter().any(|later| {
            later.window == result.window
                && later.monitor == result.monitor
                && later.model == result.model
        });
        values.extend(args![
            result.id.as_str(),
            result.model.as_str(),
            result.monitor.as_str(),
            result.monitor_kind.as_str(),
            result.window.start,
            result.window.end,
            result.decision.as_str(),
            result.severity.map(Severity::as_str),
            signed(result.n_rows)?,
            result.revision,
            result.evaluated_at,
            result.watermark,
            to_json("a result's numbers", &result.detail)?,
            is_superseded,
        ]);
    }
    tx.execute(
        "store results",
        format!(
            "insert into results
             (id, model, monitor, monitor_kind, window_start, window_end, decision, severity,
              n_rows, revision, evaluated_at, watermark, detail, is_superseded) values {}",
            tx.placeholders(results.len(), 14)
        ),
        values,
    )
    .await
    .map(drop)
}

/// Forgets judged windows, except those that changed again meanwhile.
async fn forget(tx: &mut Tx, judged: &[TouchedWindow]) -> Result<()> {
    let keys = judged
        .iter()
        .flat_map(|touched| {
            args![
                touched.model.as_str(),
                touched.window.start,
                touched.window.end,
                touched.sequence
            ]
        })
        .collect();
    tx.execute(
        "forget judged windows",
        format!(
            "delete from touched_windows where {}",
            any_of(
                judged.len(),
                &["model", "window_start", "window_end", "sequence"]
            )
        ),
        keys,
    )
    .await
    .map(drop)
}
