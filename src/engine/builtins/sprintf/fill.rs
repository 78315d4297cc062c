//! Formats that have texts put in as they are, which is what most want.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::super::value::Value;
use super::Context;

/// The most formats that are kept.
const KEPT: usize = 1_000;

/// Formats by where they are in memory, each held so that nothing else gets there.
#[derive(Debug, Default)]
pub(in crate::engine::builtins) struct Formats(FxHashMap<usize, (Arc<str>, Option<Verbs>)>);

/// Where each verb stands, if all are `%s` and `%v`.
type Verbs = Arc<[usize]>;

impl Formats {
    fn verbs(&mut self, format: &Arc<str>) -> Option<Verbs> {
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let found = || (Arc::clone(format), verbs(format));
        let (_, verbs) = self.0.entry(Arc::as_ptr(format).addr()).or_insert_with(found);
        verbs.clone()
    }
}

fn verbs(format: &str) -> Option<Verbs> {
    let mut verbs = Vec::new();
    let mut from = 0;
    while let Some(at) = format[from..].find('%') {
        let Some(b's' | b'v') = format.as_bytes().get(from + at + 1) else { return None };
        verbs.push(from + at);
        from += at + 2;
    }
    Some(verbs.into())
}

/// The format with texts put in, where it wants nothing else.
pub(super) fn fill(
    context: &mut Context<'_>,
    format: &Arc<str>,
    texts: &[Value],
) -> Option<String> {
    let verbs = context.caches.formats.verbs(format)?;
    let length: usize = texts.iter().map(|text| text.as_str().map_or(0, str::len)).sum();
    let mut out = String::with_capacity(format.len() + length);
    let mut from = 0;
    if verbs.len() != texts.len() {
        return None;
    }
    for (at, text) in verbs.iter().zip(texts) {
        out.push_str(&format[from..*at]);
        out.push_str(text.as_str()?);
        from = at + 2;
    }
    out.push_str(&format[from..]);
    context.tick(texts.len()).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::super::Caches;
    use super::*;

    #[test]
    fn texts_are_put_in_and_nothing_else() {
        let mut caches = Caches::default();
        let mut context = Context::new(&mut caches, 0, 0);
        let texts = [Value::string("a%s"), Value::string("é")];
        let mut filled = |format: &str, texts: &[Value]| fill(&mut context, &format.into(), texts);
        assert_eq!(filled("ü%s: %v.", &texts).as_deref(), Some("üa%s: é."));
        assert_eq!(filled("plain", &[]).as_deref(), Some("plain"));
        for format in ["%s", "%s %s %s", "%s %d", "%s %5s", "%s %s%", "%s %[1]s", "%%%s%s"] {
            assert_eq!(filled(format, &texts), None, "{format}");
        }
        assert_eq!(filled("%s %s", &[Value::from(1), Value::string("b")]), None);
    }
}
