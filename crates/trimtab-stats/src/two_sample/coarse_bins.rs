//! The bins of distances between histograms: cut at tenths of the reference alone,
//! open outside.
//!
//! Bins that move with the current sample, or that drop what lies outside the
//! reference's range, hide the drift they should measure.

/// Bins at most; heavy ties make it fewer.
const N_BINS: u64 = 10;

/// Edges from a sorted sample: the values at which a tenth more of it is reached.
pub(crate) fn coarse_edges(sorted: &[f64]) -> Vec<f64> {
    let n = sorted.len() as u64;
    let mut edges: Vec<f64> = Vec::new();
    for tenth in 1..N_BINS {
        let rank = (n * tenth).div_ceil(N_BINS);
        let value = rank
            .checked_sub(1)
            .and_then(|rank| sorted.get(rank as usize));
        if let Some(&value) = value
            && edges.last().is_none_or(|&last| last < value)
        {
            edges.push(value);
        }
    }
    edges
}

/// Rows of a sorted sample per bin; a bin holds its upper edge.
pub(crate) fn coarse_counts(sorted: &[f64], edges: &[f64]) -> Vec<u64> {
    let mut start = 0;
    let mut counts: Vec<u64> = edges
        .iter()
        .map(|edge| {
            let end = start + sorted[start..].partition_point(|value| value <= edge);
            let count = (end - start) as u64;
            start = end;
            count
        })
        .collect();
    counts.push((sorted.len() - start) as u64);
    counts
}

/// The same bins as groups of finer ones: the ends (exclusive) of the groups.
pub(crate) fn coarse_groups(counts: &[u64]) -> Vec<usize> {
    let total: u64 = counts.iter().sum();
    let mut ends = Vec::new();
    let mut seen = 0;
    let mut next = 1;
    for (bin, &count) in counts.iter().enumerate() {
        seen += count;
        if next < N_BINS && count > 0 && reached(seen, next, total) {
            ends.push(bin + 1);
            while next < N_BINS && reached(seen, next, total) {
                next += 1;
            }
        }
    }
    if ends.last() != Some(&counts.len()) {
        ends.push(counts.len());
    }
    ends
}

fn reached(seen: u64, tenth: u64, total: u64) -> bool {
    u128::from(seen) * u128::from(N_BINS) >= u128::from(tenth) * u128::from(total)
}

/// Counts of the finer bins summed up by group.
pub(crate) fn grouped(counts: &[u64], ends: &[usize]) -> Vec<u64> {
    let mut start = 0;
    ends.iter()
        .map(|&end| {
            let sum = counts[start..end].iter().sum();
            start = end;
            sum
        })
        .collect()
}
