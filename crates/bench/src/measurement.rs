//! A measurement and the limit that it is compared with.

use anyhow::Result;
use serde::Serialize;
use std::path::Path;

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Measurement {
    /// What was measured.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The unit of the value.
    pub unit: &'static str,
    /// The limit of this machine that was measured in the same run.
    pub against: String,
    /// The value divided by that limit.
    pub ratio: f64,
}

/// Writes measurements to a file, for notes and comparisons.
pub fn write(file: &Path, measurements: &[Measurement]) -> Result<()> {
    Ok(std::fs::write(file, serde_json::to_string_pretty(measurements)? + "\n")?)
}

/// Prints the head of the table of a group.
#[expect(clippy::print_stdout, reason = "the program prints a table")]
pub fn print_head(group: &str) {
    println!("{group:<74} {:>10} {:<9} {:>7}  against", "value", "unit", "ratio");
}

/// Prints measurements and returns them.
#[expect(clippy::print_stdout, reason = "the program prints a table")]
pub fn print(measurements: Vec<Measurement>) -> Vec<Measurement> {
    for Measurement { name, value, unit, against, ratio } in &measurements {
        println!("  {name:<72} {value:>10.2} {unit:<9} {ratio:>7.2}  {against}");
    }
    measurements
}
