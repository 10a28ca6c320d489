//! `api/openapi.json` is what the handlers say.

use std::path::Path;

/// `UPDATE=1 cargo test -p trimtab-server` writes the file.
#[test]
#[expect(clippy::disallowed_methods, reason = "how the snapshot is rewritten")]
fn the_committed_document_is_what_the_handlers_say() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api/openapi.json");
    let mut now = serde_json::to_string_pretty(&trimtab_server::openapi()).unwrap();
    now.push('\n');
    if std::env::var("UPDATE").is_ok() {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, &now).unwrap();
    }
    let committed = std::fs::read_to_string(&place).unwrap_or_default();
    assert!(
        committed == now,
        "api/openapi.json is stale: run `UPDATE=1 cargo test -p trimtab-server` (or `cargo x gen`) \
         and say in the changelog what changed"
    );
}
