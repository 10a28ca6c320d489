//! The lake: the raw events as Delta tables that any other tool can read.
//!
//! Per model three tables under `lake/<model>/`: `predictions` and `sample` (partitioned by event
//! date) and `labels` (joined, partitioned by the date of what they join). Every commit carries
//! the journal position it reaches as a Delta `txn` action, so that a crash between tables writes
//! nothing twice.
//!
//! `sample` holds, of every hour and commit, the 1,000 rows with the smallest `sample_hash`: a
//! reader keeps the 1,000 smallest of an hour, and gets the same rows in whatever parts they came.

mod known;
mod labelled;
mod outcomes;
mod rows;
mod scan;
mod table;
mod training;

pub(crate) use known::performance_as_known;
pub(crate) use labelled::{Asked, LabelledRows, labelled_rows};
pub(crate) use outcomes::ab_outcomes;
pub(crate) use scan::{profile_again, reference_rows};
pub(crate) use training::{LABEL_KNOWN_AT, TrainingRows, training_rows};

use crate::blocking;
use crate::failure::wrap;
use crate::index::Index;
use crate::journal::{Frame, FrameKind, FrameReader, Journal};
use rows::{ModelRows, Pending};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Table;
use trimtab_domain::fold::FoldModels;
use trimtab_domain::intake::Position;
use trimtab_domain::{Error, ModelName, Result};

/// Rows that go into one round of commits at most.
const ROUND_ROWS_MAX: u64 = 200_000;

/// The three tables of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TableKind {
    Predictions,
    Labels,
    Sample,
}

impl TableKind {
    const ALL: [Self; 3] = [Self::Predictions, Self::Labels, Self::Sample];

    fn folder(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Labels => "labels",
            Self::Sample => "sample",
        }
    }
}

/// The open lake.
#[derive(Debug)]
pub(crate) struct LakeTables {
    folder: PathBuf,
    /// Held by who writes; readers don't wait for it.
    writer: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    position: Position,
    tables: BTreeMap<(ModelName, TableKind), Table>,
}

/// What a reader of a model sees: its tables, and the events that are in the journal only.
pub(crate) struct Snapshot {
    pub(crate) predictions: Option<Table>,
    pub(crate) labels: Option<Table>,
    pub(crate) tail: Vec<(Frame, Position)>,
}

impl LakeTables {
    /// Opens the lake of a folder.
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)
            .map_err(wrap(format!("cannot create `{}`", folder.display())))?;
        let position = read_position(&folder)?;
        Ok(Self {
            folder,
            writer: tokio::sync::Mutex::new(()),
            state: Mutex::new(State {
                position,
                tables: BTreeMap::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds it can stop half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to where in the journal all tables are complete.
    pub(crate) fn position(&self) -> Position {
        self.state().position
    }

    /// Moves everything the journal holds into the tables.
    pub(crate) async fn write_pending(
        &self,
        journal: &Arc<Journal>,
        index: &Index,
        models: &FoldModels,
    ) -> Result<Position> {
        let _writing = self.writer.lock().await;
        let mut position = self.position();
        while position < journal.head() {
            let reader = journal.read_from(position)?;
            let index = index.clone();
            let names: Vec<ModelName> = models.keys().cloned().collect();
            let pending =
                blocking(move || Pending::read(reader, &index, &names, ROUND_ROWS_MAX)).await?;
            position = pending.next;
            for (name, rows) in &pending.models {
                for kind in TableKind::ALL {
                    self.append(name, kind, rows, position).await?;
                }
            }
            write_position(&self.folder, position)?;
            self.state().position = position;
        }
        Ok(position)
    }

    async fn append(
        &self,
        model: &ModelName,
        kind: TableKind,
        rows: &ModelRows,
        next: Position,
    ) -> Result<()> {
        if rows.is_empty_for(kind) {
            return Ok(());
        }
        let table = self.table(model, kind).await?;
        // A crash may have come after this table's commit and before the others': what it has
        // already is passed over.
        let batches = rows.beyond(kind, table.position())?;
        if !batches.is_empty() {
            let table = table.append(batches, next).await?;
            self.state().tables.insert((model.clone(), kind), table);
        }
        Ok(())
    }

    /// A table as it is now.
    async fn table(&self, model: &ModelName, kind: TableKind) -> Result<Table> {
        let key = (model.clone(), kind);
        let known = self.state().tables.get(&key).cloned();
        if let Some(table) = known {
            return Ok(table);
        }
        let table = Table::open(&self.table_folder(model, kind)).await?;
        // A writer may have been faster, and further.
        Ok(self.state().tables.entry(key).or_insert(table).clone())
    }

    fn table_folder(&self, model: &ModelName, kind: TableKind) -> PathBuf {
        self.folder.join(model.as_str()).join(kind.folder())
    }

    /// A model's tables, each with the journal's tail beyond it.
    pub(crate) async fn snapshot(
        &self,
        journal: &Arc<Journal>,
        index: &Index,
        model: &ModelName,
    ) -> Result<Snapshot> {
        loop {
            // The journal first: what a writer moves meanwhile is in the tables then.
            let from = self.position();
            let reader = journal.read_from(from)?;
            let predictions = self.table(model, TableKind::Predictions).await?;
            let labels = self.table(model, TableKind::Labels).await?;
            let reached = (predictions.position(), labels.position());
            let (index, name) = (index.clone(), model.to_string());
            let tail = blocking(move || read_tail(reader, &index, &name, reached)).await;
            if tail.is_err() && self.position() > from {
                // The writer moved on, and the journal was trimmed behind it.
                continue;
            }
            let existing = |table: Table| Some(table).filter(Table::exists);
            return Ok(Snapshot {
                predictions: existing(predictions),
                labels: existing(labels),
                tail: tail?,
            });
        }
    }

    /// Removes a model's tables.
    pub(crate) async fn delete_model(&self, model: &ModelName) -> Result<()> {
        let _writing = self.writer.lock().await;
        for kind in TableKind::ALL {
            self.state().tables.remove(&(model.clone(), kind));
        }
        let folder = self.folder.join(model.as_str());
        match std::fs::remove_dir_all(&folder) {
            Ok(()) => Ok(()),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(wrap(format!("cannot remove `{}`", folder.display()))(
                source,
            )),
        }
    }
}

/// A model's frames beyond what its tables of predictions and labels have reached.
fn read_tail(
    mut reader: FrameReader,
    index: &Index,
    model: &str,
    reached: (Position, Position),
) -> Result<Vec<(Frame, Position)>> {
    let mut tail = Vec::new();
    let deleted = index.deleted_before(model)?;
    while let Some((frame, position)) = reader.next()? {
        let reached = match frame.kind {
            FrameKind::Predictions => reached.0,
            FrameKind::Labels => reached.1,
            FrameKind::MetricPoints | FrameKind::Complete => continue,
        };
        if frame.model == model && position > deleted && position > reached {
            tail.push((frame, position));
        }
    }
    Ok(tail)
}

/// A position as one number that grows with it: what a Delta `txn` action can carry.
pub(crate) fn position_number(position: Position) -> Result<i64> {
    let offset = u32::try_from(position.offset).ok();
    let segment = i64::try_from(position.segment)
        .ok()
        .filter(|segment| *segment < 1 << 31);
    match (segment, offset) {
        (Some(segment), Some(offset)) => Ok((segment << 32) | i64::from(offset)),
        _ => Err(Error::internal(format!(
            "journal position {position} does not fit a lake commit"
        ))),
    }
}

/// The inverse of [`position_number`].
fn number_position(number: i64) -> Position {
    let bits = number.cast_unsigned();
    Position {
        segment: bits >> 32,
        offset: bits & u64::from(u32::MAX),
    }
}

fn read_position(folder: &Path) -> Result<Position> {
    let path = folder.join("position");
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse(),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Position::default()),
        Err(source) => Err(wrap(format!("cannot read `{}`", path.display()))(source)),
    }
}

/// Replaces the position file in one step.
fn write_position(folder: &Path, position: Position) -> Result<()> {
    let path = folder.join("position");
    let draft = folder.join("position.draft");
    let write = || {
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(position.to_string().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)
    };
    write().map_err(wrap(format!("cannot write `{}`", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_keep_their_order_as_numbers(
            a in 0_u64..1 << 31, b in 0_u64..1 << 31, x: u32, y: u32,
        ) {
            let (left, right) = (
                Position { segment: a, offset: u64::from(x) },
                Position { segment: b, offset: u64::from(y) },
            );
            let numbers = (position_number(left).unwrap(), position_number(right).unwrap());
            prop_assert_eq!(left.cmp(&right), numbers.0.cmp(&numbers.1));
            prop_assert_eq!(number_position(numbers.0), left);
        }
    }
}
