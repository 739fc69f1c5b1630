//! Handlers, by topic.

pub mod account;
pub mod accounts;
pub mod activity;
pub mod balance;
pub mod docs;
pub mod events;
pub mod operations;
pub mod pages;
pub mod platform;
pub mod purchases;
pub mod service;
pub mod subscription;
pub mod support;
pub mod webhook;
