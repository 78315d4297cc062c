//! Inputs, data, and a library that modules may import.

use super::kind::Kind;
use crate::random::Random;

/// What inputs and literals have for strings.
pub(super) const WORDS: [&str; 8] = ["a", "b", "x", "pod", "Pod", "a/b:1", "", "é"];

/// The fields of an input, with what they mostly hold.
pub(super) const FIELDS: [(&str, Kind); 7] = [
    ("a", Kind::Array),
    ("b", Kind::Object),
    ("c", Kind::Number),
    ("d", Kind::Array),
    ("name", Kind::String),
    ("kind", Kind::String),
    ("t", Kind::Boolean),
];

/// What can be imported.
pub(super) const IMPORTS: [(&str, Kind); 12] = [
    ("input", Kind::Object),
    ("input.a", Kind::Array),
    ("input.b", Kind::Object),
    ("input.name", Kind::String),
    ("data.base", Kind::Object),
    ("data.base.b", Kind::Object),
    ("data.lib", Kind::Object),
    ("data.lib.names", Kind::Set),
    ("data.lib.sub", Kind::Object),
    ("data.lib.sub.deep", Kind::Object),
    ("data.lib.total", Kind::Number),
    ("data.nowhere", Kind::Any),
];

/// Rules of the library, with what they give.
pub(super) const RULES: [(&str, Kind); 8] = [
    ("names", Kind::Set),
    ("by_name", Kind::Object),
    ("total", Kind::Number),
    ("is_pod", Kind::Boolean),
    ("sub.deep.value", Kind::Object),
    ("sub.deep.tags", Kind::Object),
    ("sub.deep", Kind::Object),
    ("sub", Kind::Object),
];

/// Functions of the library: the kinds of their arguments, and of what they give.
pub(super) const FUNCTIONS: [(&str, &[Kind], Kind); 5] = [
    ("double", &[Kind::Number], Kind::Number),
    ("pick", &[Kind::Object, Kind::String], Kind::Any),
    ("kind_of", &[Kind::Any], Kind::String),
    ("first", &[Kind::Array], Kind::Any),
    ("sub.wrap", &[Kind::Any, Kind::Any], Kind::Array),
];

/// The library. Nothing in it can fail for good, whatever the input is.
pub(crate) const LIBRARY: &str = r#"package lib

import rego.v1

names contains x.name if some x in input.a

by_name[x.name] contains x.c if some x in input.a

total := sum([x.c | some x in input.a])

default is_pod := false

is_pod if input.kind in {"Pod", "pod"}

double(x) := x * 2

default pick(_, _) := "none"

pick(o, k) := o[k]

kind_of(x) := "s" if {
	is_string(x)
} else := "n" if {
	is_number(x)
} else := type_name(x)

first([x, _]) := x

sub.deep.value := input.b

sub.deep.tags[k] := v if some k, v in input.b

sub.wrap(x, y) := [x, y]
"#;

/// An input, as JSON.
pub(crate) fn input(random: &mut Random) -> String {
    document(random, 2)
}

/// What is at `data.base`, as JSON.
pub(crate) fn data(random: &mut Random) -> String {
    document(random, 2)
}

fn document(random: &mut Random, depth: usize) -> String {
    let mut fields = Vec::new();
    for (name, kind) in FIELDS {
        if random.chance(90) {
            let kind = if random.chance(12) { Kind::Any } else { kind };
            fields.push((name.to_owned(), value(random, kind, depth)));
        }
    }
    object(fields)
}

fn object(fields: Vec<(String, String)>) -> String {
    let mut said = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (name, value) in fields {
        if seen.insert(name.clone()) {
            said.push(format!("{name:?}:{value}"));
        }
    }
    format!("{{{}}}", said.join(","))
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

fn value(random: &mut Random, kind: Kind, depth: usize) -> String {
    match kind {
        Kind::Any if depth == 0 => scalar(random),
        Kind::Any => {
            let kind = if random.chance(10) { return "null".into() } else { Kind::some(random) };
            value(random, kind, depth)
        }
        Kind::Boolean => random.chance(60).to_string(),
        Kind::Number => number(random),
        Kind::String => format!("{:?}", random.pick(&WORDS)),
        Kind::Array | Kind::Set if depth == 0 => {
            list(&(0..random.below(3)).map(|_| scalar(random)).collect::<Vec<_>>())
        }
        Kind::Array | Kind::Set => {
            let is_list_of_objects = random.chance(60);
            let items = (0..random.below(4)).map(|_| {
                if is_list_of_objects { document(random, depth - 1) } else { scalar(random) }
            });
            list(&items.collect::<Vec<_>>())
        }
        Kind::Object => {
            let fields = (0..random.below(4)).map(|_| {
                let name = random.pick(&WORDS).to_owned();
                let value = if depth == 0 || random.chance(60) {
                    scalar(random)
                } else {
                    value(random, Kind::Any, depth - 1)
                };
                (name, value)
            });
            let fields = fields.collect();
            object(fields)
        }
    }
}

fn scalar(random: &mut Random) -> String {
    match random.below(8) {
        0 => "null".into(),
        1 => random.chance(50).to_string(),
        2..5 => number(random),
        _ => format!("{:?}", random.pick(&WORDS)),
    }
}

fn number(random: &mut Random) -> String {
    const RARE: [&str; 14] = [
        "1.5",
        "-1.5",
        "10.25",
        "0.1",
        "1.0",
        "-0",
        "1e3",
        "1E-2",
        "2.50",
        "9007199254740993",
        "12345678901234567890123",
        "1.2345678901234567890123",
        "1e30",
        "-7",
    ];
    if random.chance(70) { random.below(6).to_string() } else { random.pick(&RARE).to_owned() }
}
