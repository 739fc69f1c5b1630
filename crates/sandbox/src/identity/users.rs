//! The directory of the people who can sign in.

use crate::random;
use crate::records::user::User;
use crate::store::Store;

/// The text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Not an e-mail address: {0:?}; give it as name@host")]
pub struct InvalidEmail(String);

/// Every user, oldest first.
pub fn all(store: &Store) -> Vec<User> {
    store.records.read_all(User::KIND).map(|(_, user)| user).collect()
}

/// The user with this id.
pub fn by_id(store: &Store, id: &str) -> Option<User> {
    store.records.read(User::KIND, id)
}

/// The user with this e-mail address; creates one if there is none. A given name replaces the recorded one.
pub fn find_or_create(store: &mut Store, email: &str, name: Option<&str>) -> Result<User, InvalidEmail> {
    let email = email.trim();
    let plausible =
        email.split_once('@').is_some_and(|(person, host)| !person.is_empty() && !host.is_empty());
    if !plausible || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err(InvalidEmail(email.to_owned()));
    }
    let known = all(store).into_iter().find(|user| user.email.eq_ignore_ascii_case(email));
    let mut user = known.unwrap_or_else(|| User {
        id: random::id("user"),
        email: email.to_owned(),
        name: name_from(email),
    });
    if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
        name.clone_into(&mut user.name);
    }
    store.records.write(User::KIND, &user.id, &user);
    Ok(user)
}

/// `Ada Moreau` from `ada.moreau@example.com`.
fn name_from(email: &str) -> String {
    let person = email.split('@').next().unwrap_or(email);
    let words = person.split(['.', '_', '-', '+']).filter(|word| !word.is_empty());
    let capitalised = words.map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    capitalised.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::table::Records;

    #[test]
    fn addresses_that_differ_in_case_only_belong_to_the_same_user() {
        let mut store = Store::new(Records::in_memory(), String::new());
        let ada = find_or_create(&mut store, "ada.moreau@example.com", None).unwrap();
        assert_eq!(ada.name, "Ada Moreau");
        assert_eq!(find_or_create(&mut store, "Ada.Moreau@example.com", None).unwrap().id, ada.id);
        assert!(find_or_create(&mut store, "ada", None).is_err());
    }
}
