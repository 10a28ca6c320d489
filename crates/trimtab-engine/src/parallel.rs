//! Work that falls apart into pieces, on all cores.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use trimtab_domain::{Error, Result};

/// Does `work` for `0..n`, each piece on whichever core is free, and returns the results in
/// order.
///
/// # Errors
///
/// The first error, by order of pieces; pieces not yet begun are left undone.
pub(crate) fn map<T: Send>(n: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let n_threads = std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(n);
    if n_threads <= 1 {
        return (0..n).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut done: BTreeMap<usize, Result<T>> = BTreeMap::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads)
            .map(|_| scope.spawn(|| some_of(n, &next, &work)))
            .collect();
        for worker in workers {
            let part = worker
                .join()
                .map_err(|_| Error::internal("looking at a column failed"))?;
            done.extend(part);
        }
        done.into_values().collect()
    })
}

fn some_of<T>(
    n: usize,
    next: &AtomicUsize,
    work: impl Fn(usize) -> Result<T>,
) -> Vec<(usize, Result<T>)> {
    let mut mine = Vec::new();
    loop {
        let i = next.fetch_add(1, Ordering::Relaxed);
        if i >= n {
            return mine;
        }
        let result = work(i);
        if result.is_err() {
            next.store(n, Ordering::Relaxed);
        }
        mine.push((i, result));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let squares = map(100, |i| Ok(i * i)).unwrap();
        assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
        assert!(map(0, Ok).unwrap().is_empty());
    }

    #[test]
    fn the_first_error_is_told() {
        let failed = map(50, |i| match i {
            7 | 30 => Err(Error::invalid(format!("piece {i}"))),
            _ => Ok(i),
        });
        assert_eq!(failed.unwrap_err().to_string(), "piece 7");
    }
}
