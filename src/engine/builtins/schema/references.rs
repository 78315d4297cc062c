//! Where `$ref` leads to: to what has an identifier, or into it by a pointer.

use std::collections::HashMap;

use super::super::super::value::Value;
use super::super::BuiltinError;
use super::super::bytes;
use super::super::encoding::unescape;

/// Which keywords count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    /// All of them: no draft is named.
    Mixed,
}

/// Schemas by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Pool(HashMap<String, (Value, Option<Draft>)>);

/// The draft that a schema names, if it is a known one.
pub(super) fn draft(document: &Value) -> Result<Option<Draft>, BuiltinError> {
    if document.as_bool().is_some() {
        return Ok(None);
    }
    if document.as_object().is_none() {
        return Err(BuiltinError::new("schema is invalid"));
    }
    let Some(url) = document.field("$schema") else { return Ok(None) };
    let Some(url) = url.as_str() else {
        return Err(BuiltinError::new("$schema must be of type string"));
    };
    Ok(match url.strip_suffix('#').unwrap_or(url) {
        "http://json-schema.org/draft-04/schema" => Some(Draft::Four),
        "http://json-schema.org/draft-06/schema" => Some(Draft::Six),
        "http://json-schema.org/draft-07/schema" => Some(Draft::Seven),
        _ => None,
    })
}

impl Pool {
    pub(super) fn of(document: &Value) -> Result<Self, BuiltinError> {
        let draft = draft(document)?;
        let mut pool = Self::default();
        pool.identifiers(document, "", draft)?;
        pool.0.insert(String::new(), (document.clone(), draft));
        Ok(pool)
    }

    fn identifiers(
        &mut self,
        value: &Value,
        base: &str,
        draft: Option<Draft>,
    ) -> Result<(), BuiltinError> {
        if let Some(items) = value.as_array() {
            return items.iter().try_for_each(|item| self.identifiers(item, base, draft));
        }
        let Some(fields) = value.as_object() else { return Ok(()) };
        let base = scope(value, base);
        let named = value.field(identifier_key(value)).is_some_and(|id| id.as_str().is_some());
        if named && self.0.insert(base.clone(), (value.clone(), draft)).is_some() {
            return Err(BuiltinError::new(format!("Reference already exists: {base:?}")));
        }
        for (key, value) in fields {
            match key.as_str().unwrap_or_default() {
                "const" | "enum" => {}
                // What these hold are names, not keywords.
                "properties" | "dependencies" | "patternProperties"
                    if value.as_object().is_some() =>
                {
                    for (_, value) in value.as_object().unwrap_or_default() {
                        self.identifiers(value, &base, draft)?;
                    }
                }
                _ => self.identifiers(value, &base, draft)?,
            }
        }
        Ok(())
    }

    /// What an absolute reference stands for, and the scope of what is in it.
    pub(super) fn get(
        &self,
        reference: &str,
    ) -> Result<(&Value, Option<Draft>, String), BuiltinError> {
        if let Some((document, draft)) = self.0.get(reference) {
            return Ok((document, *draft, reference.to_owned()));
        }
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if let Some((document, draft)) = self.0.get(base) {
            let pointer = bytes::to_text(unescape(fragment, false)?);
            let (found, scope) = pointed(document, &pointer, base)?;
            return Ok((found, *draft, scope));
        }
        Err(BuiltinError::new(if reference.contains("://") {
            format!("{reference} is not loaded: judging does no I/O")
        } else {
            format!("Reference {reference} must be canonical")
        }))
    }
}

fn identifier_key(value: &Value) -> &'static str {
    if value.field("id").is_some() { "id" } else { "$id" }
}

/// The identifier that references in a schema are relative to.
pub(super) fn scope(value: &Value, base: &str) -> String {
    match value.field(identifier_key(value)).and_then(Value::as_str) {
        Some(id) => resolved(base, id),
        None => base.to_owned(),
    }
}

fn pointed<'a>(
    document: &'a Value,
    pointer: &str,
    base: &str,
) -> Result<(&'a Value, String), BuiltinError> {
    let mut value = document;
    let mut base = base.to_owned();
    if pointer.is_empty() {
        return Ok((value, base));
    }
    let Some(pointer) = pointer.strip_prefix('/') else {
        return Err(BuiltinError::new("JSON pointer must be empty or start with a \"/\""));
    };
    for token in pointer.split('/') {
        base = scope(value, &base);
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = match value {
            Value::Object(..) => value.field(&token),
            Value::Array(_, items) => token.parse::<usize>().ok().and_then(|at| items.get(at)),
            _ => None,
        };
        value = next.ok_or_else(|| BuiltinError::new(format!("Object has no key '{token}'")))?;
    }
    Ok((value, base))
}

/// A reference made absolute. What is empty behind `#` says nothing.
pub(super) fn resolved(base: &str, reference: &str) -> String {
    let base = base.split('#').next().unwrap_or_default();
    let reference = reference.strip_suffix('#').unwrap_or(reference);
    if reference.is_empty() {
        return base.to_owned();
    }
    if reference.starts_with('#') {
        return format!("{base}{reference}");
    }
    let scheme = |text: &str| {
        let name = text.split_once(':').map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    if scheme(reference) {
        return reference.to_owned();
    }
    let (origin, path) = match base.find("://") {
        Some(at) => {
            let end = base[at + 3..].find('/').map_or(base.len(), |slash| at + 3 + slash);
            base.split_at(end)
        }
        None => ("", base),
    };
    if reference.starts_with('/') {
        return format!("{origin}{reference}");
    }
    let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
    // As Go resolves it, also where nothing is known of the whole.
    let folder = if folder.is_empty() { "/" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    let joined = format!("{folder}{reference}");
    for part in joined.split('/') {
        match part {
            "." => {}
            ".." if parts.len() > 1 => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("{origin}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_are_made_absolute() {
        for (base, reference, result) in [
            ("", "#/definitions/a", "#/definitions/a"),
            ("", "#", ""),
            ("http://a/b/c.json", "#x", "http://a/b/c.json#x"),
            ("http://a/b/c.json", "d.json#", "http://a/b/d.json"),
            ("http://a/b/c.json#x", "../d.json", "http://a/d.json"),
            ("http://a", "d.json", "http://a/d.json"),
            ("http://a/b", "urn:x", "urn:x"),
        ] {
            assert_eq!(super::resolved(base, reference), result, "{base} {reference}");
        }
    }
}
