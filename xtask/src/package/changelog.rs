//! The newest release in `CHANGELOG.md`: its version and its date, which are also those of the packages.

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use jiff::civil::Date;
use std::path::Path;

/// A released version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// As in `Cargo.toml`.
    pub version: String,
    pub date: Date,
}

impl Release {
    /// The newest release of the repository at `root`, which must be the version that is being built.
    pub fn newest(root: &Path) -> Result<Self> {
        let newest = newest(&std::fs::read_to_string(root.join("CHANGELOG.md"))?)?;
        let built = env!("CARGO_PKG_VERSION");
        ensure!(
            newest.version == built,
            "CHANGELOG.md ends with {}, but Cargo.toml says {built}: add `## [{built}] - DATE`",
            newest.version
        );
        Ok(newest)
    }

    /// The version as Debian and RPM compare it: a pre-release is older than its release.
    pub fn package_version(&self) -> String {
        self.version.replacen('-', "~", 1)
    }

    /// Midnight of the date, in seconds since 1970. Files in packages get this time, so that a second build is equal.
    pub fn seconds(&self) -> Result<i64> {
        Ok(self.date.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_second())
    }
}

#[derive(Args)]
pub struct VersionOptions {
    /// Prints what changed in it instead, as CHANGELOG.md says.
    #[arg(long)]
    changes: bool,
}

/// `cargo xtask version`: prints the version that is built, if it is the newest of the changelog.
#[expect(clippy::print_stdout, reason = "it is what the command is for")]
pub fn version(options: &VersionOptions) -> Result<()> {
    let root = crate::setup::root();
    let release = Release::newest(&root)?;
    if options.changes {
        println!("{}", changes(&std::fs::read_to_string(root.join("CHANGELOG.md"))?, &release.version)?);
    } else {
        println!("{}", release.version);
    }
    Ok(())
}

/// The text below the heading of a version.
fn changes<'a>(changelog: &'a str, version: &str) -> Result<&'a str> {
    let heading = format!("\n## [{version}]");
    let (_, section) =
        changelog.split_once(&heading).with_context(|| format!("CHANGELOG.md has no {version}"))?;
    let (_, section) = section.split_once('\n').unwrap_or_default();
    // It ends at the next version, or at the addresses of the headings.
    let end = ["\n## ", "\n["].iter().filter_map(|next| section.find(next)).min();
    Ok(section[..end.unwrap_or(section.len())].trim())
}

/// Reads the first heading with a version, such as `## [0.1.0] - 2026-11-28`.
fn newest(changelog: &str) -> Result<Release> {
    let heading = changelog
        .lines()
        .find_map(|line| line.strip_prefix("## ["))
        .context("CHANGELOG.md has no heading `## [VERSION] - DATE`")?;
    let (version, date) = heading
        .split_once("] - ")
        .with_context(|| format!("`## [{heading}` is not `## [VERSION] - DATE`"))?;
    let date = date.trim().parse().with_context(|| format!("`{date}` is not a date such as 2026-11-28"))?;
    Ok(Release { version: version.to_owned(), date })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_of_the_changelog_is_the_version_that_is_built() {
        Release::newest(&crate::setup::root()).unwrap();
    }

    #[test]
    fn the_newest_release_is_the_first_heading_with_a_version() {
        let newest = newest(
            "# Changelog\n## Unreleased\n- soon\n## [0.2.0-beta.1] - 2026-12-24\n## [0.1.0] - 2026-11-28\n",
        )
        .unwrap();
        assert_eq!(newest, Release { version: "0.2.0-beta.1".into(), date: "2026-12-24".parse().unwrap() });
        assert_eq!(newest.package_version(), "0.2.0~beta.1");
        assert_eq!(newest.seconds().unwrap(), 1_798_070_400);
    }

    #[test]
    fn the_changes_of_a_version_end_at_the_next_one_and_at_the_addresses() {
        let changelog = "# Changelog\n\n## [0.2.0] - 2026-12-24\nNew.\n\nMore.\n\n## [0.1.0] - 2026-11-28\nFirst.\n\n[0.1.0]: x\n";
        assert_eq!(changes(changelog, "0.2.0").unwrap(), "New.\n\nMore.");
        assert_eq!(changes(changelog, "0.1.0").unwrap(), "First.");
        assert!(changes(changelog, "0.3.0").is_err());
    }

    #[test]
    fn a_changelog_without_a_dated_version_is_refused() {
        for (text, why) in [
            ("# Changelog\n## Unreleased\n", "has no heading"),
            ("## [0.1.0]\n", "is not `## [VERSION] - DATE`"),
            ("## [0.1.0] - soon\n", "is not a date"),
        ] {
            let error = newest(text).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
