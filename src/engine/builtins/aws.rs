//! Signatures for requests to AWS (version 4). They are calculated, not sent.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::super::value::Value;
use super::crypto::hmac_sha256;
use super::encoding::to_hex;
use super::uri::Uri;
use super::{Builtin, BuiltinError, Context, Outcome, operand};

pub(super) const BUILTINS: &[Builtin] =
    &[Builtin::supported("providers.aws.sign_req", 3, sign_request)];

type Result<T> = std::result::Result<T, BuiltinError>;

/// What a request may say, as OPA's `http.send` has it.
const ALLOWED: [&str; 28] = [
    "method",
    "url",
    "body",
    "enable_redirect",
    "force_json_decode",
    "force_yaml_decode",
    "headers",
    "raw_body",
    "tls_use_system_certs",
    "tls_ca_cert",
    "tls_ca_cert_file",
    "tls_ca_cert_env_variable",
    "tls_client_cert",
    "tls_client_cert_file",
    "tls_client_cert_env_variable",
    "tls_client_key",
    "tls_client_key_file",
    "tls_client_key_env_variable",
    "tls_insecure_skip_verify",
    "tls_server_name",
    "timeout",
    "cache",
    "force_cache",
    "force_cache_duration_seconds",
    "raise_error",
    "caching_mode",
    "max_retry_attempts",
    "cache_ignored_headers",
];
const REQUIRED: [&str; 2] = ["method", "url"];
const CREDENTIALS: [&str; 4] =
    ["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];
/// Headers that proxies change are not signed.
const UNSIGNED: [&str; 3] = ["authorization", "user-agent", "x-amzn-trace-id"];

fn wrong(at: usize, what: &str, names: Vec<&str>) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let names = Value::set(names.into_iter().map(Value::string).collect());
    Err(BuiltinError::new(format!("operand {at} {what} parameters(s): {names}")))
}

fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object.field(key).and_then(Value::as_str).unwrap_or_default()
}

/// Of the fields, those that are not there, and those that are no strings.
fn faults<'n>(object: &Value, names: &[&'n str]) -> [Vec<&'n str>; 2] {
    let missing = names.iter().copied().filter(|name| object.field(name).is_none());
    let not_text = names
        .iter()
        .copied()
        .filter(|name| object.field(name).is_some_and(|value| value.as_str().is_none()));
    [missing.collect(), not_text.collect()]
}

fn sign_request(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let fields = operand::object(args, 0)?;
    operand::object(args, 1)?;
    let (request, config) = (operand::any(args, 0)?, operand::any(args, 1)?);
    let [missing, not_text] = faults(config, &CREDENTIALS);
    wrong(2, "missing required AWS config", missing)?;
    wrong(2, "invalid values for required AWS config", not_text)?;
    let time = operand::number(args, 2)?.as_i64().ok_or_else(|| {
        BuiltinError::new("operand 3 could not convert time_ns value into a unix timestamp")
    })?;
    let unknown = fields.iter().map(|(key, _)| key.as_str().unwrap_or_default());
    wrong(1, "invalid request", unknown.filter(|key| !ALLOWED.contains(key)).collect())?;
    let [missing, not_text] = faults(request, &REQUIRED);
    wrong(1, "missing required request", missing)?;
    let headers = match request.field("headers") {
        None => &[][..],
        Some(headers) => {
            headers.as_object().ok_or_else(|| operand::wrong_type(0, headers, &["object"]))?
        }
    };
    wrong(1, "invalid values for required request", not_text)?;
    let address = text(request, "url");
    let uri = Uri::parse(address)
        .map_err(|reason| BuiltinError::new(format!("parse {address:?}: {reason}")))?;
    let body = match (request.field("raw_body"), request.field("body")) {
        (Some(raw), _) => raw.as_str().unwrap_or_default().to_owned(),
        (None, Some(body)) => body.to_json_string(),
        (None, None) => String::new(),
    };
    context.tick(body.len() / 16)?;
    let unsigned_body = match config.field("disable_payload_signing") {
        None => false,
        Some(flag) => flag.as_bool().ok_or_else(|| {
            BuiltinError::new("operand 2 invalid value for 'disable_payload_signing' in AWS config")
        })?,
    };
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(key, value)| (text_of(key), text_of(value))).collect();
    let digest = if unsigned_body {
        "UNSIGNED-PAYLOAD".to_owned()
    } else {
        to_hex(&Sha256::digest(body.as_bytes()))
    };
    let moment = chrono::DateTime::from_timestamp_nanos(time);
    let signing = Signing {
        config,
        date: moment.format("%Y%m%d").to_string(),
        time: moment.format("%Y%m%dT%H%M%SZ").to_string(),
        digest,
    };
    let (authorization, added) = signing.sign(text(request, "method"), &uri, &headers)?;
    let signed = headers
        .into_iter()
        .chain([("Authorization".to_owned(), authorization)])
        .chain(added)
        .map(|(key, value)| (Value::from(key), Value::from(value)));
    let mut fields = fields.to_vec();
    fields.push((Value::string("headers"), Value::object_of_last(signed.collect())));
    Ok(Some(Value::object_of_last(fields)))
}

struct Signing<'v> {
    config: &'v Value,
    date: String,
    time: String,
    /// Of the body.
    digest: String,
}

impl Signing<'_> {
    /// The header that authorizes a request, and those to send with it.
    fn sign(
        &self,
        method: &str,
        uri: &Uri,
        headers: &BTreeMap<String, String>,
    ) -> Result<(String, BTreeMap<String, String>)> {
        let (region, service) = (text(self.config, "aws_region"), text(self.config, "aws_service"));
        let mut added = BTreeMap::from([
            ("host".to_owned(), uri.host.clone()),
            ("x-amz-date".to_owned(), self.time.clone()),
        ]);
        if matches!(service, "s3" | "glacier") {
            added.insert("x-amz-content-sha256".to_owned(), self.digest.clone());
        }
        let token = text(self.config, "aws_session_token");
        if !token.is_empty() {
            added.insert("x-amz-security-token".to_owned(), token.to_owned());
        }
        let mut signed = added.clone();
        for (key, value) in headers {
            let key = key.to_lowercase();
            if !UNSIGNED.contains(&key.as_str()) {
                signed.insert(key, value.clone());
            }
        }
        let lines: String = signed.iter().map(|(key, value)| format!("{key}:{value}\n")).collect();
        let names: Vec<&str> = signed.keys().map(String::as_str).collect();
        let names = names.join(";");
        let request = format!(
            "{method}\n{}\n{}\n{lines}\n{names}\n{}",
            uri.path_as_sent(),
            uri.query,
            self.digest
        );
        let scope = format!("{}/{region}/{service}/aws4_request", self.date);
        let message = format!(
            "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
            self.time,
            to_hex(&Sha256::digest(request.as_bytes()))
        );
        let secret = format!("AWS4{}", text(self.config, "aws_secret_access_key"));
        let mut key = hmac_sha256(self.date.as_bytes(), secret.as_bytes())?;
        for part in [region, service, "aws4_request"] {
            key = hmac_sha256(part.as_bytes(), &key)?;
        }
        let signature = to_hex(&hmac_sha256(message.as_bytes(), &key)?);
        let access = text(self.config, "aws_access_key");
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={access}/{scope},SignedHeaders={names},\
             Signature={signature}"
        );
        Ok((authorization, added))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    const CONFIG: &str = r#"{"aws_access_key": "MYAWSACCESSKEYGOESHERE", "aws_region": "us-east-1",
        "aws_secret_access_key": "MYAWSSECRETACCESSKEYGOESHERE", "aws_service": "s3"}"#;

    #[test]
    fn requests_are_signed() {
        // The answer is OPA's.
        assert_eq!(
            eval(
                "providers.aws.sign_req",
                &[
                    r#"{"method": "get", "url": "http://example.com/a%2Fb?x=1"}"#,
                    CONFIG,
                    "1451606400000000000"
                ]
            ),
            r#"{"headers": {"Authorization": "AWS4-HMAC-SHA256 Credential=MYAWSACCESSKEYGOESHERE/20160101/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=d61e8e619088ea36fa2a19fbfb52ec3f511e0f19ff3d521069ded3a7a761125c", "host": "example.com", "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "x-amz-date": "20160101T000000Z"}, "method": "get", "url": "http://example.com/a%2Fb?x=1"}"#
        );
        assert_eq!(
            eval("providers.aws.sign_req", &["{}", CONFIG, "0"]),
            "error: operand 1 missing required request parameters(s): {\"method\", \"url\"}"
        );
    }
}
