//! Monitors judge windows: one path for the schedule, by hand and after a crash.

use crate::app::App;
use trimtab_domain::result::MonitorResult;
use trimtab_domain::{DocumentName, ModelName, Result, Window};

/// What is kept between ticks.
#[derive(Debug, Default)]
pub(crate) struct Judge {}

impl Judge {
    pub(crate) fn forget(&mut self, _model: &ModelName) {}
}

pub(crate) async fn tick(_app: &App) -> Result<()> {
    Ok(())
}

pub(crate) async fn by_hand(
    _app: &App,
    _model: &ModelName,
    _monitor: &DocumentName,
    _range: Option<Window>,
) -> Result<Vec<MonitorResult>> {
    Ok(Vec::new())
}
