//! Small dense linear algebra: covariance and symmetric eigenvalues.
//!
//! Matrices are row-major slices. Meant for as many rows as a table has columns (tens, or the
//! hundreds of an embedding), where a plain `O(n³)` in one thread is a matter of milliseconds.

/// Means of the columns and their covariance matrix with denominator `n − 1`.
///
/// `rows` holds `n` rows of `n_columns` finite values. Two passes, so that a large common
/// offset costs no digits. A single row gives a matrix of zeros.
pub(crate) fn covariance(rows: &[f64], n_columns: usize) -> (Vec<f64>, Vec<f64>) {
    let n_rows = rows.len() / n_columns;
    let means = column_means(rows, n_columns);
    let mut matrix = vec![0.0; n_columns * n_columns];
    let mut centred = vec![0.0; n_columns];
    for row in rows.chunks_exact(n_columns) {
        for ((slot, value), mean) in centred.iter_mut().zip(row).zip(&means) {
            *slot = value - mean;
        }
        for (i, &factor) in centred.iter().enumerate() {
            let line = &mut matrix[i * n_columns..=i * n_columns + i];
            for (cell, other) in line.iter_mut().zip(&centred) {
                *cell += factor * other;
            }
        }
    }
    let denominator = (n_rows.max(2) - 1) as f64;
    for i in 0..n_columns {
        for j in 0..=i {
            let value = matrix[i * n_columns + j] / denominator;
            matrix[i * n_columns + j] = value;
            matrix[j * n_columns + i] = value;
        }
    }
    (means, matrix)
}

/// Means of the columns of row-major `rows`.
pub(crate) fn column_means(rows: &[f64], n_columns: usize) -> Vec<f64> {
    let n_rows = (rows.len() / n_columns) as f64;
    let mut means = vec![0.0; n_columns];
    for row in rows.chunks_exact(n_columns) {
        for (mean, value) in means.iter_mut().zip(row) {
            // Divided first: a sum of values near 1e308 would overflow.
            *mean += value / n_rows;
        }
    }
    // One correction takes out the rounding of the first pass.
    let mut rest = vec![0.0; n_columns];
    for row in rows.chunks_exact(n_columns) {
        for ((rest, value), mean) in rest.iter_mut().zip(row).zip(&means) {
            *rest += (value - mean) / n_rows;
        }
    }
    for (mean, rest) in means.iter_mut().zip(rest) {
        *mean += rest;
    }
    means
}

pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Eigenvalues in descending order, each with its unit eigenvector.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    /// Row `k` is the vector of value `k`.
    pub(crate) vectors: Vec<f64>,
}

impl Eigen {
    pub(crate) fn vector(&self, k: usize) -> &[f64] {
        let n = self.values.len();
        &self.vectors[k * n..(k + 1) * n]
    }
}

/// Eigenvalues and eigenvectors of a symmetric matrix of finite values.
///
/// Householder's reduction to tridiagonal form, then QL with implicit Wilkinson shifts
/// (J. Wilkinson and C. Reinsch, *Linear Algebra*, 1971). Absolute error of a value about
/// 1e-15 of the largest. The sign of a vector is that which makes its largest entry positive.
pub(crate) fn symmetric_eigen(matrix: &[f64], n: usize) -> Eigen {
    let scale = matrix.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let scaled: Vec<f64> = matrix.iter().map(|x| x / scale).collect();
    let (mut diagonal, mut off, mut vectors) = tridiagonalise(scaled, n);
    diagonalise(&mut diagonal, &mut off, &mut vectors);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]));
    let mut sorted = Vec::with_capacity(n * n);
    for &k in &order {
        let vector = &vectors[k * n..(k + 1) * n];
        let largest = vector
            .iter()
            .fold(0.0_f64, |max, &x| if x.abs() > max.abs() { x } else { max });
        let sign = if largest < 0.0 { -1.0 } else { 1.0 };
        sorted.extend(vector.iter().map(|x| sign * x));
    }
    Eigen {
        values: order.iter().map(|&k| diagonal[k] * scale).collect(),
        vectors: sorted,
    }
}

/// Diagonal, off-diagonal (`off[k]` couples `k` and `k + 1`) and the rotation whose rows are
/// the new basis.
fn tridiagonalise(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut off = vec![0.0; n];
    let mut mirrors: Vec<Vec<f64>> = Vec::with_capacity(n);
    for k in 0..n.saturating_sub(1) {
        let mut v: Vec<f64> = (k + 1..n).map(|i| a[i * n + k]).collect();
        let norm = dot(&v, &v).sqrt();
        let tail = dot(&v[1..], &v[1..]);
        if tail == 0.0 {
            off[k] = v[0];
            mirrors.push(Vec::new());
            continue;
        }
        let alpha = if v[0] > 0.0 { -norm } else { norm };
        off[k] = alpha;
        v[0] -= alpha;
        let length = dot(&v, &v).sqrt();
        for x in &mut v {
            *x /= length;
        }
        mirror_both_sides(&mut a, n, k + 1, &v);
        mirrors.push(v);
    }
    let diagonal = (0..n).map(|i| a[i * n + i]).collect();
    // Q = H_0 H_1 …; row i of Qᵀ is basis vector i. Built from the last mirror on.
    let mut basis = vec![0.0; n * n];
    (0..n).for_each(|i| basis[i * n + i] = 1.0);
    for (k, v) in mirrors.iter().enumerate().rev() {
        if v.is_empty() {
            continue;
        }
        for row in basis[(k + 1) * n..].chunks_exact_mut(n) {
            let tail = &mut row[k + 1..];
            let twice = 2.0 * dot(tail, v);
            tail.iter_mut().zip(v).for_each(|(x, v)| *x -= twice * v);
        }
    }
    (diagonal, off, basis)
}

/// `A ← H A H` on the trailing block from `from`, with `H = I − 2 v vᵀ`.
fn mirror_both_sides(a: &mut [f64], n: usize, from: usize, v: &[f64]) {
    let size = n - from;
    let mut p: Vec<f64> = (0..size)
        .map(|i| dot(&a[(from + i) * n + from..(from + i + 1) * n], v))
        .collect();
    let along = dot(&p, v);
    p.iter_mut().zip(v).for_each(|(p, v)| *p -= along * v);
    for i in 0..size {
        let line = &mut a[(from + i) * n + from..(from + i + 1) * n];
        for ((cell, pj), vj) in line.iter_mut().zip(&p).zip(v) {
            *cell -= 2.0 * (v[i] * pj + p[i] * vj);
        }
    }
}

/// QL sweeps until every off-diagonal element is negligible; `vectors` holds the basis as rows.
fn diagonalise(d: &mut [f64], e: &mut [f64], vectors: &mut [f64]) {
    let n = d.len();
    for l in 0..n {
        // Three sweeps suffice on average; the bound only guards against a loop without end.
        for _ in 0..200 {
            let m = (l..n - 1)
                .find(|&m| e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs()))
                .unwrap_or(n - 1);
            if m == l {
                break;
            }
            ql_sweep(d, e, vectors, l, m);
        }
    }
}

/// One implicit QL sweep over the unreduced block `l..=m`.
fn ql_sweep(d: &mut [f64], e: &mut [f64], vectors: &mut [f64], l: usize, m: usize) {
    let n = d.len();
    let half = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let root = half.hypot(1.0);
    let shift = d[m] - d[l] + e[l] / (half + if half >= 0.0 { root } else { -root });
    let (mut sine, mut cosine, mut carried, mut g) = (1.0, 1.0, 0.0, shift);
    for i in (l..m).rev() {
        let f = sine * e[i];
        let b = cosine * e[i];
        let r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            // The block fell apart: take back the shift and begin again.
            d[i + 1] -= carried;
            e[m] = 0.0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - carried;
        let t = (d[i] - g) * sine + 2.0 * cosine * b;
        carried = sine * t;
        d[i + 1] = g + carried;
        g = cosine * t - b;
        let (upper, lower) = vectors.split_at_mut((i + 1) * n);
        for (x, y) in upper[i * n..].iter_mut().zip(&mut lower[..n]) {
            let (u, v) = (*x, *y);
            *y = sine * u + cosine * v;
            *x = cosine * u - sine * v;
        }
    }
    d[l] -= carried;
    e[l] = g;
    e[m] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn random_symmetric(n: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::from_seed(seed);
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let value = random.normal();
                matrix[i * n + j] = value;
                matrix[j * n + i] = value;
            }
        }
        matrix
    }

    #[test]
    fn eigenvectors_are_orthonormal_and_rebuild_the_matrix() {
        for n in [1, 2, 3, 7, 40] {
            let matrix = random_symmetric(n, n as u64);
            let eigen = symmetric_eigen(&matrix, n);
            for i in 0..n {
                for j in 0..n {
                    let rebuilt: f64 = (0..n)
                        .map(|k| eigen.values[k] * eigen.vector(k)[i] * eigen.vector(k)[j])
                        .sum();
                    assert!((rebuilt - matrix[i * n + j]).abs() < 1e-12, "{n}");
                    let product = dot(eigen.vector(i), eigen.vector(j));
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((product - expected).abs() < 1e-12, "{n}: {i} {j} {product}");
                }
            }
            assert!(eigen.values.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }

    #[test]
    fn a_diagonal_or_empty_matrix_is_its_own_answer() {
        let eigen = symmetric_eigen(&[2.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, -1.0], 3);
        assert_eq!(eigen.values, [5.0, 2.0, -1.0]);
        assert_eq!(symmetric_eigen(&[0.0; 4], 2).values, [0.0, 0.0]);
    }

    #[test]
    fn covariance_keeps_its_digits_far_from_zero() {
        let offset = 1e9;
        let rows = [offset, 1.0, offset + 1.0, 3.0, offset + 2.0, 5.0];
        let (means, matrix) = covariance(&rows, 2);
        assert_eq!(means, [offset + 1.0, 3.0]);
        assert_eq!(matrix, [1.0, 2.0, 2.0, 4.0]);
    }
}
