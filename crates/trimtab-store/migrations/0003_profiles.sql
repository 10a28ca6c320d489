-- Profiles: one row per series and window holds all columns in one blob. A series is a model,
-- version, role and segment; its number keeps the rows and the indexes below short.

-- What profiles are kept of.
create table profile_series (
    id {identity}, -- number of the series
    model text not null, -- the model
    version text not null, -- the model's version
    role text not null, -- live or shadow
    segment text not null -- empty for all traffic, else column=value
);

create unique index profile_series_by_key on profile_series (model, segment, role, version);

-- All columns of one series in one window, merged from everything that was folded.
create table profiles (
    series_id bigint not null references profile_series (id) on delete cascade, -- which series
    window_start bigint not null, -- event time, microseconds since 1970, UTC
    window_end bigint not null, -- first instant after
    grid_version bigint not null, -- the grid its columns are counted on; 0 before there was one
    n_rows bigint not null, -- predictions in the window
    profile {bytes} not null, -- versioned bytes
    primary key (series_id, window_start, window_end)
);

-- Blobs come compressed where that helps: the database need not try again.
--postgres alter table profiles alter column profile set storage external;

-- Volumes are asked for often and must not read the blobs.
create index profiles_volume on profiles (series_id, window_start, window_end, n_rows);

-- Quality of one series in one window, from labels of one age.
create table performance (
    series_id bigint not null references profile_series (id) on delete cascade, -- which series
    window_start bigint not null, -- event time of the predictions, microseconds since 1970, UTC
    window_end bigint not null, -- first instant after
    label_age bigint not null, -- 0 within an hour, 1 a day, 2 a week, 3 thirty days, 4 later
    performance {bytes} not null, -- versioned bytes
    primary key (series_id, window_start, window_end, label_age)
);

-- Windows whose rows or labels changed since they were last judged.
create table touched_windows (
    model text not null, -- the model
    window_start bigint not null, -- event time, microseconds since 1970, UTC
    window_end bigint not null, -- first instant after
    sequence bigint not null, -- order of change
    has_rows boolean not null, -- rows changed
    has_labels boolean not null, -- labels changed
    primary key (model, window_start, window_end)
);

-- How far each consumer of the journal has come.
create table consumer_positions (
    consumer text not null primary key, -- its name
    segment bigint not null, -- number of the journal's segment file
    position bigint not null -- byte offset in it
);

-- Numbers that only grow.
create table counters (
    name text not null primary key, -- what is counted
    value bigint not null -- the last number given
);

insert into counters (name, value) values ('touched_window', 0), ('incident', 0);
