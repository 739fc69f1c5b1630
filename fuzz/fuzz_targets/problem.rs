//! An error response of an untrusted service, as the app parses it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenwell_wire::Problem;

fuzz_target!(|body: &[u8]| {
    let Some(problem) = Problem::read(body) else { return };
    assert!(body.len() <= Problem::BYTES_MAX);
    // No part is longer than the body.
    for text in [&problem.kind, &problem.title, &problem.detail, &problem.code] {
        assert!(text.len() <= body.len());
    }
    let written = serde_json::to_vec(&problem).expect("a problem can be serialized");
    // A control character takes six bytes in JSON, so the serialized problem may exceed the limit.
    if written.len() <= Problem::BYTES_MAX {
        assert_eq!(Problem::read(&written).as_ref(), Some(&problem));
    }
});
