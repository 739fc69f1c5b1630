//! A catalogue as an operator writes it: whatever is in the file, it is refused with a reason or fits the rules.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_ledger::Catalogue;

fuzz_target!(|text: &str| match Catalogue::parse(text) {
    Ok(catalogue) => {
        assert_eq!(Catalogue::parse(text).as_ref().ok(), Some(&catalogue), "reading it again gives the same");
        for plan in catalogue.plans() {
            assert!(catalogue.plan(&plan.id).is_some(), "{:?}", plan.id);
        }
    }
    Err(error) => assert!(!error.to_string().is_empty()),
});
