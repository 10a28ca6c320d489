//! Bins to draw: at most forty, on the same edges for both sides.
//!
//! A grid knows its reference's range. Of values beyond it a profile knows how many there are,
//! how far out the furthest lies and what their mean is, but not how they lie between: a few are
//! drawn as one open bin; if they are many, they are spread so that extreme and mean are kept.

use super::drift_shape::DisplayBin;
use trimtab_stats::{NumericGrid, NumericProfile};

const BINS_MAX: usize = 40;
/// A smaller share of a side beyond the reference's range is one open bin.
const SHARE_BEYOND: f64 = 0.05;
/// What lies further out than all but so much of a side goes into the open bins.
const SHARE_OUTER: f64 = 0.005;

/// The grid's own bins where they are few, else bins of equal width over the middle of both
/// sides, with an open one at each end.
pub(super) fn bins(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Vec<DisplayBin> {
    let sides = [pieces(grid, reference), pieces(grid, current)];
    let is_within = || !sides.iter().any(|side| goes_beyond(grid, side));
    let edges = if grid.n_bins() <= BINS_MAX && (grid.is_exact() || is_within()) {
        grid.edges().to_vec()
    } else {
        even_edges(grid, &sides)
    };
    let [reference, current] = sides.map(|pieces| spread(&pieces, &edges));
    reference
        .into_iter()
        .zip(current)
        .enumerate()
        .map(|(idx, (reference, current))| DisplayBin {
            from: idx.checked_sub(1).and_then(|idx| edges.get(idx).copied()),
            to: edges.get(idx).copied(),
            reference,
            current,
        })
        .collect()
}

/// A share of a side that lies evenly between two values, or on one where they are equal.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: f64,
    to: f64,
    share: f64,
}

/// A side in pieces, in order.
fn pieces(grid: &NumericGrid, profile: &NumericProfile) -> Vec<Piece> {
    let n_rows = profile.n() as f64;
    let (Some(&first), Some(&last)) = (grid.edges().first(), grid.edges().last()) else {
        return Vec::new();
    };
    let (Some(min), Some(max)) = (profile.min(), profile.max()) else {
        return Vec::new();
    };
    let mut pieces = Vec::new();
    for (bin, count) in profile.counts().iter().enumerate() {
        if *count == 0 {
            continue;
        }
        let share = *count as f64 / n_rows;
        let from = bin.checked_sub(1).and_then(|idx| grid.edges().get(idx));
        match (from, grid.edges().get(bin)) {
            (Some(&from), Some(&to)) if !grid.is_exact() => pieces.push(Piece { from, to, share }),
            (Some(_), Some(&to)) => pieces.push(Piece {
                from: to,
                to,
                share,
            }),
            (None, _) => {
                let mean = profile.mean_below().unwrap_or(first);
                pieces.extend(with_mean(min, mean, max.min(first), share));
            }
            (Some(_), None) => {
                let mean = profile.mean_above().unwrap_or(last);
                pieces.extend(with_mean(min.max(last), mean, max, share));
            }
        }
    }
    pieces
}

/// Values between two ends, spread evenly on each side of their mean so that it is kept.
fn with_mean(from: f64, mean: f64, to: f64, share: f64) -> Vec<Piece> {
    let mean = mean.clamp(from, to.max(from));
    if from >= to || !(from.is_finite() && to.is_finite()) {
        let (from, to) = (mean, mean);
        return vec![Piece { from, to, share }];
    }
    let above = (mean - from) / (to - from);
    let below = Piece {
        from,
        to: mean,
        share: share * (1.0 - above),
    };
    let above = Piece {
        from: mean,
        to,
        share: share * above,
    };
    vec![below, above]
}

/// Shares of a side below and above the grid's range.
fn beyond(grid: &NumericGrid, pieces: &[Piece]) -> (f64, f64) {
    let (Some(&first), Some(&last)) = (grid.edges().first(), grid.edges().last()) else {
        return (0.0, 0.0);
    };
    let sum = |is_there: &dyn Fn(&Piece) -> bool| {
        let there = pieces.iter().filter(|piece| is_there(piece));
        there.map(|piece| piece.share).sum::<f64>()
    };
    (
        sum(&|piece| piece.from < first),
        sum(&|piece| piece.to > last),
    )
}

fn goes_beyond(grid: &NumericGrid, pieces: &[Piece]) -> bool {
    let (below, above) = beyond(grid, pieces);
    below > SHARE_BEYOND || above > SHARE_BEYOND
}

fn even_edges(grid: &NumericGrid, sides: &[Vec<Piece>; 2]) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (grid.edges().first(), grid.edges().last()) else {
        return Vec::new();
    };
    let low = sides.iter().filter_map(|side| {
        let low = quantile(side, SHARE_OUTER)?;
        let is_many = beyond(grid, side).0 > SHARE_BEYOND;
        Some(if is_many { low } else { low.max(first) })
    });
    let high = sides.iter().filter_map(|side| {
        let high = quantile(side, 1.0 - SHARE_OUTER)?;
        let is_many = beyond(grid, side).1 > SHARE_BEYOND;
        Some(if is_many { high } else { high.min(last) })
    });
    let (Some(low), Some(high)) = (low.min_by(f64::total_cmp), high.max_by(f64::total_cmp)) else {
        return Vec::new();
    };
    if low >= high {
        return vec![low];
    }
    let n_inner = BINS_MAX - 2;
    (0..=n_inner)
        .map(|idx| low + (high - low) * idx as f64 / n_inner as f64)
        .collect()
}

fn quantile(pieces: &[Piece], p: f64) -> Option<f64> {
    let mut seen = 0.0;
    for piece in pieces.iter().filter(|piece| piece.share > 0.0) {
        if seen + piece.share >= p {
            let weight = ((p - seen) / piece.share).clamp(0.0, 1.0);
            return Some(piece.from + (piece.to - piece.from) * weight);
        }
        seen += piece.share;
    }
    pieces.last().map(|piece| piece.to)
}

/// Shares in display bins: a piece that spans several is cut.
fn spread(pieces: &[Piece], edges: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; edges.len() + 1];
    let inside = |value: f64| edges.partition_point(|edge| *edge < value);
    for piece in pieces {
        let (first, last) = (inside(piece.from), inside(piece.to));
        if first == last {
            shares[last] += piece.share;
            continue;
        }
        for (idx, share) in shares.iter_mut().enumerate().take(last + 1).skip(first) {
            let low = match idx.checked_sub(1).and_then(|idx| edges.get(idx)) {
                Some(edge) => edge.max(piece.from),
                None => piece.from,
            };
            let high = edges.get(idx).map_or(piece.to, |edge| edge.min(piece.to));
            if high > low {
                *share += piece.share * (high - low) / (piece.to - piece.from);
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(from: f64, to: f64, n: u32) -> Vec<f64> {
        (0..n)
            .map(|idx| from + (to - from) * f64::from(idx) / f64::from(n - 1))
            .collect()
    }

    fn drawn(reference: &[f64], current: &[f64]) -> Vec<DisplayBin> {
        let grid = NumericGrid::from_sample(&mut reference.to_vec(), 256).unwrap();
        let profile = |values: &[f64]| {
            let mut profile = NumericProfile::empty(&grid);
            profile.add_values(&grid, values);
            profile
        };
        let bins = bins(&grid, &profile(reference), &profile(current));
        assert!(bins.len() <= BINS_MAX, "{}", bins.len());
        for side in [
            |bin: &DisplayBin| bin.reference,
            |bin: &DisplayBin| bin.current,
        ] {
            let sum: f64 = bins.iter().map(side).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
        bins
    }

    #[test]
    fn a_window_beyond_the_reference_is_drawn_where_its_rows_are() {
        let bins = drawn(&even(10.0, 65.0, 5_000), &even(78.0, 96.0, 400));
        let largest = bins
            .iter()
            .map(|bin| bin.current)
            .max_by(f64::total_cmp)
            .unwrap();
        assert!(largest < 0.25, "no spike: {largest}");
        for bin in bins.iter().filter(|bin| bin.current > 0.0) {
            assert!(bin.to.is_none_or(|to| to > 77.9), "{bin:?}");
        }
        let outer = bins.last().unwrap();
        assert!(outer.to.is_none() && outer.current < 0.02, "{outer:?}");
    }

    #[test]
    fn a_few_rows_beyond_the_reference_are_one_open_bin() {
        let mut current = even(10.0, 65.0, 980);
        current.extend(even(500.0, 1_300.0, 20));
        let bins = drawn(&even(10.0, 65.0, 5_000), &current);
        let outer = bins.last().unwrap();
        assert_eq!(outer.to, None);
        assert!(outer.from.unwrap() <= 65.0, "{outer:?}");
        assert!((0.019..0.03).contains(&outer.current), "{outer:?}");
    }

    #[test]
    fn a_mean_is_kept() {
        let pieces = with_mean(100.0, 150.0, 1_300.0, 1.0);
        let mean: f64 = pieces
            .iter()
            .map(|piece| piece.share * (piece.from + piece.to) / 2.0)
            .sum();
        assert!((mean - 150.0).abs() < 1e-9, "{mean}");
    }
}
