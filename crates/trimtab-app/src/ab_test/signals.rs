//! Business metrics of two versions: points of a signal, instant by instant.

use crate::app::App;
use jiff::Timestamp;
use std::collections::BTreeMap;
use trimtab_domain::ab_test::AbTest;
use trimtab_domain::documents::ab_test::AbMetric;
use trimtab_domain::ports::ab_test::{AbEvidence, AbQuery, MetricEvidence};
use trimtab_domain::ports::store::SignalQuery;
use trimtab_domain::{Result, Window};
use trimtab_stats::ab_test::UnitMoments;

/// What one window knows of either version: sum and number of points, champion first.
type Sides = [(f64, u64); 2];

/// Fills in what the log does not hold.
pub(super) async fn fill(
    app: &App,
    test: &AbTest,
    query: &AbQuery,
    evidence: &mut [AbEvidence],
) -> Result<()> {
    let Some(last) = evidence.last().map(|shown| shown.at) else {
        return Ok(());
    };
    for (place, metric) in query.metrics.iter().enumerate() {
        let AbMetric::Signal { signal, .. } = metric else {
            continue;
        };
        let windows = windows(app, test, signal, last).await?;
        for shown in &mut *evidence {
            if let Some(found) = shown.metrics.get_mut(place) {
                *found = compare(&windows, shown.at);
            }
        }
    }
    Ok(())
}

async fn windows(
    app: &App,
    test: &AbTest,
    signal: &str,
    until: Timestamp,
) -> Result<BTreeMap<Window, Sides>> {
    let points = app
        .store()
        .signals(&SignalQuery {
            model: Some(test.model.clone()),
            name: Some(signal.to_owned()),
            range: Some(Window::new(test.since, until.max(test.since))?),
            newest_only: false,
        })
        .await?;
    let mut windows: BTreeMap<Window, Sides> = BTreeMap::new();
    for point in points {
        let version = point.key.labels.get("version");
        let versions = [&test.champion, &test.challenger];
        let side = versions.iter().position(|one| Some(*one) == version);
        let value = point.value.filter(|value| value.is_finite());
        if let (Some(side), Some(value)) = (side, value) {
            let (sum, n) = &mut windows.entry(point.window).or_default()[side];
            *sum += value;
            *n += 1;
        }
    }
    Ok(windows)
}

/// The mean of the differences: windows are what is independent.
fn compare(windows: &BTreeMap<Window, Sides>, at: Timestamp) -> MetricEvidence {
    let mut moments = UnitMoments::default();
    let mut sums = [0.0; 2];
    for (window, sides) in windows {
        if window.end > at || sides.iter().any(|(_, n)| *n == 0) {
            continue;
        }
        let [champion, challenger] = sides.map(|(sum, n)| sum / n as f64);
        moments.add(challenger - champion, 1.0);
        sums[0] += champion;
        sums[1] += challenger;
    }
    let n = moments.n_units;
    MetricEvidence {
        n_rows: [n; 2],
        n_units: [n; 2],
        values: sums.map(|sum| (n > 0).then(|| sum / n as f64)),
        estimate: moments.mean(),
        ..MetricEvidence::default()
    }
}
