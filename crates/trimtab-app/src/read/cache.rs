//! What pages have read lately: a reference means all its windows, a year of results means
//! thousands of columns.
//!
//! Whatever is kept is dropped by the next announced change ([`ReadCache::outdate`]), or in the
//! case of references when another is stored under the name; sizes are bounded.

use crate::app::App;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::ports::store::{ResultQuery, StoredResult};
use trimtab_domain::result::{MonitorResult, ResultDetail};
use trimtab_domain::{DocumentName, ModelName, Result, Window};
use trimtab_stats::{DatasetProfile, Grid};

/// More references than this are not kept.
const REFERENCES_MAX: usize = 16;
/// Results are kept up to so many columns and checks (about 2 kB each).
const OUTCOMES_MAX: usize = 12_000;

/// A reference without its windows.
#[derive(Debug)]
pub(crate) struct ReferenceTotal {
    stored_at: Timestamp,
    pub(super) grid: Arc<Grid>,
    pub(super) total: DatasetProfile,
    /// Quality of its windows, where it holds labels.
    pub(super) qualities: Vec<(Window, PerformanceProfile)>,
}

/// What pages have read lately.
#[derive(Debug, Default)]
pub(crate) struct ReadCache {
    references: Mutex<BTreeMap<(ModelName, DocumentName), Arc<ReferenceTotal>>>,
    results: Mutex<BTreeMap<ResultsKey, Arc<Vec<MonitorResult>>>>,
    /// Counts announced changes: results read before one are not kept after it.
    n_changes: AtomicU64,
}

type ResultsKey = (ModelName, Option<DocumentName>, Window);

impl ReadCache {
    /// Something was written.
    pub(crate) fn outdate(&self) {
        self.n_changes.fetch_add(1, Ordering::AcqRel);
        lock(&self.results).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn n_outcomes(results: &[MonitorResult]) -> usize {
    let size = |result: &MonitorResult| match &result.detail {
        ResultDetail::Drift(detail) => detail.columns.len(),
        ResultDetail::Checks(detail) => detail.checks.len(),
        ResultDetail::Performance(_) | ResultDetail::Failed { .. } => 0,
    };
    results.iter().map(|result| 1 + size(result)).sum()
}

impl App {
    /// The newest results of windows that start in a range, by monitor and time.
    pub(super) async fn results_of(
        &self,
        model: &ModelName,
        monitor: Option<&DocumentName>,
        range: Window,
    ) -> Result<Arc<Vec<MonitorResult>>> {
        let cache = &self.inner.read_cache;
        let key = (model.clone(), monitor.cloned(), range);
        if let Some(kept) = lock(&cache.results).get(&key) {
            return Ok(Arc::clone(kept));
        }
        let n_changes = cache.n_changes.load(Ordering::Acquire);
        let stored = self
            .store()
            .results(&ResultQuery {
                model: model.clone(),
                monitor: monitor.cloned(),
                range: Some(range),
                with_superseded: false,
                limit: None,
            })
            .await?;
        let results: Vec<MonitorResult> = stored
            .into_iter()
            .map(|StoredResult { result, .. }| result)
            .collect();
        let results = Arc::new(results);
        let mut kept = lock(&cache.results);
        if cache.n_changes.load(Ordering::Acquire) == n_changes {
            let size = n_outcomes(&results);
            let total: usize = kept.values().map(|one| n_outcomes(one)).sum();
            if total + size > OUTCOMES_MAX {
                kept.clear();
            }
            if size <= OUTCOMES_MAX {
                kept.insert(key, Arc::clone(&results));
            }
        }
        Ok(results)
    }

    /// All rows of a reference, on its grid.
    pub(super) async fn reference_total(
        &self,
        model: &ModelName,
        name: &DocumentName,
    ) -> Result<Option<Arc<ReferenceTotal>>> {
        let infos = self.store().references(model).await?;
        let Some(info) = infos.into_iter().find(|info| info.name == *name) else {
            return Ok(None);
        };
        let key = (model.clone(), name.clone());
        let cache = &self.inner.read_cache.references;
        let kept = lock(cache)
            .get(&key)
            .filter(|kept| kept.stored_at == info.stored_at)
            .map(Arc::clone);
        if kept.is_some() {
            return Ok(kept);
        }
        let Some(reference) = self.store().reference(model, name).await? else {
            return Ok(None);
        };
        let total = Arc::new(ReferenceTotal {
            stored_at: info.stored_at,
            grid: reference.grid,
            total: reference.total,
            qualities: reference
                .windows
                .into_iter()
                .filter_map(|window| Some((window.window, window.performance?)))
                .collect(),
        });
        let mut cache = lock(cache);
        if cache.len() >= REFERENCES_MAX {
            cache.clear();
        }
        cache.insert(key, Arc::clone(&total));
        Ok(Some(total))
    }
}
