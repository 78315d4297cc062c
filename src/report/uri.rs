//! URIs of files and of web pages, whatever their names hold.

/// A source's name as a URI reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileUri {
    pub(super) text: String,
    /// Whether it is relative to where the run took place.
    pub(super) is_relative: bool,
}

impl FileUri {
    /// Of a name with forward slashes: a path, or a stand-in for one as `<stdin>` is.
    pub(super) fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let drive = bytes.len() > 2
            && bytes[0].is_ascii_alphabetic()
            && bytes[1] == b':'
            && bytes[2] == b'/';
        let text = if drive {
            format!("file:///{}:{}", &name[..1], encoded(&name[2..], is_plain))
        } else if name.starts_with("//") {
            format!("file:{}", encoded(name, is_plain))
        } else if name.starts_with('/') {
            format!("file://{}", encoded(name, is_plain))
        } else {
            let is_relative = super::anchor::is_path(name);
            return Self { text: encoded(name, is_plain), is_relative };
        };
        Self { text, is_relative: false }
    }
}

/// The address of a web page as a valid URI; `None` for anything else.
pub(crate) fn web(address: &str) -> Option<String> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let has_host = !rest.is_empty() && !rest.starts_with(['/', '?', '#']);
    (known && has_host)
        .then(|| format!("{scheme}://{}", encoded(rest, |b| is_plain(b) || is_reserved(b))))
}

/// Colons are left out: before the first slash one would end a scheme.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~/@+,=".contains(&byte)
}

/// What has a meaning in an address; the percent sign, too, as addresses come encoded.
fn is_reserved(byte: u8) -> bool {
    b":?#[]!$&'()*;%".contains(&byte)
}

fn encoded(text: &str, keep: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_become_valid_references() {
        for (name, text, is_relative) in [
            ("deploy/web.yaml", "deploy/web.yaml", true),
            ("../a b/ü.yaml", "../a%20b/%C3%BC.yaml", true),
            ("a:b%.yaml", "a%3Ab%25.yaml", true),
            ("<stdin>", "%3Cstdin%3E", false),
            ("/srv/web#1.yaml", "file:///srv/web%231.yaml", false),
            ("C:/shop/web.yaml", "file:///C:/shop/web.yaml", false),
            ("//host/share/web.yaml", "file://host/share/web.yaml", false),
        ] {
            let expected = FileUri { text: text.to_owned(), is_relative };
            assert_eq!(FileUri::of(name), expected, "{name}");
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        let page = "https://example.com/a?b=[c]&d=%20#e";
        assert_eq!(web(page).as_deref(), Some(page));
        assert_eq!(
            web("https://example.com/<ü>").as_deref(),
            Some("https://example.com/%3C%C3%BC%3E")
        );
        for other in ["javascript:alert(1)", "docs/why.md", "https://", "ftp://example.com"] {
            assert_eq!(web(other), None, "{other}");
        }
    }
}
