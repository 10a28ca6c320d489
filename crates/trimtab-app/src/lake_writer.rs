//! The lake writer: moves events from the journal to tables, and lets go of what all consumers
//! have passed.

use crate::app::App;
use crate::profiler;
use trimtab_domain::Result;

/// Writes what is pending and removes segments behind both consumers.
pub(crate) async fn step(app: &App) -> Result<()> {
    let _writing = app.inner.lake_writing.lock().await;
    let parts = &app.inner.parts;
    let models = app.catalog().await?.fold_models();
    let written = parts.lake.write_pending(&models).await?;
    let profiled = parts.store.position(profiler::CONSUMER).await?;
    parts.log.trim(written.min(profiled)).await
}
