//! A reference's profiles: its total and its own windows, on the model's grid.

use crate::fold::PerformanceProfile;
use crate::time::Window;
use std::sync::Arc;
use trimtab_stats::{DatasetProfile, Grid};

/// A reference, ready to be compared with.
#[derive(Debug, Clone)]
pub struct ReferenceProfile {
    /// The grid everything here is counted on.
    pub grid: Arc<Grid>,
    /// All rows.
    pub total: DatasetProfile,
    /// Its windows of the model's granularity, in time order; empty without a time axis.
    pub windows: Vec<ReferenceWindow>,
}

/// One window of a reference.
#[derive(Debug, Clone)]
pub struct ReferenceWindow {
    /// When.
    pub window: Window,
    /// Its rows.
    pub profile: DatasetProfile,
    /// Its quality, where the reference holds labels.
    pub performance: Option<PerformanceProfile>,
}

impl ReferenceProfile {
    /// From the first window's start to the last one's end.
    pub fn period(&self) -> Option<Window> {
        let (first, last) = (self.windows.first()?, self.windows.last()?);
        Some(Window {
            start: first.window.start,
            end: last.window.end,
        })
    }
}
