//! The list of what a package contains (software bill of materials), in CycloneDX's format.

use super::Release;
use super::dependencies::ThirdParty;
use anyhow::Result;
use serde_json::{Value, json};

/// The document for one package.
pub fn document(name: &str, release: &Release, third_parties: &[ThirdParty]) -> Result<String> {
    let own = format!("pkg:generic/{name}@{}", release.version);
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": format!("{}T00:00:00Z", release.date),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": name,
                "version": release.version,
                "purl": own,
                "licenses": [{"expression": "MIT OR Apache-2.0"}],
            },
        },
        "components": third_parties.iter().map(component).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(party: &ThirdParty) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": party.purl(),
        "name": party.name,
        "version": party.version,
        "purl": party.purl(),
        "licenses": [{"expression": party.license}],
    });
    if let Some(checksum) = &party.checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Part;
    use crate::package::dependencies;
    use std::collections::BTreeSet;

    #[test]
    fn each_component_is_listed_once_with_its_licence_and_crates_with_their_checksum() {
        let release = Release { version: "1.2.3".into(), date: "2026-11-28".parse().unwrap() };
        let parties = dependencies::of(Part::App).unwrap();
        let document = document("tokenwell", &release, &parties).unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["metadata"]["component"]["purl"], "pkg:generic/tokenwell@1.2.3");
        let components = document["components"].as_array().unwrap();
        let references: BTreeSet<_> = components.iter().filter_map(|one| one["bom-ref"].as_str()).collect();
        assert_eq!((references.len(), components.len()), (parties.len(), parties.len()));
        for component in components {
            let license = component["licenses"][0]["expression"].as_str().unwrap();
            spdx::Expression::parse(license).unwrap();
            let is_crate = component["purl"].as_str().unwrap().starts_with("pkg:cargo/");
            assert_eq!(component["hashes"][0]["content"].is_string(), is_crate, "{component}");
        }
    }
}
