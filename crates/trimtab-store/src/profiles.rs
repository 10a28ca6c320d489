//! Reading profiles, volumes, performance and the consumers' positions.

use crate::codec::{performance_from_bytes, profile_from_bytes, role};
use crate::db::{Arg, Row, args};
use crate::open::SqlStore;
use async_trait::async_trait;
use trimtab_domain::fold::{Fold, LabelAge, PredictionRole, ProfileDelta, ProfileKey};
use trimtab_domain::intake::Position;
use trimtab_domain::ports::ProfileStore;
use trimtab_domain::ports::store::{
    ProfileQuery, StoredPerformance, StoredProfile, TouchedWindow, WindowVolume,
};
use trimtab_domain::{Error, ModelName, Result, Window};

/// The rows a query asks for; `$1` to `$6` are [`arguments`].
macro_rules! select {
    ($columns:literal, $table:literal, $order:literal) => {
        concat!(
            "select s.version, s.role, p.window_start, p.window_end, ",
            $columns,
            " from profile_series s join ",
            $table,
            " p on p.series_id = s.id
             where s.model = $1 and s.segment = $2 and ($3 is null or s.version = $3)
               and ($4 is null or s.role = $4)
               and p.window_start >= $5 and p.window_start < $6
             order by p.window_start, p.window_end, s.role, s.version",
            $order
        )
    };
}

fn arguments(query: &ProfileQuery) -> Vec<Arg> {
    args![
        query.model.as_str(),
        query.segment.as_str(),
        query.version.as_deref(),
        query.role.map(PredictionRole::as_str),
        query.range.start,
        query.range.end,
    ]
}

fn key(query: &ProfileQuery, row: &Row) -> Result<ProfileKey> {
    Ok(ProfileKey {
        model: query.model.clone(),
        version: row.text(0)?,
        role: role(&row.text(1)?)?,
        segment: query.segment.clone(),
        window: Window {
            start: row.instant(2)?,
            end: row.instant(3)?,
        },
    })
}

#[async_trait]
impl ProfileStore for SqlStore {
    async fn position(&self, consumer: &str) -> Result<Position> {
        let rows = self
            .db
            .fetch(
                "read a consumer's position",
                "select segment, position from consumer_positions where consumer = $1",
                args![consumer],
            )
            .await?;
        match rows.first() {
            None => Ok(Position::default()),
            Some(row) => Ok(Position {
                segment: row.count(0)?,
                offset: row.count(1)?,
            }),
        }
    }

    async fn commit_fold(&self, consumer: &str, from: Position, fold: &Fold) -> Result<()> {
        self.commit(consumer, from, fold).await
    }

    async fn replace_profiles(&self, model: &ModelName, profiles: &[ProfileDelta]) -> Result<()> {
        self.replace(model, profiles).await
    }

    async fn profiles(&self, query: &ProfileQuery) -> Result<Vec<StoredProfile>> {
        const SQL: &str = select!("p.grid_version, p.profile", "profiles", "");
        let rows = self
            .db
            .fetch("read profiles", SQL, arguments(query))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredProfile {
                    key: key(query, row)?,
                    grid_version: u32::try_from(row.count(4)?)
                        .map_err(|_| Error::internal("a grid's version is out of range"))?,
                    profile: profile_from_bytes(&row.bytes(5)?)?,
                })
            })
            .collect()
    }

    async fn volumes(&self, query: &ProfileQuery) -> Result<Vec<WindowVolume>> {
        const SQL: &str = select!("p.n_rows", "profiles", "");
        let rows = self.db.fetch("read volumes", SQL, arguments(query)).await?;
        rows.iter()
            .map(|row| {
                Ok(WindowVolume {
                    key: key(query, row)?,
                    n_rows: row.count(4)?,
                })
            })
            .collect()
    }

    async fn performance(&self, query: &ProfileQuery) -> Result<Vec<StoredPerformance>> {
        const SQL: &str = select!("p.label_age, p.performance", "performance", ", p.label_age");
        let rows = self
            .db
            .fetch("read performance", SQL, arguments(query))
            .await?;
        rows.iter()
            .map(|row| {
                let age = row.int(4)?;
                Ok(StoredPerformance {
                    key: key(query, row)?,
                    age: u8::try_from(age)
                        .ok()
                        .and_then(LabelAge::from_index)
                        .ok_or_else(|| Error::internal(format!("{age} is not a label's age")))?,
                    performance: performance_from_bytes(&row.bytes(5)?)?,
                })
            })
            .collect()
    }

    async fn touched_windows(&self, model: &ModelName) -> Result<Vec<TouchedWindow>> {
        let rows = self
            .db
            .fetch(
                "read touched windows",
                "select sequence, window_start, window_end, has_rows, has_labels
                 from touched_windows where model = $1 order by window_start, window_end",
                args![model.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(TouchedWindow {
                    sequence: row.int(0)?,
                    model: model.clone(),
                    window: Window {
                        start: row.instant(1)?,
                        end: row.instant(2)?,
                    },
                    rows: row.bool(3)?,
                    labels: row.bool(4)?,
                })
            })
            .collect()
    }

    async fn unmatched_labels(&self, model: &ModelName) -> Result<u64> {
        let rows = self
            .db
            .fetch(
                "count unmatched labels",
                "select unmatched_labels from model_progress where model = $1",
                args![model.as_str()],
            )
            .await?;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }
}
