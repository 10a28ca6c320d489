//! References that pages have drawn lately: reading one means reading all its windows.

use crate::app::App;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use trimtab_domain::{DocumentName, ModelName, Result};
use trimtab_stats::{DatasetProfile, Grid};

/// More references than this are not kept.
const KEPT_MAX: usize = 16;

/// A reference without its windows.
#[derive(Debug)]
pub(crate) struct ReferenceTotal {
    stored_at: Timestamp,
    pub(super) grid: Arc<Grid>,
    pub(super) total: DatasetProfile,
}

/// The references drawn lately.
#[derive(Debug, Default)]
pub(crate) struct ReadCache(Mutex<BTreeMap<(ModelName, DocumentName), Arc<ReferenceTotal>>>);

impl App {
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
        let cache = &self.inner.read_cache.0;
        let kept = cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        });
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= KEPT_MAX {
            cache.clear();
        }
        cache.insert(key, Arc::clone(&total));
        Ok(Some(total))
    }
}
