//! Histograms as NumPy makes them.

/// Edges of `n` equal bins from the smallest to the largest value; one bin of width 1 around a
/// constant.
fn equal_edges(min: f64, max: f64, n: usize) -> Vec<f64> {
    let (min, max, n) = if min == max {
        (min - 0.5, max + 0.5, n.max(1))
    } else {
        (min, max, n.max(1))
    };
    let step = (max - min) / n as f64;
    let mut edges: Vec<f64> = (0..=n).map(|i| i as f64 * step + min).collect();
    edges[n] = max;
    edges
}

fn bounds<'a>(values: impl Iterator<Item = &'a f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| {
        (low.min(v), high.max(v))
    })
}

/// Number of bins that cover the range at a width.
fn n_bins(range: f64, width: f64) -> usize {
    if width > 0.0 {
        (range / width).ceil() as usize
    } else {
        1
    }
}

/// Edges by Sturges' rule on values of one or two samples.
pub(super) fn sturges_edges(first: &[f64], second: &[f64]) -> Vec<f64> {
    let (min, max) = bounds(first.iter().chain(second));
    let n = (first.len() + second.len()) as f64;
    let range = max - min;
    equal_edges(min, max, n_bins(range, range / (n.log2() + 1.0)))
}

/// Edges by Doane's rule.
pub(super) fn doane_edges(values: &[f64]) -> Vec<f64> {
    let (min, max) = bounds(values.iter());
    let n = values.len() as f64;
    let range = max - min;
    let mut width = 0.0;
    if values.len() > 2 {
        let spread = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
        let (mean, sd) = super::mean_and_sd(values);
        if sd > 0.0 {
            let skewness = values
                .iter()
                .map(|v| ((v - mean) / sd).powi(3))
                .sum::<f64>()
                / n;
            width = range / (1.0 + n.log2() + (1.0 + skewness.abs() / spread).log2());
        }
    }
    equal_edges(min, max, n_bins(range, width))
}

/// Edges of `n` bins over the range of the values.
pub(super) fn range_edges(values: &[f64], n: usize) -> Vec<f64> {
    let (min, max) = bounds(values.iter());
    equal_edges(min, max, n)
}

/// Counts in bins `[edge, next edge)`, the last one closed; values outside are dropped.
pub(super) fn histogram(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let last = edges.len() - 1;
    let mut counts = vec![0.0; last];
    for &value in values {
        let above = edges.partition_point(|edge| *edge <= value);
        if above > last {
            if value == edges[last] {
                counts[last - 1] += 1.0;
            }
        } else if above > 0 {
            counts[above - 1] += 1.0;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_closed_below_and_the_last_above() {
        let edges = equal_edges(0.0, 4.0, 4);
        assert_eq!(
            histogram(&[-1.0, 0.0, 1.0, 3.9, 4.0, 4.1], &edges),
            [1.0, 1.0, 0.0, 2.0]
        );
    }

    #[test]
    fn a_constant_has_one_bin_of_width_one() {
        assert_eq!(doane_edges(&[7.0; 5]), [6.5, 7.5]);
        assert_eq!(sturges_edges(&[7.0], &[7.0]), [6.5, 7.5]);
    }
}
