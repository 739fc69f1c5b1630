//! How numbers, dates and times are written.

use serde::Serialize;
use std::path::PathBuf;
use ts_rs::TS;

/// The locales and the time zone of numbers, dates and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Formats {
    /// The locale of dates and times as a BCP 47 tag, if it is not that of the texts. It may say how hours are written
    /// (`-u-hc-h23`).
    pub dates: Option<String>,
    /// The locale of numbers as a BCP 47 tag, if it is not that of the texts.
    pub numbers: Option<String>,
    /// The time zone's name, such as `Europe/Berlin`, if it has one.
    pub time_zone: Option<String>,
}

/// The file that says which time zone the computer is in, given the environment's `TZ`; `None` if no file does.
pub fn zone_file(variable: Option<&str>) -> Option<PathBuf> {
    let file = match variable {
        None => "/etc/localtime",
        Some(set) => set.strip_prefix(':').unwrap_or(set),
    };
    (cfg!(unix) && file.starts_with('/')).then(|| file.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_time_zone_is_in_a_file_unless_the_environment_names_it() {
        let file = |variable| zone_file(variable).map(|file| file.display().to_string());
        assert_eq!(file(None).as_deref(), Some("/etc/localtime"));
        assert_eq!(file(Some(":/etc/other")).as_deref(), Some("/etc/other"));
        assert_eq!(file(Some("/etc/other")).as_deref(), Some("/etc/other"));
        assert_eq!([file(Some("")), file(Some("UTC")), file(Some(":Europe/Berlin"))], [const { None }; 3]);
    }
}
