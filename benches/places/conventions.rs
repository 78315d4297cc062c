//! How the policies of a library write their results.

/// Keys that tell a place wherever they stand in a result.
const PLACE_KEYS: &[&str] = &[
    "deletePaths",
    "endline",
    "failedPaths",
    "failed_paths",
    "field",
    "fields",
    "filepath",
    "fix",
    "fixPath",
    "fixPaths",
    "fix_path",
    "fix_paths",
    "jsonPath",
    "json_path",
    "keyExpectedValue",
    "loc",
    "location",
    "_loc",
    "line",
    "patch",
    "patches",
    "path",
    "paths",
    "pointer",
    "remediation",
    "remediationType",
    "reviewPaths",
    "searchKey",
    "searchLine",
    "startline",
];

/// Keys under which a result has its words, the best first.
const WORD_KEYS: &[&str] = &["msg", "message", "alertMessage", "keyActualValue"];

/// Of those, the ones whose words are made of paths.
const SPEAK_OF_PATHS: &[&str] = &["keyActualValue"];

/// Keys that only results have.
const RESULT_KEYS: &[&str] = &["alertObject", "alertScore", "issueType", "details", "documentId"];

/// Names of rules that report something, beside `deny`, `warn` and `violation`.
const ENTRIES: &[&str] = &["CxPolicy"];

/// How the policies of a library write their results.
#[derive(Clone, Debug)]
pub(crate) struct Conventions {
    places: Vec<String>,
    words: Vec<String>,
    entries: Vec<String>,
}

impl Conventions {
    /// Those that are known, and more.
    pub(crate) fn with(places: &[String], words: &[String], entries: &[String]) -> Self {
        let all = |known: &[&str], more: &[String]| {
            known.iter().map(ToString::to_string).chain(more.iter().cloned()).collect()
        };
        Self {
            places: all(PLACE_KEYS, places),
            words: all(WORD_KEYS, words),
            entries: all(ENTRIES, entries),
        }
    }

    /// Whether a key of a result tells a place.
    pub(crate) fn tells_place(&self, key: &str) -> bool {
        self.places.iter().any(|known| known == key)
    }

    /// Which of the keys that stand for words this is; the lower, the better.
    pub(crate) fn words(&self, key: &str) -> Option<usize> {
        self.words.iter().position(|known| known == key)
    }

    /// Whether the words under a key are made of paths.
    pub(crate) fn speaks_of_paths(key: &str) -> bool {
        SPEAK_OF_PATHS.contains(&key)
    }

    /// Whether an object with this key is a result.
    pub(crate) fn is_result(&self, key: &str) -> bool {
        self.words(key).is_some() || RESULT_KEYS.contains(&key)
    }

    /// Whether a rule reports something, though its name doesn't say so to check.
    pub(crate) fn is_foreign_entry(&self, rule: &str) -> bool {
        self.entries.iter().any(|known| known == rule)
    }

    /// Whether a rule reports something.
    pub(crate) fn is_entry(&self, rule: &str) -> bool {
        let prefix = rule.split_once('_').map_or(rule, |(prefix, _)| prefix);
        matches!(prefix, "deny" | "warn" | "violation") || self.is_foreign_entry(rule)
    }
}

impl Default for Conventions {
    fn default() -> Self {
        Self::with(&[], &[], &[])
    }
}
