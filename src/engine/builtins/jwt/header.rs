//! Headers of tokens.

use std::collections::BTreeSet;

use super::super::super::value::Value;
use super::super::BuiltinError;

/// What a header says that matters to who verifies.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) algorithm: String,
    pub(super) key: String,
    pub(super) content: String,
    critical: BTreeSet<String>,
    unknown: Vec<String>,
}

impl Header {
    pub(super) fn read(object: &Value) -> Result<Self, BuiltinError> {
        let mut header = Self::default();
        for (key, value) in object.as_object().unwrap_or_default() {
            let name = key.as_str().unwrap_or_default();
            let text = || {
                let text = value.as_str().map(str::to_owned);
                text.ok_or_else(|| BuiltinError::new(format!("{name}: must be a string")))
            };
            match name {
                "alg" => header.algorithm = text()?,
                "kid" => header.key = text()?,
                "typ" => drop(text()?),
                "cty" => header.content = text()?,
                "crit" => {
                    let Some(names) = value.as_array() else {
                        return Err(BuiltinError::new("crit: must be a list"));
                    };
                    // What follows a name that is none goes unread, as it does in OPA.
                    let names = names.iter().map_while(Value::as_str).map(str::to_owned);
                    header.critical = names.collect();
                    if header.critical.is_empty() {
                        return Err(BuiltinError::new("crit: must be a nonempty list"));
                    }
                }
                name => header.unknown.push(name.to_owned()),
            }
        }
        Ok(header)
    }

    /// Whether it names an algorithm, and nothing critical that is not known.
    pub(super) fn is_valid(&self) -> bool {
        !self.algorithm.is_empty() && !self.unknown.iter().any(|name| self.critical.contains(name))
    }
}
