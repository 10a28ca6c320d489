//! Two data sets compared without a server.

use crate::world::data;
use std::path::Path;
use trimtab_domain::check::{CheckEvidence, CheckRequest, CheckWindows, ColumnRoles, WindowLength};
use trimtab_domain::ports::engine::DataSetComparison;
use trimtab_domain::{Granularity, Result};
use trimtab_engine::FileComparison;
use trimtab_stats::{ColumnKind, DecisionPolicy, decide};

fn request(reference: &Path, current: &Path) -> CheckRequest {
    CheckRequest {
        reference: vec![reference.display().to_string()],
        current: vec![current.display().to_string()],
        categorical: Vec::new(),
        numeric: Vec::new(),
        ignore: Vec::new(),
        windows: None,
        methods: Vec::new(),
        compat: None,
        segments: Vec::new(),
        roles: ColumnRoles::default(),
        weekly: false,
        texts: Vec::new(),
        multivariate: false,
        seed: 7,
    }
}

async fn compare(request: &CheckRequest) -> Result<CheckEvidence> {
    FileComparison.evidence(request).await
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn encodings_agree() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<(i32, f64, &str)> = (0..200)
        .map(|i| {
            (
                i % 7,
                f64::from(i) * 0.25,
                if i % 3 == 0 { "red" } else { "blue" },
            )
        })
        .collect();
    let csv = rows
        .iter()
        .fold("n,x,colour\n".to_owned(), |text, (n, x, colour)| {
            text + &format!("{n},{x},{colour}\n")
        });
    let lines = rows.iter().fold(String::new(), |text, (n, x, colour)| {
        text + &format!("{{\"n\":{n},\"x\":{x},\"colour\":\"{colour}\"}}\n")
    });
    let array = format!("[{}]", lines.trim_end().replace('\n', ","));
    let reference = write(folder.path(), "a.csv", &csv);
    for (name, text) in [("b.csv", &csv), ("b.ndjson", &lines), ("b.json", &array)] {
        let current = write(folder.path(), name, text);
        let found = compare(&request(&reference, &current)).await.unwrap();
        let columns = &found.windows[0].columns;
        assert_eq!(columns.len(), 3, "{name}");
        assert_eq!(
            columns[0].kind,
            ColumnKind::Numeric,
            "few whole numbers stay numbers"
        );
        assert_eq!(columns[2].kind, ColumnKind::Categorical);
        assert!(
            columns
                .iter()
                .all(|column| column.p_value_row.unwrap() > 0.999),
            "{name}: {columns:?}"
        );
        assert_eq!(found.sketches.len(), 3);
    }
}

#[tokio::test]
async fn a_failing_column_does_not_spoil_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let reference = write(
        folder.path(),
        "a.ndjson",
        "{\"a\":1,\"b\":1,\"gone\":1}\n{\"a\":2,\"b\":2,\"gone\":1}\n",
    );
    let current = write(
        folder.path(),
        "b.ndjson",
        "{\"a\":1,\"b\":\"x\",\"new\":1}\n{\"a\":2,\"b\":\"y\",\"new\":1}\n",
    );
    let found = compare(&request(&reference, &current)).await.unwrap();
    let columns = &found.windows[0].columns;
    assert!(columns[0].error.is_none());
    assert!(
        columns[1]
            .error
            .as_ref()
            .unwrap()
            .contains("the reference holds numbers, the other side text")
    );
    assert_eq!(
        (found.added, found.removed),
        (vec!["new".to_owned()], vec!["gone".to_owned()])
    );
}

#[tokio::test]
async fn bad_sides_name_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.csv", "a\n1\n");
    for (name, text, needle) in [
        ("empty.csv", "", "is empty"),
        ("header.csv", "a,b\n", "holds no rows"),
        ("cut.parquet", "PAR1 nothing", "not a whole Parquet file"),
        ("bad.ndjson", "{\"a\":1}\n{\"a\":\n", "line 2"),
    ] {
        let bad = write(folder.path(), name, text);
        let error = compare(&request(&good, &bad)).await.unwrap_err();
        assert!(
            error.to_string().contains(needle) && error.to_string().contains(name),
            "{error}"
        );
    }
    let error = compare(&request(&good, Path::new("/nowhere/x.csv")))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("cannot read `/nowhere/x.csv`"),
        "{error}"
    );
    let mut typo = request(&good, &good);
    typo.ignore = vec!["b".to_owned()];
    assert!(
        compare(&typo)
            .await
            .unwrap_err()
            .to_string()
            .contains("columns: a")
    );
}

#[tokio::test]
async fn folders_and_packed_files_are_read() {
    let Some(data) = data() else { return };
    let folder = data.join("flights_incidents");
    let packed = folder.join("flights_incidents_predictions.ndjson.gz");
    let found = compare(&request(
        &data.join("flights/flights_reference.parquet"),
        &packed,
    ))
    .await
    .unwrap();
    assert!(found.n_current > 30_000);
    assert!(
        found.windows[0]
            .columns
            .iter()
            .all(|column| column.error.is_none())
    );
    let parts = tempfile::tempdir().unwrap();
    std::fs::create_dir(parts.path().join("day=1")).unwrap();
    write(parts.path(), "day=1/a.csv", "x\n1\n2\n");
    write(parts.path(), "b.csv", "x\n3\n");
    write(parts.path(), "_more.csv", "x\n4\n");
    write(parts.path(), "notes.txt", "not data");
    let pattern = parts.path().join("**/*.csv");
    for source in [parts.path(), &pattern] {
        let found = compare(&request(source, source)).await;
        let n_rows = found.map(|found| found.n_reference);
        assert_eq!(n_rows.unwrap(), if source == pattern { 4 } else { 3 });
    }
}

/// Above a million rows the grid of the reference is used, and says so.
#[tokio::test]
async fn very_long_columns_are_compared_on_a_grid() {
    use arrow::array::{ArrayRef, Float64Array, RecordBatch};
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, n: u64, shift: f64| {
        let path = folder.path().join(name);
        let values: Float64Array = (0..n)
            .map(|i| Some(((i * 7_919) % 100_003) as f64 / 100_003.0 + shift))
            .collect();
        let column: ArrayRef = std::sync::Arc::new(values);
        let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    };
    let reference = write("a.parquet", 1_200_000, 0.0);
    let current = write("b.parquet", 900_000, 0.01);
    let found = compare(&request(&reference, &current)).await.unwrap();
    let column = &found.windows[0].columns[0];
    let ks = column
        .results
        .iter()
        .find(|result| result.method == "ks")
        .unwrap();
    assert!(ks.variant.contains("bin"), "{}", ks.variant);
    assert!((ks.statistic.unwrap() - 0.01).abs() < 0.001, "{ks:?}");
    assert_eq!((column.n_reference, column.n_current), (1_200_000, 900_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_day_of_flights_against_march() {
    let Some(data) = data() else { return };
    let flights = data.join("flights");
    let mut request = request(
        &flights.join("flights_reference.parquet"),
        &flights.join("flights_production.parquet"),
    );
    let start = tokio::time::Instant::now();
    let whole = compare(&request).await.unwrap();
    println!("whole: {:?}", start.elapsed());
    let names: Vec<&str> = whole
        .skipped
        .iter()
        .map(|skipped| skipped.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "prediction_id",
            "timestamp",
            "model_version",
            "label",
            "label_timestamp"
        ]
    );
    let temp = whole.windows[0]
        .columns
        .iter()
        .find(|column| column.name == "temp")
        .unwrap();
    assert!(
        temp.error.is_none() && temp.effect.unwrap().value > 1.0,
        "{temp:?}"
    );

    request.windows = Some(CheckWindows {
        timestamp: "timestamp".to_owned(),
        length: WindowLength::Calendar(Granularity::Day),
        time_zone: "UTC".to_owned(),
    });
    let start = tokio::time::Instant::now();
    let days = compare(&request).await.unwrap();
    println!("by day: {:?}", start.elapsed());
    assert_eq!(days.windows.len(), 275);
    let share = |month: i8, column: &str| {
        let days: Vec<_> = days
            .windows
            .iter()
            .filter(|day| {
                let start = day
                    .window
                    .unwrap()
                    .start
                    .to_zoned_datetime(jiff::tz::TimeZone::UTC);
                start.month() == month && start.year() == 2013
            })
            .collect();
        let n = days
            .iter()
            .filter(|day| {
                let decision = decide(&day.columns, &DecisionPolicy::default());
                decision.columns.iter().any(|found| {
                    found.name == column && found.decision == trimtab_stats::Decision::Drift
                })
            })
            .count();
        println!("{column} month {month}: {n} of {} days", days.len());
        n as f64 / days.len() as f64
    };
    for month in 4..=12 {
        share(month, "temp");
    }
    assert!(share(4, "temp") < 0.3);
    assert!(share(7, "temp") > 0.9);
}
