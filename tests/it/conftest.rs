//! A folder written for conftest gives the same violations. Its answers stand in
//! fixtures/conftest/golden.json; tests/goldens/conftest.py asks for them anew.

use serde_json::{Value, json};

use crate::run::{root, run_in};

#[test]
fn conftest_and_we_find_the_same() {
    let folder = root().join("fixtures/conftest");
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
    };
    let (cases, golden) = (read("cases.json"), read("golden.json"));
    for (name, args) in cases.as_object().unwrap() {
        let args: Vec<_> = args.as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let ran = run_in(&folder, &[&["check", "-f", "json"], args.as_slice()].concat());
        let report = ran.json();
        let messages = |level: &str| {
            let findings = report["findings"].as_array().unwrap().iter();
            let mut found: Vec<_> = findings
                .filter(|f| f["level"] == level && f["standing"] != "waived")
                .map(|f| f["message"].as_str().unwrap())
                .collect();
            found.sort_unstable();
            found
        };
        let ours = json!({
            "deny": messages("deny"),
            "warn": messages("warn"),
            "exit": ran.code,
        });
        assert_eq!(ours, golden[name], "{name}");
        // conftest says that a rule was excepted; here the violations that pass are told.
        let waived = report["findings"].as_array().unwrap().iter();
        let waived: Vec<_> = waived.filter(|f| f["standing"] == "waived").collect();
        assert_eq!(waived.len(), if name == "workloads" { 2 } else { 0 }, "{name}");
    }
}
