//! The contract of the metadata store: every case runs on SQLite and on a real PostgreSQL, each
//! time in a database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail loudly"
)]

mod ab_tests;
mod alerts;
mod audit;
mod crash;
mod documents;
mod folds;
mod life;
mod models;
mod postgres;
mod registry;
mod results;
mod retraining;
mod rollouts;
mod sample;
mod speed;
mod tracking;
mod validations;

use postgres::PostgresServer;
use tempfile::TempDir;
use trimtab_store::SqlStore;

/// A database of one test.
pub(crate) struct Database {
    pub(crate) url: String,
    _dir: Option<TempDir>,
}

impl Database {
    fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trimtab.db");
        Self {
            url: path.to_str().unwrap().to_owned(),
            _dir: Some(dir),
        }
    }

    async fn postgres() -> Option<Self> {
        let url = PostgresServer::shared()?.create_database().await;
        Some(Self { url, _dir: None })
    }

    pub(crate) async fn open(&self) -> SqlStore {
        SqlStore::open(&self.url).await.unwrap()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }
}

macro_rules! contract {
    ($($module:ident { $($case:ident),* $(,)? })*) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test]
                async fn $case() {
                    crate::$module::$case(crate::Database::sqlite()).await;
                })*
            })*
        }
        mod postgresql {
            $(mod $module {
                $(#[tokio::test]
                async fn $case() {
                    if let Some(database) = crate::Database::postgres().await {
                        crate::$module::$case(database).await;
                    }
                })*
            })*
        }
    };
}

contract! {
    life {
        an_empty_database_answers_everything_with_nothing,
        what_was_stored_is_there_after_a_restart,
        several_servers_may_open_an_empty_database_at_once,
        a_database_of_a_newer_program_is_refused,
        a_database_of_other_migrations_is_refused,
        tokens_are_kept_and_revoked_once,
        the_public_views_show_the_newest_looks,
        tables_and_columns_carry_comments,
    }
    audit {
        the_audit_log_only_grows,
        entries_are_found_by_what_they_say,
        two_writers_never_fork_the_chain,
        what_was_tampered_with_is_found,
        a_log_of_an_older_program_is_taken_over,
    }
    registry {
        a_version_comes_back_as_it_was_registered,
        what_a_version_was_made_of_keeps_its_contents,
        every_move_is_history_and_an_audit_entry,
        what_was_decided_on_an_older_state_is_refused,
        of_many_who_register_at_once_each_gets_a_number,
        a_renamed_model_keeps_everything,
        a_deleted_model_leaves_its_history,
    }
    documents {
        every_change_is_a_new_version,
        documents_come_in_apply_order,
        a_deleted_document_is_gone_and_may_come_back,
        documents_are_stored_together_or_not_at_all,
        one_writer_of_a_document_wins,
    }
    models {
        references_keep_their_profiles_to_the_byte,
        a_reference_replaces_one_of_the_same_name,
        a_grid_never_changes_under_its_version,
        a_deleted_model_leaves_nothing_but_the_audit_log,
    }
    folds {
        profiles_merge_to_the_same_bytes_as_one_pass,
        a_consumer_that_was_overtaken_changes_nothing,
        of_two_committers_one_wins,
        progress_merges_by_earliest_and_latest,
        queries_select_by_version_role_segment_and_range,
        versions_are_those_seen_in_all_traffic,
        performance_is_kept_by_age_and_corrected,
        a_correction_of_an_uncounted_label_is_passed_over,
        touched_windows_are_forgotten_unless_they_change_again,
        shadow_predictions_touch_no_window,
        counts_on_an_older_grid_are_refused,
        rows_before_the_first_grid_are_counted,
        profiles_can_be_replaced_as_a_whole,
        a_fold_of_many_profiles_crosses_batches,
        a_fold_that_fails_late_leaves_no_trace,
        a_fold_that_is_dropped_half_way_leaves_no_trace,
    }
    results {
        a_later_look_supersedes_and_keeps_the_earlier,
        looks_at_one_window_in_one_call_supersede_each_other,
        results_come_in_the_order_asked_for,
        signals_replace_points,
        signals_know_their_newest_points,
    }
    alerts {
        a_step_of_alerting_is_stored_whole,
        a_step_that_fails_leaves_no_trace,
        a_monitor_has_one_unresolved_incident,
        incident_numbers_are_never_given_twice,
        incidents_are_listed_newest_first,
        messages_wait_until_they_are_due,
    }
    validations {
        a_validation_ends_once,
        validations_are_listed_newest_first,
    }
    ab_tests {
        a_test_is_kept_with_its_looks,
        of_two_lookers_one_wins,
    }
    retraining {
        a_cause_has_one_run_for_ever,
        of_two_steps_of_a_run_one_wins,
        of_two_looks_of_a_policy_one_wins,
        what_happened_to_alerts_is_kept_in_order,
    }
    tracking {
        experiments_live_die_and_come_back,
        experiments_are_searched_and_paged,
        a_run_keeps_what_is_logged,
        a_batch_is_logged_whole_or_not_at_all,
        many_may_log_at_once,
        searches_mean_what_filters_say,
        missing_values_come_last_both_ways,
        pages_neither_repeat_nor_skip,
        logged_models_are_kept_and_found,
        artifacts_lie_in_folders,
        a_purge_removes_what_was_deleted_long_ago,
    }
    rollouts {
        a_rollout_keeps_its_state_and_its_history,
        a_model_has_one_active_rollout,
        of_two_who_advance_a_rollout_one_wins,
        exposures_are_counted_and_keys_kept_once,
    }
}
