//! A cache file that somebody else wrote, as one table: what is in the file, and what the app starts with. The file is never
//! trusted to be a program: its views and triggers are not run, and it is moved aside.

use super::*;

/// What the app starts with.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    /// An empty cache, and the file is beside it.
    Rebuilt,
    /// Nothing can be stored.
    Unwritable,
    /// What is sound of the file: whether Ada's account, her balance and the size of the panel are.
    Kept { account: bool, balance: bool, panel: bool },
}

use Start::{Kept, Rebuilt, Unwritable};

const ALL: Start = Kept { account: true, balance: true, panel: true };

/// What is in the file, and how it got there from a sound one.
const FILES: [(&str, &str, Start); 12] = [
    ("what the app wrote", "", ALL),
    (
        "accounts that never end",
        "drop table accounts; create view accounts as with recursive forever (seq, service, id, profile, signed_out, balance, \
         purchase, current) as (select 1, '', '', '{}', 0, null, null, 0 union all select seq + 1, service, id, profile, \
         signed_out, balance, purchase, current from forever) select * from forever",
        Rebuilt,
    ),
    (
        "a trigger on every write",
        "create trigger mine after update on accounts begin delete from accounts; end",
        Rebuilt,
    ),
    ("a table of another program", "create table mine (a)", Rebuilt),
    ("no accounts at all", "drop table accounts", Rebuilt),
    ("a schema of the future", "pragma user_version = 99", Rebuilt),
    ("a schema without a number", "pragma user_version = 0", Rebuilt),
    (
        "a balance of 20 MB",
        "update accounts set balance = json_object('x', printf('%.*c', 20000000, 'x'))",
        Kept { account: true, balance: false, panel: true },
    ),
    (
        "a profile that nests deeper than any",
        "update accounts set profile = printf('%.*c', 500, '[') || printf('%.*c', 500, ']')",
        Kept { account: false, balance: false, panel: true },
    ),
    (
        "a profile that is no text",
        "update accounts set profile = cast(x'2261ff22' as text)",
        Kept { account: false, balance: false, panel: true },
    ),
    (
        "a panel larger than any screen",
        "update panel set width = 4294967295",
        Kept { account: true, balance: true, panel: false },
    ),
    (
        "numbers that no program writes",
        "update panel set height = 9223372036854775807",
        Kept { account: true, balance: true, panel: false },
    ),
];

/// A cache as the app leaves it.
fn sound(folder: &Path) {
    let mut cache = with_ada(folder);
    cache.write(&CacheWrite::Balance(ada(), balance(1))).unwrap();
    cache.write(&CacheWrite::Panel(PanelSize { width: 500, height: 700 })).unwrap();
}

fn start(folder: &Path) -> Start {
    let (cache, state) = Cache::open(folder);
    let read = cache.read();
    match state {
        CacheState::Rebuilt => {
            assert_eq!(read, CachedState::default());
            assert!(folder.join("cache.sqlite3.damaged").exists(), "it can be examined");
            Rebuilt
        }
        CacheState::Unwritable => Unwritable,
        CacheState::Sound => Kept {
            account: read.account(&ada()).is_some(),
            balance: read.account(&ada()).is_some_and(|account| account.balance.is_some()),
            panel: read.panel.is_some(),
        },
    }
}

#[test]
fn of_a_file_that_somebody_else_wrote_only_what_is_sound_is_used() {
    for (what, change, expected) in FILES {
        let folder = tempfile::tempdir().unwrap();
        sound(folder.path());
        let db = Connection::open(folder.path().join(FILE)).unwrap();
        db.pragma_update(None, "ignore_check_constraints", true).unwrap();
        db.execute_batch(change).unwrap_or_else(|error| panic!("{what}: {error}"));
        drop(db);
        // A reader takes nothing that the app would not take.
        let glance = read(folder.path());
        assert_eq!(glance.is_ok(), matches!(expected, Kept { .. }), "{what}: {glance:?}");
        assert_eq!(start(folder.path()), expected, "{what}");
    }
}

#[cfg(unix)]
#[test]
fn where_the_file_should_be_is_something_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(FILE)).unwrap();
    assert_eq!(start(folder.path()), Unwritable, "a folder");

    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join(FILE)).status();
    assert!(made.unwrap().success());
    assert_eq!(start(folder.path()), Unwritable, "a pipe, on which the app must not wait");
}
