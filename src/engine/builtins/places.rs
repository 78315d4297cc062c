//! Functions of Trivy, which say where a violation is by a value of the input.
//!
//! Trivy writes lines into its input and takes them from the value. Here values know where they
//! were read, so that the result has their path.

use super::super::value::Value;
use super::{Builtin, Context, Outcome, State, operand, some};

const TRIVY: &str = "Trivy's";

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin { state: State::Extension(TRIVY), ..Builtin::supported("result.new", 2, new_result) },
    Builtin {
        state: State::Extension(TRIVY),
        ..Builtin::supported("isManaged", 1, |_, args| some(is_managed(operand::any(args, 0)?)))
    },
];

/// What a result says beside its message, and its value where the cause says nothing of it.
fn details() -> [(&'static str, Value); 9] {
    let number = || Value::from(0);
    let text = || Value::string("");
    [
        ("startline", number()),
        ("endline", number()),
        ("sourceprefix", text()),
        ("filepath", text()),
        ("explicit", Value::bool(false)),
        ("managed", Value::bool(true)),
        ("fskey", text()),
        ("resource", text()),
        ("parent", Value::NULL),
    ]
}

/// `result.new(message, cause)`: a violation at the cause.
fn new_result(context: &mut Context<'_>, args: &[Value]) -> Outcome {
    let cause = operand::any(args, 1)?;
    let said = cause.field("__defsec_metadata").unwrap_or(cause);
    let known = details().map(|(key, value)| {
        let own = said.field(key).filter(|own| own.type_name() == value.type_name());
        (Value::string(key), own.cloned().unwrap_or(value))
    });
    let mut fields: Vec<_> = known.into_iter().collect();
    fields.push((Value::string("msg"), operand::any(args, 0)?.clone()));
    if let Some(path) = context.origin_of(cause) {
        fields.push((Value::string("path"), Value::string(path.to_string())));
    }
    some(Value::object_of_last(fields))
}

/// What a manifest holds is managed by it, unless it says otherwise.
fn is_managed(value: &Value) -> bool {
    let said = value.field("__defsec_metadata").unwrap_or(value);
    said.field("managed").and_then(Value::as_bool).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::eval;

    #[test]
    fn results_say_what_the_cause_says() {
        let new = |cause: &str| eval("result.new", &["\"m\"", cause]);
        let plain = new("\"Pod\"");
        assert!(plain.contains(r#""msg": "m""#) && plain.contains(r#""startline": 0"#), "{plain}");
        // Nobody knows where the value was read.
        assert!(!plain.contains("path\": \"/"), "{plain}");
        let told = new(r#"{"__defsec_metadata": {"startline": 3, "managed": false}}"#);
        assert!(told.contains(r#""startline": 3"#) && told.contains(r#""managed": false"#));
        assert_eq!(eval("isManaged", &["{\"managed\": false}"]), "false");
        assert_eq!(eval("isManaged", &["1"]), "true");
    }
}
