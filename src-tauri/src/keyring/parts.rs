//! Secrets that are longer than one entry of the keyring can be. They are stored in parts.
//!
//! The entry of an account has the secret itself, or says how many parts there are. New parts are written beside the old ones,
//! and the entry after them, so a crash leaves the old secret or the new one.

/// What begins an entry that has no secret but says where its parts are. No secret begins like this: it is JSON.
const MARK: &str = "parts ";

/// Entries by name.
pub(super) trait Entries {
    type Error;

    /// The content of an entry; `None` if there is none.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Self::Error>;
    fn set(&self, name: &str, content: &[u8]) -> Result<(), Self::Error>;
    /// Deletes an entry, if there is one.
    fn delete(&self, name: &str) -> Result<(), Self::Error>;
}

/// Where the parts of a secret are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Index {
    /// New parts do not replace those of the secret before.
    second: bool,
    parts: usize,
}

impl Index {
    fn read(entry: &[u8]) -> Option<Self> {
        let text = str::from_utf8(entry).ok()?.strip_prefix(MARK)?;
        let (side, parts) = text.split_once(' ')?;
        Some(Self { second: side == "b", parts: parts.parse().ok()? })
    }

    fn written(self) -> String {
        format!("{MARK}{} {}", self.side(), self.parts)
    }

    fn side(self) -> char {
        if self.second { 'b' } else { 'a' }
    }

    fn names(self, name: &str) -> impl Iterator<Item = String> {
        (0..self.parts).map(move |part| format!("{name} {}{part}", self.side()))
    }
}

/// A secret; `None` if there is none, or if parts of it are missing.
pub(super) fn read<E: Entries>(entries: &E, name: &str) -> Result<Option<Vec<u8>>, E::Error> {
    let Some(entry) = entries.get(name)? else { return Ok(None) };
    let Some(index) = Index::read(&entry) else { return Ok(Some(entry)) };
    let mut secret = Vec::new();
    for part in index.names(name) {
        match entries.get(&part)? {
            Some(part) => secret.extend(part),
            None => return Ok(None),
        }
    }
    Ok(Some(secret))
}

/// Stores a secret in entries of at most `max` bytes.
pub(super) fn write<E: Entries>(entries: &E, name: &str, secret: &[u8], max: usize) -> Result<(), E::Error> {
    let before = entries.get(name)?.as_deref().and_then(Index::read);
    if secret.len() <= max {
        entries.set(name, secret)?;
    } else {
        let parts: Vec<&[u8]> = secret.chunks(max).collect();
        let index = Index { second: before.is_some_and(|before| !before.second), parts: parts.len() };
        for (part, content) in index.names(name).zip(parts) {
            entries.set(&part, content)?;
        }
        entries.set(name, index.written().as_bytes())?;
    }
    delete_parts(entries, name, before);
    Ok(())
}

/// Deletes a secret.
pub(super) fn delete<E: Entries>(entries: &E, name: &str) -> Result<(), E::Error> {
    let before = entries.get(name)?.as_deref().and_then(Index::read);
    entries.delete(name)?;
    delete_parts(entries, name, before);
    Ok(())
}

/// Deletes parts that no entry names any more. If that fails, they are overwritten at the next change but one.
fn delete_parts<E: Entries>(entries: &E, name: &str, index: Option<Index>) {
    for part in index.into_iter().flat_map(|index| index.names(name)) {
        drop(entries.delete(&part));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        cell::{Cell, RefCell},
        collections::BTreeMap,
    };

    /// A keyring that refuses long entries, and stops to work after so many changes.
    #[derive(Default)]
    struct Keyring {
        entries: RefCell<BTreeMap<String, Vec<u8>>>,
        changes_left: Cell<Option<usize>>,
    }

    const MAX: usize = 2560;

    impl Keyring {
        fn change(&self) -> Result<(), &'static str> {
            match self.changes_left.get() {
                Some(0) => Err("power cut"),
                left => {
                    self.changes_left.set(left.map(|left| left - 1));
                    Ok(())
                }
            }
        }
    }

    impl Entries for Keyring {
        type Error = &'static str;

        fn get(&self, name: &str) -> Result<Option<Vec<u8>>, &'static str> {
            Ok(self.entries.borrow().get(name).cloned())
        }

        fn set(&self, name: &str, content: &[u8]) -> Result<(), &'static str> {
            if content.len() > MAX {
                return Err("too long");
            }
            self.change()?;
            self.entries.borrow_mut().insert(name.to_owned(), content.to_vec());
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<(), &'static str> {
            self.change()?;
            self.entries.borrow_mut().remove(name);
            Ok(())
        }
    }

    fn secret(length: usize, fill: u8) -> Vec<u8> {
        let mut secret = vec![fill; length];
        secret[0] = b'{';
        secret
    }

    #[test]
    fn a_secret_of_any_length_is_read_as_it_was_written() {
        for length in [1, 1280, 1281, MAX, MAX + 1, 2 * MAX, 20_000] {
            let keyring = Keyring::default();
            write(&keyring, "ada", &secret(length, b'x'), MAX).unwrap();
            assert_eq!(read(&keyring, "ada").unwrap(), Some(secret(length, b'x')), "{length}");
            assert_eq!(
                keyring.entries.borrow().len() == 1,
                length <= MAX,
                "parts only where they are needed"
            );
        }
        assert_eq!(read(&Keyring::default(), "ada"), Ok(None));
    }

    #[test]
    fn whenever_writing_stops_the_old_secret_or_the_new_one_is_there() {
        let lengths = [100, 6_000, 9_000];
        for (before, after) in lengths.iter().flat_map(|before| lengths.map(|after| (*before, after))) {
            let (old, new) = (secret(before, b'o'), secret(after, b'n'));
            for changes in 0..12 {
                let keyring = Keyring::default();
                // Two secrets before, so that parts of both sides were used.
                write(&keyring, "ada", &secret(7_000, b'f'), MAX).unwrap();
                write(&keyring, "ada", &old, MAX).unwrap();
                keyring.changes_left.set(Some(changes));
                let written = write(&keyring, "ada", &new, MAX);
                let expected = if written.is_ok() { &new } else { &old };
                let found = read(&keyring, "ada").unwrap().unwrap();
                assert!(found == *expected, "{before} to {after}, stopped after {changes} changes");
            }
        }
    }

    #[test]
    fn a_deleted_secret_leaves_nothing_and_other_accounts_keep_theirs() {
        let keyring = Keyring::default();
        write(&keyring, "ada", &secret(9_000, b'a'), MAX).unwrap();
        write(&keyring, "noor", &secret(9_000, b'n'), MAX).unwrap();
        let of_noor = keyring.entries.borrow().len() / 2;
        delete(&keyring, "ada").unwrap();
        assert_eq!((read(&keyring, "ada"), keyring.entries.borrow().len()), (Ok(None), of_noor));
        write(&keyring, "noor", &secret(10, b'n'), MAX).unwrap();
        assert_eq!(keyring.entries.borrow().len(), 1, "parts that are not needed any more are gone");
    }

    #[test]
    fn a_secret_whose_parts_are_missing_counts_as_none() {
        let keyring = Keyring::default();
        write(&keyring, "ada", &secret(6_000, b'a'), MAX).unwrap();
        keyring.entries.borrow_mut().remove("ada a1").unwrap();
        assert_eq!(read(&keyring, "ada"), Ok(None));
        for entry in ["parts", "parts a", "parts a x", "{\"refresh_token\":\"parts a 1\"}"] {
            assert_eq!(Index::read(entry.as_bytes()), None, "{entry}");
        }
    }
}
