//! References: the first one makes the model's grid, and what was folded before it is profiled
//! again from the lake.

use crate::app::{App, ChangeKind, ReferenceStored};
use crate::catalog::ModelEntry;
use crate::profiler::CONSUMER;
use bytes::Bytes;
use std::sync::Arc;
use trimtab_domain::documents::{ModelSpec, ReferenceData};
use trimtab_domain::intake::MediaType;
use trimtab_domain::ports::store::ProfileQuery;
use trimtab_domain::reference::ReferenceProfile;
use trimtab_domain::{DocumentName, Error, ModelName, Result};
use trimtab_stats::Grid;

pub(crate) async fn put_data(
    app: &App,
    model: &ModelName,
    reference: &DocumentName,
    media_type: MediaType,
    body: Bytes,
    actor: &str,
) -> Result<ReferenceStored> {
    let catalog = app.catalog().await?;
    let entry = catalog
        .models
        .get(model)
        .ok_or_else(|| Error::not_found("model", model))?;
    let declared = entry
        .references
        .get(reference)
        .ok_or_else(|| Error::not_found("reference", reference))?;
    if let ReferenceData::Period(_) = declared.data {
        return Err(Error::invalid(format!(
            "reference `{reference}` is a period of the model's own traffic and takes no data"
        ))
        .with_hint("declare it with `data.file`, or send nothing"));
    }
    // Nothing is folded on the old grid while the new one is being made.
    let _profiling = app.inner.profiling.lock().await;
    let (grid, next_version) = grid_for(entry);
    let profile = app
        .inner
        .parts
        .references
        .profile_data(&entry.spec, media_type, body, grid, next_version)
        .await?;
    let stored = store(app, entry, reference, &profile).await?;
    let text = format!(
        "reference `{reference}` stored: {} rows in {} windows",
        stored.n_rows, stored.n_windows
    );
    let object = format!("reference/{reference}");
    app.audit(actor, "reference_stored", Some(model), object, text)
        .await?;
    Ok(stored)
}

/// Profiles the periods that are declared as references and have passed by now.
pub(crate) async fn refresh_periods(app: &App) -> Result<()> {
    let catalog = app.catalog().await?;
    let progress = app.store().progress().await?;
    for (model, entry) in &catalog.models {
        let reached = progress
            .get(model)
            .and_then(|progress| progress.watermark.max(progress.complete_until));
        for (name, reference) in &entry.references {
            let ReferenceData::Period(period) = reference.data else {
                continue;
            };
            let is_due = reached.is_some_and(|reached| period.end <= reached);
            if !is_due || app.store().reference(model, name).await?.is_some() {
                continue;
            }
            let _profiling = app.inner.profiling.lock().await;
            // The lake must hold the whole period before it is scanned.
            let models = catalog.fold_models();
            app.lake().write_pending(&models).await?;
            let (grid, next_version) = grid_for(entry);
            let profile = app
                .inner
                .parts
                .references
                .profile_period(&entry.spec, period, grid, next_version)
                .await?;
            store(app, entry, name, &profile).await?;
            let text = format!("reference `{name}` profiled from the model's own traffic");
            let object = format!("reference/{name}");
            app.audit("system", "reference_stored", Some(model), object, text)
                .await?;
            // Others of this model may now have a grid: look again with fresh eyes, next time.
            return Ok(());
        }
    }
    Ok(())
}

/// The grid a new reference is counted on, if the model's newest one still has all its columns,
/// and the version that another would get.
fn grid_for(entry: &ModelEntry) -> (Option<Arc<Grid>>, u32) {
    let next_version = entry.grid.as_ref().map_or(1, |grid| grid.version + 1);
    let usable = entry
        .grid
        .clone()
        .filter(|grid| holds_all_columns(grid, &entry.spec));
    (usable, next_version)
}

fn holds_all_columns(grid: &Grid, spec: &ModelSpec) -> bool {
    spec.profiled_columns()
        .all(|column| grid.columns.iter().any(|(name, _)| *name == column.name))
}

/// Stores a reference; a grid that is new replaces the model's profiles. The caller holds the
/// profiling lock.
async fn store(
    app: &App,
    entry: &ModelEntry,
    name: &DocumentName,
    profile: &ReferenceProfile,
) -> Result<ReferenceStored> {
    let model = &entry.spec.name;
    {
        let _writing = app.inner.lake_writing.lock().await;
        let is_other_grid = !is_counted_on(app, &entry.spec, &profile.grid).await?;
        if is_other_grid {
            bring_to_one_position(app).await?;
        }
        app.store()
            .put_reference(model, name, profile, app.now())
            .await?;
        app.inner.catalog.invalidate().await;
        if is_other_grid {
            let again = app.lake().profile_again(&entry.spec, &profile.grid).await?;
            app.store().replace_profiles(model, &again).await?;
        }
    }
    app.announce(ChangeKind::Model, Some(model));
    app.nudge_evaluator([model]);
    Ok(ReferenceStored {
        n_rows: profile.total.n_rows,
        n_windows: profile.windows.len(),
        grid_version: profile.grid.version,
        columns: profile
            .grid
            .columns
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
    })
}

/// Whether a model's profiles are counted on a grid. They are replaced all at once, so the oldest
/// one speaks for all.
async fn is_counted_on(app: &App, spec: &ModelSpec, grid: &Grid) -> Result<bool> {
    let progress = app.store().progress().await?;
    let data_from = progress
        .get(&spec.name)
        .and_then(|progress| progress.data_from);
    let Some(data_from) = data_from else {
        return Ok(true);
    };
    let query = ProfileQuery {
        model: spec.name.clone(),
        version: None,
        role: None,
        segment: String::new(),
        range: spec.granularity.window(data_from, &spec.zone()?)?,
    };
    let oldest = app.store().profiles(&query).await?;
    Ok(oldest
        .iter()
        .all(|stored| stored.grid_version == grid.version))
}

/// Finishes what a crash interrupted: a reference was stored, and what came before it was not yet
/// counted on its grid.
pub(crate) async fn repair_profiles(app: &App) -> Result<()> {
    let catalog = app.catalog().await?;
    for (model, entry) in &catalog.models {
        let Some(grid) = &entry.grid else { continue };
        let _profiling = app.inner.profiling.lock().await;
        let _writing = app.inner.lake_writing.lock().await;
        if is_counted_on(app, &entry.spec, grid).await? {
            continue;
        }
        bring_to_one_position(app).await?;
        let again = app.lake().profile_again(&entry.spec, grid).await?;
        app.store().replace_profiles(model, &again).await?;
        tracing::info!(model = %model, "profiles counted again on the reference's grid");
    }
    Ok(())
}

/// Profiles from the lake replace those of the profiler, so both must have read the same events.
/// The caller holds both locks; the journal may grow meanwhile.
async fn bring_to_one_position(app: &App) -> Result<()> {
    let models = app.catalog().await?.fold_models();
    let fold_once = async |from, n_rows_max| {
        let fold = app.log().fold(from, n_rows_max, &models).await?;
        if fold.next != from {
            app.store().commit_fold(CONSUMER, from, &fold).await?;
        }
        Ok::<_, Error>(fold.next)
    };
    let mut profiled = app.store().position(CONSUMER).await?;
    loop {
        let next = fold_once(profiled, app.inner.settings.fold_rows_max).await?;
        if next == profiled {
            break;
        }
        profiled = next;
    }
    let written = app.lake().write_pending(&models).await?;
    while profiled < written {
        // One append at a time, so as not to run past the lake.
        let next = fold_once(profiled, 1).await?;
        if next == profiled {
            break;
        }
        profiled = next;
    }
    Ok(())
}
