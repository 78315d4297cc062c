//! Calls of builtins, with arguments of the declared types.

use std::sync::LazyLock;

use manifestly::engine::builtins;

use super::kind::Kind;
use super::{Dialect, Generator};

/// `name(type, ..) -> type`, one a line.
const DECLARATIONS: &str = include_str!("../../../src/engine/types/declarations.txt");

struct Declared {
    name: &'static str,
    args: Vec<&'static str>,
    result: &'static str,
}

/// What depends on more than its arguments, is no function, needs keys to say anything, or all the
/// memory there is.
const LEFT_OUT: [&str; 23] = [
    "assign",
    "crypto.parse",
    "crypto.x509",
    "eq(",
    "graphql.",
    "http.",
    "internal.",
    "io.jwt.",
    "net.cidr_expand",
    "net.lookup",
    "opa.",
    "print",
    "providers.",
    "rand.",
    "rego.",
    "time.now_ns",
    "trace",
    "uuid.rfc4122",
    "walk",
    "json.match_schema",
    "json.verify_schema",
    "strings.render_template",
    "sprintf",
];

/// What Rego v1 has no more.
const OLD: [&str; 5] = ["all(", "any(", "cast_", "re_match", "net.cidr_overlap"];

static ALL: LazyLock<Vec<Declared>> = LazyLock::new(|| {
    // What only this engine has, OPA can't be asked about.
    let own: Vec<&str> = builtins::extensions().map(|builtin| builtin.name).collect();
    let is_own = |line: &str| own.iter().any(|name| line.split('(').next() == Some(*name));
    let wanted = |line: &&str| !LEFT_OUT.iter().any(|name| line.starts_with(name)) && !is_own(line);
    let lines = DECLARATIONS.lines().filter(wanted);
    let read = |line: &'static str| {
        let (name, rest) = line.split_once('(')?;
        let (args, result) = rest.rsplit_once(") -> ").unwrap_or((rest, "any"));
        Some(Declared { name, args: parts(args, ','), result })
    };
    lines.filter_map(read).collect()
});

/// The parts between separators, those within brackets aside.
fn parts(text: &'static str, separator: char) -> Vec<&'static str> {
    let (mut depth, mut start) = (0_usize, 0);
    let mut found = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            _ if character == separator && depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found.retain(|part| !part.is_empty());
    found
}

impl Generator<'_> {
    pub(super) fn builtin(&mut self, kind: Kind) -> String {
        if kind.fits(Kind::String) && self.random.chance(15) {
            return self.sprintf();
        }
        let is_old = |name: &str| OLD.iter().any(|old| old.trim_end_matches('(') == name);
        let has_old = matches!(self.dialect, Dialect::V0 | Dialect::Future);
        let fitting: Vec<&Declared> = ALL
            .iter()
            .filter(|one| Kind::of_type(one.result).fits(kind))
            .filter(|one| has_old || !is_old(one.name))
            .filter(|one| !one.name.starts_with("cast_") || has_old)
            .collect();
        let declared = fitting[self.random.below(fitting.len())];
        let args: Vec<String> =
            declared.args.iter().map(|kind| self.argument(declared.name, kind)).collect();
        format!("{}({})", declared.name, args.join(", "))
    }

    /// An argument of a type as the declarations write it.
    fn argument(&mut self, function: &str, kind: &'static str) -> String {
        if let Some(inner) = kind.strip_prefix('(').and_then(|kind| kind.strip_suffix(')')) {
            let choices = parts(inner, '|');
            let choice = choices[self.random.below(choices.len())];
            return self.argument(function, choice);
        }
        let is_term = self.random.chance(45);
        if kind == "string" {
            return if is_term { self.term(Kind::String) } else { self.topical(function) };
        }
        if is_term || !kind.contains(['[', '<']) {
            return match kind {
                "null" => "null".into(),
                kind => self.term(Kind::of_type(kind)),
            };
        }
        let open = kind.find(['[', '<']).unwrap_or(0);
        let inside = kind[open + 1..].split_once(['>']).map_or_else(
            || kind[open + 1..].trim_end_matches(']'),
            |(fields, _)| if kind[open..].starts_with('<') { fields } else { &kind[open + 1..] },
        );
        let items = parts(inside, ',');
        match &kind[..open] {
            "array" if kind[open..].starts_with('<') => {
                let items: Vec<String> =
                    items.iter().map(|kind| self.argument(function, kind)).collect();
                format!("[{}]", items.join(", "))
            }
            "object" => {
                let fields: Vec<String> = items
                    .iter()
                    .filter_map(|field| field.split_once(": "))
                    .map(|(key, kind)| {
                        let key = match key {
                            "string" | "any" => self.term(Kind::String),
                            key => format!("{key:?}"),
                        };
                        format!("{key}: {}", self.argument(function, kind))
                    })
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            name => {
                let count = self.random.below(3);
                let mut members: Vec<String> =
                    (0..count).map(|_| self.argument(function, inside)).collect();
                if name == "set" && members.is_empty() {
                    members.push(self.argument(function, inside));
                }
                let (left, right) = if name == "set" { ('{', '}') } else { ('[', ']') };
                format!("{left}{}{right}", members.join(", "))
            }
        }
    }

    /// A string that the function is likely to make something of.
    fn topical(&mut self, function: &str) -> String {
        let family = function.split('.').next().unwrap_or(function);
        let topics: &[&str] = match family {
            "regex" | "re_match" => &[
                "[a-c]+",
                "^p.d$",
                "(?i)POD",
                "(a)|(b)",
                "\\\\d+",
                "[",
                "a*?",
                "\\\\bx",
                "(?P<n>a).",
                "\\\\p{L}",
                "$1-${n}",
                "<[a-b]*>",
                "<",
                ">",
            ],
            "glob" => &["*", "a?b", "{a,b}*", "**", "[a-c]*", "[!x]od", "a/*", ":", "/", "\\\\*"],
            "time" => &[
                "2006-01-02",
                "2020-02-30",
                "2020-01-01T00:00:00Z",
                "RFC3339",
                "UTC",
                "Europe/Berlin",
                "1h30m",
                "-2.5s",
                "Mon, 02 Jan 2006",
                "2024-02-29T23:59:59.123+02:00",
            ],
            "semver" => &["1.2.3", "1.2", "v1.0.0", "1.0.0-rc.1+b", "1.0.0-rc.2", "01.0.0"],
            "net" => {
                &["10.0.0.0/28", "10.1.2.3", "::1/64", "10.0.0.0/33", "192.168.0.0/30", "fe80::1"]
            }
            "units" => &["1Gi", "10m", "1.5K", "12e3", "-1", "1 Mi", "0x10", "1GB", "\\\"2k\\\""],
            "base64" | "base64url" => &["YWJj", "YQ==", "YQ", "_-A=", "%%", "YWJ j"],
            "hex" => &["616263", "6G", "a", "FF"],
            "json" => &["{\\\"a\\\": [1, 2.0]}", "[1,", "1e3", "\\\"x\\\"", "a/b", "/a/0", "null "],
            "yaml" => &["a: 1", "- x\\n- y: [1]", "a: yes", "{a: 'b'}", "a: &x 1\\nb: *x", "\\t"],
            "uri" | "urlquery" => &[
                "https://u:p@h:80/a%20b?q=1&q=2#f",
                "a=b&c=%zz",
                "%41+b",
                "//h",
                "a b&=c",
                "mailto:x@y",
            ],
            "uuid" => &["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "urn:uuid:x", "00000000"],
            _ => &["a", "ab", "a,b", " a ", "é", "Pod", "AbC", "aXbXa", ""],
        };
        format!("\"{}\"", self.random.pick(topics))
    }

    fn sprintf(&mut self) -> String {
        let mut format = String::new();
        let count = 1 + self.random.below(3);
        for _ in 0..count {
            format.push('%');
            for flag in ["+", "-", "#", " ", "0"] {
                if self.random.chance(12) {
                    format.push_str(flag);
                }
            }
            if self.random.chance(25) {
                format.push_str(&self.random.below(12).to_string());
            }
            if self.random.chance(20) {
                format.push_str(&format!(".{}", self.random.below(5)));
            }
            if self.random.chance(5) {
                format.push_str(self.random.pick(&["[1]", "[2]", "*", "[9]"]));
            }
            let verbs = "vvvvdddsssqxXeEfFgGtTbocUp%w!";
            let verb = self.random.below(verbs.len());
            format.push_str(&verbs[verb..=verb]);
            format.push_str(self.random.pick(&["", "|", " é"]));
        }
        let given = if self.random.chance(85) { count } else { self.random.below(4) };
        let args: Vec<String> = (0..given).map(|_| self.any()).collect();
        format!("sprintf(\"{format}\", [{}])", args.join(", "))
    }
}
