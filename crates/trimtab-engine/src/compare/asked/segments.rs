//! Rows of one value of a column against the same rows of the reference.

use super::super::choice;
use super::super::column::Sides;
use super::Pair;
use crate::files::{Dictionary, MISSING, kinds};
use crate::parallel;
use std::collections::BTreeMap;
use trimtab_domain::check::{CheckRequest, SegmentEvidence};
use trimtab_domain::{Error, Result};
use trimtab_stats::ColumnEvidence;

/// Segments of one column at most: more are no segments.
const SEGMENTS_MAX: usize = 100;

/// The rows of one value.
struct Segment {
    column: String,
    value: String,
    reference: Vec<u32>,
    current: Vec<u32>,
}

pub(in crate::compare) fn segments(
    request: &CheckRequest,
    names: &[&String],
    sides: Sides<'_>,
) -> Result<Vec<SegmentEvidence>> {
    let mut segments = Vec::new();
    for column in &request.segments {
        segments.extend(rows_of(column, sides)?);
    }
    if segments.is_empty() {
        return Ok(Vec::new());
    }
    let columns = parallel::map(names.len(), |i| {
        on_segments(request, names[i], sides, &segments)
    })?;
    let mut found: Vec<SegmentEvidence> = segments
        .iter()
        .map(|segment| SegmentEvidence {
            column: segment.column.clone(),
            value: segment.value.clone(),
            n_reference: segment.reference.len() as u64,
            n_current: segment.current.len() as u64,
            columns: Vec::new(),
        })
        .collect();
    for evidence in columns {
        for (segment, evidence) in found.iter_mut().zip(evidence) {
            // Within a segment its own column is constant.
            if segment.column != evidence.name {
                segment.columns.push(evidence);
            }
        }
    }
    Ok(found)
}

fn rows_of(column: &str, sides: Sides<'_>) -> Result<Vec<Segment>> {
    sides.reference.require(column)?;
    sides.current.require(column)?;
    let mut dictionary = Dictionary::default();
    let of_reference = sides.reference.codes(column, &mut dictionary)?;
    let of_current = sides.current.codes(column, &mut dictionary)?;
    let words = dictionary.into_words();
    if words.len() > SEGMENTS_MAX {
        return Err(Error::invalid(format!(
            "column `{column}` has {} values, more than {SEGMENTS_MAX} segments",
            words.len()
        ))
        .with_hint("cut segments by a column with fewer values"));
    }
    let mut found: BTreeMap<&str, Segment> = words
        .iter()
        .map(|word| {
            let segment = Segment {
                column: column.to_owned(),
                value: word.clone(),
                reference: Vec::new(),
                current: Vec::new(),
            };
            (word.as_str(), segment)
        })
        .collect();
    let mut add = |codes: &[u32], side: fn(&mut Segment) -> &mut Vec<u32>| {
        for (row, &code) in (0_u32..).zip(codes) {
            if code == MISSING {
                continue;
            }
            if let Some(segment) = found.get_mut(words[code as usize].as_str()) {
                side(segment).push(row);
            }
        }
    };
    add(&of_reference, |segment| &mut segment.reference);
    add(&of_current, |segment| &mut segment.current);
    Ok(found.into_values().collect())
}

fn on_segments(
    request: &CheckRequest,
    name: &str,
    sides: Sides<'_>,
    segments: &[Segment],
) -> Result<Vec<ColumnEvidence>> {
    let look = kinds::look(&choice(request), name, [sides.reference, sides.current])?;
    let Some((kind, pair)) = Pair::read(name, &look, sides)? else {
        return Ok(Vec::new());
    };
    Ok(segments
        .iter()
        .map(|segment| pair.evidence(name, kind, [&segment.reference, &segment.current]))
        .collect())
}
