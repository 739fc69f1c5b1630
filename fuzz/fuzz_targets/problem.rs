//! An error answer of a service that may be anybody's, as the app reads it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_wire::Problem;

fuzz_target!(|body: &[u8]| {
    let Some(problem) = Problem::read(body) else { return };
    assert!(body.len() <= Problem::BYTES_MAX);
    // Nothing of it is longer than what came.
    for text in [&problem.kind, &problem.title, &problem.detail, &problem.code] {
        assert!(text.len() <= body.len());
    }
    let written = serde_json::to_vec(&problem).expect("a problem is written");
    // Written, a control character takes six bytes: it may have grown too long to be read.
    if written.len() <= Problem::BYTES_MAX {
        assert_eq!(Problem::read(&written).as_ref(), Some(&problem));
    }
});
