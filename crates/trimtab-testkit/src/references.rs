//! References in memory: a grid from plain JSON rows, and profiles on it.

use crate::engine::{MemoryEngine, Prediction, instant, labelled, profile_rows, rows, word};
use crate::lock;
use async_trait::async_trait;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, ModelSpec, SemanticType};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::intake::MediaType;
use trimtab_domain::ports::References;
use trimtab_domain::reference::{ReferenceProfile, ReferenceWindow};
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::{CategoricalGrid, ColumnGrid, Grid, NumericGrid};

/// Bins of a numeric column.
const BINS_MAX: usize = 256;
/// Categories of a categorical column.
const CATEGORIES_MAX: usize = 100;

fn make_grid(spec: &ModelSpec, rows: &[Map<String, Value>], version: u32) -> Result<Grid> {
    let mut columns = Vec::new();
    for column in spec.profiled_columns() {
        let values = rows
            .iter()
            .filter_map(|row| row.get(&column.name))
            .filter(|value| !value.is_null());
        let grid = if column.semantic() == Some(SemanticType::Numeric) {
            let mut numbers: Vec<f64> = values.filter_map(Value::as_f64).collect();
            if numbers.is_empty() {
                continue;
            }
            ColumnGrid::Numeric(NumericGrid::from_sample(&mut numbers, BINS_MAX)?)
        } else {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for word in values.filter_map(word) {
                *counts.entry(word).or_default() += 1;
            }
            let counts: Vec<(String, u64)> = counts.into_iter().collect();
            if counts.is_empty() {
                continue;
            }
            ColumnGrid::Categorical(CategoricalGrid::from_counts(&counts, CATEGORIES_MAX))
        };
        columns.push((column.name.clone(), grid));
    }
    Ok(Grid { version, columns })
}

fn profile_reference(
    spec: &ModelSpec,
    rows: &[Map<String, Value>],
    grid: Option<Arc<Grid>>,
    next_grid_version: u32,
) -> Result<ReferenceProfile> {
    if rows.is_empty() {
        return Err(Error::invalid("the reference has no rows"));
    }
    let grid = match grid {
        Some(grid) => grid,
        None => Arc::new(make_grid(spec, rows, next_grid_version)?),
    };
    let zone = spec.zone()?;
    let label = spec.column_of_role(ColumnRole::Label);
    let mut by_window: BTreeMap<Window, Vec<&Map<String, Value>>> = BTreeMap::new();
    for row in rows {
        if let Some(at) = instant(row, "timestamp") {
            let window = spec.granularity.window(at, &zone)?;
            by_window.entry(window).or_default().push(row);
        }
    }
    let mut windows = Vec::new();
    for (window, rows) in by_window {
        let mut performance = None;
        for row in &rows {
            let value = label.and_then(|label| row.get(&label.name));
            let Some(value) = value.filter(|value| !value.is_null()) else {
                continue;
            };
            let prediction = Prediction {
                id: String::new(),
                version: spec.default_version.clone(),
                role: PredictionRole::Live,
                at: window.start,
                entity: None,
                values: (*row).clone(),
            };
            labelled(spec, &prediction, value, &mut performance);
        }
        windows.push(ReferenceWindow {
            window,
            profile: profile_rows(&grid, &rows)?,
            performance,
        });
    }
    let all: Vec<&Map<String, Value>> = rows.iter().collect();
    Ok(ReferenceProfile {
        total: profile_rows(&grid, &all)?,
        grid,
        windows,
    })
}

#[async_trait]
impl References for MemoryEngine {
    async fn profile_data(
        &self,
        model: &ModelSpec,
        media_type: MediaType,
        body: bytes::Bytes,
        grid: Option<Arc<Grid>>,
        next_grid_version: u32,
    ) -> Result<ReferenceProfile> {
        let rows = rows(media_type, &body)?;
        profile_reference(model, &rows, grid, next_grid_version)
    }

    async fn profile_period(
        &self,
        model: &ModelSpec,
        period: Window,
        grid: Option<Arc<Grid>>,
        next_grid_version: u32,
    ) -> Result<ReferenceProfile> {
        let label = model.column_of_role(ColumnRole::Label);
        let rows: Vec<Map<String, Value>> = {
            let state = lock(&self.state);
            state
                .predictions
                .iter()
                .filter(|((whose, _), _)| *whose == model.name)
                .flat_map(|((whose, id), predictions)| {
                    let known = state.labels.get(&(whose.clone(), id.clone()));
                    predictions
                        .iter()
                        .filter(|one| one.role == PredictionRole::Live && period.contains(one.at))
                        .map(move |one| {
                            let mut row = one.values.clone();
                            row.insert("timestamp".to_owned(), one.at.to_string().into());
                            if let (Some(label), Some(known)) = (label, known) {
                                row.insert(label.name.clone(), known.value.clone());
                            }
                            row
                        })
                })
                .collect()
        };
        profile_reference(model, &rows, grid, next_grid_version)
    }
}
