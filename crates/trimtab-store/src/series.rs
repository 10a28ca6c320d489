//! Numbers of series: the short keys of profiles and of signals.

use crate::codec::to_json;
use crate::db::{Tx, args, batches};
use std::collections::BTreeMap;
use trimtab_domain::fold::ProfileKey;
use trimtab_domain::signal::SignalKey;
use trimtab_domain::{ModelName, Result};

/// What a profile series is kept of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProfileSeries<'a> {
    pub(crate) model: &'a ModelName,
    pub(crate) segment: &'a str,
    pub(crate) role: &'static str,
    pub(crate) version: &'a str,
}

impl<'a> From<&'a ProfileKey> for ProfileSeries<'a> {
    fn from(key: &'a ProfileKey) -> Self {
        Self {
            model: &key.model,
            segment: &key.segment,
            role: key.role.as_str(),
            version: &key.version,
        }
    }
}

/// The number of each series, giving numbers to new ones.
pub(crate) async fn profile_series<'a>(
    tx: &mut Tx,
    series: impl Iterator<Item = ProfileSeries<'a>>,
) -> Result<BTreeMap<ProfileSeries<'a>, i64>> {
    let mut ids: BTreeMap<ProfileSeries<'a>, i64> = series.map(|series| (series, 0)).collect();
    let wanted: Vec<ProfileSeries<'a>> = ids.keys().copied().collect();
    for batch in batches(&wanted) {
        let values = || {
            batch
                .iter()
                .flat_map(|series| {
                    args![
                        series.model.as_str(),
                        series.segment,
                        series.role,
                        series.version
                    ]
                })
                .collect::<Vec<_>>()
        };
        let rows = tx.placeholders(batch.len(), 4);
        tx.execute(
            "number series of profiles",
            format!(
                "insert into profile_series (model, segment, role, version) values {rows}
                 on conflict (model, segment, role, version) do nothing"
            ),
            values(),
        )
        .await?;
        let found = tx
            .fetch(
                "read the numbers of series",
                format!(
                    "with k (model, segment, role, version) as (values {rows})
                     select s.id, s.model, s.segment, s.role, s.version
                     from k cross join profile_series s
                     where s.model = k.model and s.segment = k.segment
                       and s.role = k.role and s.version = k.version"
                ),
                values(),
            )
            .await?;
        for row in &found {
            let key = (row.text(1)?, row.text(2)?, row.text(3)?, row.text(4)?);
            for series in batch {
                let same = series.model.as_str() == key.0
                    && series.segment == key.1
                    && series.role == key.2
                    && series.version == key.3;
                if same {
                    ids.insert(*series, row.int(0)?);
                }
            }
        }
    }
    Ok(ids)
}

/// The number of each signal, giving numbers to new ones.
pub(crate) async fn signal_series<'a>(
    tx: &mut Tx,
    keys: impl Iterator<Item = &'a SignalKey>,
) -> Result<BTreeMap<&'a SignalKey, i64>> {
    let mut ids: BTreeMap<&'a SignalKey, i64> = keys.map(|key| (key, 0)).collect();
    let mut by_text: BTreeMap<(String, String, String), &'a SignalKey> = BTreeMap::new();
    for &key in ids.keys() {
        let labels = to_json("a signal's labels", &key.labels)?;
        by_text.insert((key.model.to_string(), key.name.clone(), labels), key);
    }
    let wanted: Vec<&(String, String, String)> = by_text.keys().collect();
    for batch in batches(&wanted) {
        let values = || {
            batch
                .iter()
                .flat_map(|(model, name, labels)| {
                    args![model.as_str(), name.as_str(), labels.as_str()]
                })
                .collect::<Vec<_>>()
        };
        let rows = tx.placeholders(batch.len(), 3);
        tx.execute(
            "number signals",
            format!(
                "insert into signal_series (model, name, labels) values {rows}
                 on conflict (model, name, labels) do nothing"
            ),
            values(),
        )
        .await?;
        let found = tx
            .fetch(
                "read the numbers of signals",
                format!(
                    "with k (model, name, labels) as (values {rows})
                     select s.id, s.model, s.name, s.labels from k cross join signal_series s
                     where s.model = k.model and s.name = k.name and s.labels = k.labels"
                ),
                values(),
            )
            .await?;
        for row in &found {
            if let Some(key) = by_text.get(&(row.text(1)?, row.text(2)?, row.text(3)?)) {
                ids.insert(key, row.int(0)?);
            }
        }
    }
    Ok(ids)
}
