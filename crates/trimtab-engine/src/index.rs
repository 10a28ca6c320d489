//! The index: for every prediction id what is known of it, on disk.
//!
//! One key an id and model; the value holds the versions that predicted it and the labels that
//! came. It is consulted before every append, so that all consumers see each event once, and it
//! joins labels by point reads. Its own position in the journal is written in the same batch;
//! at start the journal's tail beyond it is replayed.

use crate::failure::wrap;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::collections::HashMap;
use std::path::Path;
use trimtab_domain::intake::Position;
use trimtab_domain::{Error, Result};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// Model and prediction id, hashed: 96 bits of the id and 64 of the model.
///
/// The id comes first, so that a few bytes tell two keys apart, and all of it is short enough
/// for the store to keep beside its pointers. Two of 2·10⁹ ids meet with a chance of 3·10⁻¹¹.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct IdKey([u8; 20]);

const ID_HASH_BYTES: usize = 12;

impl IdKey {
    /// The key of a prediction id.
    pub(crate) fn new(model: ModelKey, prediction_id: &str) -> Self {
        let mut bytes = [0; 20];
        let hash = xxh3_128(prediction_id.as_bytes()).to_be_bytes();
        bytes[..ID_HASH_BYTES].copy_from_slice(&hash[..ID_HASH_BYTES]);
        bytes[ID_HASH_BYTES..].copy_from_slice(&model.0.to_be_bytes());
        Self(bytes)
    }
}

/// A model's name, hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelKey(u64);

impl ModelKey {
    pub(crate) fn new(model: &str) -> Self {
        Self(xxh3_64(model.as_bytes()))
    }
}

/// One version's prediction of an id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PredictionEntry {
    pub(crate) version: String,
    pub(crate) is_shadow: bool,
    pub(crate) content: u64,
    pub(crate) time_us: i64,
    pub(crate) score: Option<f64>,
    pub(crate) predicted: Option<f64>,
    pub(crate) segments: String,
}

/// One label of an id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Labelled {
    pub(crate) text: String,
    pub(crate) value: f64,
    pub(crate) known_at_us: i64,
}

/// Everything known of an id.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct IdState {
    pub(crate) predictions: Vec<PredictionEntry>,
    /// In order of arrival.
    pub(crate) labels: Vec<Labelled>,
}

impl IdState {
    /// The label that counts: the newest known; of equals the last to arrive.
    pub(crate) fn current_label(&self) -> Option<&Labelled> {
        self.labels.iter().max_by_key(|label| label.known_at_us)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(96);
        out.push(1);
        out.push(u8::try_from(self.predictions.len()).unwrap_or(u8::MAX));
        for prediction in self.predictions.iter().take(usize::from(u8::MAX)) {
            put_text(&mut out, &prediction.version);
            out.push(u8::from(prediction.is_shadow));
            out.extend_from_slice(&prediction.content.to_le_bytes());
            out.extend_from_slice(&prediction.time_us.to_le_bytes());
            put_number(&mut out, prediction.score);
            put_number(&mut out, prediction.predicted);
            put_text(&mut out, &prediction.segments);
        }
        out.push(u8::try_from(self.labels.len()).unwrap_or(u8::MAX));
        for label in self.labels.iter().take(usize::from(u8::MAX)) {
            put_text(&mut out, &label.text);
            out.extend_from_slice(&label.value.to_bits().to_le_bytes());
            out.extend_from_slice(&label.known_at_us.to_le_bytes());
        }
        out
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut input = Input(bytes);
        if input.byte()? != 1 {
            return None;
        }
        let mut state = Self::default();
        for _ in 0..input.byte()? {
            state.predictions.push(PredictionEntry {
                version: input.text()?,
                is_shadow: input.byte()? == 1,
                content: u64::from_le_bytes(input.array()?),
                time_us: i64::from_le_bytes(input.array()?),
                score: present(input.number()?),
                predicted: present(input.number()?),
                segments: input.text()?,
            });
        }
        for _ in 0..input.byte()? {
            state.labels.push(Labelled {
                text: input.text()?,
                value: f64::from_bits(u64::from_le_bytes(input.array()?)),
                known_at_us: i64::from_le_bytes(input.array()?),
            });
        }
        Some(state)
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
}

/// A number that may be absent: not-a-number stands for absence, which a finite value never is.
fn put_number(out: &mut Vec<u8>, value: Option<f64>) {
    out.extend_from_slice(&value.unwrap_or(f64::NAN).to_bits().to_le_bytes());
}

fn present(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(u16::from_le_bytes(self.array()?));
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(head.to_vec()).ok()
    }

    /// Not-a-number stands for absence.
    fn number(&mut self) -> Option<f64> {
        self.array().map(u64::from_le_bytes).map(f64::from_bits)
    }
}

/// How far a model's events have come, and the lone outlier that nothing supports yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    pub(crate) watermark_us: Option<i64>,
    pub(crate) outlier_us: Option<i64>,
}

/// What a group of appends changes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) ids: HashMap<IdKey, IdState>,
    pub(crate) marks: HashMap<String, Marks>,
}

impl Changes {
    /// Takes over later changes.
    pub(crate) fn merge(&mut self, later: Self) {
        self.ids.extend(later.ids);
        self.marks.extend(later.marks);
    }
}

/// An open index.
#[derive(Clone)]
pub(crate) struct Index {
    database: Database,
    ids: Keyspace,
    meta: Keyspace,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

const POSITION: &[u8] = b"position";

impl Index {
    /// Opens the index of a folder, making it if need be.
    pub(crate) fn open(folder: &Path, cache_bytes: u64) -> Result<Self> {
        let failed = || wrap(format!("cannot open the index `{}`", folder.display()));
        let database = Database::builder(folder)
            .cache_size(cache_bytes)
            .worker_threads(1)
            .open()
            .map_err(failed())?;
        let keyspace = |name| {
            database
                .keyspace(name, KeyspaceCreateOptions::default)
                .map_err(failed())
        };
        let (ids, meta) = (keyspace("ids")?, keyspace("meta")?);
        Ok(Self {
            database,
            ids,
            meta,
        })
    }

    /// Up to where in the journal it is complete.
    pub(crate) fn position(&self) -> Result<Position> {
        match self.meta.get(POSITION).map_err(read_failed())? {
            Some(bytes) => decode_position(&bytes),
            None => Ok(Position::default()),
        }
    }

    /// What is known of an id.
    pub(crate) fn get(&self, key: &IdKey) -> Result<Option<IdState>> {
        match self.ids.get(key.0).map_err(read_failed())? {
            Some(bytes) => IdState::from_bytes(&bytes)
                .map(Some)
                .ok_or_else(|| Error::internal("an index entry has an unknown shape")),
            None => Ok(None),
        }
    }

    /// A model's marks.
    pub(crate) fn marks(&self, model: &str) -> Result<Marks> {
        let key = meta_key(b'w', model);
        let Some(bytes) = self.meta.get(key).map_err(read_failed())? else {
            return Ok(Marks::default());
        };
        let mut input = Input(&bytes);
        let present = |mark: i64| (mark != i64::MIN).then_some(mark);
        match (input.array(), input.array()) {
            (Some(watermark), Some(outlier)) => Ok(Marks {
                watermark_us: present(i64::from_le_bytes(watermark)),
                outlier_us: present(i64::from_le_bytes(outlier)),
            }),
            _ => Err(Error::internal("an index entry has an unknown shape")),
        }
    }

    /// Where a model's events begin to count: those before belong to a deleted namesake.
    pub(crate) fn deleted_before(&self, model: &str) -> Result<Position> {
        let key = meta_key(b'x', model);
        match self.meta.get(key).map_err(read_failed())? {
            Some(bytes) => decode_position(&bytes),
            None => Ok(Position::default()),
        }
    }

    /// Writes changes and the position behind them, atomically.
    pub(crate) fn apply(&self, changes: &Changes, position: Position) -> Result<()> {
        let mut batch = self.database.batch();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "the order of keys in a batch has no effect"
        )]
        for (key, state) in &changes.ids {
            batch.insert(&self.ids, key.0.as_slice(), state.to_bytes());
        }
        #[expect(
            clippy::iter_over_hash_type,
            reason = "the order of keys in a batch has no effect"
        )]
        for (model, marks) in &changes.marks {
            let mut bytes = Vec::with_capacity(16);
            for mark in [marks.watermark_us, marks.outlier_us] {
                bytes.extend_from_slice(&mark.unwrap_or(i64::MIN).to_le_bytes());
            }
            batch.insert(&self.meta, meta_key(b'w', model), bytes);
        }
        batch.insert(&self.meta, POSITION, encode_position(position));
        batch.commit().map_err(wrap("cannot write the index"))
    }

    /// Makes everything applied survive a power cut: needed before journal segments go.
    pub(crate) fn persist(&self) -> Result<()> {
        self.database
            .persist(PersistMode::SyncAll)
            .map_err(wrap("cannot sync the index"))
    }

    /// Forgets a model: its ids, its marks, and its events before `head`.
    pub(crate) fn forget(&self, model: &str, head: Position) -> Result<()> {
        let failed = || wrap("cannot remove a model from the index");
        let model_key = ModelKey::new(model).0.to_be_bytes();
        let mut batch = self.database.batch();
        let mut n = 0_u32;
        for entry in self.ids.iter() {
            let key = entry.key().map_err(failed())?;
            if key.get(ID_HASH_BYTES..) != Some(model_key.as_slice()) {
                continue;
            }
            batch.remove(&self.ids, key);
            n += 1;
            if n.is_multiple_of(10_000) {
                batch.commit().map_err(failed())?;
                batch = self.database.batch();
            }
        }
        batch.remove(&self.meta, meta_key(b'w', model));
        batch.insert(&self.meta, meta_key(b'x', model), encode_position(head));
        batch.commit().map_err(failed())?;
        self.persist()
    }
}

fn read_failed() -> impl FnOnce(fjall::Error) -> Error {
    wrap("cannot read the index")
}

fn meta_key(kind: u8, model: &str) -> Vec<u8> {
    [[kind].as_slice(), b":", model.as_bytes()].concat()
}

fn encode_position(position: Position) -> Vec<u8> {
    [
        position.segment.to_le_bytes(),
        position.offset.to_le_bytes(),
    ]
    .concat()
}

fn decode_position(bytes: &[u8]) -> Result<Position> {
    let mut input = Input(bytes);
    match (input.array(), input.array()) {
        (Some(segment), Some(offset)) => Ok(Position {
            segment: u64::from_le_bytes(segment),
            offset: u64::from_le_bytes(offset),
        }),
        _ => Err(Error::internal("an index position has an unknown shape")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_known_of_an_id_survives_its_bytes(
            version in ".{0,20}", content: u64, time_us: i64, score in proptest::option::of(-1e9..1e9),
            text in ".{0,30}", value in -1e9..1e9, known_at_us: i64,
        ) {
            let state = IdState {
                predictions: vec![PredictionEntry {
                    version, is_shadow: content % 2 == 0, content, time_us, score,
                    predicted: None, segments: text.clone(),
                }],
                labels: vec![Labelled { text, value, known_at_us }],
            };
            prop_assert_eq!(IdState::from_bytes(&state.to_bytes()).unwrap(), state);
        }

        #[test]
        fn foreign_bytes_are_refused(bytes: Vec<u8>) {
            drop(IdState::from_bytes(&bytes));
        }
    }
}
