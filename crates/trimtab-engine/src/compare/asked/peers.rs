//! What a peer says, column by column.

use super::super::choice;
use super::super::column::Sides;
use super::Pair;
use crate::files::{MISSING, kinds};
use crate::parallel;
use trimtab_domain::check::{CheckRequest, PeerColumn};
use trimtab_domain::result::SharePair;
use trimtab_domain::{Error, Result};
use trimtab_stats::compat::{
    Column, Peer, PeerResult, chunks, compare_categories, compare_numeric,
};

pub(in crate::compare) fn peers(
    request: &CheckRequest,
    peer: Peer,
    names: &[&String],
    sides: Sides<'_>,
) -> Result<Vec<PeerColumn>> {
    let method = match request.methods.as_slice() {
        [] => None,
        [one] => Some(one.name()),
        _ => {
            return Err(Error::invalid("a peer is asked for one method at a time")
                .with_hint("name one --method with --compat, or none for the peer's default"));
        }
    };
    let found = parallel::map(names.len(), |i| one(request, peer, names[i], sides, method))?;
    Ok(found.into_iter().flatten().collect())
}

fn one(
    request: &CheckRequest,
    peer: Peer,
    name: &str,
    sides: Sides<'_>,
    method: Option<&str>,
) -> Result<Option<PeerColumn>> {
    let look = kinds::look(&choice(request), name, [sides.reference, sides.current])?;
    let Some((kind, pair)) = Pair::read(name, &look, sides)? else {
        return Ok(None);
    };
    let (found, n) = asked(peer, &pair, method);
    let (results, error) = match found {
        Ok(results) => (results, None),
        Err(known) => (
            Vec::<PeerResult>::new(),
            Some(format!(
                "{} has no such method for this column; it has {}",
                peer.name(),
                known.join(", ")
            )),
        ),
    };
    let share = |n: usize, rows: usize| (rows > 0).then(|| (rows - n) as f64 / rows as f64);
    Ok(Some(PeerColumn {
        name: name.to_owned(),
        column_type: kind.name().to_owned(),
        n_reference: n[0] as u64,
        n_current: n[1] as u64,
        null_share: SharePair {
            reference: share(n[0], sides.reference.n_rows()),
            current: share(n[1], sides.current.n_rows()),
        },
        results,
        error,
    }))
}

type Found = std::result::Result<Vec<PeerResult>, &'static [&'static str]>;

/// The peer's answer, and how many values each side holds.
fn asked(peer: Peer, pair: &Pair, method: Option<&str>) -> (Found, [usize; 2]) {
    match pair {
        Pair::Numbers { reference, current } => {
            let is_there = |values: &[f64]| values.iter().map(|v| !v.is_nan()).collect::<Vec<_>>();
            let present = |values: &[f64]| {
                values
                    .iter()
                    .copied()
                    .filter(|v| !v.is_nan())
                    .collect::<Vec<_>>()
            };
            let (r, c) = (present(reference), present(current));
            let column = Column {
                reference: &r,
                current: &c,
                reference_chunks: chunks(&is_there(reference)),
                current_chunks: chunks(&is_there(current)),
            };
            (compare_numeric(peer, &column, method), [r.len(), c.len()])
        }
        Pair::Words {
            words,
            reference,
            current,
        } => {
            let is_there = |codes: &[u32]| codes.iter().map(|&c| c != MISSING).collect::<Vec<_>>();
            let present = |codes: &[u32]| {
                codes
                    .iter()
                    .copied()
                    .filter(|&c| c != MISSING)
                    .collect::<Vec<_>>()
            };
            let (r, c) = (present(reference), present(current));
            let column = Column {
                reference: &r,
                current: &c,
                reference_chunks: chunks(&is_there(reference)),
                current_chunks: chunks(&is_there(current)),
            };
            (
                compare_categories(peer, words, &column, method),
                [r.len(), c.len()],
            )
        }
    }
}
