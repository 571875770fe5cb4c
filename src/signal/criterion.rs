//! A profile's filter: `sig.Labels.remediation == 'true' && not sig.Whitelisted`, evaluated by minijinja. Its fields are
//! v0.3's; one that is not known is an error when the profile is read, never a silent no.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Object, Value};
use minijinja::{Environment, Expression, UndefinedBehavior};

use super::SignalRecord;

/// A filter that was understood.
#[derive(Debug)]
pub struct Criterion {
    expression: Expression<'static, 'static>,
}

/// The language of all filters: nothing but its operators.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

/// How a field of a signal is read.
type Field = fn(&SignalRecord) -> Value;

/// The fields of a signal, as v0.3 names them.
const FIELDS: &[(&str, Field)] = &[
    ("MapKey", |s| Value::from(s.map_key.as_str())),
    ("Scenario", |s| Value::from(s.scenario.as_str())),
    ("Bucket_id", |s| Value::from(s.bucket_id.as_str())),
    ("Alert_message", |s| Value::from(s.alert_message.as_str())),
    ("Events_count", |s| Value::from(s.events_count)),
    ("Source_ip", |s| Value::from(s.source_ip.as_str())),
    ("Source_range", |s| Value::from(s.source_range.as_str())),
    ("Source_AutonomousSystemNumber", |s| Value::from(s.as_number.as_str())),
    ("Source_AutonomousSystemOrganization", |s| Value::from(s.as_name.as_str())),
    ("Source_Country", |s| Value::from(s.country.as_str())),
    ("Source_Latitude", |s| Value::from(s.latitude)),
    ("Source_Longitude", |s| Value::from(s.longitude)),
    ("Dest_ip", |s| Value::from(s.dest_ip.as_str())),
    ("Capacity", |s| Value::from(s.capacity)),
    ("Leak_speed", |s| Value::from(s.leak_speed)),
    ("Whitelisted", |s| Value::from(s.whitelisted)),
    ("Simulation", |s| Value::from(s.simulation)),
    ("Reprocess", |s| Value::from(s.reprocess)),
    ("Labels", |s| Value::from_object(Labels(s.labels.clone()))),
];

/// Labels: one that is not there is empty, as in Go.
#[derive(Debug)]
struct Labels(BTreeMap<String, String>);

impl Object for Labels {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Value::from(self.0.get(key.as_str()?).map_or("", String::as_str)))
    }
}

impl Criterion {
    /// Reads a filter. It may come from elsewhere, and minijinja goes down into it one call for each operator: so many
    /// of them are more than any filter needs, and less than the stack holds.
    ///
    /// # Errors
    /// What is not understood, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if weight(text) > HEAVIEST {
            return Err(format!("it is too long: more than {HEAVIEST} names, numbers and operators"));
        }
        let expression = ENVIRONMENT.compile_expression_owned(translated(text)?).map_err(|e| words(&e))?;
        for name in expression.undeclared_variables(true) {
            let known = match name.strip_prefix("sig.") {
                Some(path) => FIELDS
                    .iter()
                    .any(|(field, _)| path == *field || (*field == "Labels" && path.starts_with("Labels."))),
                None => name == "sig",
            };
            if !known {
                return Err(format!("`{name}` is not known"));
            }
        }
        Ok(Self { expression })
    }

    /// Whether a signal matches.
    ///
    /// # Errors
    /// What cannot be evaluated, in words.
    pub fn matches(&self, signal: &SignalRecord) -> Result<bool, String> {
        let fields: BTreeMap<&str, Value> =
            FIELDS.iter().map(|(name, field)| (*name, field(signal))).collect();
        let context = BTreeMap::from([("sig", Value::from(fields))]);
        let value = self.expression.eval(Value::from(context)).map_err(|e| words(&e))?;
        bool::try_from(value.clone()).map_err(|_| format!("it is `{value}`, neither true nor false"))
    }
}

/// The most names, numbers and operators of a filter. Texts in quotes and their commas are not counted: a list of
/// addresses may be long.
const HEAVIEST: usize = 500;

/// How many names, numbers and operators there are outside of quotes.
fn weight(text: &str) -> usize {
    let (mut weight, mut quote, mut is_name) = (0, None, false);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if quote.is_some() {
            match c {
                '\\' => drop(rest.next()),
                c if quote == Some(c) => quote = None,
                _ => {}
            }
            continue;
        }
        let was_name = std::mem::replace(&mut is_name, c.is_alphanumeric() || c == '_');
        match c {
            '\'' | '"' => quote = Some(c),
            ',' => {}
            c if c.is_whitespace() || (is_name && was_name) => {}
            _ => weight += 1,
        }
    }
    weight
}

fn words(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned)
}

/// v0.3's `&&`, `||` and `!` as minijinja's words; what stands in quotes is left alone.
fn translated(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => quoted(c, &mut rest, &mut out)?,
            '&' if rest.next_if_eq(&'&').is_some() => out.push_str(" and "),
            '|' if rest.next_if_eq(&'|').is_some() => out.push_str(" or "),
            // `100*[100*[1]]` is a list of 10,000: a few of these in one another are compared for ever.
            '*' => return Err("`*` is not known".to_owned()),
            '&' | '|' => return Err(format!("`{c}` is not known; `{c}{c}` is")),
            '!' if rest.peek() != Some(&'=') => out.push_str(" not "),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// Copies a text in quotes.
fn quoted(
    quote: char,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) -> Result<(), String> {
    out.push(quote);
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            '\\' => out.extend(rest.next()),
            c if c == quote => return Ok(()),
            _ => {}
        }
    }
    Err(format!("a {quote} is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal() -> SignalRecord {
        let text = r#"{"scenario":"ssh && more","events_count":7,"labels":{"remediation":"true"},"source_ip":"203.0.113.7"}"#;
        serde_json::from_str(text).unwrap()
    }

    fn holds(filter: &str) -> bool {
        Criterion::read(filter).unwrap().matches(&signal()).unwrap()
    }

    #[test]
    fn it_reads_the_filters_of_v03() {
        assert!(holds("sig.Labels.remediation == 'true' && not sig.Whitelisted"));
        assert!(!holds("sig.Whitelisted == true && sig.Labels.remediation == 'true'"));
        assert!(holds("sig.Events_count > 5 and (sig.Events_count <= 7 || sig.Simulation)"));
        assert!(holds("sig.Scenario == 'ssh && more' && !sig.Simulation"));
        assert!(holds("sig.Labels.missing == ''"));
        assert!(holds("sig.Scenario in ['a', 'ssh && more'] and sig.Source_ip != \"1.2.3.4\""));
    }

    #[test]
    fn what_is_not_known_is_an_error_and_not_a_no() {
        for filter in [
            "sig.Lables.x == 'y'",
            "signal.Scenario == 'x'",
            "sig.Scenario matches 'x'",
            "any(sig.Labels)",
            "sig.Scenario == 'x",
            "sig.Scenario & 1",
            "sig.Scenario =",
            "",
        ] {
            assert!(Criterion::read(filter).is_err(), "{filter}");
        }
        assert!(Criterion::read("sig.Scenario").unwrap().matches(&signal()).is_err());
    }

    #[test]
    fn a_filter_that_would_take_the_stack_is_refused() {
        let deep = [
            "!".repeat(200_000) + "sig.Whitelisted",
            "1+".repeat(100_000) + "1",
            "not ".repeat(30_000) + "sig.Whitelisted",
            "-".repeat(30_000) + "1",
            format!("sig{}", ".Labels".repeat(30_000)),
            format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000)),
            format!("sig.Scenario{}", "|x".repeat(30_000)),
        ];
        for filter in deep {
            let error = Criterion::read(&filter).unwrap_err();
            assert_eq!(error, "it is too long: more than 500 names, numbers and operators");
        }
    }

    /// The heaviest that are let through, on a stack of 2 MiB.
    #[test]
    fn a_filter_that_is_not_too_long_has_room_on_the_stack() {
        for filter in ["!".repeat(498) + "true", "not ".repeat(498) + "true"] {
            assert!(holds(&filter));
        }
        let sum = "1+".repeat(248) + "1 == 249";
        assert!(holds(&sum));
        assert!(Criterion::read(&("-".repeat(499) + "1")).is_ok());
        assert!(Criterion::read(&format!("{}1{}", "[".repeat(249), "]".repeat(249))).is_err());
        let addresses = vec!["'203.0.113.7'"; 5_000].join(", ");
        assert!(holds(&format!("sig.Source_ip in [{addresses}]")));
    }

    #[test]
    fn a_filter_that_would_go_on_for_ever_is_refused() {
        let nested = (0..8).fold("[1]".to_owned(), |inner, _| format!("100*[100*{inner}]"));
        for filter in [nested.clone(), format!("{nested} == {nested}"), "9**9".to_owned()] {
            assert_eq!(Criterion::read(&filter).unwrap_err(), "`*` is not known");
        }
        assert!(holds("sig.Scenario != '*'"));
    }
}
