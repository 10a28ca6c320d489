// Generated from api/openapi.json (0a109a7805c4a350) by web/codegen: "npm run codegen".
export interface paths {
    "/api/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document, as a page for people */
        get: operations["get_docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ab-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List A/B tests of all models */
        get: operations["list_all_ab_tests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ab-tests/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Plan an A/B test
         * @description How many units and days a test takes, by one look at the end and by as many as one likes.
         */
        get: operations["plan_ab_test"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log
         * @description Every decision with who, when, why, before and after. Entries are only ever added.
         */
        get: operations["list_audit_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the audit log
         * @description Reads the whole chain: an entry that was changed, removed or put in later breaks it.
         */
        get: operations["verify_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List documents
         * @description As they are now, in the order in which they are applied.
         */
        get: operations["list_documents"];
        put?: never;
        /**
         * Apply documents
         * @description Makes them so, all or none, and says what changed. Documents that are stored and not sent
         *     stay as they are.
         */
        post: operations["apply_documents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{kind}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a document
         * @description Its versions stay for the record. A model goes by `DELETE /api/v1/models/{model}`.
         */
        delete: operations["delete_document"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to changes
         * @description Server-sent events named `changed`, with `{"kind": "fleet"|"model"|"incident", "model": …}`.
         *     A listener that falls behind gets one `{"kind": "fleet"}`, which means: read everything again.
         */
        get: operations["listen"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every model at a glance
         * @description A sentence, the few numbers on top, what needs attention, what changed lately, and one row a
         *     model.
         */
        get: operations["get_fleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List incidents */
        get: operations["list_incidents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{incident}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an incident */
        get: operations["get_incident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{incident}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge an incident
         * @description Says that somebody has it. On one that is over, the word is kept as a note.
         */
        post: operations["acknowledge_incident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{incident}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resolve an incident
         * @description Says that it is over, before its monitor says so.
         */
        post: operations["resolve_incident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the models */
        get: operations["list_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a model
         * @description Its document, with the versions, references and monitors that are known of it.
         */
        get: operations["get_model"];
        put?: never;
        post?: never;
        /**
         * Delete a model with all its data
         * @description Documents, profiles, results, incidents, raw events: everything that belongs to it. There is
         *     no way back.
         */
        delete: operations["delete_model"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/ab-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List A/B tests of a model */
        get: operations["list_ab_tests"];
        put?: never;
        /**
         * Begin an A/B test
         * @description For versions that a rollout or anything else splits the traffic between, and for a shadow.
         */
        post: operations["start_ab_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/ab-tests/{test}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an A/B test
         * @description With every look so far. The intervals hold at all looks at once, so looking often costs
         *     nothing.
         */
        get: operations["get_ab_test"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/ab-tests/{test}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop an A/B test
         * @description Ends it without a verdict. What was looked at stays.
         */
        post: operations["stop_ab_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/drift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a drift map
         * @description Columns by windows, from stored results.
         */
        get: operations["get_drift_map"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/drift/columns/{column}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one column in one window
         * @description Every number behind a cell of the map, and both distributions to draw.
         */
        get: operations["get_drift_column"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send labels
         * @description Rows have `prediction_id`, `label` and optionally `label_timestamp`, when the label became
         *     known (its arrival where absent). A later label for the same prediction is a correction.
         */
        post: operations["send_labels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send metric points
         * @description Business or infrastructure numbers: `name`, `value`, `timestamp` and optionally `labels`, an
         *     object of words. They become signals named `metric.<name>`.
         */
        post: operations["send_metric_points"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/monitors/{monitor}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Evaluate a monitor now
         * @description Judges its closed windows in the period again. A window judged before gets a new revision,
         *     which supersedes the old one; alerting sees each window once.
         */
        post: operations["create_results"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a model's overview
         * @description What changed, when and why, over a period.
         */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/performance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a model's performance
         * @description Every window of the period, the monitor's judgement of their means, months, maturity of the
         *     labels.
         */
        get: operations["get_performance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send predictions
         * @description Rows have `prediction_id`, `timestamp`, the model's columns by name, and optionally
         *     `model_version` (the model's default where absent), `role` (`live`, or `shadow` for a version
         *     that runs beside) and `entity_id`. A batch that is sent again counts once.
         */
        post: operations["send_predictions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/references/{reference}/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Store a reference's data
         * @description The rows become profiles; the model's first reference makes the grid on which all its columns
         *     are counted.
         */
        put: operations["put_reference_data"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List results
         * @description The newest windows first. To go back further than one page, ask with `to` set to the start of
         *     the oldest window, which is what `next` says.
         */
        get: operations["list_results"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List retraining runs */
        get: operations["list_retrainings"];
        put?: never;
        /**
         * Ask for a retraining
         * @description Now, by hand. The policy says on which rows, by which job and with whose agreement; its other
         *     guards hold back its own triggers only.
         */
        post: operations["create_retraining"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a retraining run
         * @description With its timeline and the last lines of the job's log.
         */
        get: operations["get_retraining"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining/{run}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Agree to a retraining
         * @description Or take a suggestion. Never by the person who asked for it, and once per person, however many
         *     tokens each holds.
         */
        post: operations["approve_retraining"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a retraining
         * @description Wherever it stands. A job at work is asked to stop, and given up if it does not.
         */
        post: operations["cancel_retraining"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining/{run}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say no to a retraining */
        post: operations["reject_retraining"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List decisions of retraining policies
         * @description Why each fired or held, every trigger with its reason; those that said something new.
         */
        get: operations["list_retraining_decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/retraining/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Play a retraining policy over what is stored
         * @description When it would have fired, what held it back, and what that would have cost. Nothing is stored
         *     and nothing is trained; no candidate is taken to have been promoted.
         */
        post: operations["dry_run_retraining_policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the rollouts of a model */
        get: operations["list_rollouts"];
        put?: never;
        /**
         * Begin a rollout
         * @description The candidate must have passed the validation that is named. It begins in the first step of
         *     the policy.
         */
        post: operations["start_rollout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/rollouts/{rollout}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a rollout
         * @description Where it stands, what it waits for, its guardrails as the last look found them, and its
         *     history.
         */
        get: operations["get_rollout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/rollouts/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let the next step begin
         * @description Where the policy wants a person's word before the next step. The step still waits for the rest
         *     of its conditions.
         */
        post: operations["approve_rollout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/rollouts/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a rollout
         * @description Shares stay as they are, guardrails still watch. A pause that nobody ends ends in a rollback.
         */
        post: operations["pause_rollout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/rollouts/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a paused rollout */
        post: operations["resume_rollout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/rollouts/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll back
         * @description The champion of before serves everybody from the next evaluation on. Reaches the active
         *     rollout, or the newest completed one whose candidate still is the champion.
         */
        post: operations["roll_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Count and judge what was sent, and say what is under way
         * @description For a sender that lets event time stand still, such as a replay that serves: it asks until
         *     nothing is under way (a training, a validation, a change of champion) that its rows brought
         *     about, and then sends what came next. What waits for people or for traffic is not under way.
         */
        post: operations["settle_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read signals
         * @description Every number that came out of this model's monitors, and the metric points sent in, as time
         *     series.
         */
        get: operations["list_signals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/validations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a model's validations
         * @description Newest first, without the numbers behind the checks.
         */
        get: operations["list_validations"];
        put?: never;
        /**
         * Validate a candidate
         * @description Both versions score the live, labelled rows that neither was trained on. It runs on by itself:
         *     ask for it until its state is no longer `running`. A version without an ONNX file and an
         *     encoding document is refused, and nothing is stored.
         */
        post: operations["create_validation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/validations/{validation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a validation
         * @description Every check with its interval, limit and reason, and the numbers behind them.
         */
        get: operations["get_validation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/validations/{validation}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A validation as a page
         * @description One self-contained HTML file that can be sent to people without a login.
         */
        get: operations["get_validation_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{model}/watermark": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that everything before an instant has been sent
         * @description Closes the windows before it without waiting for later rows.
         */
        post: operations["set_watermark"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List pipelines
         * @description Each is one candidate's way: trigger, data, training, gate, shadow, canary, A/B test, full.
         */
        get: operations["list_pipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines/{pipeline}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a pipeline
         * @description With its training, its newest validation and its newest rollout.
         */
        get: operations["get_pipeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the registered models */
        get: operations["list_registered_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a registered model
         * @description Its versions with where they come from, who served when, and what happened.
         */
        get: operations["get_registered_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare two versions
         * @description Only what differs: parameters, metrics, signature, lineage, tags.
         */
        get: operations["diff_model_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the history of a registered model
         * @description Every move of an alias or a stage, with who and why. It outlives the model.
         */
        get: operations["get_registry_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Promote a version
         * @description Lets it serve at once: the alias `champion` points to it. One that has not passed a validation
         *     is refused, unless the request says so, which is recorded.
         */
        post: operations["promote_model_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go back to the version that served before */
        post: operations["roll_back_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/serving": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask what served
         * @description Which version was champion at an instant, since when, and by whose word.
         */
        get: operations["get_serving_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a version
         * @description The model is registered too where it is not yet.
         */
        post: operations["register_model_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a version */
        get: operations["get_model_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registry/models/{model}/versions/{version}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a version
         * @description Puts the caller's name under it. Each may do so once.
         */
        post: operations["approve_model_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/retraining/{run}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report how a training job stands
         * @description With the token that was handed over with the job, as bearer token; it is good until the job's
         *     end. The same word twice changes nothing.
         */
        post: operations["report_retraining_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description The caller as the server knows them, and what they may do.
         */
        get: operations["get_session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the server is
         * @description Its version, the journal, the consumers of the journal and the messages on their way out.
         */
        get: operations["get_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process alive? */
        get: operations["get_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Telemetry
         * @description Our own counters and the newest point of every signal, in OpenMetrics (or, for those who
         *     don't ask for it, in the Prometheus text format).
         */
        get: operations["get_telemetry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts
         * @description The newest 1,000 incidents, whatever their state.
         */
        get: operations["monitoring_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/alerts/{alert_id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge an alert */
        post: operations["monitoring_acknowledge_alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/drift/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Drift status of a model */
        get: operations["monitoring_drift_of_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/drift/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a model's drift now
         * @description Runs its drift monitors by hand and returns the status they leave.
         */
        post: operations["monitoring_check_drift"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/drift/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Drift over time */
        get: operations["monitoring_drift_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/drift/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Drift status of every model */
        get: operations["monitoring_drift_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/monitoring/performance/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Performance of a model
         * @description Of the newest judged window, beside the reference.
         */
        get: operations["monitoring_performance_of_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ofrep/v1/evaluate/flags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Evaluate all flags
         * @description For clients that keep the answers: the `ETag` changes when an answer can have changed, and
         *     `If-None-Match` is answered with 304 until then. `eventStreams` names a stream that tells when
         *     to ask again.
         */
        post: operations["evaluate_flags"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ofrep/v1/evaluate/flags/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Evaluate a flag
         * @description Which version of a model serves this key: flag `route.MODEL`, value `v3`, variant `champion`
         *     or `challenger`. The reason is `STATIC` where everybody gets the same, `SPLIT` where the key
         *     decides, and `DEFAULT` where traffic is split and there is no `targetingKey`: then it is the
         *     champion, and counts on no side.
         */
        post: operations["evaluate_flag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ofrep/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to changes of flags
         * @description Server-sent events `{"type": "refetchEvaluation", "etag": …}`: ask again.
         */
        get: operations["listen_to_flags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ofrep/v1/flagd.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the flags as a flagd definition
         * @description For flagd and for evaluators inside of a serving process: the same keys fall on the same
         *     sides there.
         */
        get: operations["export_flags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Can it take and answer requests? */
        get: operations["get_readiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Two versions by one metric. */
        AbComparison: {
            /**
             * Format: double
             * @description Challenger less champion, in the metric's unit.
             */
            difference: number | null;
            /**
             * Format: double
             * @description Always-valid upper bound.
             */
            high: number | null;
            /**
             * Format: double
             * @description Always-valid lower bound on it.
             */
            low: number | null;
            /** @description The metric. */
            metric: string;
            /** @description Rows of either side that have it. */
            n_rows: components["schemas"]["AbCounts"];
            /** @description Units of either side that have it. */
            n_units: components["schemas"]["AbCounts"];
            /**
             * Format: double
             * @description Always-valid p-value of "no difference".
             */
            p_value: number | null;
            /**
             * Format: double
             * @description The size that matters (or may be lost), in the metric's unit.
             */
            scale: number | null;
            /**
             * Format: double
             * @description 1 where more is good, −1 where less is.
             */
            sign: number;
            /** @description Its value on either side. */
            values: components["schemas"]["AbValues"];
            /**
             * Format: double
             * @description Share of the variance that the units' past explained.
             */
            variance_removed: number | null;
        };
        /** @description A number of either side. */
        AbCounts: {
            /** Format: int64 */
            challenger: number;
            /** Format: int64 */
            champion: number;
        };
        /** @description What was decided about an A/B test. */
        AbDecision: {
            /** @description Who: `system`, or a person that stopped it. */
            actor: string;
            /** @description Event time of the look that showed it. */
            at: components["schemas"]["Instant"];
            /** @description Wall clock. */
            decided_at: components["schemas"]["Instant"];
            /** @description Why. */
            reason: string;
            /** @description The verdict. */
            verdict: components["schemas"]["AbVerdict"];
        };
        /** @description A metric that must not get worse. */
        AbGuardrailLook: {
            /** @description How it compares. */
            comparison: components["schemas"]["AbComparison"];
            /** @description Where it stands. */
            state: components["schemas"]["AbGuardrailState"];
        };
        /**
         * @description Where a guardrail of an A/B test stands.
         * @enum {string}
         */
        AbGuardrailState: "holds" | "breached" | "open";
        /** @description One look at an A/B test. Its intervals hold at all looks at once. */
        AbLook: {
            /** @description The moment, event time. */
            at: components["schemas"]["Instant"];
            /** @description What must not get worse. */
            guardrails: components["schemas"]["AbGuardrailLook"][];
            /**
             * Format: int64
             * @description Units that were met on both sides, and left out.
             */
            n_crossed: number;
            /** @description Predictions of either side. */
            n_rows: components["schemas"]["AbCounts"];
            /** @description Units of either side (of a shadow: days). */
            n_units: components["schemas"]["AbCounts"];
            /** @description What decides. */
            primary: components["schemas"]["AbComparison"];
            /** @description Why. */
            reason: string;
            sample_ratio: components["schemas"]["AbRatio"] | null;
            /** @description The primary metric apart, with multiplicity controlled. */
            segments: components["schemas"]["AbSegment"][];
            /**
             * Format: double
             * @description Share of the planned information that has come in.
             */
            share_of_plan: number | null;
            /** @description What it says. */
            verdict: components["schemas"]["AbVerdict"];
        };
        /** @description How many units a test takes, both versions together, and how many days. */
        AbPlan: {
            /**
             * Format: double
             * @description Days until `n_fixed`; `null` where `units_per_day` is not known.
             */
            days_fixed: number | null;
            /**
             * Format: double
             * @description Days until `n_sequential_max`.
             */
            days_sequential_max: number | null;
            /**
             * Format: double
             * @description Days until `n_sequential_median`.
             */
            days_sequential_median: number | null;
            /**
             * Format: double
             * @description The smallest difference that matters, in the metric's unit.
             */
            minimum_effect: number;
            /**
             * Format: int64
             * @description Units by one look at the end.
             */
            n_fixed: number;
            /**
             * Format: int64
             * @description Units by looks whenever one likes: where the plan ends.
             */
            n_sequential_max: number;
            /**
             * Format: int64
             * @description The mean over such tests.
             */
            n_sequential_mean: number;
            /**
             * Format: int64
             * @description Half of the tests with that difference have ended by then.
             */
            n_sequential_median: number;
        };
        /** @description Is the split as promised? */
        AbRatio: {
            /**
             * Format: double
             * @description The p-value of χ² at this look alone.
             */
            chi_squared_p_value: number;
            /** @description Whether it is as promised. */
            holds: boolean;
            n_exposed: components["schemas"]["AbCounts"] | null;
            /**
             * Format: double
             * @description The smallest sequential p-value of all looks so far.
             */
            p_value: number;
            /**
             * Format: double
             * @description The challenger's promised share.
             */
            promised: number;
        };
        /** @description The primary metric within one segment. */
        AbSegment: {
            /** @description How it compares; its p-value is adjusted over the segments of the look. */
            comparison: components["schemas"]["AbComparison"];
            /** @description Whether it differs. */
            differs: boolean;
            /** @description `column=value`. */
            segment: string;
        };
        /**
         * @description Where an A/B test stands.
         * @enum {string}
         */
        AbState: "running" | "decided" | "expired" | "stopped";
        /** @description A comparison of two versions. */
        AbTest: {
            /** @description Label of the candidate. */
            challenger: string;
            /**
             * Format: double
             * @description The challenger's promised share of the units; `null` for a shadow.
             */
            challenger_share: number | null;
            /** @description Label of the version that serves. */
            champion: string;
            decision: components["schemas"]["AbDecision"] | null;
            /** @description The document as it was when the test began. */
            document: components["schemas"]["Row"];
            /** @description Identifier. */
            id: string;
            looked_until: components["schemas"]["Instant"] | null;
            /** @description The model. */
            model: string;
            /**
             * Format: int64
             * @description How many looks.
             */
            n_looks: number;
            /** @description Name of the document whose rules it follows. */
            name: string;
            /** @description What decides. */
            primary_metric: string;
            /** @description The rollout and the step it belongs to. */
            rollout: string | null;
            /** @description Rows from then on count, event time. */
            since: components["schemas"]["Instant"];
            /** @description Wall clock of its beginning. */
            started_at: components["schemas"]["Instant"];
            /** @description Who began it. */
            started_by: string;
            /** @description Where it stands. */
            state: components["schemas"]["AbState"];
            /** @description What it says now. */
            verdict: components["schemas"]["AbVerdict"];
        };
        /** @description A list of A/B tests. */
        AbTestList: {
            /** @description Newest first. */
            items: components["schemas"]["AbTestListed"][];
        };
        /** @description An A/B test in a list, with its newest look. */
        AbTestListed: components["schemas"]["AbTest"] & {
            look: components["schemas"]["AbLook"] | null;
        };
        /** @description An A/B test with all its looks: the lines of its charts. */
        AbTestPage: components["schemas"]["AbTest"] & {
            /** @description Oldest first. */
            looks: components["schemas"]["AbLook"][];
        };
        /** @description A value of either side. */
        AbValues: {
            /** Format: double */
            challenger: number | null;
            /** Format: double */
            champion: number | null;
        };
        /**
         * @description What an A/B test says.
         * @enum {string}
         */
        AbVerdict: "ship" | "keep" | "no_difference" | "blocked_by_sample_ratio" | "undecided";
        /** @description An alert: what `/api/v1` calls an incident. */
        Alert: {
            /** @description Whether somebody has it. */
            acknowledged: boolean;
            /** @description Who. */
            acknowledged_by: string | null;
            /** @description Identifier. */
            alert_id: string;
            /** @description Kind of the monitor: `data_drift`, `performance`… */
            alert_type: string;
            /** @description Columns named by it. */
            features: string[];
            /** @description In words. */
            message: string;
            /** @description The model. */
            model_id: string;
            resolved_at: components["schemas"]["Instant"] | null;
            /** @description How bad. */
            severity: components["schemas"]["Severity"];
            /** @description Where it stands. */
            status: components["schemas"]["IncidentState"];
            /** @description Event time of the first window that belongs to it. */
            timestamp: components["schemas"]["Instant"];
        };
        /** @description Alerts. */
        AlertList: {
            /** @description Newest first. */
            alerts: components["schemas"]["Alert"][];
        };
        /** @description Something that happened, to draw over time. */
        Annotation: {
            /** @description Event time. */
            at: components["schemas"]["Instant"];
            /** @description The incident it is about. */
            incident_id: string | null;
            /** @description `incident` or `version`. */
            kind: string;
            /** @description For people. */
            text: string;
        };
        /** @description One entry of the audit log. */
        AuditEntry: {
            /** @description What was done: `document_put`, `alias_set`, `token_created`… */
            action: string;
            /** @description Who: `local`, `token:tok_…`, `command line`, `system`. */
            actor: string;
            /** @description What it is from then on. */
            after: Record<string, never> | null;
            /** @description When (wall clock). */
            at: components["schemas"]["Instant"];
            /** @description What it was before. */
            before: Record<string, never> | null;
            /** @description Hash over that one and all of this entry. */
            hash: string;
            /** @description The model it is about. */
            model: string | null;
            /**
             * Format: int64
             * @description Counts up from 1 without a gap.
             */
            number: number;
            /** @description The thing it is about: `monitor/drift`, `inc_…`, `version/3`. */
            object: string;
            /** @description Hash of the entry before. */
            previous_hash: string;
            /** @description Why. */
            reason: string | null;
            /** @description In words. */
            text: string;
        };
        /** @description The end of the audit log. */
        AuditHead: {
            /** @description Its hash: note it down, and `verify?expect=` it later. */
            hash: string;
            /**
             * Format: int64
             * @description Number of the last entry; 0 where there is none.
             */
            number: number;
        };
        /** @description A page of the audit log. */
        AuditList: {
            /** @description The end of the chain. */
            head: components["schemas"]["AuditHead"];
            /** @description Newest first. */
            items: components["schemas"]["AuditEntry"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description What checking the chain showed. */
        AuditVerification: {
            broken: components["schemas"]["ChainBreak"] | null;
            expected: components["schemas"]["ExpectedHash"] | null;
            /** @description The last entry up to which everything holds. */
            head: components["schemas"]["AuditHead"];
            /** @description Whether nothing is wrong, the expected hash included. */
            intact: boolean;
        };
        /** @description A category to draw. */
        CategoryBar: {
            /** @description Its name. */
            category: string;
            /**
             * Format: double
             * @description Share of the window.
             */
            current: number;
            /** @description Whether it gathers the rest. */
            is_other: boolean;
            /** @description Whether the reference doesn't have it. */
            is_unseen: boolean;
            /**
             * Format: double
             * @description Share of the reference.
             */
            reference: number;
        };
        /**
         * @description The colour of a cell on a strip.
         * @enum {string}
         */
        CellState: "no_data" | "ok" | "warning" | "critical";
        /** @description Where and why a chain does not hold. */
        ChainBreak: {
            /**
             * Format: int64
             * @description The first entry that is not what it was, or is missing.
             */
            number: number;
            /** @description In words. */
            reason: string;
        };
        /** @description A number that differs between two versions. */
        ChangedNumber: {
            /**
             * Format: double
             * @description In the second.
             */
            after: number | null;
            /**
             * Format: double
             * @description In the first version.
             */
            before: number | null;
            /** @description Which. */
            name: string;
        };
        /** @description A word that differs between two versions. */
        ChangedText: {
            /** @description In the second. */
            after: string | null;
            /** @description In the first version. */
            before: string | null;
            /** @description Which. */
            name: string;
        };
        /** @description One thing that was looked at. */
        Check: {
            /**
             * Format: double
             * @description The candidate's.
             */
            candidate: number | null;
            /**
             * Format: double
             * @description The champion's number.
             */
            champion: number | null;
            /**
             * Format: double
             * @description Upper end of it.
             */
            high: number | null;
            /**
             * Format: double
             * @description The limit.
             */
            limit: number | null;
            /**
             * Format: double
             * @description Lower end of its interval.
             */
            low: number | null;
            /** @description Its stable name: `roc_auc`, `worst_segment`, `fairness:sex`… */
            name: string;
            /** @description What that means for the candidate. */
            outcome: components["schemas"]["CheckOutcome"];
            /** @description One sentence. */
            reason: string;
            /** @description Whether it decides; an advisory check is only shown. */
            required: boolean;
            /** @description What was found. */
            state: components["schemas"]["CheckState"];
            /** @description What it asks, in a few words. */
            title: string;
            /** @description The unit of these numbers; may be empty. */
            unit: string;
            /**
             * Format: double
             * @description What is held against the limit: candidate − champion, or the candidate's own.
             */
            value: number | null;
            wanted: components["schemas"]["Wanted"] | null;
        };
        /**
         * @description What a check means for the candidate.
         * @enum {string}
         */
        CheckOutcome: "fail" | "undecided" | "pass";
        /**
         * @description What a check found.
         * @enum {string}
         */
        CheckState: "better" | "equal" | "worse" | "passed" | "failed" | "could_not_decide" | "could_not_compute";
        /**
         * @description Which clock closes a model's windows.
         * @enum {string}
         */
        Clock: "live" | "event";
        /**
         * @description A stable word for each kind of refusal.
         * @enum {string}
         */
        Code: "not_found" | "invalid" | "conflict" | "denied" | "unauthenticated" | "too_large" | "unsupported_media_type" | "method_not_allowed" | "precondition_failed" | "unavailable" | "internal";
        /** @description Drift of one column. */
        ColumnDrift: {
            /** @description What was found. */
            decision: components["schemas"]["Decision"];
            /** @description Whether it drifted. */
            drifted: boolean;
            /**
             * Format: double
             * @description Size of the difference.
             */
            effect: number | null;
            /**
             * Format: double
             * @description Smaller effects don't matter.
             */
            effect_floor: number | null;
            /** @description The column. */
            feature: string;
            /** @description The test whose p-value decided. */
            method: string;
            /**
             * Format: double
             * @description Corrected p-value.
             */
            p_value: number | null;
            severity: components["schemas"]["Severity"] | null;
            /**
             * Format: double
             * @description The test's statistic.
             */
            statistic: number | null;
            /** @description Start of the window, event time. */
            window_start: components["schemas"]["Instant"];
        };
        /** @description A column of a model. */
        ColumnLine: {
            /**
             * Format: double
             * @description Share of the model's attention, of 1.
             */
            importance: number | null;
            /** @description Its name. */
            name: string;
            /** @description What it is for. */
            role: components["schemas"]["ColumnRole"];
            semantic: components["schemas"]["SemanticType"] | null;
        };
        /**
         * @description What a column is for.
         * @enum {string}
         */
        ColumnRole: "feature" | "prediction" | "score" | "label" | "segment" | "timestamp" | "id" | "latency" | "error" | "metadata";
        /** @description What labels say about one mean of windows. */
        ConceptDrift: {
            /** @description What was found. */
            decision: components["schemas"]["Decision"];
            /** @description Whether quality is lost. */
            drifted: boolean;
            /** @description The metric. */
            metric: string;
            /**
             * Format: int32
             * @description Mean of the last so many windows.
             */
            over_windows: number;
            /**
             * Format: double
             * @description One-sided p-value in the bad direction.
             */
            p_value: number | null;
            /**
             * Format: double
             * @description The reference's mean.
             */
            reference: number | null;
            /**
             * Format: double
             * @description Their mean.
             */
            value: number | null;
            /** @description Start of the newest window inside, event time. */
            window_start: components["schemas"]["Instant"];
        };
        /** @description A classifier's counts at its threshold. */
        Confusion: {
            /**
             * Format: int64
             * @description False negatives.
             */
            fn: number;
            /**
             * Format: int64
             * @description False positives.
             */
            fp: number;
            /**
             * Format: int64
             * @description True negatives.
             */
            tn: number;
            /**
             * Format: int64
             * @description True positives.
             */
            tp: number;
        };
        /** @description A reader of the journal. */
        ConsumerStatus: {
            /**
             * Format: int64
             * @description Bytes it is behind; `null` while it reads an older segment.
             */
            lag_bytes: number | null;
            /** @description `profiler` or `lake`. */
            name: string;
            /** @description How far it is, `segment:offset`. */
            position: string;
        };
        /**
         * @description How p-values of several columns are adjusted.
         * @enum {string}
         */
        Correction: "benjamini_hochberg" | "holm" | "bonferroni" | "none";
        /**
         * @description What a look found.
         * @enum {string}
         */
        Decision: "ok" | "drift" | "breach" | "not_enough_data" | "failed";
        /** @description A bin to draw. */
        DisplayBin: {
            /**
             * Format: double
             * @description Share of the window.
             */
            current: number;
            /**
             * Format: double
             * @description Lower end; `null` where open.
             */
            from: number | null;
            /**
             * Format: double
             * @description Share of the reference.
             */
            reference: number;
            /**
             * Format: double
             * @description Upper end; `null` where open.
             */
            to: number | null;
        };
        /** @description Both sides of a column, to draw. */
        Distribution: {
            /** @description Display bins in order, at most 40. */
            bins: components["schemas"]["DisplayBin"][];
            /** @enum {string} */
            kind: "numeric";
            /** @description Means of both sides. */
            mean: components["schemas"]["SharePair"];
            /** @description Quantiles of both sides. */
            quantiles: components["schemas"]["QuantilePair"];
        } | {
            /** @description At most 14, the reference's most frequent first. */
            bars: components["schemas"]["CategoryBar"][];
            /** @enum {string} */
            kind: "categorical";
        };
        /** @description What applying one document changes. */
        DocumentChange: {
            /** @description What happens to it. */
            action: components["schemas"]["PlannedAction"];
            /** @description Field by field. */
            diff: components["schemas"]["FieldChange"][];
            /** @description Its kind. */
            kind: components["schemas"]["DocumentKind"];
            /** @description Its model, where it belongs to one. */
            model: string | null;
            /** @description Its name. */
            name: string;
        };
        /** @description What applying documents changes. */
        DocumentChanges: {
            /** @description Whether it was made so (`false` for a dry run). */
            applied: boolean;
            /** @description One entry a document. */
            changes: components["schemas"]["DocumentChange"][];
        };
        /**
         * @description A kind of document.
         * @enum {string}
         */
        DocumentKind: "model" | "reference" | "channel" | "monitor" | "rule" | "retraining_policy" | "validation_policy" | "ab_test" | "rollout_policy";
        /** @description Documents as they are now. */
        DocumentList: {
            /** @description In the order in which they are applied. */
            items: components["schemas"]["StoredDocument"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description Documents to plan or apply. */
        DocumentsRequest: {
            /**
             * @description Each with `kind` (`model`, `reference`, `monitor`, `rule`, `channel` or `validation_policy`)
             *     and `name`.
             */
            documents: Record<string, never>[];
        };
        /** @description So many of so many. */
        DoneOfDue: {
            /**
             * Format: int64
             * @description Done.
             */
            done: number;
            /**
             * Format: int64
             * @description Should be done.
             */
            due: number;
        };
        /** @description So many of so many. */
        DoneOfTotal: {
            /**
             * Format: int64
             * @description Done.
             */
            done: number;
            /**
             * Format: int64
             * @description All.
             */
            total: number;
        };
        /**
         * @description What the cells of a drift map show.
         * @enum {string}
         */
        DriftBy: "decision" | "psi" | "wasserstein" | "jensen_shannon" | "ks";
        /** @description One column in one window. */
        DriftCell: {
            decision: components["schemas"]["Decision"] | null;
            /**
             * Format: double
             * @description The value.
             */
            raw: number | null;
            severity: components["schemas"]["Severity"] | null;
            /**
             * Format: double
             * @description The value over its threshold: from 1 on it matters.
             */
            v: number | null;
        };
        /** @description What to check. */
        DriftCheckRequest: {
            /**
             * Format: date-time
             * @description Windows that start at or after it; only the newest closed window where both are absent.
             */
            from?: string | null;
            /** @description The model. */
            model_id: string;
            /**
             * Format: date-time
             * @description Windows that start before it.
             */
            to?: string | null;
        };
        /** @description A row of a drift map. */
        DriftColumn: {
            /** @description One cell a window, aligned with `windows`. */
            cells: components["schemas"]["DriftCell"][];
            decision_last: components["schemas"]["Decision"] | null;
            drifting_since: components["schemas"]["Instant"] | null;
            /**
             * Format: double
             * @description Smaller effects don't matter.
             */
            effect_floor: number | null;
            /**
             * Format: double
             * @description Effect in the newest judged window.
             */
            effect_last: number | null;
            /** @description Which effect. */
            effect_name: string;
            /**
             * Format: double
             * @description Share of the model's attention, of 1.
             */
            importance: number | null;
            /**
             * Format: double
             * @description How many times more the reference's windows differ than independent rows would.
             */
            inflation: number | null;
            /**
             * Format: double
             * @description Independent windows of the reference.
             */
            n_windows_effective: number | null;
            /** @description The column. */
            name: string;
            /**
             * Format: double
             * @description Corrected p-value in the newest judged window.
             */
            p_value_adjusted_last: number | null;
            /** @description What it is for. */
            role: components["schemas"]["ColumnRole"];
            /** @description How it is compared. */
            semantic: components["schemas"]["SemanticType"];
            severity_last: components["schemas"]["Severity"] | null;
        };
        /** @description One column in one window, in full. */
        DriftDetail: {
            /** @description The column. */
            column: string;
            /** @description What was found. */
            decision: components["schemas"]["Decision"];
            distribution: components["schemas"]["Distribution"] | null;
            /** @description Size of the difference. */
            effect: components["schemas"]["EffectSize"];
            /** @description The effect over the last windows. */
            history: components["schemas"]["Series"];
            /**
             * Format: double
             * @description How many times more the reference's windows differ than independent rows would.
             */
            inflation: number | null;
            /**
             * Format: double
             * @description Independent windows of the reference.
             */
            n_windows_effective: number | null;
            next_window_start: components["schemas"]["Instant"] | null;
            /** @description Shares of missing values. */
            null_share: components["schemas"]["SharePair"];
            /**
             * Format: double
             * @description Corrected over columns.
             */
            p_value_adjusted: number | null;
            /**
             * Format: double
             * @description The test's p-value with rows taken as independent.
             */
            p_value_row: number | null;
            /**
             * Format: double
             * @description The window-aware p-value, where the reference has enough independent windows.
             */
            p_value_window: number | null;
            previous_window_start: components["schemas"]["Instant"] | null;
            /** @description Why, in a sentence. */
            reason: string;
            /** @description What it was compared with. */
            reference: components["schemas"]["NamedSize"];
            /** @description Every statistic that was computed. */
            results: components["schemas"]["MethodOutcome"][];
            /** @description How it is compared. */
            semantic: components["schemas"]["SemanticType"];
            severity: components["schemas"]["Severity"] | null;
            /**
             * Format: double
             * @description Share of rows in categories that the reference doesn't have.
             */
            unseen_share: number | null;
            /** @description The window. */
            window: components["schemas"]["SizedWindow"];
        };
        /** @description Drift over time. */
        DriftHistory: {
            /** @description One entry a judged window, newest first. */
            history: components["schemas"]["DriftHistoryEntry"][];
        };
        /** @description One judged window. */
        DriftHistoryEntry: {
            /** @description When it was judged (wall clock). */
            checked_at: components["schemas"]["Instant"];
            /** @description What was found. */
            decision: components["schemas"]["Decision"];
            /** @description Which drifted. */
            drifted_features: string[];
            /** @description The model. */
            model_id: string;
            /** @description The monitor. */
            monitor: string;
            /**
             * Format: double
             * @description Share of the compared columns that drifted.
             */
            overall_drift_score: number | null;
            severity: components["schemas"]["Severity"] | null;
            /** @description End of the window. */
            window_end: components["schemas"]["Instant"];
            /** @description Start of the window, event time. */
            window_start: components["schemas"]["Instant"];
        };
        /** @description Columns by windows. */
        DriftMap: {
            /** @description Columns that only the current data has. */
            added: string[];
            /**
             * Format: double
             * @description Share of drift-free windows that may alarm.
             */
            alpha: number;
            /** @description What happened meanwhile. */
            annotations: components["schemas"]["Annotation"][];
            /** @description Whether the newest result took rows as independent. */
            assumes_independent_rows: boolean;
            /** @description What the cells show. */
            by: components["schemas"]["DriftBy"];
            /** @description Score and prediction first, then inputs, strongest first. */
            columns: components["schemas"]["DriftColumn"][];
            /** @description How p-values were adjusted. */
            correction: components["schemas"]["Correction"];
            /** @description The monitor whose results these are. */
            monitor: string;
            /** @description The period shown. */
            range: components["schemas"]["Range"];
            /** @description What the windows were compared with. */
            reference: components["schemas"]["DriftReference"];
            /** @description Columns that only the reference has. */
            removed: string[];
            /** @description The finding in words. */
            sentence: components["schemas"]["Sentence"];
            /** @description Columns without a look. */
            skipped: components["schemas"]["SkippedColumn"][];
            /** @description Length of a window. */
            window: components["schemas"]["Granularity"];
            /** @description Every window of the range, in time order. */
            windows: components["schemas"]["DriftWindow"][];
        };
        /** @description A reference in a few words. */
        DriftReference: {
            from: components["schemas"]["Instant"] | null;
            /**
             * Format: int64
             * @description Its rows.
             */
            n_rows: number;
            /** @description Its name. */
            name: string;
            to: components["schemas"]["Instant"] | null;
        };
        /** @description Drift of a model, from the newest judged windows. */
        DriftStatus: {
            /** @description Unresolved incidents. */
            alerts: components["schemas"]["Alert"][];
            /** @description What labels say: the means that the performance monitor judges. */
            concept_drift: components["schemas"]["ConceptDrift"][];
            /** @description Input by input. */
            data_drift: components["schemas"]["ColumnDrift"][];
            last_checked: components["schemas"]["Instant"] | null;
            /** @description Score and prediction. */
            model_drift: components["schemas"]["ColumnDrift"][];
            /** @description The model. */
            model_id: string;
            /**
             * Format: double
             * @description Share of the compared inputs that drifted, 0 to 1; `null` before the first check.
             */
            overall_drift_score: number | null;
        };
        /** @description Drift of every model. */
        DriftStatusList: {
            /** @description One status a model. */
            models: components["schemas"]["DriftStatus"][];
        };
        /** @description A window of a drift map. */
        DriftWindow: {
            decision: components["schemas"]["Decision"] | null;
            /** @description End. */
            end: components["schemas"]["Instant"];
            /** @description Whether the window is closed. */
            is_final: boolean;
            /**
             * Format: int64
             * @description Columns that drifted.
             */
            n_drifted: number;
            /**
             * Format: int64
             * @description Rows.
             */
            n_rows: number;
            /**
             * Format: int32
             * @description How often it was judged; 0 where it was not.
             */
            revision: number;
            /** @description Start. */
            start: components["schemas"]["Instant"];
        };
        /** @description What a policy would have done over what is stored. */
        DryRun: {
            /** @description What they would have cost. */
            cost: components["schemas"]["DryRunCost"];
            /** @description Decisions that said something new, in the order of time. */
            decisions: components["schemas"]["RetrainingDecision"][];
            /** @description Whether there were more decisions than are shown. */
            is_cut: boolean;
            /** @description The model. */
            model: string;
            /**
             * Format: int64
             * @description Moments at which it looked.
             */
            n_moments: number;
            /** @description The period it was played over, event time. */
            period: components["schemas"]["Span"];
            /** @description The trainings it would have asked for. */
            trainings: components["schemas"]["DryRunTraining"][];
        };
        /** @description What trainings would have cost. */
        DryRunCost: {
            /**
             * Format: double
             * @description Minutes of all trainings together, by that.
             */
            minutes: number | null;
            /**
             * Format: double
             * @description Median minutes of the model's own earlier jobs; null where it had none.
             */
            minutes_each: number | null;
            /**
             * Format: int64
             * @description Minutes that all trainings together cannot exceed: the policy's timeouts.
             */
            minutes_max: number;
            /**
             * Format: int64
             * @description Times that a person would have had to agree.
             */
            n_approvals: number;
            /**
             * Format: int64
             * @description Labelled rows read by all of them together.
             */
            n_rows: number;
            /**
             * Format: int64
             * @description Trainings.
             */
            n_trainings: number;
        };
        /** @description A policy to be played over what is stored. */
        DryRunRequest: {
            /**
             * Format: date-time
             * @description From here on, event time; from the first row where absent.
             */
            from?: string | null;
            /** @description A document of the kind `retraining_policy`. */
            policy: Record<string, never>;
            /**
             * Format: date-time
             * @description Until here; until where everything is judged where absent.
             */
            to?: string | null;
        };
        /** @description A training that a policy would have asked for. */
        DryRunTraining: {
            /**
             * Format: int32
             * @description How many people would have had to agree.
             */
            approvals_needed: number;
            /** @description When, event time. */
            at: components["schemas"]["Instant"];
            /** @description Why. */
            cause: components["schemas"]["RetrainingCause"];
            /** @description Whether it would have been a suggestion only. */
            is_suggestion: boolean;
            /**
             * Format: int64
             * @description How many labelled rows of that period were known.
             */
            n_rows: number;
            /** @description The rows it would have trained on. */
            period: components["schemas"]["Span"];
            /** @description What goes first. */
            priority: components["schemas"]["Priority"];
        };
        /** @description A difference in units that people can judge. */
        EffectSize: {
            /**
             * Format: double
             * @description Smaller ones don't matter.
             */
            floor: number | null;
            /** @description `wasserstein_iqr`, `cramers_v`, `largest_share_change`… */
            name: string;
            /**
             * Format: double
             * @description Its value.
             */
            value: number | null;
        };
        /** @description A period to evaluate. */
        EvaluationRequest: {
            /**
             * Format: date-time
             * @description Windows that start at or after it.
             * @example 2013-09-01T00:00:00Z
             */
            from?: string | null;
            /**
             * Format: date-time
             * @description Windows that start before it.
             * @example 2013-10-01T00:00:00Z
             */
            to?: string | null;
        };
        /** @description A number behind an incident. */
        Evidence: {
            /** @description The column, where it is about one. */
            column: string | null;
            /** @description The page that shows it, without a host. */
            link: string | null;
            /** @description The metric or check, where it is about one. */
            metric: string | null;
            /** @description In words. */
            text: string;
        };
        /** @description A hash that was asked for. */
        ExpectedHash: {
            /** @description The hash. */
            hash: string;
            /**
             * Format: int64
             * @description The entry that has it; `null` where none has.
             */
            number: number | null;
        };
        /** @description A field that changes. */
        FieldChange: {
            /** @description After; `null` where it goes. */
            after: unknown;
            /** @description Before; `null` where it is new. */
            before: unknown;
            /** @description Where: `monitor.alpha`, `columns[temp].max`. */
            path: string;
        };
        /** Format: binary */
        File: string;
        /** @description Every model at a glance. */
        Fleet: {
            /** @description Unresolved incidents, worst first. */
            attention: components["schemas"]["IncidentSummary"][];
            /** @description What happened lately, newest first. */
            changes: components["schemas"]["FleetChange"][];
            /** @description The few numbers on top. */
            facts: components["schemas"]["FleetFacts"];
            /** @description When this was composed (wall clock). */
            generated_at: components["schemas"]["Instant"];
            /** @description One row a model, worst first. */
            models: components["schemas"]["FleetModel"][];
            /** @description The finding in words. */
            sentence: components["schemas"]["Sentence"];
        };
        /** @description Something that happened. */
        FleetChange: {
            /** @description Event time for incidents, wall clock for the rest. */
            at: components["schemas"]["Instant"];
            /** @description Which incident. */
            incident_id: string | null;
            /** @description What. */
            kind: components["schemas"]["FleetChangeKind"];
            /** @description Which model. */
            model: string | null;
            /** @description For people. */
            text: string;
        };
        /**
         * @description What happened.
         * @enum {string}
         */
        FleetChangeKind: "incident_opened" | "incident_resolved" | "incident_acknowledged" | "model_applied" | "document_changed" | "reference_set";
        /** @description Columns that drifted in the newest judged window. */
        FleetDrift: {
            /**
             * Format: int64
             * @description Looked at.
             */
            n_columns: number;
            /**
             * Format: int64
             * @description Drifted.
             */
            n_drifted: number;
        };
        /** @description The numbers on top of the fleet page. */
        FleetFacts: {
            /** @description Judged windows of those that are due. */
            checks_on_time: components["schemas"]["DoneOfDue"];
            /**
             * Format: int64
             * @description Models with data and nothing open.
             */
            n_healthy: number;
            /**
             * Format: int64
             * @description Models.
             */
            n_models: number;
            /**
             * Format: int64
             * @description Unresolved incidents.
             */
            n_open_incidents: number;
            /**
             * Format: int64
             * @description Predictions of each model's newest day of data.
             */
            n_predictions_24h: number;
        };
        /** @description One model at a glance. */
        FleetModel: {
            /** @description Which clock closes its windows. */
            clock: components["schemas"]["Clock"];
            data_through: components["schemas"]["Instant"] | null;
            /** @description Its name for people. */
            display_name: string;
            /** @description Drift of the newest judged window. */
            drift: components["schemas"]["FleetDrift"];
            /** @description One cell a day, at most 30. */
            health: components["schemas"]["HealthCell"][];
            /**
             * Format: double
             * @description 95 % of predictions take at most so many milliseconds.
             */
            latency_ms_p95: number | null;
            /** @description Its name. */
            model: string;
            /**
             * Format: int64
             * @description Unresolved incidents.
             */
            n_open_incidents: number;
            /**
             * Format: int64
             * @description Predictions of the newest of them.
             */
            n_predictions_last_window: number;
            /** @description Team or person. */
            owner: string | null;
            performance: components["schemas"]["FleetPerformance"] | null;
            /**
             * Format: double
             * @description Share of rows without a value outside its declared range, where that is checked.
             */
            rows_valid_share: number | null;
            /** @description How it is. */
            status: components["schemas"]["ModelStatus"];
            /** @description Free words. */
            tags: string[];
            /** @description The live version seen last. */
            version: string | null;
            /** @description Predictions of the last windows of the model's granularity, at most 48. */
            volume: number[];
        };
        /** @description How good a model is. */
        FleetPerformance: {
            /**
             * Format: double
             * @description Difference from the reference's mean.
             */
            change_from_reference: number | null;
            /**
             * Format: double
             * @description Beyond it the monitor alarms.
             */
            floor: number | null;
            /**
             * Format: double
             * @description Upper end of the 95 % interval.
             */
            hi: number | null;
            /** @description Observed or inferred. */
            kind: components["schemas"]["PointKind"];
            /**
             * Format: double
             * @description Lower end of the 95 % interval.
             */
            lo: number | null;
            /**
             * Format: double
             * @description Share of labels arrived in the newest judged window.
             */
            maturity: number | null;
            /** @description Which metric. */
            metric: string;
            /**
             * Format: double
             * @description Mean over the monitor's slow span of windows, else the newest window.
             */
            value: number;
        };
        /**
         * @description Why a window has no value.
         * @enum {string}
         */
        Gap: "few_rows" | "no_data" | "labels_pending" | "not_monitored";
        /**
         * @description Which way is better.
         * @enum {string}
         */
        GoodDirection: "up" | "down" | "both";
        /**
         * @description Length of a window.
         * @enum {string}
         */
        Granularity: "minute" | "hour" | "day" | "week";
        /** @description What a guard said. */
        GuardReading: {
            /** @description `concurrency`, `rollout`, `cooldown`, `budget`, `new_labels`, `data`. */
            guard: string;
            /** @description Whether it held the training back. */
            holds_back: boolean;
            /** @description Why, one sentence. */
            reason: string;
        };
        /** @description A day on the strip. */
        HealthCell: {
            /** @description Its worst finding. */
            state: components["schemas"]["CellState"];
            /** @description The day. */
            window_start: components["schemas"]["Instant"];
        };
        /** @description An incident in full. */
        Incident: components["schemas"]["IncidentSummary"] & {
            /** @description The numbers, strongest first. */
            evidence: components["schemas"]["Evidence"][];
            /** @description What happens next. */
            next: string;
            /** @description Whom it told. */
            notifications: components["schemas"]["Notification"][];
            /** @description Link to what to do about it. */
            playbook: string | null;
            series: components["schemas"]["Series"] | null;
            /** @description Since when, event time. */
            since: components["schemas"]["Instant"];
            /** @description What happened to it, oldest first. */
            timeline: components["schemas"]["IncidentEvent"][];
            /** @description What happened. */
            what: string;
            /** @description Why we say so. */
            why: components["schemas"]["Sentence"];
        };
        /** @description How many incidents stand where. */
        IncidentCounts: {
            /**
             * Format: int64
             * @description Somebody has them.
             */
            acknowledged: number;
            /**
             * Format: int64
             * @description Nobody has them.
             */
            open: number;
            /**
             * Format: int64
             * @description Over.
             */
            resolved: number;
        };
        /** @description One entry of an incident's timeline. */
        IncidentEvent: {
            /** @description Who, where it was a person. */
            actor: string | null;
            /** @description Event time. */
            at: components["schemas"]["Instant"];
            /**
             * @description `opened`, `alert_fired`, `alert_updated`, `alert_resolved`, `acknowledged`,
             *     `resolved` or `note`.
             */
            kind: string;
            /** @description Wall clock. */
            known_at: components["schemas"]["Instant"];
            /** @description For people. */
            text: string;
        };
        /** @description A page of incidents. */
        IncidentList: {
            /** @description How many there are in each state. */
            counts: components["schemas"]["IncidentCounts"];
            /** @description Newest first. */
            items: components["schemas"]["IncidentSummary"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /**
         * @description Where an incident stands.
         * @enum {string}
         */
        IncidentState: "open" | "acknowledged" | "resolved";
        /** @description An incident in a list. */
        IncidentSummary: {
            /** @description Who acknowledged it. */
            acknowledged_by: string | null;
            /** @description Columns named by its alerts. */
            columns: string[];
            /** @description Whom it touches. */
            for_whom: string;
            /** @description Identifier. */
            id: string;
            /** @description The monitor's kind, or `signal`. */
            kind: string;
            /** @description Wall clock of its opening. */
            known_opened_at: components["schemas"]["Instant"];
            /** @description Its page, without a host. */
            link: string;
            /** @description The model. */
            model: string;
            /** @description The monitor whose findings it gathers (or, for rules on signals, the rule). */
            monitor: string;
            /**
             * Format: int32
             * @description All alerts that ever fired inside.
             */
            n_alerts: number;
            /**
             * Format: int64
             * @description For people: `#3`.
             */
            number: number;
            /** @description Event time of the first window that belongs to it. */
            opened_at: components["schemas"]["Instant"];
            resolved_at: components["schemas"]["Instant"] | null;
            /** @description The finding in words. */
            sentence: components["schemas"]["Sentence"];
            /** @description Worst severity so far. */
            severity: components["schemas"]["Severity"];
            /** @description Where it stands. */
            state: components["schemas"]["IncidentState"];
            /** @description A headline. */
            title: string;
        };
        /** Format: date-time */
        Instant: string;
        /** @description `{"status": "succeeded", "registered_version": 3, "metrics": {"roc_auc": 0.71}, "run_url": "…"}`; `status` is `running`, `succeeded`, `failed` (with `reason`) or `cancelled`. */
        JobReport: {
            [key: string]: unknown;
        };
        /** @description Who runs the job. */
        JobTarget: {
            /** @description Its job. */
            job: string;
            /** @description The orchestrator. */
            orchestrator: string;
        };
        /** @description The journal. */
        JournalStatus: {
            /**
             * Format: int64
             * @description Bytes on disk.
             */
            bytes: number;
            /** @description Its end, `segment:offset`. */
            position: string;
        };
        /** @description One judgement of a mean of windows. */
        Judgement: {
            /** @description What was found. */
            decision: components["schemas"]["Decision"];
            /**
             * Format: double
             * @description One-sided p-value in the bad direction.
             */
            p_value: number | null;
            /**
             * Format: int32
             * @description Over how many windows.
             */
            w: number;
            /** @description Start of the newest window inside. */
            window_start: components["schemas"]["Instant"];
            /**
             * Format: double
             * @description Standard score.
             */
            z: number | null;
        };
        /** @description One kind of finding over windows. */
        Lane: {
            /** @description One cell a window. */
            cells: components["schemas"]["LaneCell"][];
            /** @description Which kind. */
            name: components["schemas"]["LaneName"];
        };
        /** @description One window of a lane. */
        LaneCell: {
            /** @description Its colour. */
            state: components["schemas"]["CellState"];
            /** @description In words. */
            text: string;
            /**
             * Format: double
             * @description Its number.
             */
            value: number | null;
            /** @description Its start. */
            window_start: components["schemas"]["Instant"];
        };
        /**
         * @description A kind of finding.
         * @enum {string}
         */
        LaneName: "performance" | "drift" | "data_quality" | "service" | "volume";
        /** @description Where a version comes from. */
        Lineage: {
            /** @description The revision of the code. */
            code_revision: string | null;
            /** @description The logged model. */
            logged_model_id: string | null;
            /** @description The run. */
            run_id: string | null;
            snapshot: components["schemas"]["LineageSnapshot"] | null;
        };
        /** @description The data a version was trained on. */
        LineageSnapshot: {
            /** @description Identifier: `snap_…`. */
            id: string;
        };
        /** @description Share of labels arrived. */
        MaturityPoint: {
            /**
             * Format: double
             * @description Share arrived; `null` without predictions.
             */
            share_labelled: number | null;
            /**
             * Format: double
             * @description Share that has usually arrived at this age.
             */
            usual_share_at_age: number | null;
            /** @description Start of the window. */
            window_start: components["schemas"]["Instant"];
        };
        /**
         * @description Where a message stands.
         * @enum {string}
         */
        MessageState: "pending" | "delivered" | "failed";
        /** @description One statistic. */
        MethodOutcome: {
            /** @description `ks`, `chi2`, `psi`, `wasserstein`, `jensen_shannon`… */
            method: string;
            /**
             * Format: double
             * @description What it shows at these sizes when nothing has moved.
             */
            noise_floor: number | null;
            /**
             * Format: double
             * @description Its p-value, where it is a test.
             */
            p_value: number | null;
            /** @description Why a number is missing. */
            reason: string | null;
            /**
             * Format: double
             * @description Its value.
             */
            statistic: number | null;
            /**
             * Format: double
             * @description A fixed threshold, where the user set one.
             */
            threshold: number | null;
            /** @description Which variant: binned or exact, which bins, which smoothing. */
            variant: string;
        };
        /** @description A model with what is known of it. */
        Model: {
            /**
             * Format: int32
             * @description How late a row may be and still be part of the first judgement, in seconds.
             */
            allowed_lateness_seconds: number;
            /** @description Which clock closes its windows. */
            clock: components["schemas"]["Clock"];
            /** @description Columns. */
            columns: components["schemas"]["ColumnLine"][];
            data_from: components["schemas"]["Instant"] | null;
            data_through: components["schemas"]["Instant"] | null;
            /** @description One sentence. */
            description: string | null;
            /** @description Its name for people. */
            display_name: string;
            /**
             * Format: int64
             * @description Counts up with every change of its document.
             */
            document_version: number;
            /** @description Length of a profile's window. */
            granularity: components["schemas"]["Granularity"];
            /**
             * Format: int32
             * @description How long labels can take, in seconds.
             */
            label_delay_seconds: number;
            /** @description Monitors. */
            monitors: components["schemas"]["MonitorLine"][];
            /** @description Its name. */
            name: string;
            /** @description Team or person. */
            owner: string | null;
            /** @description References, oldest first. */
            references: components["schemas"]["ReferenceLine"][];
            /** @description Columns whose values cut the traffic. */
            segments: string[];
            /** @description Free words. */
            tags: string[];
            /** @description What it predicts. */
            task: components["schemas"]["Task"];
            /** @description IANA name of the zone in which its days begin. */
            time_zone: string;
            /** @description Versions seen in its events. */
            versions: components["schemas"]["VersionLine"][];
        };
        /** @description A line of the model list. */
        ModelLine: {
            /** @description Which clock closes its windows. */
            clock: components["schemas"]["Clock"];
            data_from: components["schemas"]["Instant"] | null;
            data_through: components["schemas"]["Instant"] | null;
            /** @description Its name for people. */
            display_name: string;
            /** @description Its name. */
            model: string;
            /** @description What it predicts. */
            task: components["schemas"]["Task"];
            /** @description IANA name of the zone in which its days begin. */
            time_zone: string;
            /** @description Versions seen in its events. */
            versions: string[];
        };
        /** @description The models. */
        ModelList: {
            /** @description By name. */
            items: components["schemas"]["ModelLine"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description Quality of a model in its newest judged window. */
        ModelPerformance: {
            /** @description Means over the last windows, as judged. */
            judgements: components["schemas"]["ConceptDrift"][];
            last_checked: components["schemas"]["Instant"] | null;
            /** @description The metric that is judged. */
            metric: string | null;
            /** @description Every metric of the window. */
            metrics: {
                [key: string]: number | null;
            };
            /** @description The model. */
            model_id: string;
            /**
             * Format: int64
             * @description Those with a label.
             */
            n_labelled: number;
            /**
             * Format: int64
             * @description Predictions in the window.
             */
            n_predictions: number;
            /**
             * Format: double
             * @description The reference's mean of that metric.
             */
            reference: number | null;
            window_end: components["schemas"]["Instant"] | null;
            window_start: components["schemas"]["Instant"] | null;
        };
        /** @description What a model takes and gives. */
        ModelSignature: {
            /** @description What it takes. */
            inputs: components["schemas"]["SignatureColumn"][];
            /** @description What it gives. */
            outputs: components["schemas"]["SignatureColumn"][];
        };
        /**
         * @description How a model is.
         * @enum {string}
         */
        ModelStatus: "ok" | "collecting" | "no_data" | "warning" | "critical";
        /** @description A version with where it comes from. */
        ModelVersion: {
            /** @description The aliases that point to it. */
            aliases: string[];
            /** @description Who approved it. */
            approvals: components["schemas"]["VersionApproval"][];
            artifact: components["schemas"]["VersionArtifact"] | null;
            /** @description When it was registered. */
            created_at: components["schemas"]["Instant"];
            /** @description Who registered it. */
            created_by: string;
            /** @description For people. */
            description: string | null;
            /** @description That run's experiment. */
            experiment_id: string | null;
            /** @description Where it comes from. */
            lineage: components["schemas"]["Lineage"];
            /** @description The latest metrics of its run or logged model. */
            metrics: {
                [key: string]: number;
            };
            /**
             * Format: int32
             * @description Its number, as MLflow counts.
             */
            number: number;
            /** @description The parameters of its run. */
            params: {
                [key: string]: string;
            };
            /** @description The run it comes from. */
            run_id: string | null;
            /** @description That run's name. */
            run_name: string | null;
            signature: components["schemas"]["ModelSignature"] | null;
            /** @description Where its files lie, as the client said it. */
            source: string;
            /** @description MLflow's stage; `null` for none. */
            stage: string | null;
            /** @description `READY`, `PENDING_REGISTRATION` or `FAILED_REGISTRATION`. */
            status: string;
            /** @description Its tags. */
            tags: {
                [key: string]: string;
            };
            validation: components["schemas"]["VersionValidation"] | null;
            /** @description Its label: `v3`, the word that events and flags carry. */
            version: string;
        };
        /** @description A monitor of a model. */
        MonitorLine: {
            /** @description `data_drift`, `prediction_drift`, `performance`, `data_quality` or `service`. */
            kind: string;
            /** @description Its name. */
            name: string;
            /** @description Length of the windows it judges. */
            window: components["schemas"]["Granularity"];
        };
        /** @description One outcome of one monitor on one window. */
        MonitorResult: {
            /** @description What was found. */
            decision: components["schemas"]["Decision"];
            /** @description The numbers behind it; `kind` says which: `drift`, `performance`, `checks` or `failed`. */
            detail: Record<string, never>;
            /** @description When it was looked at (wall clock). */
            evaluated_at: components["schemas"]["Instant"];
            /** @description Identifier. */
            id: string;
            /** @description The monitor. */
            monitor: string;
            /** @description `data_drift`, `prediction_drift`, `performance`, `data_quality` or `service`. */
            monitor_kind: string;
            /**
             * Format: int64
             * @description Rows in the window.
             */
            n_rows: number;
            /**
             * Format: int32
             * @description 1 for the first look at this window, counting up.
             */
            revision: number;
            severity: components["schemas"]["Severity"] | null;
            /** @description Whether a later revision replaced it. */
            superseded: boolean;
            /** @description What the model's data reached when it was looked at (event time). */
            watermark: components["schemas"]["Instant"];
            /** @description End of the window. */
            window_end: components["schemas"]["Instant"];
            /** @description Start of the window, event time. */
            window_start: components["schemas"]["Instant"];
        };
        /** @description A month of the period. */
        MonthLine: {
            /** @description End. */
            end: components["schemas"]["Instant"];
            /**
             * Format: double
             * @description Their share.
             */
            maturity: number | null;
            /**
             * Format: int64
             * @description Predictions.
             */
            n: number;
            /**
             * Format: int64
             * @description Those with a label.
             */
            n_labelled: number;
            /** @description Start. */
            start: components["schemas"]["Instant"];
            /** @description Every metric of the whole month; `null` where it has no meaning. */
            values: {
                [key: string]: number | null;
            };
        };
        /** @description A name and its size. */
        NamedSize: {
            /**
             * Format: int64
             * @description Rows.
             */
            n_rows: number;
            /** @description The name. */
            name: string;
        };
        /** @description A version to register, from files that were uploaded as artifacts or lie elsewhere. */
        NewModelVersion: {
            /** @description For people. */
            description?: string | null;
            /** @description The logged model it comes from. */
            model_id?: string | null;
            /** @description Why. */
            reason?: string;
            /** @description The run it comes from. */
            run_id?: string | null;
            /** @description Where its files lie: `mlflow-artifacts:/…`, `runs:/…`, `models:/…`, `s3://…`. */
            source: string;
            /** @description Its tags. */
            tags?: {
                [key: string]: string;
            };
        };
        /** @description What a person says about an incident. */
        NoteRequest: {
            /** @description For the timeline. */
            note?: string | null;
        };
        /** @description A message about an incident. */
        Notification: {
            /** @description When it was written (wall clock). */
            at: components["schemas"]["Instant"];
            /**
             * Format: int32
             * @description Attempts so far.
             */
            attempts: number;
            /** @description Where to. */
            channel: string;
            /** @description Of its opening or of its end. */
            kind: components["schemas"]["NotificationKind"];
            /** @description What went wrong last. */
            last_error: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["MessageState"];
        };
        /**
         * @description What a message says.
         * @enum {string}
         */
        NotificationKind: "firing" | "resolved";
        /** @description What changed, when and why. */
        Overview: {
            /** @description What happened meanwhile. */
            annotations: components["schemas"]["Annotation"][];
            /** @description The few numbers on top. */
            facts: components["schemas"]["OverviewFacts"];
            /** @description Incidents that touch the period, newest first. */
            incidents: components["schemas"]["IncidentSummary"][];
            /** @description One lane a kind of finding. */
            lanes: components["schemas"]["Lane"][];
            performance: components["schemas"]["Series"] | null;
            /** @description The period shown. */
            range: components["schemas"]["Range"];
            /** @description The finding in words. */
            sentence: components["schemas"]["Sentence"];
            /** @description Columns that moved most. */
            top_columns: components["schemas"]["TopColumn"][];
        };
        /** @description The numbers on top of the overview. */
        OverviewFacts: {
            /** @description Inputs with an answer in the newest drift result. */
            inputs_checked: components["schemas"]["DoneOfTotal"];
            /**
             * Format: double
             * @description Their share.
             */
            label_maturity: number | null;
            last_result_at: components["schemas"]["Instant"] | null;
            /**
             * Format: int64
             * @description Those with a label.
             */
            n_labels: number;
            /**
             * Format: int64
             * @description Predictions of the period.
             */
            n_predictions: number;
            /** @description The live version seen last. */
            version: string | null;
        };
        /** @description A piece of a sentence. */
        Part: {
            /** @description What it is about. */
            ref?: components["schemas"]["PartRef"];
            /** @description Whether it carries the point. */
            strong?: boolean;
            /** @description What to read. */
            text: string;
        };
        /** @description A thing a sentence speaks of. */
        PartRef: {
            /** @description Its name or identifier. */
            id: string;
            /** @description Its kind. */
            kind: components["schemas"]["RefKind"];
            /** @description Its model, where the kind needs one. */
            model?: string;
        };
        /** @description How good a model is, and how sure that is. */
        Performance: {
            /** @description The same of the shadow versions. */
            compare: components["schemas"]["VersionSeries"][];
            confusion: components["schemas"]["Confusion"] | null;
            fast: components["schemas"]["Series"] | null;
            /** @description What the monitor made of the means. */
            judgement: components["schemas"]["Judgement"][];
            known_at: components["schemas"]["Instant"] | null;
            labels_through: components["schemas"]["Instant"] | null;
            /** @description How many labels have arrived. */
            maturity: components["schemas"]["MaturityPoint"][];
            /** @description The metric shown. */
            metric: components["schemas"]["PerformanceMetric"];
            /** @description Metrics to choose from. */
            metrics: components["schemas"]["PerformanceMetric"][];
            /** @description Months of the period, each from its own counts. */
            months: components["schemas"]["MonthLine"][];
            /** @description The period shown. */
            range: components["schemas"]["Range"];
            /** @description The reference's windows, as the monitor saw them. */
            reference: components["schemas"]["ReferenceSpread"];
            /** @description The finding in words. */
            sentence: components["schemas"]["Sentence"];
            /** @description Every window. */
            series: components["schemas"]["Series"];
            slow: components["schemas"]["Series"] | null;
            /** @description The version shown; all live traffic where `null`. */
            version: string | null;
            /** @description Versions to choose from. */
            versions: string[];
        };
        /**
         * @description A quality measure of a model.
         * @enum {string}
         */
        PerformanceMetric: "roc_auc" | "f1" | "accuracy" | "precision" | "recall" | "brier" | "log_loss" | "mae" | "rmse" | "mean_error" | "r2";
        /**
         * @description What a caller may do.
         * @enum {string}
         */
        Permission: "read" | "ingest" | "respond" | "edit" | "admin";
        /** @description A candidate's way with all that is known of it. */
        Pipeline: components["schemas"]["PipelineSummary"] & {
            gate: components["schemas"]["Validation"] | null;
            run: components["schemas"]["RetrainingRun"] | null;
            traffic: components["schemas"]["Rollout"] | null;
        };
        /** @description Candidates on their way, and those that have gone it. */
        PipelineList: {
            /** @description Newest first. */
            items: components["schemas"]["PipelineSummary"][];
            /** @description Always `null`: there is one page. */
            next: string | null;
            /** @description The finding. */
            sentence: components["schemas"]["Sentence"];
        };
        /** @description One stop on the way. */
        PipelineStage: {
            at: components["schemas"]["Instant"] | null;
            event_at: components["schemas"]["Instant"] | null;
            /** @description Which. */
            name: components["schemas"]["PipelineStageName"];
            /** @description How far it has come. */
            state: components["schemas"]["PipelineStageState"];
            /** @description A few words. */
            text: string | null;
        };
        /**
         * @description A stop on a candidate's way.
         * @enum {string}
         */
        PipelineStageName: "trigger" | "data" | "train" | "validate" | "shadow" | "canary" | "ab" | "full";
        /**
         * @description How far a stop has come.
         * @enum {string}
         */
        PipelineStageState: "done" | "running" | "waiting" | "failed" | "skipped" | "ahead";
        /**
         * @description Where a candidate stands as a whole.
         * @enum {string}
         */
        PipelineState: "suggested" | "running" | "waiting" | "shipped" | "stopped" | "rolled_back";
        /** @description A candidate's way in a list. */
        PipelineSummary: {
            /** @description When it began (wall clock). */
            began_at: components["schemas"]["Instant"];
            /** @description Why it began. */
            cause: string | null;
            /** @description Label of the version that served beside it. */
            champion: string | null;
            ended_at: components["schemas"]["Instant"] | null;
            event_at: components["schemas"]["Instant"] | null;
            /** @description The training's identifier, or `model:version` for a version without one. */
            id: string;
            /** @description The model. */
            model: string;
            /** @description Its training. */
            retraining: string | null;
            /** @description Its rollout. */
            rollout: string | null;
            /** @description The finding. */
            sentence: components["schemas"]["Sentence"];
            /** @description From trigger to full. */
            stages: components["schemas"]["PipelineStage"][];
            /** @description Where it stands as a whole. */
            state: components["schemas"]["PipelineState"];
            /** @description Its validation. */
            validation: string | null;
            /** @description Label of the version, once it is registered. */
            version: string | null;
        };
        /**
         * @description What applying does to a document.
         * @enum {string}
         */
        PlannedAction: "create" | "update" | "unchanged" | "delete";
        /**
         * @description Whether a value was observed or inferred.
         * @enum {string}
         */
        PointKind: "measured" | "estimated";
        /**
         * @description Whether predictions served users.
         * @enum {string}
         */
        PredictionRole: "live" | "shadow";
        /**
         * @description What goes first.
         * @enum {string}
         */
        Priority: "low" | "normal" | "high" | "critical";
        /** @description What went wrong, and what the caller can do about it. */
        Problem: {
            /** @description A stable word to decide by. */
            code: components["schemas"]["Code"];
            /** @description What failed for which input, and how to mend it. */
            detail: string;
            /** @description Row by row, where a batch was refused. */
            errors?: components["schemas"]["ProblemRow"][];
            /** @description Names this request in the server's log. */
            request_id: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description A page about this code. */
            type: string;
        };
        /** @description One reason among several. */
        ProblemRow: {
            /** @description Which field. */
            field: string | null;
            /** @description What to do. */
            fix: string | null;
            /** @description Why. */
            reason: string;
            /**
             * Format: int64
             * @description Zero-based row of the batch.
             */
            row: number | null;
        };
        /** @description A version that shall serve. */
        Promotion: {
            /** @description Why. */
            reason: string;
            /** @description Label, number or alias. */
            version: string;
            /** @description Past the gate; the log says so. */
            without_validation?: boolean;
        };
        /** @description Quantiles of both sides. */
        QuantilePair: {
            /** @description Of the window. */
            current: components["schemas"]["Quantiles"];
            /** @description Of the reference. */
            reference: components["schemas"]["Quantiles"];
        };
        /** @description Five quantiles. */
        Quantiles: {
            /**
             * Format: double
             * @description 5 %.
             */
            p5: number | null;
            /**
             * Format: double
             * @description 25 %.
             */
            p25: number | null;
            /**
             * Format: double
             * @description The median.
             */
            p50: number | null;
            /**
             * Format: double
             * @description 75 %.
             */
            p75: number | null;
            /**
             * Format: double
             * @description 95 %.
             */
            p95: number | null;
        };
        /** @description Messages on their way out. */
        QueueStatus: {
            /**
             * Format: int64
             * @description Due now (counted to 1,000).
             */
            n_due: number;
            next_at: components["schemas"]["Instant"] | null;
        };
        /** @description The period an answer covers, in event time. */
        Range: {
            /** @description First instant inside. */
            from: components["schemas"]["Instant"];
            /** @description Whether nobody asked for it: it is then the data's own last 30 windows. */
            is_default: boolean;
            reason: components["schemas"]["RangeReason"] | null;
            /** @description IANA name of the zone in which the model's days begin. */
            time_zone: string;
            /** @description First instant after. */
            to: components["schemas"]["Instant"];
        };
        /**
         * @description Why a range is not the usual one.
         * @enum {string}
         */
        RangeReason: "data_is_old";
        /** @description A guardrail or a condition, as the last look found it. */
        Reading: {
            /**
             * Format: double
             * @description The champion's value.
             */
            champion: number | null;
            /**
             * Format: double
             * @description What the value is held against.
             */
            limit: number | null;
            /**
             * Format: int64
             * @description Rows, labels or windows behind it.
             */
            n: number;
            /** @description Its name: `latency_p99`, `errors`, `quality roc_auc`, `ab_test`. */
            name: string;
            /** @description What was found. */
            state: components["schemas"]["ReadingState"];
            /** @description In words. */
            text: string;
            /**
             * Format: double
             * @description The candidate's value.
             */
            value: number | null;
        };
        /**
         * @description What a look found.
         * @enum {string}
         */
        ReadingState: "holds" | "breached" | "not_enough_data" | "not_measured";
        /** @description Why. */
        Reason: {
            /** @description In a few words. */
            reason: string;
        };
        /** @description The answer to a batch. What it counts as accepted is on disk. */
        Receipt: {
            /**
             * Format: int64
             * @description Rows appended.
             */
            accepted: number;
            /**
             * Format: int64
             * @description Rows that were there already, with the same content.
             */
            duplicates: number;
            /** @description Whether the accepted rows are on disk. They always are. */
            durable: boolean;
            /**
             * Format: int64
             * @description All rows refused.
             */
            n_rejected: number;
            /** @description Where the journal ended after the append, `segment:offset`. */
            position: string;
            /** @description Rows refused, the first 100 of them. */
            rejected: components["schemas"]["Rejection"][];
        };
        /** @description A reference of a model. */
        ReferenceLine: {
            from: components["schemas"]["Instant"] | null;
            /**
             * Format: int32
             * @description The grid it is counted on.
             */
            grid_version: number;
            /** @description Whether monitors that name none use it. */
            is_default: boolean;
            /**
             * Format: int64
             * @description Its rows.
             */
            n_rows: number;
            /** @description Its name. */
            name: string;
            to: components["schemas"]["Instant"] | null;
        };
        /** @description The reference's windows. */
        ReferenceSpread: {
            /**
             * Format: int32
             * @description How many.
             */
            n_windows: number | null;
            /**
             * Format: double
             * @description How many, after allowing for neighbours that are alike.
             */
            n_windows_effective: number | null;
            /**
             * Format: double
             * @description Their standard deviation.
             */
            sd: number | null;
            /**
             * Format: double
             * @description Their mean.
             */
            value: number | null;
        };
        /** @description What storing a reference's data made of it. */
        ReferenceStored: {
            /** @description The columns of that grid. */
            columns: string[];
            /**
             * Format: int32
             * @description The grid it is counted on.
             */
            grid_version: number;
            /**
             * Format: int64
             * @description All rows.
             */
            n_rows: number;
            /**
             * Format: int64
             * @description Windows of the model's granularity on its time axis; 0 without one.
             */
            n_windows: number;
        };
        /**
         * @description A kind of thing that a sentence can link.
         * @enum {string}
         */
        RefKind: "model" | "column" | "incident" | "monitor";
        /** @description A registered model with everything. */
        RegisteredModel: {
            /** @description Where its aliases point. */
            aliases: components["schemas"]["RegistryAlias"][];
            /** @description For people. */
            description: string | null;
            /** @description What happened, newest first. */
            history: components["schemas"]["RegistryEvent"][];
            /** @description Its name. */
            model: string;
            /** @description Who served when, oldest first, on the model's own clock. */
            served: components["schemas"]["Served"][];
            /** @description Its tags. */
            tags: {
                [key: string]: string;
            };
            /** @description Newest first. */
            versions: components["schemas"]["ModelVersion"][];
        };
        /** @description Where an alias points. */
        RegistryAlias: {
            /** @description `champion` serves, `challenger` is the candidate on its way. */
            alias: string;
            /** @description The version's label. */
            version: string;
        };
        /** @description One thing that happened to a registered model. */
        RegistryEvent: {
            /** @description Who. */
            actor: string;
            /** @description What it is from then on. */
            after: string | null;
            /** @description The alias. */
            alias: string | null;
            /** @description When (wall clock). */
            at: components["schemas"]["Instant"];
            /** @description What it was before. */
            before: string | null;
            event_at: components["schemas"]["Instant"] | null;
            /** @description `promoted`, `rolled_back` or `set_by_hand`, where an alias was set. */
            how: string | null;
            /** @description `model_created`, `version_created`, `alias_set`, `alias_removed`, `stage`, `approved`… */
            kind: string;
            /** @description Why. */
            reason: string | null;
            /** @description In words. */
            text: string;
            /** @description The version's label. */
            version: string | null;
        };
        /** @description What happened to a registered model. */
        RegistryHistory: {
            /** @description Newest first. */
            items: components["schemas"]["RegistryEvent"][];
            /** @description Always `null`: there is one page. */
            next: string | null;
        };
        /** @description Every registered model. */
        RegistryList: {
            /** @description By name. */
            items: components["schemas"]["RegistryRow"][];
            /** @description Always `null`: there is one page. */
            next: string | null;
        };
        /** @description A registered model in a list. */
        RegistryRow: {
            /** @description Label of the candidate on its way. */
            challenger: string | null;
            /** @description Label of the version that serves. */
            champion: string | null;
            changed_at: components["schemas"]["Instant"] | null;
            /** @description What that was. */
            changed_text: string | null;
            /** @description Its name. */
            model: string;
            /**
             * Format: int64
             * @description Its versions.
             */
            n_versions: number;
            /** @description Who served when, oldest first, on the model's own clock. */
            served: components["schemas"]["Served"][];
        };
        /** @description One refused row. */
        Rejection: {
            /** @description Why, as a stable word. */
            code: components["schemas"]["RejectionCode"];
            /** @description Which field, where it is about one. */
            field: string | null;
            /** @description What to do. */
            fix: string;
            /** @description Why. */
            reason: string;
            /**
             * Format: int64
             * @description Zero-based position in the batch.
             */
            row: number;
        };
        /**
         * @description Why a row was refused.
         * @enum {string}
         */
        RejectionCode: "missing_field" | "wrong_type" | "unknown_column" | "timestamp_out_of_range" | "id_conflict" | "invalid_value" | "malformed";
        /** @description A page of results. */
        ResultList: {
            /** @description Newest windows first. */
            items: components["schemas"]["MonitorResult"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description A person's yes. */
        RetrainingApproval: {
            /** @description With which identity. */
            actor: string;
            /** @description When, wall clock. */
            at: components["schemas"]["Instant"];
            /** @description What they said. */
            note: string | null;
            /** @description Who, by name. */
            person: string;
        };
        /** @description Why a model is trained again. */
        RetrainingCause: {
            /** @description What makes it one cause: it has one training. */
            key: string;
            /** @description One sentence. */
            text: string;
            /** @description The policy's trigger; null where a person asked. */
            trigger: string | null;
        };
        /** @description What a policy decided at one moment, and why. */
        RetrainingDecision: {
            at?: components["schemas"]["Instant"] | null;
            cause?: components["schemas"]["RetrainingCause"] | null;
            /** @description When, on the model's own clock. */
            event_at: components["schemas"]["Instant"];
            /** @description Every guard, where a trigger fired. */
            guards: components["schemas"]["GuardReading"][];
            /** @description What. */
            outcome: components["schemas"]["RetrainingOutcome"];
            /** @description The policy; null in a dry run. */
            policy?: string | null;
            /** @description The run it began. */
            run?: string | null;
            /** @description One sentence. */
            text: string;
            /** @description Every trigger. */
            triggers: components["schemas"]["TriggerReading"][];
        };
        /** @description Decisions of a model's policies. */
        RetrainingDecisionList: {
            /** @description Those that said something new, newest first. */
            items: components["schemas"]["RetrainingDecision"][];
        };
        /** @description A run with its timeline and the job's log. */
        RetrainingDetail: components["schemas"]["RetrainingRun"] & {
            /** @description What happened to it, oldest first. */
            history: components["schemas"]["RetrainingEntry"][];
            /** @description Whether the job wrote more than that. */
            is_log_cut: boolean;
            /**
             * @description The last lines the job wrote; null before it was handed over, and where its orchestrator
             *     is away.
             */
            log?: string | null;
        };
        /** @description One entry of a run's timeline. */
        RetrainingEntry: {
            /** @description Who. */
            actor: string;
            /** @description Wall clock. */
            at: components["schemas"]["Instant"];
            /** @description Where the run stood after it. */
            kind: string;
            /** @description For people. */
            text: string;
        };
        /** @description Retraining runs. */
        RetrainingList: {
            /** @description The runs, newest first. */
            items: components["schemas"]["RetrainingRun"][];
            /** @description Where to go on; null at the end. */
            next?: string | null;
        };
        /**
         * @description What a policy decided.
         * @enum {string}
         */
        RetrainingOutcome: "fired" | "suggested" | "held" | "quiet";
        /** @description A reason, for the record. */
        RetrainingReason: {
            /** @description Why. */
            reason: string;
        };
        /** @description Asks for a training by hand. */
        RetrainingRequest: {
            /** @description Which policy says how; the model's only one where absent. */
            policy?: string | null;
            /** @description Why: it stands in the record. */
            reason: string;
        };
        /** @description What the job made. */
        RetrainingResult: {
            /** @description What the job measured itself. */
            metrics: {
                [key: string]: number;
            };
            /** @description The tracking run, where its address names one. */
            run_id?: string | null;
            /** @description Where people can look at it. */
            run_url?: string | null;
            /** @description The registered version: `v3`. */
            version?: string | null;
        };
        /** @description One execution of a retraining. */
        RetrainingRun: {
            /** @description Who has. */
            approvals: components["schemas"]["RetrainingApproval"][];
            /**
             * Format: int32
             * @description How many people must agree.
             */
            approvals_needed: number;
            /** @description Why. */
            cause: components["schemas"]["RetrainingCause"];
            /** @description Why it ended as it did. */
            end_reason?: string | null;
            ended_at?: components["schemas"]["Instant"] | null;
            /** @description Where the model's own clock stood: labels known later are not used. */
            event_at: components["schemas"]["Instant"];
            /** @description What the orchestrator calls the job. */
            external_id?: string | null;
            /** @description `ret_…`. */
            id: string;
            /** @description Whether nothing more will happen. */
            is_over: boolean;
            /** @description Whether the policy only suggests it. */
            is_suggestion: boolean;
            /** @description Which job trains. */
            job: components["schemas"]["JobTarget"];
            /** @description Where people can look at the job. */
            job_url?: string | null;
            /** @description What went wrong last in this state. */
            last_error?: string | null;
            /** @description The model. */
            model: string;
            /**
             * Format: int32
             * @description Attempts of what the present state needs.
             */
            n_attempts: number;
            /** @description Event time of the rows it asks for. */
            period: components["schemas"]["Span"];
            /** @description The policy it follows. */
            policy: string;
            /**
             * Format: int64
             * @description Which version of that document.
             */
            policy_version: number;
            /** @description What goes first. */
            priority: components["schemas"]["Priority"];
            /** @description When, wall clock. */
            requested_at: components["schemas"]["Instant"];
            /** @description Who asked: `system` for the policy itself. */
            requested_by: string;
            result?: components["schemas"]["RetrainingResult"] | null;
            /** @description The candidate's rollout: `rol_…`. */
            rollout?: string | null;
            snapshot?: components["schemas"]["RetrainingSnapshot"] | null;
            /**
             * @description `requested`, `approved`, `snapshot`, `submitting`, `submitted`, `running`, `cancelling`,
             *     `succeeded`, `validating`, `registered`, `rolling_out`; over: `finished`, `promoted`,
             *     `rolled_back`, `rejected`, `failed`, `timed_out`, `cancelled`.
             */
            state: string;
            /** @description Since when, wall clock. */
            state_since: components["schemas"]["Instant"];
            submitted_at?: components["schemas"]["Instant"] | null;
            /** @description The candidate's validation: `val_…`. */
            validation?: string | null;
        };
        /** @description What a run trains on. */
        RetrainingSnapshot: {
            /** @description Which snapshot: `snap_…`. */
            id: string;
            /**
             * Format: int64
             * @description Rows, all of them labelled.
             */
            n_rows: number;
            /** @description Event time of its rows. */
            period: components["schemas"]["Span"];
            /** @description Hash over its files, hex. */
            sha256: string;
        };
        /** @description A rollout with its history. */
        Rollout: components["schemas"]["RolloutSummary"] & {
            /** @description What happened to it, oldest first. */
            history: components["schemas"]["RolloutNote"][];
        };
        /** @description How a rollout ended. */
        RolloutEnding: {
            /** @description Wall clock. */
            at: components["schemas"]["Instant"];
            /** @description Who. */
            by: string;
            /** @description The guardrail that was breached. */
            guardrail: string | null;
            /** @description Why. */
            reason: string;
        };
        /** @description What the last look at a rollout found. */
        RolloutFindings: {
            /** @description What must hold before the next step. */
            conditions: components["schemas"]["Reading"][];
            /** @description The guardrails. */
            guardrails: components["schemas"]["Reading"][];
            /**
             * Format: double
             * @description Hours of event time in this step.
             */
            hours: number;
            /**
             * Format: int64
             * @description The candidate's predictions in this step.
             */
            n_challenger: number;
            /**
             * Format: int64
             * @description The champion's in the same time.
             */
            n_champion: number;
            /** @description What the next step waits for. */
            waits_for: string[];
        };
        /** @description A page of rollouts. */
        RolloutList: {
            /** @description Newest first. */
            items: components["schemas"]["RolloutSummary"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description One line of a rollout's history. */
        RolloutNote: {
            /** @description Who. */
            actor: string;
            /** @description Wall clock. */
            at: components["schemas"]["Instant"];
            event_at: components["schemas"]["Instant"] | null;
            /**
             * @description `started`, `step_entered`, `approved`, `paused`, `resumed`, `promoting`, `promoted`,
             *     `rolling_back`, `rolled_back`, `completed` or `superseded`.
             */
            kind: string;
            /** @description Why, where somebody or a rule said so. */
            reason: string | null;
            /**
             * Format: int64
             * @description The step it happened in, from 0.
             */
            step: number;
            /** @description For people. */
            text: string;
        };
        /** @description What a person says to a rollout. */
        RolloutOrderRequest: {
            /** @description Why, for the record. */
            reason: string;
        };
        /**
         * @description Where a rollout stands.
         * @enum {string}
         */
        RolloutPhase: "running" | "paused" | "promoting" | "rolling_back" | "completed" | "rolled_back" | "superseded";
        /** @description A candidate to roll out. */
        RolloutRequest: {
            /** @description Label of the version: `v3`. */
            candidate: string;
            /** @description A rollout policy of the model; `default` where absent. */
            policy?: string | null;
            /** @description Why, for the record. */
            reason: string;
            /** @description The validation it passed: `val_…`. */
            validation: string;
        };
        /** @description A step of a rollout's policy. */
        RolloutStep: {
            /** @description Whether a person must say so before it begins. */
            approval: boolean;
            entered_at: components["schemas"]["Instant"] | null;
            /**
             * Format: int32
             * @description Hours of event time after which it has had its time.
             */
            hours_max: number | null;
            /**
             * Format: int32
             * @description Hours of event time that it lasts at least.
             */
            hours_min: number;
            /**
             * Format: int64
             * @description Predictions of the candidate that it needs at least.
             */
            rows_min: number;
            /**
             * Format: double
             * @description The candidate's share, in percent.
             */
            share_percent: number;
            /** @description Its kind. */
            stage: components["schemas"]["Stage"];
            /** @description `done`, `running` or `ahead`. */
            state: string;
            /** @description What must hold before it begins, in words; absent where nothing must. */
            text: string | null;
        };
        /** @description A rollout as it is now. */
        RolloutSummary: {
            /** @description Label of the candidate. */
            challenger: string;
            /** @description Label of the version that served when it began. */
            champion: string;
            ending: components["schemas"]["RolloutEnding"] | null;
            /** @description Wall clock since which it is in this step. */
            entered_at: components["schemas"]["Instant"];
            entered_event_at: components["schemas"]["Instant"] | null;
            /** @description What the last look found. */
            findings: components["schemas"]["RolloutFindings"];
            /** @description Identifier. */
            id: string;
            /** @description Whether something is still to happen. */
            is_active: boolean;
            /** @description The model. */
            model: string;
            /** @description Where it stands. */
            phase: components["schemas"]["RolloutPhase"];
            /** @description Name of its policy. */
            policy: string;
            /** @description Why. */
            reason: string;
            /**
             * Format: double
             * @description The candidate's share of the traffic, in percent.
             */
            share_percent: number;
            /** @description Its step's kind. */
            stage: components["schemas"]["Stage"];
            /** @description Wall clock of its beginning. */
            started_at: components["schemas"]["Instant"];
            /** @description Who began it. */
            started_by: string;
            started_event_at: components["schemas"]["Instant"] | null;
            /**
             * Format: int64
             * @description Which of its steps it is in, from 0.
             */
            step: number;
            /** @description All its steps. */
            steps: components["schemas"]["RolloutStep"][];
            /** @description The validation that let it begin. */
            validation: string;
        };
        /** @description One row: its fields by name. */
        Row: {
            [key: string]: unknown;
        };
        /**
         * @description How a column is compared.
         * @enum {string}
         */
        SemanticType: "numeric" | "categorical" | "boolean";
        /** @description A finding in words, written on the server. */
        Sentence: {
            /** @description The same in parts, some of which can be linked; spaces are part of the text. */
            parts: components["schemas"]["Part"][];
            /** @description The whole as one line of text. */
            plain: string;
        };
        /** @description A line over windows. */
        Series: {
            /**
             * Format: double
             * @description Beyond it something is wrong.
             */
            floor: number | null;
            good_direction: components["schemas"]["GoodDirection"] | null;
            /** @description What is drawn: `roc_auc`, `wasserstein_iqr`… */
            metric: string;
            /** @description Name for people. */
            name: string;
            /** @description Windows in time order, gaps included. */
            points: components["schemas"]["SeriesPoint"][];
            /**
             * Format: double
             * @description The reference's value.
             */
            reference_value: number | null;
            /** @description Unit, where there is one. */
            unit: string | null;
        };
        /** @description One window of a series. */
        SeriesPoint: {
            gap: components["schemas"]["Gap"] | null;
            /**
             * Format: double
             * @description Upper end of the 95 % interval, where one is known.
             */
            hi: number | null;
            /** @description Whether the value was observed or inferred. */
            kind: components["schemas"]["PointKind"];
            /**
             * Format: double
             * @description Lower end of the 95 % interval, where one is known.
             */
            lo: number | null;
            /**
             * Format: double
             * @description Share of labels arrived, for quality.
             */
            maturity: number | null;
            /**
             * Format: int64
             * @description Rows (for quality: labels) behind the value.
             */
            n: number;
            /**
             * Format: double
             * @description The value.
             */
            v: number | null;
            /** @description End of the window. */
            window_end: components["schemas"]["Instant"];
            /** @description Start of the window. */
            window_start: components["schemas"]["Instant"];
        };
        /** @description A time in which one version served. */
        Served: {
            /** @description Who decided it. */
            actor: string;
            /** @description When it was decided (wall clock). */
            decided_at: components["schemas"]["Instant"];
            /** @description Since when, on the model's own clock. */
            from: components["schemas"]["Instant"];
            /** @description `promoted`, `rolled_back` or `set_by_hand`. */
            kind: string;
            /** @description Why. */
            reason: string | null;
            to: components["schemas"]["Instant"] | null;
            /** @description The version's label. */
            version: string;
        };
        /** @description Which version served at an instant. */
        Serving: {
            /** @description Who decided it. */
            actor: string | null;
            /** @description The instant, on the model's own clock. */
            at: components["schemas"]["Instant"];
            /** @description `promoted`, `rolled_back` or `set_by_hand`. */
            kind: string | null;
            /** @description Why. */
            reason: string | null;
            since: components["schemas"]["Instant"] | null;
            until: components["schemas"]["Instant"] | null;
            /** @description The version's label; `null`: none did. */
            version: string | null;
        };
        /** @description Who asks, and what they may do. */
        Session: {
            /** @description `local` or `token:tok_…`. */
            actor: string;
            /** @description What they may do. */
            permissions: components["schemas"]["Permission"][];
            /** @description Whether the server trusts the local user. */
            trusted_local: boolean;
        };
        /** @description Where a model stands after everything that was sent is counted and judged. */
        Settled: {
            /** @description What is under way, one sentence each; empty where the sender may go on. */
            under_way: string[];
        };
        /**
         * @description How bad a finding is.
         * @enum {string}
         */
        Severity: "low" | "medium" | "high" | "critical";
        /** @description A number on both sides. */
        SharePair: {
            /**
             * Format: double
             * @description In the current window.
             */
            current: number | null;
            /**
             * Format: double
             * @description In the reference.
             */
            reference: number | null;
        };
        /** @description A named time series. */
        Signal: {
            /** @description `column`, `version`, `monitor`… */
            labels: {
                [key: string]: string;
            };
            /** @description Dotted name: `performance.roc_auc`, `drift.psi`, `metric.revenue`… */
            name: string;
            /** @description In time order. */
            points: components["schemas"]["SignalPoint"][];
        };
        /** @description Signals. */
        SignalList: {
            /** @description By name, then labels. */
            items: components["schemas"]["Signal"][];
        };
        /** @description One point of a signal. */
        SignalPoint: {
            /** @description End of the window. */
            end: components["schemas"]["Instant"];
            /** @description Observed or inferred. */
            kind: components["schemas"]["PointKind"];
            /**
             * Format: int64
             * @description Rows behind it.
             */
            n: number;
            /** @description Start of the window. */
            start: components["schemas"]["Instant"];
            /**
             * Format: double
             * @description The value; `null` where it was looked for in vain.
             */
            value: number | null;
        };
        /** @description A column or tensor of a signature. */
        SignatureColumn: {
            /** @description Its name; empty for the only one. */
            name: string;
            /** @description Its type. */
            type: string;
        };
        /** @description A window and its size. */
        SizedWindow: {
            /** @description End. */
            end: components["schemas"]["Instant"];
            /**
             * Format: int64
             * @description Rows.
             */
            n_rows: number;
            /** @description Start. */
            start: components["schemas"]["Instant"];
        };
        /** @description A column that was not compared. */
        SkippedColumn: {
            /** @description Its name. */
            name: string;
            /** @description Why. */
            reason: string;
        };
        /** @description A stretch of event time. */
        Span: {
            /** @description First instant after. */
            end: components["schemas"]["Instant"];
            /** @description First instant. */
            start: components["schemas"]["Instant"];
        };
        /**
         * @description What kind of exposure a step is.
         * @enum {string}
         */
        Stage: "shadow" | "canary" | "ab" | "full";
        /** @description What to compare. */
        StartAbTestRequest: {
            /** @description Label of the candidate. */
            challenger: string;
            /**
             * Format: double
             * @description The challenger's share of the units, between 0 and 1; where absent the challenger is a
             *     shadow that scores the champion's rows.
             */
            challenger_share?: number | null;
            /** @description Label of the version that serves. */
            champion: string;
            /**
             * Format: date-time
             * @description Rows from then on count, event time; where absent from where the model's clock stands.
             */
            since?: string | null;
            /**
             * @description Name of the document with the rules; where absent the one called `default`, else the
             *     shipped rules.
             */
            test?: string | null;
        };
        /** @description How the server is. */
        Status: {
            /** @description Who reads the journal. */
            consumers: components["schemas"]["ConsumerStatus"][];
            /** @description The journal. */
            journal: components["schemas"]["JournalStatus"];
            /** @description Messages on their way out. */
            queue: components["schemas"]["QueueStatus"];
            /** @description Whether it can take and answer requests. */
            ready: boolean;
            /** @description Version of the program. */
            version: string;
        };
        /** @description Why a test ends. */
        StopAbTestRequest: {
            /** @description The reason, for the record. */
            reason: string;
        };
        /** @description A stored document. */
        StoredDocument: {
            /** @description When this version was applied. */
            changed_at: components["schemas"]["Instant"];
            /** @description Who applied it. */
            changed_by: string;
            /** @description What was declared. */
            document: Record<string, never>;
            /** @description Its kind. */
            kind: components["schemas"]["DocumentKind"];
            /** @description Its model, where it belongs to one. */
            model: string | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Counts up from 1 with every change.
             */
            version: number;
        };
        /**
         * @description What a model predicts.
         * @enum {string}
         */
        Task: "binary_classification" | "regression";
        /** @description A column that moved. */
        TopColumn: {
            /** @description The column. */
            column: string;
            drifting_since: components["schemas"]["Instant"] | null;
            /**
             * Format: double
             * @description Its effect in the newest judged window.
             */
            effect: number | null;
            /** @description Which effect. */
            effect_name: string;
            /**
             * Format: double
             * @description Share of the judged windows in which it drifted.
             */
            share_of_windows_drifted: number;
        };
        /** @description What a trigger said, and why. */
        TriggerReading: {
            /** @description `alert`, `performance_loss`, `signal`, `age`, `new_labels`, `calendar`. */
            kind: string;
            /** @description The trigger. */
            name: string;
            /** @description Why, one sentence. */
            reason: string;
            /** @description Where it stood. */
            state: components["schemas"]["TriggerState"];
        };
        /**
         * @description What a trigger said.
         * @enum {string}
         */
        TriggerState: "fired" | "held" | "quiet";
        /** @description One look of the gate at one candidate. */
        Validation: {
            /** @description The version that wants to serve. */
            candidate: string;
            /** @description The version that serves; `null` where none does. */
            champion: string | null;
            /** @description What was looked at; what stops the candidate stands first. */
            checks: components["schemas"]["Check"][];
            /** @description The numbers behind the checks: `docs/reference/validation-schema.json` describes them. */
            evidence: Record<string, never> | null;
            finished_at: components["schemas"]["Instant"] | null;
            /** @description Which. */
            id: string;
            /** @description The model. */
            model: string;
            /**
             * Format: int64
             * @description Labelled rows that decided.
             */
            n_rows: number | null;
            period: components["schemas"]["ValidationPeriod"] | null;
            /** @description The policy's name. */
            policy: string;
            /** @description When. */
            requested_at: components["schemas"]["Instant"];
            /** @description Who asked. */
            requested_by: string;
            /**
             * Format: int32
             * @description Shape of this document.
             */
            schema_version: number;
            /** @description That in one sentence. */
            sentence: string;
            /** @description How far it has come. */
            state: components["schemas"]["ValidationState"];
            verdict: components["schemas"]["Verdict"] | null;
        };
        /** @description Validations. */
        ValidationList: {
            /** @description Newest first, without the numbers behind the checks. */
            items: components["schemas"]["Validation"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description Event times of rows. */
        ValidationPeriod: {
            /** @description First instant after. */
            end: components["schemas"]["Instant"];
            /** @description First instant. */
            start: components["schemas"]["Instant"];
        };
        /** @description Which candidate to validate. */
        ValidationRequest: {
            /**
             * @description The version that wants to serve: `3` or `v3`.
             * @example v3
             */
            candidate: string;
            /** @description The version to compare with; the one that serves where absent. */
            champion?: string | null;
            /** @description The validation policy; the model's `default`, else the shipped one, where absent. */
            policy?: string | null;
        };
        /**
         * @description How far a validation has come.
         * @enum {string}
         */
        ValidationState: "running" | "finished" | "failed" | "interrupted";
        /**
         * @description What came of a validation.
         * @enum {string}
         */
        Verdict: "passed" | "failed" | "could_not_decide";
        /** @description Somebody's approval of a version. */
        VersionApproval: {
            /** @description Who. */
            actor: string;
            /** @description When. */
            at: components["schemas"]["Instant"];
            /** @description Why. */
            reason: string | null;
        };
        /** @description A file of a version. */
        VersionArtifact: {
            /** @description Below the version's folder. */
            path: string;
            /** @description Of its contents when it was registered. */
            sha256: string;
            /**
             * Format: int64
             * @description Length of its contents.
             */
            size_bytes: number;
            /** @description Whether all files are still those that were registered; `null` where they lie elsewhere. */
            verified: boolean | null;
        };
        /** @description What differs between two versions. */
        VersionDiff: {
            /** @description Label of the first. */
            from: string;
            /** @description Where they come from, where that differs. */
            lineage: components["schemas"]["ChangedText"][];
            /** @description Metrics that differ. */
            metrics: components["schemas"]["ChangedNumber"][];
            /**
             * Format: int64
             * @description Parameters that do not.
             */
            n_same_params: number;
            /** @description Parameters that differ. */
            params: components["schemas"]["ChangedText"][];
            /** @description Inputs and outputs that differ. */
            signature: components["schemas"]["ChangedText"][];
            /** @description Tags that differ. */
            tags: components["schemas"]["ChangedText"][];
            /** @description Label of the second. */
            to: string;
        };
        /** @description A version of a model, as its events showed it. */
        VersionLine: {
            /** @description Start of the first window with rows. */
            first_seen: components["schemas"]["Instant"];
            /** @description End of the last window with rows. */
            last_seen: components["schemas"]["Instant"];
            /**
             * Format: int64
             * @description All predictions.
             */
            n_predictions: number;
            /** @description Live or shadow. */
            role: components["schemas"]["PredictionRole"];
            /** @description The version. */
            version: string;
        };
        /** @description A version's line. */
        VersionSeries: {
            /** @description Its line. */
            series: components["schemas"]["Series"];
            /** @description The version. */
            version: string;
        };
        /** @description The newest validation of a version. */
        VersionValidation: {
            /** @description Identifier: `val_…`. */
            id: string;
            /** @description `passed`, `failed` or `could_not_decide`; `null` while it runs. */
            verdict: string | null;
        };
        /**
         * @description Which side of a limit is wanted.
         * @enum {string}
         */
        Wanted: "at_least" | "at_most";
        /** @description The word has been recorded. */
        WatermarkReceipt: {
            /** @description All predictions before it have been sent. */
            complete_until: components["schemas"]["Instant"];
            /** @description Where the journal ended after the append, `segment:offset`. */
            position: string;
        };
        /** @description The sender's word that everything before an instant has been sent. */
        WatermarkRequest: {
            /**
             * Format: date-time
             * @description All predictions before it have been sent.
             * @example 2014-01-01T00:00:00Z
             */
            complete_until: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_docs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_all_ab_tests: {
        parameters: {
            query?: {
                /** @description At most so many of a model (100, up to 1,000). */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tests, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbTestList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plan_ab_test: {
        parameters: {
            query: {
                /** @description Two-sided level (0.05). */
                alpha?: number;
                /** @description Share of the units that the challenger gets (0.5). */
                challenger_share?: number;
                /** @description The champion's value: a share of units, or a mean. */
                champion: number;
                /** @description The smallest difference that matters. */
                minimum_effect: number;
                /** @description Chance to find that difference (0.8). */
                power?: number;
                /** @description Whether that is a share of the champion's value. */
                relative?: boolean;
                /** @description Standard deviation between units; absent where the value is a share of units. */
                standard_deviation?: number;
                /** @description Units that come new in a day. */
                units_per_day?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plan */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbPlan"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit_entries: {
        parameters: {
            query?: {
                /** @description Only these actions, separated by commas. */
                action?: string;
                /** @description Only by this actor: `local`, `token:tok_…`, `command line`, `system`. */
                actor?: string;
                /** @description Where to go on: `next` of the answer before. */
                cursor?: string;
                /** @description Not before this instant. */
                from?: string;
                /** @description At most so many (100, up to 1,000). */
                limit?: number;
                /** @description Only about this model. */
                model?: string;
                /** @description Only about this thing: `monitor/drift`, `inc_…`. */
                object?: string;
                /** @description Before this instant. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Entries, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_audit: {
        parameters: {
            query?: {
                /** @description A hash somebody noted earlier: it must still be there. */
                expect?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_documents: {
        parameters: {
            query?: {
                /** @description `model`, `reference`, `channel`, `monitor`, `rule` or `validation_policy`. */
                kind?: string;
                /** @description Only this model's. */
                model?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Documents */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_documents: {
        parameters: {
            query?: {
                /** @description Say what would change, and change nothing. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocumentsRequest"];
            };
        };
        responses: {
            /** @description What changed (or would) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentChanges"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_document: {
        parameters: {
            query?: {
                /** @description The model it belongs to; channels belong to none. */
                model?: string;
            };
            header?: never;
            path: {
                /** @description `reference`, `channel`, `monitor` or `rule` */
                kind: string;
                /** @description Name of the document */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listen: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_fleet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The fleet as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fleet"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_incidents: {
        parameters: {
            query?: {
                /** @description Where to go on: `next` of the answer before. */
                cursor?: string;
                /** @description At most so many (100, up to 1,000). */
                limit?: number;
                /** @description Only this model's. */
                model?: string;
                /** @description Only this severity: `critical`, `high`, `medium` or `low`. */
                severity?: string;
                /** @description Which states. */
                state?: "open" | "acknowledged" | "resolved" | "all";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Incidents, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_incident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identifier, `inc_…`, or number */
                incident: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The incident in full */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incident"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledge_incident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identifier, `inc_…`, or number */
                incident: string;
            };
            cookie?: never;
        };
        /** @description A note for the timeline */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteRequest"];
            };
        };
        responses: {
            /** @description The incident as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resolve_incident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identifier, `inc_…`, or number */
                incident: string;
            };
            cookie?: never;
        };
        /** @description A note for the timeline */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteRequest"];
            };
        };
        responses: {
            /** @description The incident as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every model, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_ab_tests: {
        parameters: {
            query?: {
                /** @description At most so many of a model (100, up to 1,000). */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tests, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbTestList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_ab_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description What to compare */
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartAbTestRequest"];
            };
        };
        responses: {
            /** @description The test */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbTest"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_ab_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `abt_…` */
                test: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The test in full */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbTestPage"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stop_ab_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `abt_…` */
                test: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["StopAbTestRequest"];
            };
        };
        responses: {
            /** @description The test as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbTest"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_drift_map: {
        parameters: {
            query?: {
                /** @description What the cells show. */
                by?: "decision" | "psi" | "wasserstein" | "jensen_shannon" | "ks";
                /** @description First instant, event time; the data's own last 30 windows where absent. */
                from?: string;
                /**
                 * @description A drift monitor; the model's first data drift monitor where absent, with score and
                 *     prediction above its inputs.
                 */
                monitor?: string;
                /** @description First instant after. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The map */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriftMap"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_drift_column: {
        parameters: {
            query?: {
                /** @description An instant inside the window; the newest judged window where absent. */
                at?: string;
                /** @description A drift monitor; the model's first that looks at the column where absent. */
                monitor?: string;
            };
            header?: never;
            path: {
                /** @description Name of the column */
                column: string;
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cell in full */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriftDetail"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_labels: {
        parameters: {
            query?: {
                /** @description Whether one wrong row refuses the batch. */
                mode?: "all_or_nothing" | "accept_valid";
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description A JSON array of objects, one JSON object a line, an Arrow IPC stream, or a Parquet file */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Row"][];
                "application/vnd.apache.arrow.stream": components["schemas"]["File"];
                "application/vnd.apache.parquet": components["schemas"]["File"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Accepted rows are on disk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description `invalid`: rows are wrong; `errors` names row, field and fix */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_metric_points: {
        parameters: {
            query?: {
                /** @description Whether one wrong row refuses the batch. */
                mode?: "all_or_nothing" | "accept_valid";
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description A JSON array of objects, or one JSON object a line */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Row"][];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Accepted rows are on disk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description `invalid`: rows are wrong; `errors` names row, field and fix */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_results: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Name of the monitor */
                monitor: string;
            };
            cookie?: never;
        };
        /** @description The period; all windows where absent */
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluationRequest"];
            };
        };
        responses: {
            /** @description The new results */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: {
                /** @description First instant, event time; the data's own last 30 windows where absent. */
                from?: string;
                /** @description First instant after. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The overview */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_performance: {
        parameters: {
            query?: {
                /** @description Length of the windows of the series; the performance monitor's where absent. */
                every?: "day" | "week" | "month";
                /** @description First instant, event time; the data's own last 30 windows where absent. */
                from?: string;
                /** @description Only labels known by then count: "what could we know on that evening?" */
                known_at?: string;
                /** @description `roc_auc`, `f1`, `accuracy`…; the performance monitor's where absent. */
                metric?: string;
                /** @description First instant after. */
                to?: string;
                /** @description One version; all live traffic where absent. */
                version?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The performance */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Performance"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_predictions: {
        parameters: {
            query?: {
                /** @description Whether one wrong row refuses the batch. */
                mode?: "all_or_nothing" | "accept_valid";
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description A JSON array of objects, one JSON object a line, an Arrow IPC stream, or a Parquet file */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Row"][];
                "application/vnd.apache.arrow.stream": components["schemas"]["File"];
                "application/vnd.apache.parquet": components["schemas"]["File"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Accepted rows are on disk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description `conflict`: an identifier was sent before with other content */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid`: rows are wrong; `errors` names row, field and fix */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_reference_data: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Name of the reference */
                reference: string;
            };
            cookie?: never;
        };
        /** @description A JSON array of objects, one JSON object a line, an Arrow IPC stream, or a Parquet file */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Row"][];
                "application/vnd.apache.arrow.stream": components["schemas"]["File"];
                "application/vnd.apache.parquet": components["schemas"]["File"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description What was stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReferenceStored"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_results: {
        parameters: {
            query?: {
                /** @description Windows that start at or after it. */
                from?: string;
                /** @description At most so many (200, up to 2,000). */
                limit?: number;
                /** @description Only this monitor's. */
                monitor?: string;
                /** @description Those that a later revision replaced, too. */
                superseded?: boolean;
                /** @description Windows that start before it. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Results */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_retrainings: {
        parameters: {
            query?: {
                /** @description Where to go on: `next` of the answer before. */
                cursor?: string;
                /** @description At most so many (50, up to 500). */
                limit?: number;
                /** @description Only those that are not over. */
                open?: boolean;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Runs, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_retraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetrainingRequest"];
            };
        };
        responses: {
            /** @description The run */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingRun"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_retraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `ret_…` */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run in full */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingDetail"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_retraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `ret_…` */
                run: string;
            };
            cookie?: never;
        };
        /** @description A note for the record */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteRequest"];
            };
        };
        responses: {
            /** @description The run as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingRun"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_retraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `ret_…` */
                run: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetrainingReason"];
            };
        };
        responses: {
            /** @description The run as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingRun"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reject_retraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `ret_…` */
                run: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetrainingReason"];
            };
        };
        responses: {
            /** @description The run as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingRun"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_retraining_decisions: {
        parameters: {
            query?: {
                /** @description At most so many (50, up to 500). */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Decisions, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetrainingDecisionList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dry_run_retraining_policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description The policy */
        requestBody: {
            content: {
                "application/json": components["schemas"]["DryRunRequest"];
            };
        };
        responses: {
            /** @description What it would have done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRun"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_rollouts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_rollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Which candidate, and why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutRequest"];
            };
        };
        responses: {
            /** @description The rollout in its first step */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_rollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier, `rol_…` */
                rollout: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_rollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutOrderRequest"];
            };
        };
        responses: {
            /** @description The active rollout as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_rollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutOrderRequest"];
            };
        };
        responses: {
            /** @description The active rollout as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_rollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutOrderRequest"];
            };
        };
        responses: {
            /** @description The active rollout as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Why */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutOrderRequest"];
            };
        };
        responses: {
            /** @description The rollout as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutSummary"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    settle_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Counted and judged */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settled"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_signals: {
        parameters: {
            query?: {
                /** @description Windows that start at or after it. */
                from?: string;
                /** @description Only signals of this name: `performance.roc_auc`, `volume.rows`… */
                name?: string;
                /** @description Windows that start before it. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signals with their points */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignalList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_validations: {
        parameters: {
            query?: {
                /** @description Only of this candidate: `v3`. */
                candidate?: string;
                /** @description Entries at most, up to 200. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Validations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidationList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_validation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        /** @description Which versions, by which policy */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidationRequest"];
            };
        };
        responses: {
            /** @description It runs */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Validation"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_validation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier of the validation */
                validation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The validation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Validation"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_validation_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
                /** @description Identifier of the validation */
                validation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_watermark: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WatermarkRequest"];
            };
        };
        responses: {
            /** @description Recorded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatermarkReceipt"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_pipelines: {
        parameters: {
            query?: {
                /** @description Only this model's. */
                model?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelineList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_pipeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ret_…`, or `model:version` for a version without a training */
                pipeline: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_registered_models: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every registered model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_registered_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredModel"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    diff_model_versions: {
        parameters: {
            query: {
                /** @description The first: label, number or alias. */
                from: string;
                /** @description The second. */
                to: string;
            };
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What differs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionDiff"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_registry_history: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happened, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryHistory"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    promote_model_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Promotion"];
            };
        };
        responses: {
            /** @description The version that serves now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The version that serves now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_serving_version: {
        parameters: {
            query?: {
                /** @description An instant of the model's own clock; now where absent. */
                at?: string;
            };
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What served then */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Serving"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_model_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewModelVersion"];
            };
        };
        responses: {
            /** @description The version */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
                /** @description Label, number or alias */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_model_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the registered model */
                model: string;
                /** @description Label, number or alias */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_retraining_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identifier, `ret_…` */
                run: string;
            };
            cookie?: never;
        };
        /** @description How it stands */
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobReport"];
            };
        };
        responses: {
            /** @description Understood */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_telemetry: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_alerts: {
        parameters: {
            query?: {
                /** @description Only this model's. */
                model_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alerts, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_acknowledge_alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identifier, `inc_…`, or number */
                alert_id: string;
            };
            cookie?: never;
        };
        /** @description A note for the timeline */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteRequest"];
            };
        };
        responses: {
            /** @description The alert as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_drift_of_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriftStatus"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_check_drift: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DriftCheckRequest"];
            };
        };
        responses: {
            /** @description The status after the check */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriftStatus"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_drift_history: {
        parameters: {
            query?: {
                /** @description Windows that start at or after it. */
                from?: string;
                /** @description Only this model's. */
                model_id?: string;
                /** @description Windows that start before it. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One entry a judged window, newest first, at most 1,000 a model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriftHistory"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_drift_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One status a model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriftStatusList"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    monitoring_performance_of_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The performance */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPerformance"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    evaluate_flags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `{"context": {"targetingKey": "user-1"}}` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Every flag */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description As before */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The context cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    evaluate_flag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `route.` and the name of a model */
                key: string;
            };
            cookie?: never;
        };
        /** @description `{"context": {"targetingKey": "user-1"}}` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description The value, its variant and the reason */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description The context cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description No such flag */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listen_to_flags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_flags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A flagd definition of every flag */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description As before */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_readiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `unavailable`: the store does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `code` says what the caller can do about it */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
