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
    /// The limit of this machine, or the other program, that was measured in the same run. Empty if nothing is compared.
    pub against: String,
    /// The value divided by that limit, or by the other program's value.
    pub ratio: Option<f64>,
}

impl Measurement {
    /// A value beside the same of another program.
    pub fn compared(name: &str, value: f64, unit: &'static str, against: &str, other: f64) -> Self {
        Self { name: name.to_owned(), value, unit, against: against.to_owned(), ratio: Some(value / other) }
    }

    /// A value that is compared with nothing.
    pub fn alone(name: &str, value: f64, unit: &'static str) -> Self {
        Self { name: name.to_owned(), value, unit, against: String::new(), ratio: None }
    }
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
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        println!("  {name:<72} {value:>10.2} {unit:<9} {ratio:>7}  {against}");
    }
    measurements
}
