// Generated from api/openapi.json (1230bcc29f252f8f) by web/codegen: "npm run codegen".
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
        DocumentKind: "model" | "reference" | "channel" | "monitor" | "rule" | "retraining_policy";
        /** @description Documents as they are now. */
        DocumentList: {
            /** @description In the order in which they are applied. */
            items: components["schemas"]["StoredDocument"][];
            /** @description Where to go on; `null` at the end. */
            next: string | null;
        };
        /** @description Documents to plan or apply. */
        DocumentsRequest: {
            /** @description Each with `kind` (`model`, `reference`, `monitor`, `rule` or `channel`) and `name`. */
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
        /**
         * @description How a model is.
         * @enum {string}
         */
        ModelStatus: "ok" | "collecting" | "no_data" | "warning" | "critical";
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
        /** @description Who asks, and what they may do. */
        Session: {
            /** @description `local` or `token:tok_…`. */
            actor: string;
            /** @description What they may do. */
            permissions: components["schemas"]["Permission"][];
            /** @description Whether the server trusts the local user. */
            trusted_local: boolean;
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
                /** @description `model`, `reference`, `channel`, `monitor` or `rule`. */
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
