//! Finite stand-ins for values that methods with distances cannot take.

/// Ranges beyond the reference at which infinities stand.
const BEYOND: f64 = 1e6;

/// Median and range of every column of the reference.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filling {
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    median: f64,
    low: f64,
    high: f64,
}

impl Filling {
    pub(super) fn fit(values: &[f64], n_columns: usize) -> Self {
        let columns = (0..n_columns)
            .map(|j| {
                let mut column: Vec<f64> = values
                    .iter()
                    .skip(j)
                    .step_by(n_columns)
                    .copied()
                    .filter(|x| x.is_finite())
                    .collect();
                column.sort_unstable_by(f64::total_cmp);
                Column::of_sorted(&column)
            })
            .collect();
        Self { columns }
    }

    /// A missing value is the column's median, which stands out nowhere; an infinity lies
    /// a million ranges beyond the reference, and so does everything farther out.
    #[inline]
    pub(super) fn value(&self, column: usize, value: f64) -> f64 {
        let column = self.columns[column];
        if value.is_nan() {
            column.median
        } else {
            value.max(column.low).min(column.high)
        }
    }

    pub(super) fn fill(&self, row: &[f64], out: &mut [f64]) {
        for (j, (out, &value)) in out.iter_mut().zip(row).enumerate() {
            *out = self.value(j, value);
        }
    }

    /// All rows filled.
    pub(super) fn fill_all(&self, values: &[f64]) -> Vec<f64> {
        let mut filled = values.to_vec();
        let n_columns = self.columns.len();
        for (row, out) in values.chunks(n_columns).zip(filled.chunks_mut(n_columns)) {
            self.fill(row, out);
        }
        filled
    }
}

impl Column {
    fn of_sorted(sorted: &[f64]) -> Self {
        let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else {
            return Self {
                median: 0.0,
                low: 0.0,
                high: 0.0,
            };
        };
        // An infinite range clamps below; a constant column gets a little room.
        let range = (last - first)
            .max(first.abs().max(last.abs()) * 1e-6)
            .max(1e-6);
        let limit = f64::MAX / 4.0;
        Self {
            median: sorted[sorted.len() / 2],
            low: (first - BEYOND * range).max(-limit).min(first),
            high: (last + BEYOND * range).min(limit).max(last),
        }
    }
}
