//! A figure, and what it is held against.

use anyhow::Result;
use serde::Serialize;
use std::path::Path;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// Of what.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// The limit of this machine that was measured in the same run.
    pub against: String,
    /// The figure divided by that limit.
    pub ratio: f64,
}

/// Keeps them for notes and comparisons.
pub fn write(file: &Path, figures: &[Figure]) -> Result<()> {
    Ok(std::fs::write(file, serde_json::to_string_pretty(figures)? + "\n")?)
}

/// Prints what stands above the figures of a group.
#[expect(clippy::print_stdout, reason = "the table is what it is for")]
pub fn print_head(group: &str) {
    println!("{group:<74} {:>10} {:<9} {:>7}  against", "value", "unit", "ratio");
}

/// Prints figures as soon as they are there.
#[expect(clippy::print_stdout, reason = "the table is what it is for")]
pub fn told(figures: Vec<Figure>) -> Vec<Figure> {
    for Figure { name, value, unit, against, ratio } in &figures {
        println!("  {name:<72} {value:>10.2} {unit:<9} {ratio:>7.2}  {against}");
    }
    figures
}
