//! What is generated from the handlers is what is committed.

use std::path::Path;

/// `UPDATE=1 cargo test -p trimtab-server` writes the file.
#[expect(clippy::disallowed_methods, reason = "how the snapshots are rewritten")]
fn check(file: &str, now: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file);
    if std::env::var("UPDATE").is_ok() {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, now).unwrap();
    }
    let committed = std::fs::read_to_string(&place).unwrap_or_default();
    assert!(
        committed == now,
        "{file} is stale: run `cargo x gen` and say in the changelog what changed"
    );
}

#[test]
fn the_openapi_document_is_what_the_handlers_say() {
    let mut now = serde_json::to_string_pretty(&trimtab_server::openapi()).unwrap();
    now.push('\n');
    check("api/openapi.json", &now);
}

#[test]
fn the_openapi_reference_page_is_what_the_handlers_say() {
    check("docs/reference/api.md", &trimtab_server::api_reference());
}
