//! The commands of `docs/integrating.md` run as they are printed, and print what the page says.

use crate::support::{SERVICE_KEY, World};
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

const PAGE: &str = include_str!("../../../../docs/integrating.md");

/// The blocks of the page: the language of each, and its text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut blocks = Vec::new();
    let mut rest = PAGE;
    while let Some((_, begun)) = rest.split_once("\n```") {
        let (language, text) = begun.split_once('\n').unwrap();
        let (text, after) = text.split_once("\n```").unwrap();
        blocks.push((language, text));
        rest = after;
    }
    blocks
}

/// Whether a response has everything that the page prints of it. `…` stands for any text.
fn says(printed: &Value, found: &Value) -> bool {
    match (printed, found) {
        (Value::Object(printed), Value::Object(found)) => {
            printed.iter().all(|(name, value)| found.get(name).is_some_and(|there| says(value, there)))
        }
        (Value::Array(printed), Value::Array(found)) => {
            printed.len() == found.len() && printed.iter().zip(found).all(|(one, other)| says(one, other))
        }
        (Value::String(printed), Value::String(_)) if printed == "…" => true,
        _ => printed == found,
    }
}

#[tokio::test]
async fn the_commands_of_the_guide_run_as_printed_and_print_what_it_says() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks();
    let commands = blocks.iter().filter(|(language, _)| *language == "sh");
    // Each block's output ends with a NUL.
    let script = commands.flat_map(|(_, text)| [*text, "\nprintf '\\0'\n"]).collect::<String>();
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).current_dir(&folder);
    shell.env("TOKENS", &world.origin).env("KEY", SERVICE_KEY).env("no_proxy", "*").stdin(Stdio::null());
    let output = shell.output().await.unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stdout}\n{stderr}");

    let printed: Vec<&str> = stdout.split_terminator('\0').collect();
    let expected = blocks.windows(2).filter(|pair| pair[0].0 == "sh").map(|pair| pair[1]);
    let expected: Vec<_> = expected.collect();
    assert!(printed.len() == expected.len() && expected.len() >= 6, "{stdout}");
    for (printed, (language, expected)) in printed.iter().zip(expected) {
        assert_eq!(language, "json", "each block of commands is followed by what it prints");
        let (found, expected): (Value, Value) =
            (serde_json::from_str(printed).unwrap(), serde_json::from_str(expected).unwrap());
        assert!(says(&expected, &found), "the page says {expected}\nthe command printed {found}");
    }
}
