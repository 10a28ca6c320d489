//! The life of a retraining, over random histories, crashes and clocks that jump.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use trimtab_domain::documents::RetrainingPolicySpec;
use trimtab_domain::ports::orchestrator::{JobResult, JobStatus};
use trimtab_domain::retraining::run::{next_action, step};
use trimtab_domain::retraining::{
    Approval, Cause, GateVerdict, Priority, RetrainingRun, RunAction, RunEvent, RunRequest,
    RunSnapshot, RunState,
};
use trimtab_domain::{RetrainingId, SnapshotId, Window};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn period() -> Window {
    Window::new(at("2013-04-01T00:00:00Z"), at("2013-06-01T00:00:00Z")).unwrap()
}

fn run(approvals: u8, is_suggestion: bool) -> RetrainingRun {
    let policy: RetrainingPolicySpec = serde_json::from_value(serde_json::json!({
        "model": "m", "name": "usual", "job": {"orchestrator": "process", "job": "train"},
        "guards": {"approvals": approvals}
    }))
    .unwrap();
    RetrainingRun::requested(
        &policy,
        1,
        RunRequest {
            id: RetrainingId::from_suffix("1"),
            cause: Cause {
                key: "by_hand@1".to_owned(),
                trigger: None,
                text: "why not".to_owned(),
            },
            priority: Priority::Normal,
            requested_by: "token:tok_ann".to_owned(),
            requester: Some("ann".to_owned()),
            now: at("2026-01-01T08:00:00Z"),
            event_at: at("2013-07-01T00:00:00Z"),
            period: period(),
            is_suggestion,
        },
    )
}

/// What the world does next.
#[derive(Debug, Clone)]
enum Deed {
    /// The driver does what the run needs, and the world answers so.
    Drive(Answer),
    /// A person says something.
    Approve(&'static str),
    Refuse,
    Cancel,
    /// The job reports by itself, or an answer comes late.
    Report(JobStatus),
    LateReply,
    /// The clock moves, back too.
    Clock(i64),
}

/// What comes of what the driver does.
#[derive(Debug, Clone)]
enum Answer {
    /// It works.
    Well,
    /// Nobody answers.
    Away,
    /// It is refused for good.
    Refused,
    /// The job stands so.
    Status(JobStatus),
    /// The server dies after the deed and before its record.
    Crash,
}

fn status() -> impl Strategy<Value = JobStatus> {
    prop_oneof![
        2 => Just(JobStatus::Queued),
        4 => Just(JobStatus::Running),
        3 => prop::option::of(1_u32..9).prop_map(|version| JobStatus::Succeeded(JobResult {
            registered_version: version,
            ..JobResult::default()
        })),
        1 => Just(JobStatus::Failed { reason: "no memory".to_owned() }),
        1 => Just(JobStatus::Cancelled),
        1 => Just(JobStatus::Lost { reason: "gone".to_owned() }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let answer = prop_oneof![
        6 => Just(Answer::Well),
        2 => Just(Answer::Away),
        1 => Just(Answer::Refused),
        4 => status().prop_map(Answer::Status),
        1 => Just(Answer::Crash),
    ];
    prop_oneof![
        12 => answer.prop_map(Deed::Drive),
        2 => prop::sample::select(vec!["ann", "ben", "cleo"]).prop_map(Deed::Approve),
        1 => Just(Deed::Refuse),
        1 => Just(Deed::Cancel),
        2 => status().prop_map(Deed::Report),
        1 => Just(Deed::LateReply),
        6 => prop_oneof![4 => 0_i64..60, 2 => 0_i64..7_200, 1 => -100_000_i64..100_000]
            .prop_map(Deed::Clock),
    ]
}

/// A run, the world around it, and what must never happen.
struct World {
    run: RetrainingRun,
    now: Timestamp,
    /// Jobs really started: an orchestrator starts one per key.
    is_started: bool,
    has_passed: bool,
    is_over_since: Option<RetrainingRun>,
}

impl World {
    fn feed(&mut self, event: RunEvent) {
        let is_verdict = matches!(
            &event,
            RunEvent::Validated {
                verdict: GateVerdict::Passed,
                ..
            }
        );
        let before = self.run.clone();
        let (after, is_changed) = step(before.clone(), event, self.now);
        assert_eq!(is_changed, before != after);
        if is_verdict && after.state == RunState::Registered {
            self.has_passed = true;
        }
        if let Some(over) = &self.is_over_since {
            assert_eq!(*over, after, "what is over stays as it ended");
        }
        assert_eq!(after.state.is_over(), after.ended_at.is_some());
        assert_eq!(after.state.is_over(), after.end_reason.is_some());
        if matches!(
            after.state,
            RunState::Registered | RunState::RollingOut | RunState::Promoted | RunState::Finished
        ) {
            assert!(self.has_passed, "nothing goes on without its gate");
        }
        if !matches!(after.state, RunState::Requested) && !before.state.is_over() {
            let was_agreed = after.is_agreed()
                || matches!(
                    after.state,
                    RunState::Rejected | RunState::Cancelled | RunState::TimedOut
                );
            assert!(was_agreed, "nothing begins without its people: {after:?}");
        }
        assert!(after.approvals.iter().all(|one| one.person != "ann"));
        if after.state.is_over() {
            assert!(after.callback_hashes.is_empty(), "its token is dead");
            self.is_over_since.get_or_insert_with(|| after.clone());
        }
        self.run = after;
    }

    fn drive(&mut self, answer: &Answer) {
        self.feed(RunEvent::Tick);
        let action = next_action(&self.run, self.now);
        let away = || RunEvent::Attempted {
            error: "nobody answers".to_owned(),
        };
        let is_away = matches!(answer, Answer::Away);
        match action {
            RunAction::Rest => {}
            RunAction::Begin => self.feed(RunEvent::Begun),
            RunAction::WriteSnapshot => match answer {
                Answer::Crash => {}
                Answer::Away => self.feed(away()),
                Answer::Refused => self.feed(RunEvent::SnapshotRefused {
                    reason: "no rows".to_owned(),
                }),
                Answer::Well | Answer::Status(_) => {
                    self.feed(RunEvent::SnapshotWritten(RunSnapshot {
                        id: SnapshotId::from_suffix("1"),
                        sha256: "ab".to_owned(),
                        period: period(),
                        n_rows: 10,
                    }));
                }
            },
            RunAction::Submit => self.submit(answer),
            RunAction::Poll | RunAction::Cancel => match answer {
                Answer::Crash => {}
                Answer::Status(status) => self.feed(RunEvent::Job(status.clone())),
                _ if is_away => self.feed(away()),
                _ => self.feed(RunEvent::Job(JobStatus::Running)),
            },
            RunAction::Validate => {
                self.feed(RunEvent::ValidationBegun);
                match answer {
                    Answer::Crash => {}
                    _ if is_away => self.feed(away()),
                    _ => self.feed(RunEvent::Validated {
                        validation: None,
                        verdict: match answer {
                            Answer::Refused => GateVerdict::Failed,
                            Answer::Status(_) => GateVerdict::CouldNotDecide,
                            _ => GateVerdict::Passed,
                        },
                        reason: "it says so".to_owned(),
                    }),
                }
            }
            RunAction::StartRollout => match answer {
                Answer::Crash => {}
                _ if is_away => self.feed(away()),
                Answer::Refused => self.feed(RunEvent::NoRollout { refused: None }),
                _ => self.feed(RunEvent::RolloutStarted {
                    rollout: "rol_1".to_owned(),
                }),
            },
            RunAction::WatchRollout => match answer {
                Answer::Well => self.feed(RunEvent::RolloutEnded {
                    is_promoted: true,
                    reason: "full".to_owned(),
                }),
                Answer::Refused => self.feed(RunEvent::RolloutEnded {
                    is_promoted: false,
                    reason: "a guardrail".to_owned(),
                }),
                _ => {}
            },
        }
    }

    fn submit(&mut self, answer: &Answer) {
        assert!(!self.run.state.is_over());
        assert!(self.run.snapshot.is_some(), "no job without its data");
        self.feed(RunEvent::HandingOver {
            token_hash: Some("cd".to_owned()),
        });
        match answer {
            Answer::Refused if !self.is_started => self.feed(RunEvent::SubmissionRefused {
                reason: "no such job".to_owned(),
            }),
            // Taken or not, the reply does not come: it will be submitted again, under its key.
            Answer::Away | Answer::Crash => {
                self.is_started = true;
                if matches!(answer, Answer::Away) {
                    self.feed(RunEvent::Attempted {
                        error: "no reply".to_owned(),
                    });
                }
            }
            _ => {
                self.is_started = true;
                self.feed(RunEvent::Submitted {
                    external_id: "job 1".to_owned(),
                    url: None,
                });
            }
        }
    }

    fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::Drive(answer) => self.drive(answer),
            Deed::Approve(person) => self.feed(RunEvent::Approved(Approval {
                person: (*person).to_owned(),
                actor: format!("token:tok_{person}"),
                at: self.now,
                note: None,
            })),
            Deed::Refuse => self.feed(RunEvent::Refused {
                actor: "ben".to_owned(),
                reason: "no".to_owned(),
            }),
            Deed::Cancel => self.feed(RunEvent::CancelAsked {
                actor: "ben".to_owned(),
                reason: "stop".to_owned(),
            }),
            // Only a job that was handed over can say anything.
            Deed::Report(status) if self.is_started => {
                self.feed(RunEvent::Job(status.clone()));
            }
            Deed::LateReply if self.is_started => self.feed(RunEvent::Submitted {
                external_id: "job 1".to_owned(),
                url: None,
            }),
            Deed::Report(_) | Deed::LateReply => {}
            Deed::Clock(seconds) => {
                self.now = self
                    .now
                    .checked_add(SignedDuration::from_secs(*seconds))
                    .unwrap();
            }
        }
    }

    fn pass(&mut self, seconds: i64, answer: &Answer) {
        self.happen(&Deed::Clock(seconds));
        self.drive(answer);
    }
}

fn world(approvals: u8, is_suggestion: bool) -> World {
    World {
        run: run(approvals, is_suggestion),
        now: at("2026-01-01T08:00:00Z"),
        is_started: false,
        has_passed: false,
        is_over_since: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_state_is_left_even_if_nobody_ever_answers(
        approvals in 0_u8..3,
        is_suggestion: bool,
        deeds in prop::collection::vec(deed(), 0..60),
    ) {
        let mut world = world(approvals, is_suggestion);
        for deed in &deeds {
            world.happen(deed);
        }
        // From here on everybody is silent, and hours pass.
        for _ in 0..400 {
            if world.run.state == RunState::RollingOut {
                // A rollout has an end of its own.
                world.drive(&Answer::Refused);
            }
            world.pass(1_800, &Answer::Away);
        }
        prop_assert!(world.run.state.is_over(), "{:?}", world.run);
    }

    #[test]
    fn it_can_always_be_stopped(
        approvals in 0_u8..3,
        deeds in prop::collection::vec(deed(), 0..40),
    ) {
        let mut world = world(approvals, false);
        for deed in &deeds {
            world.happen(deed);
        }
        world.happen(&Deed::Cancel);
        for _ in 0..12 {
            world.pass(60, &Answer::Away);
        }
        prop_assert!(world.run.state.is_over(), "{:?}", world.run);
    }

    #[test]
    fn crashes_change_nothing_but_time(
        deeds in prop::collection::vec(0_usize..6, 1..40),
    ) {
        // A driver that dies at every deed, and one that never does, come to the same end.
        let mut calm = world(0, false);
        let mut dying = world(0, false);
        for crashes in deeds {
            for _ in 0..crashes {
                dying.pass(1, &Answer::Crash);
            }
        }
        for one in [&mut calm, &mut dying] {
            for _ in 0..40 {
                let done = JobStatus::Succeeded(JobResult {
                    registered_version: Some(3),
                    ..JobResult::default()
                });
                let polls = matches!(one.run.state, RunState::Submitted | RunState::Running);
                let answer = if polls { Answer::Status(done) } else { Answer::Well };
                one.pass(40, &answer);
            }
        }
        prop_assert_eq!(calm.run.state, RunState::Promoted);
        prop_assert_eq!(dying.run.state, RunState::Promoted);
    }
}
