//! The real router over fake ports.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod ab_tests;
mod access;
mod ingest;
mod mlflow;
mod mlflow_tracking;
mod ofrep;
mod openapi;
mod pages;
mod pipelines;
mod refusals;
mod registry;
mod retraining;
mod server;
mod serving;
mod telemetry;
mod validations;
mod web;
mod world;
