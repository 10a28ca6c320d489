//! Both sides in a few bins, for a small histogram in a terminal or a report.

use trimtab_domain::check::ColumnSketch;
use trimtab_stats::Spread;

/// Bins between the reference's 1st and 99th percentile; two open ones come on top.
const BINS: u32 = 10;
/// Categories shown by name; the rest is one bar.
const CATEGORIES: usize = 8;

/// Draws numbers, both sides in ascending order.
pub(super) fn of_numbers(name: &str, reference: &[f64], current: &[f64]) -> Option<ColumnSketch> {
    let spread = Spread::from_sorted(reference).ok()?;
    let (low, high) = if spread.p01 < spread.p99 {
        (spread.p01, spread.p99)
    } else {
        (spread.min, spread.max)
    };
    if low >= high {
        return of_constant(name, low, current);
    }
    let width = (high - low) / f64::from(BINS);
    let edges: Vec<f64> = (0..=BINS).map(|i| low + f64::from(i) * width).collect();
    let mut labels = vec![format!("≤ {}", short(low))];
    labels.extend(
        edges
            .windows(2)
            .map(|pair| format!("{} – {}", short(pair[0]), short(pair[1]))),
    );
    labels.push(format!("> {}", short(high)));
    let shares = |values: &[f64]| {
        let mut counts = Vec::with_capacity(labels.len());
        let mut start = 0;
        for edge in &edges {
            let end = values.partition_point(|value| value <= edge);
            counts.push((end - start) as u64);
            start = end;
        }
        counts.push((values.len() - start) as u64);
        shares_of(&counts)
    };
    Some(ColumnSketch {
        reference: shares(reference),
        current: shares(current),
        name: name.to_owned(),
        labels,
    })
}

fn of_constant(name: &str, value: f64, current: &[f64]) -> Option<ColumnSketch> {
    if current.is_empty() {
        return None;
    }
    let mut counts = [0_u64; 3];
    for other in current {
        let place = match other.total_cmp(&value) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Greater => 2,
        };
        counts[place] += 1;
    }
    let value = short(value);
    Some(ColumnSketch {
        name: name.to_owned(),
        labels: vec![format!("< {value}"), value.clone(), format!("> {value}")],
        reference: vec![0.0, 1.0, 0.0],
        current: shares_of(&counts),
    })
}

/// Draws categories: the reference's commonest, then all others.
pub(super) fn of_words(
    name: &str,
    reference: &[(String, u64)],
    current: &[(String, u64)],
) -> Option<ColumnSketch> {
    let mut ranked: Vec<&(String, u64)> = reference.iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked.truncate(CATEGORIES);
    if ranked.is_empty() {
        return None;
    }
    let mut labels: Vec<String> = ranked.iter().map(|(word, _)| word.clone()).collect();
    let counts_of = |side: &[(String, u64)]| {
        let mut counts = vec![0_u64; ranked.len() + 1];
        for (word, count) in side {
            let place = labels.iter().position(|label| label == word);
            counts[place.unwrap_or(ranked.len())] += count;
        }
        counts
    };
    let mut reference = counts_of(reference);
    let mut current = counts_of(current);
    if reference.last() == Some(&0) && current.last() == Some(&0) {
        reference.pop();
        current.pop();
    } else {
        labels.push("(other)".to_owned());
    }
    Some(ColumnSketch {
        name: name.to_owned(),
        labels,
        reference: shares_of(&reference),
        current: shares_of(&current),
    })
}

#[expect(clippy::cast_precision_loss, reason = "shares are drawn, not tested")]
fn shares_of(counts: &[u64]) -> Vec<f64> {
    let total: u64 = counts.iter().sum();
    counts
        .iter()
        .map(|count| *count as f64 / total.max(1) as f64)
        .collect()
}

/// A number in few characters.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e6).contains(&size) {
        let digits = if size >= 100.0 {
            0
        } else if size >= 1.0 {
            1
        } else {
            3
        };
        format!("{value:.digits$}")
    } else {
        format!("{value:.2e}")
    }
}
