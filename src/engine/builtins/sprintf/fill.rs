//! Formats that have texts put in as they are, which is what most want.

use std::sync::Arc;

use rustc_hash::FxHashMap;

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

/// Where so many texts go in a format that wants nothing else.
pub(super) fn fill(
    context: &mut Context<'_>,
    format: &Arc<str>,
    texts: usize,
) -> Option<Arc<[usize]>> {
    let verbs = context.caches.formats.verbs(format)?;
    if verbs.len() != texts {
        return None;
    }
    context.tick(texts).ok()?;
    Some(verbs)
}

#[cfg(test)]
mod tests {
    use super::super::super::Caches;
    use super::*;

    #[test]
    fn formats_that_want_texts_alone_are_known() {
        let mut caches = Caches::default();
        let mut context = Context::new(&mut caches, 0, 0);
        let mut filled = |format: &str, texts| fill(&mut context, &format.into(), texts);
        assert_eq!(filled("ü%s: %v.", 2).as_deref(), Some(&[2, 6][..]));
        assert_eq!(filled("plain", 0).as_deref(), Some(&[][..]));
        for format in ["%s", "%s %s %s", "%s %d", "%s %5s", "%s %s%", "%s %[1]s", "%%%s%s"] {
            assert_eq!(filled(format, 2), None, "{format}");
        }
    }
}
