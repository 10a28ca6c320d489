//! The embedded dashboard, or the notice where it was not built.

use crate::world::{Bench, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use trimtab_server::is_dashboard_embedded;

#[tokio::test]
async fn deep_links_answer_with_the_page_and_missing_assets_do_not() {
    let bench = Bench::new();
    for path in [
        "/",
        "/incidents",
        "/models/v1.2/drift?at=x",
        "/models/a/performance",
    ] {
        let page = bench.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            page.header(header::CONTENT_TYPE).starts_with("text/html"),
            "{path}"
        );
        assert_eq!(page.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        if !is_dashboard_embedded() {
            assert!(page.text().contains("npm run build"), "the notice says how");
        }
    }
    for path in ["/assets/index-ghost.js", "/ghost.js", "/api/v1/ghost"] {
        let missing = bench.get(path).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(missing.problem(), "not_found");
    }
}

#[tokio::test]
async fn the_page_is_fresh_and_its_assets_are_for_ever() {
    if !is_dashboard_embedded() {
        println!("skipped: the dashboard is not built");
        return;
    }
    let bench = Bench::new();
    let page = bench.get("/").await;
    assert_eq!(page.header(header::CACHE_CONTROL), "no-cache");
    let etag = page.header(header::ETAG).to_owned();
    let again = bench
        .send(
            request("GET", "/")
                .header(header::IF_NONE_MATCH, &etag)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let html = page.text();
    let start = html.find("/assets/").unwrap();
    let script: String = html[start..].chars().take_while(|c| *c != '"').collect();
    let plain = bench.get(&script).await;
    assert_eq!(plain.status, StatusCode::OK);
    assert!(plain.header(header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(plain.header(header::CONTENT_ENCODING), "");
    let packed = bench
        .send(
            request("GET", &script)
                .header(header::ACCEPT_ENCODING, "br, gzip;q=0.8")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(packed.header(header::CONTENT_ENCODING), "gzip");
    assert!(packed.body.len() < plain.body.len());
}
