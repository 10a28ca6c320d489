//! What two versions did, row by row: an A/B test counts it by unit.

use super::Snapshot;
use super::known::{KnownLabels, instants, number_column, texts, word_at, words};
use super::rows::{lake_name, prediction_rows};
use super::table::within;
use crate::journal::FrameKind;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use trimtab_domain::ab_test::{AbDesign, LabelOutcome, Outcome, Outcomes};
use trimtab_domain::documents::ColumnRole;
use trimtab_domain::ports::ab_test::AbQuery;
use trimtab_domain::{Error, Result, Window};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Rows of a test at most: about a gigabyte.
const ROWS_MAX: usize = 5_000_000;
/// Keeps units that are rows apart from units that are entities.
const ROW_SEED: u64 = 1;

/// The rows a test is about, with the newest label of each.
pub(crate) async fn ab_outcomes(snapshot: &Snapshot, query: &AbQuery) -> Result<Outcomes> {
    let Some(until) = query.looks.iter().max() else {
        return Ok(Outcomes::default());
    };
    let since = Outcomes::since(query);
    let range = Window::new(since, (*until).max(since))?;
    let labels = KnownLabels::read(snapshot, range, None).await?;
    let mut reader = Reader::new(query, range, labels);
    let names = reader.names();
    if let Some(table) = &snapshot.predictions {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        table
            .scan(Some(&names), Some(within(range)), |batch| {
                reader.take(&batch)
            })
            .await?;
    }
    for (frame, _) in &snapshot.tail {
        if frame.kind == FrameKind::Predictions {
            reader.take(&prediction_rows(&frame.batch()?)?)?;
        }
    }
    Ok(reader.outcomes)
}

/// Turns stored rows into outcomes.
struct Reader<'a> {
    query: &'a AbQuery,
    range: Window,
    labels: KnownLabels,
    outcomes: Outcomes,
    latency: Option<String>,
    error: Option<String>,
    /// Columns that metrics ask for.
    columns: Vec<String>,
    /// Segment columns: as declared, as stored.
    segments: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    fn new(query: &'a AbQuery, range: Window, labels: KnownLabels) -> Self {
        let of_role = |role| {
            let column = query.model.column_of_role(role);
            column.map(|column| lake_name(&column.name))
        };
        Self {
            query,
            range,
            labels,
            outcomes: Outcomes::default(),
            latency: of_role(ColumnRole::Latency),
            error: of_role(ColumnRole::Error),
            columns: Outcomes::columns(query)
                .into_iter()
                .map(lake_name)
                .collect(),
            segments: query
                .segments
                .iter()
                .map(|name| (name.clone(), lake_name(name)))
                .collect(),
        }
    }

    /// The stored columns it reads.
    fn names(&self) -> Vec<String> {
        let fixed = [
            "prediction_id",
            "model_version",
            "role",
            "timestamp",
            "entity_id",
        ];
        let declared = self.latency.iter().chain(&self.error).chain(&self.columns);
        let segments = self.segments.iter().map(|(_, stored)| stored);
        let mut names: Vec<String> = fixed.into_iter().map(str::to_owned).collect();
        for name in declared.chain(segments) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let parts = Parts::of(self, batch)?;
        let times = parts.times.as_primitive::<TimestampMicrosecondType>();
        let ids = parts.ids.as_string::<i32>();
        let since_us = self.query.since.as_microsecond();
        let range = self.range.start.as_microsecond()..self.range.end.as_microsecond();
        for row in 0..batch.num_rows() {
            let at_us = times.value(row);
            let Some(is_challenger) = self.side(&parts, row) else {
                continue;
            };
            // How units were before is how the champion found them.
            let is_wanted = range.contains(&at_us) && (at_us >= since_us || !is_challenger);
            if !is_wanted {
                continue;
            }
            if self.outcomes.len() >= ROWS_MAX {
                return Err(Error::invalid(format!(
                    "the A/B test of model `{}` has more than {ROWS_MAX} rows",
                    self.query.model.name
                ))
                .with_hint("begin another with a smaller share, or end it earlier (`days_max`)"));
            }
            let id = ids.value(row);
            let outcome = Outcome {
                unit: parts.unit(row, id),
                id: xxh3_64(id.as_bytes()),
                is_challenger,
                at_us,
                label: self.label(&parts, row, id),
                latency_ms: parts.latency.as_ref().and_then(|one| number_at(one, row)),
                failed: parts.errors.as_ref().map(|words| has_failed(words, row)),
                columns: parts
                    .columns
                    .iter()
                    .map(|column| {
                        let value = column.as_ref().and_then(|one| number_at(one, row));
                        value.unwrap_or(f64::NAN)
                    })
                    .collect(),
                segments: parts.segments(row),
            };
            self.outcomes.push(outcome);
        }
        Ok(())
    }

    /// Whether a row is the challenger's; `None` where it is neither's.
    fn side(&self, parts: &Parts, row: usize) -> Option<bool> {
        let version = word_at(&parts.versions, row)?;
        let is_live = word_at(&parts.roles, row) == Some("live");
        if version == self.query.champion {
            return is_live.then_some(false);
        }
        let is_served = is_live || self.query.design == AbDesign::Shadow;
        (version == self.query.challenger && is_served).then_some(true)
    }

    fn label(&self, parts: &Parts, row: usize, id: &str) -> Option<LabelOutcome> {
        let version = word_at(&parts.versions, row)?;
        let label = self.labels.of(id, version)?;
        Some(LabelOutcome {
            known_us: label.known_at_us(),
            value: label.value,
            score: label.score,
            predicted: label.predicted,
        })
    }
}

/// The columns of a batch.
struct Parts {
    ids: ArrayRef,
    times: ArrayRef,
    versions: ArrayRef,
    roles: ArrayRef,
    entities: Option<ArrayRef>,
    latency: Option<Float64Array>,
    errors: Option<ArrayRef>,
    columns: Vec<Option<Float64Array>>,
    /// Per segment column its words, and the position of the segment of each word.
    segments: Vec<(ArrayRef, Vec<Option<u32>>)>,
}

impl Parts {
    fn of(reader: &mut Reader<'_>, batch: &RecordBatch) -> Result<Self> {
        let exists = |name: &&String| batch.column_by_name(name).is_some();
        let mut segments = Vec::new();
        for (name, stored) in &reader.segments {
            if exists(&stored) {
                let column = words(batch, stored)?;
                let values = column.as_dictionary::<Int32Type>().values();
                let positions = values
                    .as_string::<i32>()
                    .iter()
                    .map(|word| reader.outcomes.segment(&format!("{name}={}", word?)))
                    .collect();
                segments.push((column, positions));
            }
        }
        let numbers = |name: &String| batch.column_by_name(name).map(number_column);
        Ok(Self {
            ids: texts(batch, "prediction_id")?,
            times: instants(batch, "timestamp")?,
            versions: words(batch, "model_version")?,
            roles: words(batch, "role")?,
            entities: match batch.column_by_name("entity_id") {
                Some(_) => Some(texts(batch, "entity_id")?),
                None => None,
            },
            latency: reader.latency.as_ref().and_then(numbers),
            errors: match reader.error.as_ref().filter(exists) {
                Some(name) => Some(words(batch, name)?),
                None => None,
            },
            columns: reader.columns.iter().map(numbers).collect(),
            segments,
        })
    }

    fn unit(&self, row: usize, id: &str) -> u64 {
        let entity = self.entities.as_ref().and_then(|entities| {
            let entities = entities.as_string::<i32>();
            entities.is_valid(row).then(|| entities.value(row))
        });
        match entity {
            Some(entity) => xxh3_64(entity.as_bytes()),
            None => xxh3_64_with_seed(id.as_bytes(), ROW_SEED),
        }
    }

    fn segments(&self, row: usize) -> Box<[u32]> {
        self.segments
            .iter()
            .filter_map(|(words, positions)| {
                let key = words.as_dictionary::<Int32Type>().key(row)?;
                *positions.get(key)?
            })
            .collect()
    }
}

fn number_at(numbers: &Float64Array, row: usize) -> Option<f64> {
    numbers.is_valid(row).then(|| numbers.value(row))
}

/// Whether the error column says so: a value that is not missing, `false`, empty or 0.
fn has_failed(words: &ArrayRef, row: usize) -> bool {
    word_at(words, row).is_some_and(|word| {
        let is_zero = word.parse::<f64>().is_ok_and(|number| number == 0.0);
        !(is_zero || word.is_empty() || word.eq_ignore_ascii_case("false"))
    })
}
