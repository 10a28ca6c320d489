//! Blocks of numbers, for counting many at once.
//!
//! The same counts, sums and registers as value by value, to the last bit, at a fraction
//! of the cost: what needs no look-up is done in straight loops over a short block, and
//! what needs one touches small tables that stay in the nearest cache.

/// Values that are worked on at a time.
pub(super) const BLOCK: usize = 512;
/// Values side by side in a reduction.
const LANES: usize = 4;

type Lanes = [f64; LANES];

/// The finite values of a block, their squares around a centre, and the ranges of both.
pub(super) struct Block {
    values: [Lanes; BLOCK / LANES],
    squares: [Lanes; BLOCK / LANES],
    n: usize,
    pub(super) min: f64,
    pub(super) max: f64,
    /// Smallest magnitude of a value.
    pub(super) least: f64,
    pub(super) square_min: f64,
    pub(super) square_max: f64,
}

impl Block {
    pub(super) fn new() -> Self {
        Self {
            values: [[0.0; LANES]; BLOCK / LANES],
            squares: [[0.0; LANES]; BLOCK / LANES],
            n: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            least: f64::INFINITY,
            square_min: f64::INFINITY,
            square_max: 0.0,
        }
    }

    /// Takes at most [`BLOCK`] values; those that are not finite are handed to `other`.
    pub(super) fn fill(&mut self, values: &[f64], centre: f64, mut other: impl FnMut(f64)) {
        self.n = values.len();
        self.values.as_flattened_mut()[..self.n].copy_from_slice(values);
        self.pad();
        if !self.measure() {
            let mut n = 0;
            for &value in values {
                if value.is_finite() {
                    self.values.as_flattened_mut()[n] = value;
                    n += 1;
                } else {
                    other(value);
                }
            }
            self.n = n;
            self.pad();
            self.measure();
        }
        self.square(centre);
    }

    fn n_lanes(&self) -> usize {
        self.n.div_ceil(LANES)
    }

    /// Fills the last lanes with a value that changes no range.
    fn pad(&mut self) {
        let end = self.n_lanes() * LANES;
        let values = self.values.as_flattened_mut();
        let first = values[0];
        values[self.n..end].fill(first);
    }

    /// Finds the range, and whether all values are finite.
    fn measure(&mut self) -> bool {
        let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (mut least, mut nothing) = ([f64::INFINITY; LANES], [0.0; LANES]);
        let n_lanes = self.n_lanes();
        for values in &mut self.values[..n_lanes] {
            for i in 0..LANES {
                // Both zeros are one value.
                let value = values[i] + 0.0;
                values[i] = value;
                // Stays zero while values are finite.
                nothing[i] += value * 0.0;
                min[i] = smaller(value, min[i]);
                max[i] = larger(value, max[i]);
                least[i] = smaller(value.abs(), least[i]);
            }
        }
        self.min = fold(min, smaller);
        self.max = fold(max, larger);
        self.least = fold(least, smaller);
        nothing == [0.0; LANES]
    }

    /// Squares the deviations from the centre; those too large for a number become the
    /// largest there is.
    fn square(&mut self, centre: f64) {
        let (mut min, mut max) = ([f64::INFINITY; LANES], [0.0; LANES]);
        let n_lanes = self.n_lanes();
        let squares = &mut self.squares[..n_lanes];
        for (squares, values) in squares.iter_mut().zip(&self.values[..n_lanes]) {
            for i in 0..LANES {
                let deviation = values[i] - centre;
                let square = smaller(deviation * deviation, f64::MAX);
                squares[i] = square;
                min[i] = smaller(square, min[i]);
                max[i] = larger(square, max[i]);
            }
        }
        self.square_min = fold(min, smaller);
        self.square_max = fold(max, larger);
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values.as_flattened()[..self.n]
    }

    pub(super) fn squares(&self) -> &[f64] {
        &self.squares.as_flattened()[..self.n]
    }
}

fn fold(lanes: Lanes, of_two: impl Fn(f64, f64) -> f64) -> f64 {
    of_two(of_two(lanes[0], lanes[1]), of_two(lanes[2], lanes[3]))
}

/// The smaller of two numbers in one instruction, which the library's, with its care
/// about values that are none, isn't.
#[inline]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
