-- Results are superseded, never overwritten: what was shown on a day can be shown again.

-- Judged looks of monitors at windows.
create table results (
    id text not null primary key, -- res_…
    model text not null, -- the model
    monitor text not null, -- the monitor
    monitor_kind text not null, -- data_drift, prediction_drift, performance, data_quality, service
    window_start bigint not null, -- event time, microseconds since 1970, UTC
    window_end bigint not null, -- first instant after
    decision text not null, -- ok, drift, breach, not_enough_data or failed
    severity text, -- low, medium, high or critical, where something was found
    n_rows bigint not null, -- rows in the window
    revision bigint not null, -- 1 for the first look
    evaluated_at bigint not null, -- wall clock, microseconds since 1970, UTC
    watermark bigint not null, -- what the data had reached then (event time)
    detail text not null, -- the numbers behind it, JSON
    is_superseded boolean not null -- a later look replaced it
);

create unique index results_current on results (model, monitor, window_start, window_end)
where not is_superseded;
create index results_by_window on results (model, window_start);
create index results_by_monitor on results (model, monitor, window_start);
