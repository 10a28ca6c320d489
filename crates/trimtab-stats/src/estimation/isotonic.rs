//! The rising step function nearest to labels.

use crate::error::StatsError;

/// A rising function fitted to labels by least squares, linear between its corners.
///
/// # Source
///
/// Pool adjacent violators (Barlow et al. 1972), as scikit-learn's `IsotonicRegression` with
/// `out_of_bounds="clip"`: tied inputs enter with their mean label and their number as weight,
/// and a prediction between two corners is interpolated.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    inputs: Vec<f64>,
    outputs: Vec<f64>,
}

/// Neighbours that share one output.
struct Pool {
    weight: f64,
    mean: f64,
    first: f64,
    last: f64,
}

impl Isotonic {
    /// Fits to pairs in any order.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if the slices differ in length.
    /// * [`StatsError::EmptySample`] without a pair.
    /// * [`StatsError::NotFinite`] if an input or a label is not finite.
    pub fn fit(inputs: &[f64], labels: &[f64]) -> Result<Self, StatsError> {
        if inputs.len() != labels.len() {
            return Err(StatsError::BinCountMismatch {
                reference: inputs.len(),
                current: labels.len(),
            });
        }
        if inputs.is_empty() {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        }
        if inputs.iter().chain(labels).any(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite {
                sample: "reference",
            });
        }
        let mut pairs: Vec<(f64, f64)> =
            inputs.iter().copied().zip(labels.iter().copied()).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut pools: Vec<Pool> = Vec::new();
        for ties in pairs.chunk_by(|a, b| a.0 == b.0) {
            let weight = ties.len() as f64;
            pools.push(Pool {
                weight,
                mean: ties.iter().map(|pair| pair.1).sum::<f64>() / weight,
                first: ties[0].0,
                last: ties[0].0,
            });
            merge_violators(&mut pools);
        }
        let mut fitted = Self {
            inputs: Vec::with_capacity(2 * pools.len()),
            outputs: Vec::with_capacity(2 * pools.len()),
        };
        for pool in &pools {
            fitted.push(pool.first, pool.mean);
            if pool.last > pool.first {
                fitted.push(pool.last, pool.mean);
            }
        }
        Ok(fitted)
    }

    fn push(&mut self, input: f64, output: f64) {
        self.inputs.push(input);
        self.outputs.push(output);
    }

    /// The function's value; that of the nearest corner outside the fitted range, and not a number
    /// for an input that is none.
    pub fn predict(&self, input: f64) -> f64 {
        if input.is_nan() {
            return f64::NAN;
        }
        let above = self.inputs.partition_point(|corner| *corner < input);
        if above == 0 {
            return self.outputs[0];
        }
        if above == self.inputs.len() {
            return self.outputs[above - 1];
        }
        let (x0, x1) = (self.inputs[above - 1], self.inputs[above]);
        let (y0, y1) = (self.outputs[above - 1], self.outputs[above]);
        y0 + (y1 - y0) * ((input - x0) / (x1 - x0))
    }
}

fn merge_violators(pools: &mut Vec<Pool>) {
    while let [.., left, right] = pools.as_mut_slice() {
        if left.mean <= right.mean {
            break;
        }
        let weight = left.weight + right.weight;
        left.mean = (left.weight * left.mean + right.weight * right.mean) / weight;
        left.weight = weight;
        left.last = right.last;
        pools.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_share_their_mean_and_gaps_are_bridged() {
        let fitted = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 1.0]).unwrap();
        assert_eq!(fitted.predict(1.0), 0.0);
        assert_eq!(fitted.predict(2.0), 0.5);
        assert_eq!(fitted.predict(2.7), 0.5);
        assert_eq!(fitted.predict(3.5), 0.75);
        assert_eq!(fitted.predict(-9.0), 0.0);
        assert_eq!(fitted.predict(9.0), 1.0);
    }

    #[test]
    fn order_does_not_matter_and_a_constant_stays_one() {
        let rising = Isotonic::fit(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]).unwrap();
        assert_eq!(rising.predict(2.5), 0.1);
        let one = Isotonic::fit(&[2.0, 1.0, 1.0], &[1.0, 0.0, 1.0]).unwrap();
        let other = Isotonic::fit(&[1.0, 1.0, 2.0], &[1.0, 0.0, 1.0]).unwrap();
        assert_eq!(one, other);
        assert_eq!(one.predict(1.0), 0.5);
    }
}
