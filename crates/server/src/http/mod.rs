//! HTTP: routes, handlers, authentication, limits, and the only place where errors become status codes and text for users.
//!
//! Every route is in `routes.rs`, every kind of problem in `problem.rs`, and which error becomes which problem in
//! `error_responses.rs`.

pub mod access;
pub mod admission;
pub mod api_error;
pub mod auth;
pub mod body_limit;
pub mod connections;
pub mod error_responses;
pub mod external_id;
pub mod handlers;
pub mod limits;
pub mod metrics;
pub mod middleware;
pub mod open_files;
pub mod openapi;
pub mod permits;
pub mod problem;
pub mod rates;
pub mod refusals;
pub mod request_body;
pub mod request_log;
pub mod request_path;
pub mod request_query;
pub mod responses;
pub mod routes;
pub mod state;
pub mod user_texts;
pub mod wire_types;
