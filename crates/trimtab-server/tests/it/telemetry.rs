//! `/metrics` in both formats, and Prometheus' own opinion where it is installed.

use crate::world::{Bench, request, rows_a_day};
use axum::body::Body;
use axum::http::header;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use tokio::sync::OnceCell;

async fn story() -> &'static Bench {
    static STORY: OnceCell<Bench> = OnceCell::const_new();
    let tell = async || Bench::new().with_model().await.with_story(4, 2).await;
    STORY.get_or_init(tell).await
}

async fn openmetrics(bench: &Bench) -> crate::world::Answer {
    bench
        .send(
            request("GET", "/metrics")
                .header(header::ACCEPT, "application/openmetrics-text;version=1.0.0")
                .body(Body::empty())
                .unwrap(),
        )
        .await
}

#[tokio::test]
async fn counters_and_signals_are_shown_in_the_format_asked_for() {
    let bench = story().await;
    let plain = bench.get("/metrics").await;
    assert!(plain.header(header::CONTENT_TYPE).starts_with("text/plain"));
    let plain = plain.text();
    assert!(
        plain.contains("# TYPE trimtab_ingest_rows_total counter"),
        "{plain}"
    );
    let rows = format!(
        "trimtab_ingest_rows_total{{model=\"loans\",kind=\"predictions\",outcome=\"accepted\"}} {}",
        4 * rows_a_day()
    );
    assert!(plain.contains(&rows), "{plain}");
    assert!(!plain.contains("# EOF"));

    let open = openmetrics(bench).await;
    assert!(
        open.header(header::CONTENT_TYPE)
            .starts_with("application/openmetrics-text")
    );
    let open = open.text();
    assert!(open.ends_with("# EOF\n"));
    assert!(open.contains("# TYPE trimtab_ingest_rows counter"));
    assert!(open.contains(&rows));
    let signal = "trimtab_signal{model=\"loans\",signal=\"drift.effect\",column=\"income\",monitor=\"inputs\"} ";
    assert!(open.contains(signal), "{open}");
}

#[tokio::test]
async fn no_series_is_written_twice() {
    let bench = story().await;
    let text = bench.get("/metrics").await.text();
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(seen.insert(series.to_owned()), "{series} appears twice");
        assert!(
            value.parse::<f64>().is_ok() || matches!(value, "NaN" | "+Inf" | "-Inf"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn promtool_has_nothing_to_say() {
    let bench = story().await;
    let text = bench.get("/metrics").await.text();
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        println!("skipped: promtool is not installed (Debian package `prometheus`)");
        return;
    };
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let said = promtool.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success() && words.is_empty(), "{words}");
}
