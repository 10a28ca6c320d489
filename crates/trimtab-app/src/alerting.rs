//! Alerting: stored results step the rules' state machines; what changes is committed at once.

use crate::app::App;
use crate::catalog::Catalog;
use jiff::Timestamp;
use trimtab_domain::documents::Document;
use trimtab_domain::incident::Incident;
use trimtab_domain::outbox::OutboxMessage;
use trimtab_domain::{DocumentName, ModelName, Result};

pub(crate) async fn start_rules(
    _app: &App,
    _catalog: &Catalog,
    _changed: &[Document],
) -> Result<()> {
    Ok(())
}

pub(crate) async fn stop_rule(
    _app: &App,
    _catalog: &Catalog,
    _model: &ModelName,
    _rule: &DocumentName,
) -> Result<()> {
    Ok(())
}

pub(crate) async fn closing_messages(
    _app: &App,
    _incident: &Incident,
    _at: Timestamp,
) -> Result<Vec<OutboxMessage>> {
    Ok(Vec::new())
}
