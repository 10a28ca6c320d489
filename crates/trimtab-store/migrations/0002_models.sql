-- How far a model's events have come, and what they are compared with. The progress row of a
-- model is also its lock: whoever changes a model's profiles or references takes it first.

-- How far the events of each model have come (event time, microseconds since 1970, UTC).
create table model_progress (
    model text not null primary key, -- the model
    data_from bigint, -- oldest event time seen
    watermark bigint, -- newest event time that enough rows support
    complete_until bigint, -- the sender's word that everything before it has been sent
    labels_through bigint, -- newest known-at time of a label
    unmatched_labels bigint not null default 0 -- labels that arrived without a prediction
);

-- Bin edges and category lists, one set per version of a model's grid.
create table grids (
    model text not null, -- the model
    version bigint not null, -- counts up from 1
    grid {bytes} not null, -- versioned bytes
    stored_at bigint not null, -- microseconds since 1970, UTC
    primary key (model, version)
);

-- What current windows are compared with: the whole reference.
create table model_references (
    model text not null, -- the model
    name text not null, -- unique within the model
    grid_version bigint not null, -- the grid it is counted on
    n_rows bigint not null, -- all rows
    period_start bigint, -- start of its first window; absent without a time axis
    period_end bigint, -- end of its last window
    profile {bytes} not null, -- all columns over all rows
    stored_at bigint not null, -- microseconds since 1970, UTC
    primary key (model, name)
);

-- The reference's own windows: how much it differs from itself.
create table model_reference_windows (
    model text not null, -- the model
    name text not null, -- the reference
    window_start bigint not null, -- event time, microseconds since 1970, UTC
    window_end bigint not null, -- first instant after
    profile {bytes} not null, -- all columns over the window's rows
    performance {bytes}, -- quality, where the reference holds labels
    primary key (model, name, window_start, window_end),
    foreign key (model, name) references model_references (model, name) on delete cascade
);
