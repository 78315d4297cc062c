//! One input: what judging it gave before, or judged now and kept for the next time.

use std::sync::Arc;
use std::time::SystemTime;

use crate::digest::Digest;
use crate::manifest::Format;
use crate::source::{Input, SourceFile, SourceText, Stamp};

use super::cache::{self, Cache};
use super::handover::{Checked, Sink};
use super::record;
use super::run::{Judge, Run};

impl Run<'_> {
    pub(super) fn check_input<S: Sink>(
        &self,
        input: &Input,
        tries: bool,
        judge: &mut Judge<'_>,
        sink: &S,
    ) -> Checked {
        let format = Format::of(input);
        let key = |cache: &Cache, text: &Digest| {
            cache.key(input.name(), text, format, self.around(), tries)
        };
        let cache = self.checker().cache();
        if let (Some(cache), Input::File(file)) = (cache, input)
            && let Some(checked) = recall_unread(cache, file, key, sink)
        {
            return checked;
        }
        let now = SystemTime::now();
        let read = match input {
            Input::File(file) => file.read_stamped(),
            Input::Text(text) => Ok((Arc::clone(text), None)),
        };
        let (text, stamp) = match read {
            Ok(read) => read,
            Err(error) => return Checked { problems: vec![error.into()], ..Checked::default() },
        };
        let any = self.judges_all();
        let Some(cache) = cache else { return self.check_text(&text, format, any, tries, judge) };
        let digest = Digest::of(text.text());
        let key = key(cache, &digest);
        let checked = match cache.recall(&key) {
            Some(record) => Checked { text: Some(text), record, ..Checked::default() },
            None => {
                let checked = self.check_text(&text, format, any, tries, judge);
                // What is recalled is not evaluated, and prints nothing.
                if !checked.problems.is_empty() || !checked.printed.is_empty() {
                    return checked;
                }
                cache.remember(key, &checked.record);
                checked
            }
        };
        if let Some(stamp) = stamp {
            cache.remember_text(input.name(), &stamp, &digest, now);
        }
        checked
    }
}

/// What judging a file gave before, where the system describes it as it did then and nobody may
/// want its text.
fn recall_unread<S: Sink>(
    cache: &Cache,
    file: &SourceFile,
    key: impl Fn(&Cache, &Digest) -> cache::Key,
    sink: &S,
) -> Option<Checked> {
    let digest = cache.text_of(&file.name, &Stamp::at(&file.path)?)?;
    let record = cache.recall(&key(cache, &digest))?;
    let (head, _) = record::head(&record)?;
    let text = (!sink.may_want_text(&head)).then(|| SourceText::new(&file.name, ""))?;
    Some(Checked { text: Some(text.into()), record, ..Checked::default() })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, File, FileTimes};
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::check::spool::Findings;
    use crate::check::{Checker, Options, SpoolOptions};
    use crate::policy::Loader;

    fn checker(cache: &Path) -> Checker {
        let rego = "package p\n\ndeny contains input.metadata.name if true";
        let policies = Loader::new().policy_text("p.rego", rego).load().unwrap();
        let cache = Some(cache.to_owned());
        Checker::with_options(policies, Options { cache, ..Options::default() }).unwrap()
    }

    fn recalled(checker: &Checker, file: &SourceFile, texts: usize) -> Option<Checked> {
        let known = (checker.policies().policies().cloned().collect(), Vec::new());
        let sink = Findings::new(SpoolOptions { texts, ..SpoolOptions::default() }, known);
        let key = |cache: &Cache, text: &Digest| {
            cache.key(&file.name, text, Format::Manifest, None, false)
        };
        recall_unread(checker.cache().unwrap(), file, key, &sink)
    }

    #[test]
    fn a_file_is_known_unread_until_anything_about_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, value: &str| {
            fs::write(at(name), format!("{{kind: A, metadata: {{name: {value}}}}}")).unwrap();
        };
        let file = |name: &str| SourceFile { name: name.to_owned(), path: at(name) };
        write("m.yaml", "one");
        std::os::unix::fs::symlink(at("m.yaml"), at("link.yaml")).unwrap();
        let files = ["m.yaml", "link.yaml"].map(file);
        let first = checker(folder.path());
        let inputs = files.clone().map(Input::File);
        let judged = first.check(&inputs, Vec::new(), &|| {});
        assert_eq!(judged.findings.len(), 2);
        // They were written a moment ago.
        assert!(recalled(&checker(folder.path()), &files[0], 0).is_none());

        // The same, remembered later.
        let later = SystemTime::now() + Duration::from_secs(60);
        for file in &files {
            let (text, stamp) = file.read_stamped().unwrap();
            let digest = Digest::of(text.text());
            first.cache().unwrap().remember_text(&file.name, &stamp.unwrap(), &digest, later);
        }
        first.cache().unwrap().save();
        let second = checker(folder.path());
        let is_known = |file: &SourceFile| recalled(&second, file, 0).is_some();
        assert!(files.iter().all(is_known));
        let known = recalled(&second, &files[0], 0).unwrap();
        assert_eq!(known.text.unwrap().text(), "");
        assert!(recalled(&second, &files[0], 1).is_none(), "a snippet shows the text");
        // Under another name it is another file.
        assert!(!is_known(&SourceFile { name: "n.yaml".to_owned(), ..files[0].clone() }));

        // The same size and time of change.
        let times =
            FileTimes::new().set_modified(fs::metadata(at("m.yaml")).unwrap().modified().unwrap());
        let set_back = |name: &str| {
            File::options().write(true).open(at(name)).unwrap().set_times(times).unwrap();
        };
        std::thread::sleep(Duration::from_millis(20));
        write("m.yaml", "two");
        set_back("m.yaml");
        assert!(!files.iter().any(is_known));
        // The old text comes back, and so does its judgement, once it has been read.
        write("m.yaml", "one");
        set_back("m.yaml");
        assert!(!files.iter().any(is_known));
        let told = second.check(&inputs, Vec::new(), &|| {});
        assert_eq!(told.findings, judged.findings);
        fs::remove_file(at("m.yaml")).unwrap();
        assert!(!files.iter().any(is_known));
        assert_eq!(second.check(&inputs, Vec::new(), &|| {}).errors.len(), 2);
    }
}
