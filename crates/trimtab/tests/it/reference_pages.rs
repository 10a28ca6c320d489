//! The generated pages of the reference are committed, and fresh.

use crate::program::run;
use std::path::Path;

#[test]
fn the_generated_pages_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    run(&root, &["generate-reference", "docs/reference", "--check"]).fine();
}
