//! Models: progress, versions, grids, references, and their end.

use crate::codec::{
    grid_from_bytes, grid_to_bytes, performance_from_bytes, performance_to_bytes,
    profile_from_bytes, profile_to_bytes, role, signed,
};
use crate::db::{Tx, args, batches};
use crate::open::SqlStore;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::intake::ModelProgress;
use trimtab_domain::ports::ModelStore;
use trimtab_domain::ports::store::{ReferenceInfo, VersionInfo};
use trimtab_domain::reference::{ReferenceProfile, ReferenceWindow};
use trimtab_domain::{DocumentName, Error, ModelName, Result, Window};
use trimtab_stats::Grid;

#[async_trait]
impl ModelStore for SqlStore {
    async fn progress(&self) -> Result<BTreeMap<ModelName, ModelProgress>> {
        let rows = self
            .db
            .fetch(
                "read the models' progress",
                "select model, data_from, watermark, complete_until, labels_through
                 from model_progress",
                Vec::new(),
            )
            .await?;
        rows.iter()
            .map(|row| {
                let progress = ModelProgress {
                    data_from: row.instant_or_null(1)?,
                    watermark: row.instant_or_null(2)?,
                    complete_until: row.instant_or_null(3)?,
                    labels_through: row.instant_or_null(4)?,
                };
                Ok((ModelName::new(row.text(0)?)?, progress))
            })
            .collect()
    }

    async fn versions(&self, model: &ModelName) -> Result<Vec<VersionInfo>> {
        let rows = self
            .db
            .fetch(
                "read a model's versions",
                "select s.version, s.role, min(p.window_start), max(p.window_end),
                        cast(sum(p.n_rows) as bigint)
                 from profile_series s join profiles p on p.series_id = s.id
                 where s.model = $1 and s.segment = ''
                 group by s.version, s.role
                 order by min(p.window_start), s.version, s.role",
                args![model.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(VersionInfo {
                    version: row.text(0)?,
                    role: role(&row.text(1)?)?,
                    first_seen: row.instant(2)?,
                    last_seen: row.instant(3)?,
                    n_predictions: row.count(4)?,
                })
            })
            .collect()
    }

    async fn grid(&self, model: &ModelName) -> Result<Option<Arc<Grid>>> {
        let rows = self
            .db
            .fetch(
                "read a model's grid",
                "select grid from grids where model = $1 order by version desc limit 1",
                args![model.as_str()],
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Arc::new(grid_from_bytes(&row.bytes(0)?)?)))
    }

    async fn put_reference(
        &self,
        model: &ModelName,
        name: &DocumentName,
        reference: &ReferenceProfile,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.begin("store a reference").await?;
        lock_model(&mut tx, model).await?;
        put_grid(&mut tx, model, &reference.grid, now).await?;
        tx.execute(
            "replace a reference",
            "delete from model_references where model = $1 and name = $2",
            args![model.as_str(), name.as_str()],
        )
        .await?;
        let period = reference.period();
        tx.execute(
            "store a reference",
            "insert into model_references
             (model, name, grid_version, n_rows, period_start, period_end, profile, stored_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![
                model.as_str(),
                name.as_str(),
                reference.grid.version,
                signed(reference.total.n_rows)?,
                period.map(|period| period.start),
                period.map(|period| period.end),
                profile_to_bytes(&reference.total),
                now,
            ],
        )
        .await?;
        put_windows(&mut tx, model, name, &reference.windows).await?;
        tx.commit("store a reference").await
    }

    async fn reference(
        &self,
        model: &ModelName,
        name: &DocumentName,
    ) -> Result<Option<ReferenceProfile>> {
        let key = || args![model.as_str(), name.as_str()];
        let mut tx = self.db.begin_reading("read a reference").await?;
        let rows = tx
            .fetch(
                "read a reference",
                "select g.grid, r.profile from model_references r
                 join grids g on g.model = r.model and g.version = r.grid_version
                 where r.model = $1 and r.name = $2",
                key(),
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let windows = tx
            .fetch(
                "read a reference's windows",
                "select window_start, window_end, profile, performance
                 from model_reference_windows where model = $1 and name = $2
                 order by window_start, window_end",
                key(),
            )
            .await?;
        let windows = windows
            .iter()
            .map(|row| {
                Ok(ReferenceWindow {
                    window: Window {
                        start: row.instant(0)?,
                        end: row.instant(1)?,
                    },
                    profile: profile_from_bytes(&row.bytes(2)?)?,
                    performance: row
                        .bytes_or_null(3)?
                        .map(|bytes| performance_from_bytes(&bytes))
                        .transpose()?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Some(ReferenceProfile {
            grid: Arc::new(grid_from_bytes(&row.bytes(0)?)?),
            total: profile_from_bytes(&row.bytes(1)?)?,
            windows,
        }))
    }

    async fn references(&self, model: &ModelName) -> Result<Vec<ReferenceInfo>> {
        let rows = self
            .db
            .fetch(
                "read a model's references",
                "select name, n_rows, period_start, period_end, grid_version, stored_at
                 from model_references where model = $1 order by stored_at, name",
                args![model.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let period = match (row.instant_or_null(2)?, row.instant_or_null(3)?) {
                    (Some(start), Some(end)) => Some(Window { start, end }),
                    _ => None,
                };
                Ok(ReferenceInfo {
                    name: DocumentName::new(row.text(0)?)?,
                    n_rows: row.count(1)?,
                    period,
                    grid_version: u32::try_from(row.count(4)?)
                        .map_err(|_| Error::internal("a grid's version is out of range"))?,
                    stored_at: row.instant(5)?,
                })
            })
            .collect()
    }

    async fn delete_model(&self, model: &ModelName) -> Result<()> {
        // Children first; what hangs on series, references and incidents goes with them. The
        // audit log stays: it is the record of the deletion.
        const DELETIONS: [&str; 19] = [
            "delete from documents where model = $1",
            "delete from model_references where model = $1",
            "delete from grids where model = $1",
            "delete from profile_series where model = $1",
            "delete from touched_windows where model = $1",
            "delete from results where model = $1",
            "delete from signal_series where model = $1",
            "delete from alert_states where model = $1",
            "delete from incidents where model = $1",
            "delete from alert_history where model = $1",
            "delete from retraining_runs where model = $1",
            "delete from retraining_policies where model = $1",
            "delete from retraining_decisions where model = $1",
            "delete from model_progress where model = $1",
            "delete from validations where model = $1",
            "delete from ab_tests where model = $1",
            "delete from exposure_counts where flag = 'route.' || $1",
            "delete from exposures where flag = 'route.' || $1",
            "delete from rollouts where model = $1",
        ];
        let mut tx = self.db.begin("delete a model").await?;
        lock_model(&mut tx, model).await?;
        for deletion in DELETIONS {
            tx.execute("delete a model", deletion, args![model.as_str()])
                .await?;
        }
        tx.commit("delete a model").await
    }
}

/// Takes the model's row, so that changes of its profiles and references happen one after the
/// other on PostgreSQL too.
pub(crate) async fn lock_model(tx: &mut Tx, model: &ModelName) -> Result<()> {
    tx.execute(
        "take a model's lock",
        "insert into model_progress (model) values ($1)
         on conflict (model) do update set model = excluded.model",
        args![model.as_str()],
    )
    .await
    .map(drop)
}

async fn put_grid(tx: &mut Tx, model: &ModelName, grid: &Grid, now: Timestamp) -> Result<()> {
    let bytes = grid_to_bytes(grid);
    let stored = tx
        .fetch(
            "read a grid",
            "select grid from grids where model = $1 and version = $2",
            args![model.as_str(), grid.version],
        )
        .await?;
    if let Some(row) = stored.first() {
        if row.bytes(0)? == bytes {
            return Ok(());
        }
        return Err(Error::conflict(format!(
            "model `{model}` has another grid of version {}",
            grid.version
        )));
    }
    tx.execute(
        "store a grid",
        "insert into grids (model, version, grid, stored_at) values ($1, $2, $3, $4)",
        args![model.as_str(), grid.version, bytes, now],
    )
    .await
    .map(drop)
}

async fn put_windows(
    tx: &mut Tx,
    model: &ModelName,
    name: &DocumentName,
    windows: &[ReferenceWindow],
) -> Result<()> {
    for batch in batches(windows) {
        let mut values = Vec::with_capacity(6 * batch.len());
        for window in batch {
            values.extend(args![
                model.as_str(),
                name.as_str(),
                window.window.start,
                window.window.end,
                profile_to_bytes(&window.profile),
                window.performance.as_ref().map(performance_to_bytes),
            ]);
        }
        let sql = format!(
            "insert into model_reference_windows
             (model, name, window_start, window_end, profile, performance) values {}",
            tx.placeholders(batch.len(), 6)
        );
        tx.execute("store a reference's windows", sql, values)
            .await?;
    }
    Ok(())
}
