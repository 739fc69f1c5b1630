//! The people who can sign in at the sandbox's issuer.

use crate::books::Books;
use crate::id;
use crate::records::Kind;
use crate::stripe::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// The kind of user records.
pub const KIND: Kind = "user";

/// A person with an account at the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id, which is also the `sub` of the person's tokens.
    pub id: String,
    /// The e-mail address; no two users share one.
    pub email: String,
    /// The name.
    pub name: String,
}

/// Every user, in the order in which they came.
pub fn all(books: &Books) -> Vec<User> {
    books.records.read_all(KIND).map(|(_, user)| user).collect()
}

/// The user with this id.
pub fn by_id(books: &Books, id: &str) -> Option<User> {
    books.records.read(KIND, id)
}

/// The user with this e-mail address, made if there is none; a name that is given is kept.
pub fn by_email(books: &mut Books, email: &str, name: Option<&str>) -> Result<User, Refusal> {
    let email = email.trim();
    let plausible =
        email.split_once('@').is_some_and(|(person, host)| !person.is_empty() && !host.is_empty());
    if !plausible || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err(Refusal::invalid_param(
            "email",
            format!("Not an e-mail address: {email:?}; give it as name@host"),
        ));
    }
    let known = all(books).into_iter().find(|user| user.email.eq_ignore_ascii_case(email));
    let mut user = known.unwrap_or_else(|| User {
        id: id::fresh("user"),
        email: email.to_owned(),
        name: name_from(email),
    });
    if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
        name.clone_into(&mut user.name);
    }
    books.records.write(KIND, &user.id, &user);
    Ok(user)
}

/// `ada.moreau@example.com` as `Ada Moreau`.
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
    use crate::records::Records;

    #[test]
    fn the_same_address_is_the_same_person_whatever_its_capitals() {
        let mut books = Books::new(Records::in_memory(), String::new());
        let ada = by_email(&mut books, "ada.moreau@example.com", None).unwrap();
        assert_eq!(ada.name, "Ada Moreau");
        assert_eq!(by_email(&mut books, "Ada.Moreau@example.com", None).unwrap().id, ada.id);
        assert!(by_email(&mut books, "ada", None).is_err());
    }
}
