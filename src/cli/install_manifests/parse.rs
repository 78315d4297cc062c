//! Values of flags that are more than text.

use crate::install::{FailurePolicy, Issuer};
use crate::manifest::Operation;
use crate::policy::Ids;

/// What becomes of requests without an answer, of one subset or of all.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) subset: Option<String>,
    pub(super) policy: FailurePolicy,
}

/// A glob that belongs to a subset.
#[derive(Clone, Debug)]
pub(super) struct SubsetGlob {
    pub(super) name: String,
    pub(super) ids: Ids,
}

/// A name that can be part of a host name.
pub(super) fn name(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_one = text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.chars().all(is_inner)
        && text.len() <= 50;
    let wrong = "it is made of small letters, digits and dashes, 50 at most, a letter first";
    if is_one { Ok(text.to_owned()) } else { Err(wrong.to_owned()) }
}

/// An image that is the same tomorrow, as far as its name tells.
pub(super) fn image(text: &str) -> Result<String, String> {
    let last = text.rsplit('/').next().unwrap_or_default();
    let tag = last.split('@').next().unwrap_or_default().split_once(':').map(|(_, tag)| tag);
    let has_digest = last.contains("@sha256:");
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("this is no name of an image".to_owned());
    }
    match tag {
        _ if has_digest => Ok(text.to_owned()),
        None | Some("") => {
            Err("it has neither a tag nor a digest, so it may be any image".to_owned())
        }
        Some("latest") => Err("the tag `latest` is another image after every build".to_owned()),
        Some(_) => Ok(text.to_owned()),
    }
}

pub(super) fn operation(text: &str) -> Result<Operation, String> {
    let operation = Operation::parse(&text.to_ascii_uppercase());
    operation.ok_or_else(|| "there are CREATE, UPDATE, DELETE and CONNECT".to_owned())
}

pub(super) fn failure(text: &str) -> Result<Failure, String> {
    let (subset, what) = match text.split_once('=') {
        Some((subset, what)) => (Some(name(subset)?), what),
        None => (None, text),
    };
    let policy = match what.to_ascii_lowercase().as_str() {
        "fail" => FailurePolicy::Fail,
        "ignore" => FailurePolicy::Ignore,
        _ => return Err("it is Fail or Ignore, or NAME=Fail for the subset NAME".to_owned()),
    };
    Ok(Failure { subset, policy })
}

pub(super) fn subset(text: &str) -> Result<SubsetGlob, String> {
    let Some((subset, glob)) = text.split_once('=') else {
        return Err("it is written NAME=GLOB, as in security='security/*'".to_owned());
    };
    let ids = Ids::new(glob).map_err(|error| format!("this is no glob: {}", error.kind()))?;
    Ok(SubsetGlob { name: name(subset)?, ids })
}

pub(super) fn issuer(text: &str) -> Result<Issuer, String> {
    match text.split_once('/') {
        Some((kind @ ("Issuer" | "ClusterIssuer"), name)) if !name.is_empty() => {
            Ok(Issuer { kind: kind.to_owned(), name: name.to_owned() })
        }
        _ => Err("it is written Issuer/NAME or ClusterIssuer/NAME".to_owned()),
    }
}

/// Milliseconds.
pub(super) fn duration(text: &str) -> Result<u32, String> {
    let wrong = || "a time is written as in 8s or 500ms".to_owned();
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').ok_or_else(wrong)?, 1000),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    // An hour is longer than anything waits.
    number.checked_mul(unit).filter(|time| *time <= 3_600_000).ok_or_else(wrong)
}

pub(super) fn quantity(text: &str) -> Result<String, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[number.len()..];
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.parse::<f64>().is_ok_and(|number| number > 0.0);
    let is_unit = matches!(unit, "" | "m" | "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti");
    if is_number && is_unit {
        Ok(text.to_owned())
    } else {
        Err("a quantity is written as in 200m, 0.5 or 128Mi".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_pinned() {
        for good in
            ["a:1", "registry.example.com:5000/a/b:1.2", "a@sha256:0123", "a:latest@sha256:0123"]
        {
            assert_eq!(image(good).as_deref(), Ok(good));
        }
        for bad in ["", "a", "registry.example.com:5000/a", "a:latest", "a:", "a b:1"] {
            assert!(image(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_and_quantities() {
        assert_eq!(duration("8s"), Ok(8000));
        assert_eq!(duration("250ms"), Ok(250));
        for bad in ["8", "s", "-1s", "1h", "9999999s", "1.5s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        for good in ["1", "0.5", "200m", "128Mi", "2G"] {
            assert_eq!(quantity(good).as_deref(), Ok(good));
        }
        for bad in ["", "m", "0", "-1", "1MB", "1 Mi", "infm"] {
            assert!(quantity(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn subsets_have_names_that_can_stand_in_paths() {
        let one = subset("security=kubernetes/*").unwrap();
        assert_eq!((one.name.as_str(), one.ids.pattern()), ("security", "kubernetes/*"));
        for bad in ["security", "=x", "Security=x", "a/b=x", "a=["] {
            assert!(subset(bad).is_err(), "{bad}");
        }
        assert_eq!(failure("style=ignore").unwrap().subset.as_deref(), Some("style"));
        assert!(failure("maybe").is_err());
    }
}
