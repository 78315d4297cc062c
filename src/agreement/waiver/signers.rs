//! Whose signatures count: an `allowed_signers` file, as `ssh-keygen -Y verify` reads it.

use std::path::Path;
use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use ssh_key::PublicKey;

use crate::rego::PolicyError;
use crate::source::{SourceFile, SourceText, display_name};

use super::approval::{NAMESPACE, Question};
use super::pattern::matches_list;
use super::signature::{Unverified, public_key, signed_by};

/// Whose signatures count.
#[derive(Clone, Debug)]
pub struct AllowedSigners {
    source: Arc<SourceText>,
    signers: Vec<Signer>,
}

/// One line: a key, and whose it is.
#[derive(Clone, Debug, PartialEq)]
struct Signer {
    line: usize,
    principals: Vec<String>,
    options: Options,
    key: PublicKey,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Options {
    is_authority: bool,
    namespaces: Option<Vec<String>>,
    valid_after: Option<NaiveDateTime>,
    valid_before: Option<NaiveDateTime>,
}

impl AllowedSigners {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it can't be read; or the first line that makes no sense, located.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let file = SourceFile { name: display_name(path), path: path.to_owned() };
        let source = file.read().map_err(|error| PolicyError::new(error.to_string()))?;
        Self::of_text(&source)
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// The first line that makes no sense, located.
    pub fn of_text(source: &Arc<SourceText>) -> Result<Self, PolicyError> {
        let mut signers = Vec::new();
        for (index, line) in source.text().lines().enumerate() {
            let text = line.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let signer = signer(index + 1, text).map_err(|reason| {
                let span = source.line_span(index + 1);
                PolicyError::at(format!("this line names no signer: {reason}"), source, span)
                    .with_help(
                        "a line is `NAMES [OPTIONS] KEY-TYPE KEY`, as ssh-keygen's manual has it \
                         under ALLOWED SIGNERS",
                    )
            })?;
            signers.push(signer);
        }
        Ok(Self { source: Arc::clone(source), signers })
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The one name that a key is listed under, if it is one and no pattern. The key is a file's
    /// text, private or public.
    pub fn name_of(&self, key: &str) -> Option<&str> {
        let key = public_key(key)?;
        let lines = self.signers.iter().filter(|signer| signer.key.key_data() == key.key_data());
        let mut names = lines.flat_map(|signer| signer.principals.iter().map(String::as_str));
        let name = names.next().filter(|name| !name.contains(['*', '?', '!']))?;
        names.all(|other| other == name).then_some(name)
    }

    /// Whether a signature shows what is asked.
    pub(super) fn verify(&self, question: &Question<'_>, armour: &str) -> Result<(), Unverified> {
        let key = signed_by(question.payload, armour)?;
        let fingerprint = key.fingerprint(ssh_key::HashAlg::Sha256).to_string();
        let file = self.file().to_owned();
        let lines = self.signers.iter().filter(|signer| signer.key.key_data() == key.key_data());
        let mut nearest = Unverified::UnknownKey { fingerprint: fingerprint.clone(), file };
        for signer in lines {
            match signer.lacks(question, &fingerprint, self.file()) {
                None => return Ok(()),
                // A line that is for the one who should have signed says more than others.
                Some(lack) if lack >= nearest => nearest = lack,
                Some(_) => {}
            }
        }
        Err(nearest)
    }
}

impl Signer {
    /// Why the line does not let a signature count.
    fn lacks(&self, question: &Question<'_>, fingerprint: &str, file: &str) -> Option<Unverified> {
        let place = format!("{file}:{}", self.line);
        let fingerprint = fingerprint.to_owned();
        if self.options.is_authority {
            return Some(Unverified::Authority { fingerprint, place });
        }
        if !matches_list(&self.principals, question.identity) {
            let identity = question.identity.to_owned();
            let names = self.principals.join(",");
            return Some(Unverified::NotTheirs { fingerprint, identity, names });
        }
        let namespaces = self.options.namespaces.as_deref();
        if namespaces.is_some_and(|namespaces| !matches_list(namespaces, NAMESPACE)) {
            return Some(Unverified::NotForWaivers { fingerprint, place });
        }
        // All of the day must be within: which hour it is does not decide.
        let day = question.as_of;
        let (begins, ends) = (midnight(day), day.checked_add_days(Days::new(1)).map(midnight));
        let is_early = self.options.valid_after.is_some_and(|after| begins < after);
        let is_late =
            self.options.valid_before.is_some_and(|before| ends.is_none_or(|ends| ends > before));
        (is_early || is_late).then_some(Unverified::OutOfTime { fingerprint, day, place })
    }
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

fn signer(line: usize, text: &str) -> Result<Signer, String> {
    let (names, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
        None => text.split_once([' ', '\t']).ok_or("it has no key")?,
    };
    let rest = rest.trim_start();
    let principals: Vec<String> = names.split(',').map(str::to_owned).collect();
    if principals.iter().any(String::is_empty) {
        return Err("a name is empty".to_owned());
    }
    // No option begins as the types of keys do.
    if ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| rest.starts_with(kind)) {
        let options = Options::default();
        return Ok(Signer { line, principals, options, key: key(rest)? });
    }
    let end = end_of_options(rest)?;
    let (said, key_text) = rest.split_at(end);
    let options = options(said)?;
    Ok(Signer { line, principals, options, key: key(key_text.trim_start())? })
}

fn key(text: &str) -> Result<PublicKey, String> {
    // A comment may hold anything; the crate wants no more than one blank between parts.
    let mut parts = text.split_ascii_whitespace();
    let (Some(kind), Some(key)) = (parts.next(), parts.next()) else {
        return Err("it has no key".to_owned());
    };
    PublicKey::from_openssh(&format!("{kind} {key}"))
        .map_err(|error| format!("its key can't be read: {error}"))
}

/// Where the options end: at the first blank that is not in quotes.
fn end_of_options(text: &str) -> Result<usize, String> {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' | '\t' if !is_quoted => return Ok(at),
            _ => {}
        }
    }
    Err(if is_quoted { "a quote is not closed" } else { "it has no key" }.to_owned())
}

fn options(text: &str) -> Result<Options, String> {
    let mut options = Options::default();
    let mut is_quoted = false;
    let split = text.split(|c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    for option in split {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        let quoted = || {
            let inner = value.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
            inner.ok_or_else(|| format!("`{name}` needs a value in double quotes"))
        };
        let twice = |is_there: bool| {
            if is_there { Err(format!("`{name}` is given twice")) } else { Ok(()) }
        };
        match name.to_ascii_lowercase().as_str() {
            "cert-authority" if value.is_none() => options.is_authority = true,
            "namespaces" => {
                twice(options.namespaces.is_some())?;
                options.namespaces = Some(quoted()?.split(',').map(str::to_owned).collect());
            }
            "valid-after" => {
                twice(options.valid_after.is_some())?;
                options.valid_after = Some(time(quoted()?)?);
            }
            "valid-before" => {
                twice(options.valid_before.is_some())?;
                options.valid_before = Some(time(quoted()?)?);
            }
            _ => return Err(format!("`{option}` is no option")),
        }
    }
    match (options.valid_after, options.valid_before) {
        (Some(after), Some(before)) if before <= after => {
            Err("`valid-before` is not behind `valid-after`".to_owned())
        }
        _ => Ok(options),
    }
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`. Without a `Z` it would be the time of the
/// machine; all machines should say the same, so that it is UTC all the same.
fn time(text: &str) -> Result<NaiveDateTime, String> {
    let digits = text.strip_suffix('Z').or_else(|| text.strip_suffix("UTC")).unwrap_or(text);
    let filled = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        _ => digits.to_owned(),
    };
    let is_plain = filled.len() == 14 && filled.bytes().all(|byte| byte.is_ascii_digit());
    let time = NaiveDateTime::parse_from_str(&filled, "%Y%m%d%H%M%S");
    time.ok().filter(|_| is_plain).ok_or_else(|| {
        format!("`{text}` is no time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMhDPKGQIbEGyxBFhQ3Y2cVZlkOVxbbLm8BMbHvLWkKQ";

    fn read(text: &str) -> Result<AllowedSigners, PolicyError> {
        AllowedSigners::of_text(&Arc::new(SourceText::new("allowed_signers", text)))
    }

    #[test]
    fn lines_are_read_as_ssh_keygen_does() {
        let text = format!(
            "# those of the platform\n\nbob@example.com,*@ops.example.com {KEY} bob's laptop\n\
             \"carol\"\tnamespaces=\"git,manifestly-*\",valid-after=\"20260101\",\
             valid-before=\"202701011200Z\"   {KEY}\nca cert-authority {KEY}\n"
        );
        let signers = read(&text).unwrap().signers;
        assert_eq!(signers[0].principals, ["bob@example.com", "*@ops.example.com"]);
        assert_eq!((signers[0].line, &signers[0].options), (3, &Options::default()));
        let options = &signers[1].options;
        assert_eq!(signers[1].principals, ["carol"]);
        assert_eq!(options.namespaces.as_deref().unwrap(), ["git", "manifestly-*"]);
        assert_eq!(options.valid_before.unwrap().to_string(), "2027-01-01 12:00:00");
        assert_eq!(options.valid_after.unwrap().to_string(), "2026-01-01 00:00:00");
        assert!(signers[2].options.is_authority);
    }

    #[test]
    fn lines_that_make_no_sense_are_refused() {
        let good = format!("bob {KEY}\n");
        for (line, reason) in [
            ("bob".to_owned(), "it has no key"),
            (format!("bob nonsense {KEY}"), "`nonsense` is no option"),
            (format!("bob namespaces=git {KEY}"), "`namespaces` needs a value in double quotes"),
            (format!("bob namespaces=\"git {KEY}"), "a quote is not closed"),
            (format!("bob valid-after=\"tomorrow\" {KEY}"), "`tomorrow` is no time"),
            (format!("bob valid-after=\"20260231\" {KEY}"), "`20260231` is no time"),
            (
                format!("bob valid-after=\"20270101\",valid-before=\"20260101\" {KEY}"),
                "`valid-before` is not behind `valid-after`",
            ),
            (
                format!("bob cert-authority,cert-authority=\"x\" {KEY}"),
                "`cert-authority=\"x\"` is no",
            ),
            (format!("bob, {KEY}"), "a name is empty"),
            ("bob ssh-ed25519 AAAA".to_owned(), "its key can't be read"),
        ] {
            let error = read(&format!("{good}{line}\n{good}")).unwrap_err();
            assert!(error.message.contains(reason), "{line}: {}", error.message);
            let span = error.text.as_ref().map(|text| text.line_span(2));
            assert_eq!(error.span, span, "{line}");
        }
    }
}
