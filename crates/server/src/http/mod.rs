//! HTTP: routes, handlers, authentication, problems, and how many requests are taken on at once.

pub mod admission;
pub mod auth;
pub mod connections;
pub mod handlers;
pub mod limits;
pub mod openapi;
pub mod problem;
pub mod rates;
pub mod request;
pub mod request_log;
pub mod routes;
pub mod wire_types;
