//! The cache on a file system without shared memory, as some network file systems are. SQLite reaches files through a VFS; these
//! are the system's own VFS without that part.
#![expect(unsafe_code, reason = "a VFS is a table of C functions")]

use super::*;
use rusqlite::ffi::{
    self, SQLITE_IOERR_SHMMAP, SQLITE_OK, sqlite3_file, sqlite3_filename, sqlite3_io_methods, sqlite3_vfs,
};
use std::{
    ffi::{CString, c_int, c_void},
    ptr::null,
    sync::{Mutex, OnceLock},
};

/// What is missing.
#[derive(Clone, Copy, PartialEq)]
enum Lacking {
    /// The file system says that it has no shared memory.
    Known,
    /// Mapping it fails.
    Fails,
}

static REGISTERED: Mutex<()> = Mutex::new(());

/// The table of the system's files without shared memory, made of the first file that is opened.
static WITHOUT: OnceLock<Table> = OnceLock::new();
static FAILING: OnceLock<Table> = OnceLock::new();

struct Table(sqlite3_io_methods);
// SAFETY: the table is only read, and its functions may be called on any thread.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

unsafe extern "C" fn no_map(
    _: *mut sqlite3_file,
    _: c_int,
    _: c_int,
    _: c_int,
    _: *mut *mut c_void,
) -> c_int {
    SQLITE_IOERR_SHMMAP
}

unsafe fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
    lacking: Lacking,
) -> c_int {
    // SAFETY: SQLite calls with the arguments of `xOpen`, which the system's VFS opens. A file that was opened has methods.
    unsafe {
        let system = ffi::sqlite3_vfs_find(null());
        let Some(system_open) = (*system).xOpen else { return ffi::SQLITE_CANTOPEN };
        let result = system_open(vfs, name, file, flags, out);
        if result == SQLITE_OK && flags & ffi::SQLITE_OPEN_MAIN_DB != 0 {
            let own = (*file).pMethods;
            let table = match lacking {
                Lacking::Known => WITHOUT.get_or_init(|| Table(sqlite3_io_methods { iVersion: 1, ..*own })),
                Lacking::Fails => {
                    FAILING.get_or_init(|| Table(sqlite3_io_methods { xShmMap: Some(no_map), ..*own }))
                }
            };
            (*file).pMethods = &raw const table.0;
        }
        result
    }
}

unsafe extern "C" fn open_without(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: the arguments are passed on.
    unsafe { open(vfs, name, file, flags, out, Lacking::Known) }
}

unsafe extern "C" fn open_failing(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: the arguments are passed on.
    unsafe { open(vfs, name, file, flags, out, Lacking::Fails) }
}

/// The name of a VFS without shared memory.
fn vfs(lacking: Lacking) -> &'static str {
    let name = if lacking == Lacking::Known { "without-shm" } else { "failing-shm" };
    let _one_at_a_time = REGISTERED.lock().unwrap();
    let c_name = CString::new(name).unwrap();
    // SAFETY: the VFS is a copy of the system's with another `xOpen`, and lives as long as the program.
    unsafe {
        if ffi::sqlite3_vfs_find(c_name.as_ptr()).is_null() {
            let mut vfs = *ffi::sqlite3_vfs_find(null());
            vfs.zName = c_name.into_raw();
            vfs.pNext = std::ptr::null_mut();
            vfs.xOpen = Some(if lacking == Lacking::Known { open_without } else { open_failing });
            assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0), SQLITE_OK);
        }
    }
    name
}

fn journal(db: &Connection) -> String {
    db.query_row("pragma journal_mode", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_file_system_without_shared_memory_gets_a_journal_that_works_there() {
    for lacking in [Lacking::Known, Lacking::Fails] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let (mut db, state) = database::open_or_replace_on(&file, Some(vfs(lacking))).unwrap();
        assert_eq!((journal(&db).as_str(), state), ("truncate", CacheState::Sound));
        write::apply(&mut db, &CacheWrite::Account(SERVICE.into(), profile("a1"))).unwrap();
        write::apply(&mut db, &CacheWrite::Purchase(ada(), Some(purchase()))).unwrap();
        assert_eq!(read(folder.path()).unwrap().accounts.len(), 1, "others can read while it is open");
        drop(db);
        let (db, _) = database::open_or_replace_on(&file, Some(vfs(lacking))).unwrap();
        assert_eq!(read::state(&db).accounts[0].purchase, Some(purchase()), "a purchase survives the app");
    }
}

#[test]
fn a_cache_that_is_moved_to_such_a_file_system_keeps_what_is_in_it() {
    for lacking in [Lacking::Known, Lacking::Fails] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let (mut db, _) = database::open_or_replace(&file).unwrap();
        assert_eq!(journal(&db), "wal");
        write::apply(&mut db, &CacheWrite::Account(SERVICE.into(), profile("a1"))).unwrap();
        drop(db);
        let (db, state) = database::open_or_replace_on(&file, Some(vfs(lacking))).unwrap();
        assert_eq!((journal(&db).as_str(), state), ("truncate", CacheState::Sound));
        assert_eq!(read::state(&db).accounts.len(), 1);
        drop(db);
        let (db, _) = database::open_or_replace(&file).unwrap();
        assert_eq!(journal(&db), "wal", "and back");
    }
}
