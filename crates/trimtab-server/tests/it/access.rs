//! Who may do what.

use crate::world::{Bench, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use trimtab_app::Permission;
use trimtab_domain::ports::TokenStore as _;
use trimtab_server::operations_required;

/// A path that a template could have matched.
fn example(template: &str) -> String {
    template
        .replace("{model}", "loans")
        .replace("{model_id}", "loans")
        .replace("{kind}", "rule")
        .replace(['{', '}'], "x")
}

#[tokio::test]
async fn every_route_says_what_it_requires_and_means_it() {
    let bench = Bench::locked();
    let routes = operations_required();
    assert!(routes.len() > 35, "{}", routes.len());
    for (method, template, requires) in routes {
        let path = example(&template);
        let ask = |secret: Option<String>| {
            let mut request = request(&method, &path);
            if let Some(secret) = secret {
                request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
            }
            bench.send(request.body(Body::empty()).unwrap())
        };
        if requires == "nothing" {
            assert!(ask(None).await.status.is_success(), "{method} {path}");
            continue;
        }
        if requires == "job_token" {
            // `retraining` asks it with the right token.
            let status = ask(None).await.status;
            assert!(status.is_client_error(), "{method} {path}: {status}");
            continue;
        }
        let stranger = ask(None).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        // OpenFeature's protocol has refusals of its own.
        let is_problem = !template.starts_with("/ofrep/");
        if is_problem {
            assert_eq!(stranger.problem(), "unauthenticated");
        }
        assert_eq!(stranger.header(header::WWW_AUTHENTICATE), "Bearer");
        if requires == "login" {
            let known = bench.token(&[Permission::Ingest]).await;
            assert_eq!(ask(Some(known)).await.status, StatusCode::OK);
            continue;
        }
        let needed: Permission = requires.parse().unwrap();
        let others: Vec<_> = Permission::ALL
            .into_iter()
            .filter(|one| *one != needed)
            .collect();
        let denied = ask(Some(bench.token(&others).await)).await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN, "{method} {path}");
        if is_problem {
            assert_eq!(denied.problem(), "denied");
        }
        if ["/api/v1/events", "/ofrep/v1/events"].contains(&template.as_str()) {
            // Answers without end.
            continue;
        }
        let allowed = ask(Some(bench.token(&[needed]).await)).await;
        assert!(
            !matches!(allowed.status.as_u16(), 401 | 403),
            "{method} {path}: {}",
            allowed.text()
        );
    }
}

#[tokio::test]
async fn tokens_that_are_wrong_or_revoked_open_nothing() {
    let bench = Bench::locked();
    let secret = bench.token(&[Permission::Read]).await;
    let ask = |value: String| {
        bench.send(
            request("GET", "/api/v1/models")
                .header(header::AUTHORIZATION, value)
                .body(Body::empty())
                .unwrap(),
        )
    };
    assert_eq!(ask(format!("bearer {secret}")).await.status, StatusCode::OK);
    for wrong in [
        format!("Bearer {secret}x"),
        format!("Basic {secret}"),
        "Bearer".to_owned(),
        "Bearer tok_1.".to_owned(),
        String::new(),
    ] {
        let answer = ask(wrong.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(answer.problem(), "unauthenticated");
    }
    let id = secret.split('.').next().unwrap().parse().unwrap();
    bench.app.revoke_token(&id, "local").await.unwrap();
    let answer = ask(format!("Bearer {secret}")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_evaluations_take_a_token_as_it_was_a_moment_ago() {
    let bench = Bench::locked();
    let secret = bench.token(&[Permission::Read]).await;
    let ask = async |method: &str, path: &str| {
        let sent = request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::empty())
            .unwrap();
        bench.send(sent).await.status
    };
    let evaluation = ("POST", "/ofrep/v1/evaluate/flags");
    assert_eq!(ask(evaluation.0, evaluation.1).await, StatusCode::OK);
    let id = secret.split('.').next().unwrap().parse().unwrap();
    let now = bench.app.now();
    // As another replica does it.
    assert!(bench.store.revoke_token(&id, now).await.unwrap());
    assert_eq!(ask(evaluation.0, evaluation.1).await, StatusCode::OK);
    let other = ask("GET", "/api/v1/models").await;
    assert_eq!(other, StatusCode::UNAUTHORIZED);
    bench.app.revoke_token(&id, "local").await.unwrap();
    let refused = ask(evaluation.0, evaluation.1).await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_on_loopback() {
    let bench = Bench::new();
    let ask = |host: &str, origin: Option<&str>| {
        let mut request = axum::http::Request::builder()
            .method("POST")
            .uri("/api/v1/documents")
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        bench.send(request.body(Body::from(r#"{"documents":[]}"#)).unwrap())
    };
    let own = ask("127.0.0.1:3000", Some("http://127.0.0.1:3000")).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.text());
    for (host, origin) in [
        ("rebound.example:3000", None),
        ("localhost:3000", Some("https://evil.example")),
        ("localhost:3000", Some("null")),
        ("localhost:3000", Some("http://localhost:8000")),
    ] {
        let answer = ask(host, origin).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host} {origin:?}");
        assert_eq!(answer.problem(), "denied");
    }
    let page = bench
        .send(
            axum::http::Request::builder()
                .uri("/")
                .header(header::HOST, "rebound.example")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "pages are guarded too");
}

#[tokio::test]
async fn the_session_says_who_asks() {
    let local = Bench::new().get("/api/v1/session").await.json();
    assert_eq!(local["actor"], "local");
    assert_eq!(local["trusted_local"], true);
    assert_eq!(local["permissions"].as_array().unwrap().len(), 5);

    let bench = Bench::locked();
    let secret = bench.token(&[Permission::Read, Permission::Respond]).await;
    let known = bench
        .send(
            request("GET", "/api/v1/session")
                .header(header::AUTHORIZATION, format!("Bearer {secret}"))
                .body(Body::empty())
                .unwrap(),
        )
        .await
        .json();
    assert!(known["actor"].as_str().unwrap().starts_with("token:tok_"));
    assert_eq!(known["trusted_local"], false);
    assert_eq!(known["permissions"], serde_json::json!(["read", "respond"]));
}
