//! Addresses of resources, as Go takes them apart.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::value::Value;
use super::encoding::unescape;
use super::{Builtin, BuiltinError, Context, Outcome, bytes, operand, some};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::supported("uri.is_valid", 1, |_, args| {
        let text = operand::any(args, 0)?.as_str();
        some(text.is_some_and(|text| !text.is_empty() && Uri::parse(text).is_ok()))
    }),
    Builtin::supported("uri.parse", 1, parse),
];

fn parse(_: &mut Context<'_>, args: &[Value]) -> Outcome {
    let text = operand::string(args, 0)?;
    let uri = Uri::parse(text)
        .map_err(|reason| BuiltinError::new(format!("parse {text:?}: {reason}")))?;
    let (hostname, port) = uri.host_and_port();
    let mut fields = vec![
        ("scheme", uri.scheme.as_str()),
        ("hostname", hostname),
        ("port", port),
        ("path", &uri.path),
        ("raw_query", &uri.query),
        ("fragment", &uri.fragment),
    ];
    if !uri.path.is_empty() {
        fields.push(("raw_path", uri.raw_path.as_deref().unwrap_or(&uri.path)));
    }
    let entries = fields
        .into_iter()
        .filter(|field| !field.1.is_empty())
        .map(|(name, text)| (Value::from(name), Value::from(text)));
    Ok(Some(Value::object_of_last(entries.collect())))
}

#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "crypto"), allow(dead_code))]
pub(super) struct Uri {
    pub(super) scheme: String,
    /// What follows a scheme without a slash.
    pub(super) opaque: String,
    /// Who asks, as written.
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) path: String,
    /// The path as written, where it could not be had by escaping it again.
    pub(super) raw_path: Option<String>,
    pub(super) query: String,
    /// Whether there is a question mark with nothing after it.
    pub(super) force_query: bool,
    pub(super) fragment: String,
    pub(super) raw_fragment: Option<String>,
    /// Whether slashes begin the path without a host before it.
    pub(super) omit_host: bool,
}

impl Uri {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut uri = Self::default();
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text == "*" {
            text.clone_into(&mut uri.path);
        } else {
            uri.parse_without_fragment(text)?;
        }
        uri.fragment = decoded(fragment)?;
        uri.raw_fragment =
            (escaped_fragment(&uri.fragment) != fragment).then(|| fragment.to_owned());
        Ok(uri)
    }

    fn parse_without_fragment(&mut self, text: &str) -> Result<(), String> {
        let (scheme, rest) = scheme(text)?;
        self.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut self.query);
        self.force_query = text.ends_with('?') && text.matches('?').count() == 1;
        if !rest.starts_with('/') {
            if !self.scheme.is_empty() {
                // No part of it has a name.
                rest.clone_into(&mut self.opaque);
                return Ok(());
            }
            if rest.split('/').next().is_some_and(|first| first.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        if (!self.scheme.is_empty() || !rest.starts_with("///"))
            && let Some(after) = rest.strip_prefix("//")
        {
            let end = after.find('/').unwrap_or(after.len());
            let (authority, path) = after.split_at(end);
            rest = path;
            self.host = self.authority(authority)?;
        } else if !self.scheme.is_empty() && rest.starts_with('/') {
            self.omit_host = true;
        }
        self.path = decoded(rest)?;
        self.raw_path = (escaped_path(&self.path) != rest).then(|| rest.to_owned());
        Ok(())
    }

    fn authority(&mut self, authority: &str) -> Result<String, String> {
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let host = host_of(&self.scheme, host)?;
        if let Some(user) = user {
            let valid =
                |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
            if !user.bytes().all(valid) {
                return Err("net/url: invalid userinfo".to_owned());
            }
            decoded(user)?;
            self.user = Some(user.to_owned());
        }
        Ok(host)
    }

    /// The address again, written as Go writes it.
    #[cfg(feature = "crypto")]
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.push_str(&self.scheme);
            text.push(':');
        }
        if self.opaque.is_empty() {
            if !self.omit_host && (!self.scheme.is_empty() || !self.host.is_empty()) {
                text.push_str("//");
            }
            if let Some(user) = &self.user {
                text.push_str(user);
                text.push('@');
            }
            text.push_str(&escaped(&self.host, b"-_.~!$&'()*+,;=:[]<>\""));
            let path = self.path_as_sent();
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                text.push('/');
            }
            text.push_str(&path);
        } else {
            text.push_str(&self.opaque);
        }
        if self.force_query || !self.query.is_empty() {
            text.push('?');
            text.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            text.push('#');
            let raw = self.raw_fragment.clone();
            text.push_str(&raw.unwrap_or_else(|| escaped_fragment(&self.fragment)));
        }
        text
    }

    /// The path with its escapes.
    pub(super) fn path_as_sent(&self) -> String {
        self.raw_path.clone().unwrap_or_else(|| escaped_path(&self.path))
    }

    fn host_and_port(&self) -> (&str, &str) {
        let split = self.host.rfind(':').filter(|colon| is_port(&self.host[*colon..]));
        let (host, port) = match split {
            Some(colon) => (&self.host[..colon], &self.host[colon + 1..]),
            None => (self.host.as_str(), ""),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        (bare.unwrap_or(host), port)
    }
}

/// The scheme, and what follows its colon.
fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn decoded(text: &str) -> Result<String, String> {
    unescape(text, false).map(bytes::to_text).map_err(|error| error.message)
}

fn escaped_path(path: &str) -> String {
    escaped(path, b"-_.~$&+,/:;=@")
}

fn escaped_fragment(fragment: &str) -> String {
    escaped(fragment, b"-_.~$&+,/:;=?@!()*")
}

fn escaped(text: &str, plain: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// A colon and digits, or nothing.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte)
}

/// Resolves the escapes of a host: only bytes beyond ASCII and the percent sign may be escaped.
/// A zone may escape a little more.
fn decoded_host(text: &str, zone: bool) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let escape = text.get(at..at + 3).unwrap_or(&text[at..]);
            let code = escape.get(1..).and_then(|hex| u8::from_str_radix(hex, 16).ok());
            let allowed = match code {
                _ if escape == "%25" => true,
                Some(code) if zone => code == b' ' || is_host_byte(code),
                Some(code) => code >= 0x80,
                None => false,
            };
            if !allowed || escape.len() < 3 {
                return Err(format!("invalid URL escape {escape:?}"));
            }
            at += 3;
        } else {
            if byte.is_ascii() && !is_host_byte(*byte) {
                return Err(format!("invalid character {:?} in host name", char::from(*byte)));
            }
            at += 1;
        }
    }
    decoded(text)
}

fn host_of(scheme: &str, host: &str) -> Result<String, String> {
    let bad_port = |port: &str| format!("invalid port {port:?} after host");
    match host.rfind('[') {
        Some(0) => {
            let close = host.rfind(']').ok_or("missing ']' in host")?;
            let (name, port) = (&host[1..close], &host[close + 1..]);
            if !is_port(port) {
                return Err(bad_port(port));
            }
            let name = match name.find("%25") {
                Some(zone) => {
                    decoded_host(&name[..zone], false)? + &decoded_host(&name[zone..], true)?
                }
                None => decoded_host(name, false)?,
            };
            let (address, zone) =
                name.split_once('%').map_or((name.as_str(), None), |(a, zone)| (a, Some(zone)));
            if address.parse::<Ipv4Addr>().is_ok() || zone == Some("") {
                return Err("invalid IP-literal".to_owned());
            }
            address.parse::<Ipv6Addr>().map_err(|error| format!("invalid host: {error}"))?;
            Ok(format!("[{name}]{port}"))
        }
        Some(_) => Err("invalid IP-literal".to_owned()),
        None => {
            // Only these two schemes know for certain that a host has one colon at most.
            let strict = matches!(scheme, "http" | "https");
            let colon = if strict { host.find(':') } else { host.rfind(':') };
            match colon.map(|colon| &host[colon..]) {
                Some(port) if !is_port(port) => Err(bad_port(port)),
                _ => decoded_host(host, false),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, result) in [
            (
                "https://user:pw@example.com:8080/a%20b/c?x=1#f",
                "{\"fragment\": \"f\", \"hostname\": \"example.com\", \"path\": \"/a b/c\", \
                 \"port\": \"8080\", \"raw_path\": \"/a b/c\", \"raw_query\": \"x=1\", \
                 \"scheme\": \"https\"}",
            ),
            ("/a%2Fb", "{\"path\": \"/a/b\", \"raw_path\": \"/a%2Fb\"}"),
            ("mailto:a@b.c", "{\"scheme\": \"mailto\"}"),
            (
                "http://[::1]:80/",
                "{\"hostname\": \"::1\", \"path\": \"/\", \"port\": \"80\", \"raw_path\": \"/\", \"scheme\": \"http\"}",
            ),
        ] {
            assert_eq!(eval("uri.parse", &[&format!("{text:?}")]), result, "{text}");
        }
        for text in ["", ":a", "http://a:b", "http://[::1", "http://a b/", "1:2"] {
            assert_eq!(eval("uri.is_valid", &[&format!("{text:?}")]), "false", "{text}");
        }
    }
}
