//! The face that MLflow's client sees.

use crate::world::{Bench, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use trimtab_app::Permission;
use trimtab_server::foreign_paths_required;

#[tokio::test]
async fn a_client_learns_whom_it_talks_to() {
    let bench = Bench::new();
    let version = bench.get("/version").await;
    assert_eq!(version.status, StatusCode::OK);
    assert_eq!(version.text(), "3.17.2");
    assert_eq!(bench.get("/health").await.text(), "OK");
    let info = bench.get("/api/3.0/mlflow/server-info").await;
    assert_eq!(info.json()["workspaces_enabled"], false);
}

#[tokio::test]
async fn unknown_paths_are_refused_as_the_client_understands() {
    let bench = Bench::new();
    for path in [
        "/api/2.0/mlflow/scorers/list",
        "/api/3.0/mlflow/traces/search",
        "/ajax-api/2.0/mlflow/whatever",
        "/v1/traces",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let body = Body::from("{}");
            let answer = bench.send(request(method, path).body(body).unwrap()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(answer.json()["error_code"], "ENDPOINT_NOT_FOUND");
            assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
        }
    }
}

#[tokio::test]
async fn every_path_means_what_it_requires() {
    let bench = Bench::locked();
    // Methods of one path may need different permissions.
    let all: Vec<_> = foreign_paths_required().into_iter().collect();
    for (pattern, requires) in &all {
        let path = pattern.replace(['{', '}', '*'], "x");
        let needed: Vec<Permission> = all
            .iter()
            .filter(|(other, _)| other == pattern)
            .filter_map(|(_, requires)| requires.parse().ok())
            .collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let ask = |secret: Option<String>| {
                let mut request = request(method, &path);
                if let Some(secret) = secret {
                    request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
                }
                bench.send(request.body(Body::empty()).unwrap())
            };
            let stranger = ask(None).await;
            // A method that the path does not have.
            if stranger.status == StatusCode::NOT_FOUND
                || stranger.status == StatusCode::METHOD_NOT_ALLOWED
            {
                continue;
            }
            if *requires == "nothing" {
                assert!(stranger.status.is_success(), "{method} {path}");
                continue;
            }
            assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(stranger.json()["error_code"], "UNAUTHENTICATED");
            if needed.is_empty() {
                continue;
            }
            let others: Vec<_> = Permission::ALL
                .into_iter()
                .filter(|one| !needed.contains(one))
                .collect();
            let denied = ask(Some(bench.token(&others).await)).await;
            assert_eq!(denied.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert_eq!(denied.json()["error_code"], "PERMISSION_DENIED");
        }
    }
}
