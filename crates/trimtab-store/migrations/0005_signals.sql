-- Signals: every number that comes out is a point of a named time series with labels.

-- The identity of a signal.
create table signal_series (
    id {identity}, -- number of the series
    model text not null, -- the model
    name text not null, -- dotted: performance.roc_auc, drift.psi, volume.rows
    labels text not null -- JSON object, keys sorted
);

create unique index signal_series_by_key on signal_series (model, name, labels);

-- Points of signals; a later one for the same window replaces it.
create table signal_points (
    series_id bigint not null references signal_series (id) on delete cascade, -- which signal
    window_start bigint not null, -- event time, microseconds since 1970, UTC
    window_end bigint not null, -- first instant after
    value double precision, -- absent: looked at, but without a value
    n bigint not null, -- rows behind it
    kind text not null, -- measured or estimated
    primary key (series_id, window_start, window_end)
);
