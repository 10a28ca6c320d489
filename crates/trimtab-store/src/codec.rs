//! How values that SQL does not know are kept: words, counts, versioned bytes, JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use trimtab_domain::fold::{PerformanceProfile, PredictionRole};
use trimtab_domain::result::{Decision, Severity};
use trimtab_domain::signal::PointKind;
use trimtab_domain::{Error, Result};
use trimtab_stats::{BinaryPerformance, DatasetProfile, RegressionPerformance};

/// Counts are `bigint` in both databases.
pub(crate) fn signed(count: u64) -> Result<i64> {
    i64::try_from(count)
        .map_err(|_| Error::internal(format!("{count} is too large for the metadata database")))
}

pub(crate) fn to_json(what: &str, value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|source| Error::internal(format!("cannot write {what}")).with_source(source))
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|source| Error::internal(format!("cannot read {what}")).with_source(source))
}

/// Reads a unit variant from its stored word through its own serde names, so that there is one
/// list of words.
fn word<T: DeserializeOwned>(what: &str, word: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|source| Error::internal(format!("`{word}` is not a {what}")).with_source(source))
}

pub(crate) fn decision(text: &str) -> Result<Decision> {
    word("decision", text)
}

pub(crate) fn severity(text: &str) -> Result<Severity> {
    word("severity", text)
}

pub(crate) fn point_kind(text: &str) -> Result<PointKind> {
    word("kind of point", text)
}

pub(crate) fn point_kind_word(kind: PointKind) -> &'static str {
    match kind {
        PointKind::Measured => "measured",
        PointKind::Estimated => "estimated",
    }
}

pub(crate) fn message_state(text: &str) -> Result<trimtab_domain::outbox::MessageState> {
    word("message state", text)
}

pub(crate) fn role(text: &str) -> Result<PredictionRole> {
    match text {
        "live" => Ok(PredictionRole::Live),
        "shadow" => Ok(PredictionRole::Shadow),
        _ => Err(Error::internal(format!("`{text}` is not a role"))),
    }
}

const PLAIN: u8 = 1;
const ZSTD: u8 = 2;
/// Shorter bytes are kept plain: windows of few rows are mostly sums and hashes, which do not
/// compress, and a fold writes a thousand of them. Windows of many rows shrink to a fourth.
const COMPRESS_FROM: usize = 16 * 1024;
/// No profile comes near; what claims more is not one of ours.
const UNPACKED_MAX: usize = 1 << 30;

/// Wraps bytes that the ground floor wrote: one byte says how they are packed.
fn pack(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() >= COMPRESS_FROM
        && let Ok(compressed) = zstd::bulk::compress(bytes, 1)
        && let Ok(length) = u32::try_from(bytes.len())
    {
        let mut packed = Vec::with_capacity(compressed.len() + 5);
        packed.push(ZSTD);
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&compressed);
        return packed;
    }
    let mut packed = Vec::with_capacity(bytes.len() + 1);
    packed.push(PLAIN);
    packed.extend_from_slice(bytes);
    packed
}

fn unpack<'a>(what: &str, packed: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    let unknown = || Error::internal(format!("the stored {what} is packed in an unknown way"));
    match packed.split_first() {
        Some((&PLAIN, bytes)) => Ok(Cow::Borrowed(bytes)),
        Some((&ZSTD, rest)) => {
            let (length, compressed) = rest.split_first_chunk().ok_or_else(unknown)?;
            let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| unknown())?;
            if length > UNPACKED_MAX {
                return Err(unknown());
            }
            zstd::bulk::decompress(compressed, length)
                .map(Cow::Owned)
                .map_err(|source| unknown().with_source(source))
        }
        _ => Err(unknown()),
    }
}

fn foreign(what: &'static str) -> impl Fn(trimtab_stats::StatsError) -> Error {
    move |source| Error::internal(format!("cannot read a stored {what}")).with_source(source)
}

pub(crate) fn profile_to_bytes(profile: &DatasetProfile) -> Vec<u8> {
    pack(&profile.to_bytes())
}

pub(crate) fn profile_from_bytes(packed: &[u8]) -> Result<DatasetProfile> {
    DatasetProfile::from_bytes(&unpack("profile", packed)?).map_err(foreign("profile"))
}

pub(crate) fn grid_to_bytes(grid: &trimtab_stats::Grid) -> Vec<u8> {
    pack(&grid.to_bytes())
}

pub(crate) fn grid_from_bytes(packed: &[u8]) -> Result<trimtab_stats::Grid> {
    trimtab_stats::Grid::from_bytes(&unpack("grid", packed)?).map_err(foreign("grid"))
}

const BINARY: u8 = 1;
const REGRESSION: u8 = 2;

pub(crate) fn performance_to_bytes(performance: &PerformanceProfile) -> Vec<u8> {
    let (task, bytes) = match performance {
        PerformanceProfile::Binary(profile) => (BINARY, profile.to_bytes()),
        PerformanceProfile::Regression(profile) => (REGRESSION, profile.to_bytes()),
    };
    let mut tagged = Vec::with_capacity(bytes.len() + 1);
    tagged.push(task);
    tagged.extend_from_slice(&bytes);
    pack(&tagged)
}

pub(crate) fn performance_from_bytes(packed: &[u8]) -> Result<PerformanceProfile> {
    const WHAT: &str = "performance profile";
    match unpack(WHAT, packed)?.split_first() {
        Some((&BINARY, bytes)) => BinaryPerformance::from_bytes(bytes)
            .map(PerformanceProfile::Binary)
            .map_err(foreign(WHAT)),
        Some((&REGRESSION, bytes)) => RegressionPerformance::from_bytes(bytes)
            .map(PerformanceProfile::Regression)
            .map_err(foreign(WHAT)),
        _ => Err(Error::internal(
            "a stored performance profile is of an unknown task",
        )),
    }
}

/// Merges what fits; profiles of different tasks mean that the model was declared anew.
pub(crate) fn merge_performance(
    ours: &mut PerformanceProfile,
    theirs: &PerformanceProfile,
) -> Result<()> {
    match (ours, theirs) {
        (PerformanceProfile::Binary(ours), PerformanceProfile::Binary(theirs)) => {
            ours.merge(theirs).map_err(Error::from)
        }
        (PerformanceProfile::Regression(ours), PerformanceProfile::Regression(theirs)) => {
            ours.merge(theirs).map_err(Error::from)
        }
        _ => Err(Error::conflict("the stored performance is of another task")
            .with_hint("delete the model before its task changes")),
    }
}

/// `false` if there was nothing to take away from.
pub(crate) fn subtract_performance(
    ours: &mut PerformanceProfile,
    theirs: &PerformanceProfile,
) -> bool {
    match (ours, theirs) {
        (PerformanceProfile::Binary(ours), PerformanceProfile::Binary(theirs)) => {
            ours.subtract(theirs).is_ok()
        }
        (PerformanceProfile::Regression(ours), PerformanceProfile::Regression(theirs)) => {
            ours.subtract(theirs).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_bytes_come_back_and_long_ones_shrink() {
        for length in [0, 1, COMPRESS_FROM - 1, COMPRESS_FROM, 300_000] {
            let bytes: Vec<u8> = (0..length).map(|i| b"drift"[i / 9 * i % 5]).collect();
            let packed = pack(&bytes);
            assert_eq!(*unpack("thing", &packed).unwrap(), *bytes);
            assert_eq!(packed.len() < bytes.len(), length >= COMPRESS_FROM);
        }
    }

    #[test]
    fn foreign_bytes_are_refused() {
        for packed in [
            &[][..],
            &[9, 1, 2],
            &[ZSTD],
            &[ZSTD, 1, 0, 0],
            &[ZSTD, 1, 0, 0, 0, 7, 7],
            &[ZSTD, 255, 255, 255, 255, 7, 7],
        ] {
            assert!(unpack("thing", packed).is_err(), "{packed:?}");
        }
        assert!(profile_from_bytes(&[PLAIN, 250]).is_err());
        assert!(performance_from_bytes(&[PLAIN, 250]).is_err());
        assert!(grid_from_bytes(&[PLAIN, 250]).is_err());
    }
}
