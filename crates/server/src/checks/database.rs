//! The database: whether it can be written, the version of its schema, and its clock.

use crate::base::error_chain::Chain;
use crate::base::finding::{Checked, Finding};
use crate::store::{Database, Inspection, OpenError, Schema};
use jiff::SignedDuration;

/// Leases of work end after 30 s.
const MOST: SignedDuration = SignedDuration::from_secs(5);

/// How the database stands.
pub async fn findings(database: &Database) -> Vec<Finding> {
    match database.inspect().await {
        Ok(inspection) => of(database, &inspection),
        Err(error) => vec![not_reached(database, &error)],
    }
}

fn not_reached(database: &Database, error: &OpenError) -> Finding {
    let what = format!("{database} cannot be opened: {}", Chain(error));
    Finding::unknown(Checked::Database, what, format!("Correct --database: {}", database.remedy()))
}

fn of(database: &Database, inspection: &Inspection) -> Vec<Finding> {
    let writable = match &inspection.writable {
        Ok(()) => Finding::fine(Checked::Database, format!("{database} can be written")),
        Err(error) => Finding::risk(
            Checked::Database,
            format!("{database} cannot be written, so nothing can be bought or spent: {}", Chain(&**error)),
            "Free space on its disk, or let this user write to it",
        ),
    };
    let mut findings = vec![writable, schema(inspection.schema)];
    findings.extend(inspection.clock_ahead.map(|ahead| clock(ahead).about("database")));
    findings
}

fn schema(schema: Schema) -> Finding {
    let fine = |what: String| Finding::fine(Checked::DatabaseSchema, what);
    match schema {
        Schema::Missing => fine("there is no schema yet: the first start creates it".to_owned()),
        Schema::Older(version) => {
            fine(format!("the schema has version {version}: the next start upgrades it"))
        }
        Schema::Fits(version) => fine(format!("the schema has version {version}")),
        Schema::Newer(version) => Finding::risk(
            Checked::DatabaseSchema,
            format!(
                "the schema has version {version}, which needs a newer tokenwell-server: this one does not start"
            ),
            "Install the version of tokenwell-server that wrote it",
        ),
    }
}

fn clock(ahead: SignedDuration) -> Finding {
    Finding::of_clock("the database's", ahead, MOST, "", "Set the clocks of both machines by NTP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::FindingState::{Fine, Risk};

    #[test]
    fn a_database_that_cannot_be_written_or_is_newer_or_has_another_time_is_told() {
        let database = Database::parse("sqlite:service.sqlite").unwrap();
        let states = |schema, writable, seconds: Option<i64>| {
            let clock_ahead = seconds.map(SignedDuration::from_secs);
            let found = of(&database, &Inspection { schema, writable, clock_ahead });
            found.into_iter().map(|finding| finding.state).collect::<Vec<_>>()
        };
        assert_eq!(states(Schema::Missing, Ok(()), None), [Fine, Fine]);
        assert_eq!(states(Schema::Older(1), Ok(()), Some(-5)), [Fine, Fine, Fine]);
        assert_eq!(states(Schema::Fits(1), Err("read-only".into()), Some(6)), [Risk, Fine, Risk]);
        assert_eq!(states(Schema::Newer(2), Ok(()), Some(-6)), [Fine, Risk, Risk]);
    }
}
