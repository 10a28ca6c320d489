//! What judging windows again leaves in the audit log.

use super::Scene;
use serde_json::{Value, json};
use trimtab_domain::Result;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::MonitorSpec;
use trimtab_domain::result::MonitorResult;

/// Windows named in an entry; the rest is counted, and every revision is among the results.
const WINDOWS_NAMED_MAX: usize = 100;

/// Results that replaced others.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// What was looked at.
    pub(super) n_windows: usize,
    /// The result before, where there was one, and the new one.
    pub(super) saved: Vec<(Option<MonitorResult>, MonitorResult)>,
}

/// Writes down who judged what again, and which decisions changed by it.
pub(super) async fn write(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    again: &Again,
    actor: &str,
    reason: &str,
) -> Result<()> {
    let n_changed = again
        .saved
        .iter()
        .filter(|(old, new)| old.as_ref().is_none_or(|old| old.decision != new.decision))
        .count();
    let text = format!(
        "monitor `{}` judged {} again: {} new, {n_changed} with another decision",
        monitor.name,
        counted(again.n_windows, "window"),
        counted(again.saved.len(), "result"),
    );
    let object = format!("monitor/{}", monitor.name);
    let named = || again.saved.iter().take(WINDOWS_NAMED_MAX);
    let before: Vec<Value> = named()
        .filter_map(|(old, _)| old.as_ref())
        .map(shown)
        .collect();
    let after: Vec<Value> = named().map(|(_, new)| shown(new)).collect();
    let entry: AuditEntry = scene
        .app
        .entry(actor, "windows_judged_again", object, text)
        .of_model(&scene.spec().name)
        .with_change(Some(Value::Array(before)), Some(Value::Array(after)))
        .because(reason);
    scene.app.record(entry).await
}

fn shown(result: &MonitorResult) -> Value {
    json!({
        "result": result.id,
        "window_start": result.window.start,
        "revision": result.revision,
        "decision": result.decision,
        "severity": result.severity,
    })
}

fn counted(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}
