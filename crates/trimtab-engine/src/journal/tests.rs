#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers of a test"
)]

use super::*;
use arrow::array::{Int64Array, RecordBatch};
use proptest::prelude::*;
use std::sync::Arc;

fn frame(model: &str, n: i64) -> Frame {
    let column: Int64Array = (0..n).collect();
    let batch =
        RecordBatch::try_from_iter([("n", Arc::new(column) as arrow::array::ArrayRef)]).unwrap();
    Frame::of_batch(FrameKind::Predictions, model, n, &batch).unwrap()
}

fn append(journal: &Journal, frames: &[Frame]) -> Position {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.write(&mut bytes).unwrap();
    }
    let position = journal.append(&bytes).unwrap();
    journal.publish(position);
    position
}

fn read_all(journal: &Journal, from: Position) -> Vec<i64> {
    let mut reader = journal.read_from(from).unwrap();
    let mut marks = Vec::new();
    while let Some((frame, _)) = reader.next().unwrap() {
        assert_eq!(frame.batch().unwrap().num_rows() as i64, frame.mark);
        marks.push(frame.mark);
    }
    marks
}

#[test]
fn frames_come_back_in_order_across_segments() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), 3_000).unwrap();
    let positions: Vec<Position> = (1..20)
        .map(|n| append(&journal, &[frame("m", n)]))
        .collect();
    assert!(positions.last().unwrap().segment > 2, "several segments");
    assert_eq!(
        read_all(&journal, Position::default()),
        (1..20).collect::<Vec<_>>()
    );
    assert_eq!(
        read_all(&journal, positions[9]),
        (11..20).collect::<Vec<_>>()
    );
    assert!(read_all(&journal, *positions.last().unwrap()).is_empty());
}

#[test]
fn a_restart_goes_on_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let head = append(
        &Journal::open(folder.path(), 1 << 20).unwrap(),
        &[frame("m", 3)],
    );
    let journal = Journal::open(folder.path(), 1 << 20).unwrap();
    assert_eq!(journal.head(), head);
    append(&journal, &[frame("m", 4)]);
    assert_eq!(read_all(&journal, Position::default()), [3, 4]);
}

#[test]
fn trimming_keeps_what_somebody_still_needs() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), 2_000).unwrap();
    let positions: Vec<Position> = (1..10)
        .map(|n| append(&journal, &[frame("m", n)]))
        .collect();
    journal.trim(positions[5]).unwrap();
    assert_eq!(
        read_all(&journal, positions[5]),
        (7..10).collect::<Vec<_>>()
    );
    journal
        .trim(Position {
            segment: u64::MAX,
            offset: 0,
        })
        .unwrap();
    append(&journal, &[frame("m", 30)]);
    assert!(read_all(&journal, Position::default()).ends_with(&[30]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever a crash cuts or spoils the tail, whole frames before it stay and the next
    /// append stands behind them.
    #[test]
    fn a_torn_tail_is_cut(n_frames in 1_usize..6, cut in 0.0_f64..1.0, flip in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), 1 << 20).unwrap();
        let ends: Vec<u64> = (0..n_frames)
            .map(|n| append(&journal, &[frame("m", n as i64 + 1)]).offset)
            .collect();
        drop(journal);
        let path = segment_path(folder.path(), 1);
        let whole = fs::read(&path).unwrap();
        let place = SEGMENT_HEADER_BYTES as usize
            + ((whole.len() - SEGMENT_HEADER_BYTES as usize - 1) as f64 * cut) as usize;
        let mut spoiled = whole.clone();
        if flip {
            spoiled[place] ^= 0x10;
        } else {
            spoiled.truncate(place);
        }
        fs::write(&path, &spoiled).unwrap();
        let n_kept = ends.iter().filter(|end| **end <= place as u64).count();
        let journal = Journal::open(folder.path(), 1 << 20).unwrap();
        let expected: Vec<i64> = (1..=n_kept as i64).collect();
        prop_assert_eq!(read_all(&journal, Position::default()), expected.clone());
        append(&journal, &[frame("m", 77)]);
        drop(journal);
        let journal = Journal::open(folder.path(), 1 << 20).unwrap();
        prop_assert_eq!(read_all(&journal, Position::default()), [expected, vec![77]].concat());
    }
}
