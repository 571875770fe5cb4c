//! Who made a ban, and how it ended: small JSON in `measure_extra`, which v0.3.7 writes empty and never reads.
//! `{"actor":"root (anna)","ended":"replaced","ended_by":"cron"}` (or `deleted`, or `undone`, which lists as deleted); text of anybody else's in there stays.

use std::borrow::Cow;
use std::fmt::Write;

const ACTOR: &str = r#"{"actor":""#;
const ENDED_BY: &str = r#","ended_by":""#;
const REPLACED: &str = r#""ended":"replaced""#;

/// How a ban was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Taken back.
    Deleted,
    /// A newer ban took its place.
    Replaced,
    /// The command that made it was taken back.
    Undone,
}

/// What a new ban of this actor carries; empty when nobody is known.
pub fn beginning(actor: &str) -> String {
    if actor.is_empty() { String::new() } else { format!(r#"{ACTOR}{}"}}"#, escaped(actor)) }
}

/// What is added when it ends. A deletion by nobody known is what the lack of this says.
pub fn ending(ended: Ended, actor: &str) -> String {
    let by = if actor.is_empty() { String::new() } else { format!(r#"{ENDED_BY}{}""#, escaped(actor)) };
    match ended {
        Ended::Replaced => format!("{REPLACED}{by}"),
        Ended::Undone => format!(r#""ended":"undone"{by}"#),
        Ended::Deleted if by.is_empty() => by,
        Ended::Deleted => format!(r#""ended":"deleted"{by}"#),
    }
}

/// Who made the ban; empty when it does not say.
pub fn actor(extra: &str) -> Cow<'_, str> {
    extra.strip_prefix(ACTOR).map_or(Cow::Borrowed(""), quoted)
}

/// Who ended it; empty when it does not say.
pub fn ended_by(extra: &str) -> Cow<'_, str> {
    if !extra.starts_with('{') {
        return Cow::Borrowed("");
    }
    // It is the last, and no quote in a name stands without its backslash.
    extra.rsplit_once(ENDED_BY).map_or(Cow::Borrowed(""), |(_, rest)| quoted(rest))
}

/// What stands before the closing quote; nothing without one.
fn quoted(text: &str) -> Cow<'_, str> {
    let mut escape = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escape => return unescaped(&text[..index]),
            b'\\' => escape = !escape,
            _ => escape = false,
        }
    }
    Cow::Borrowed("")
}

/// Whether it says that the ban was replaced.
pub fn was_replaced(extra: &str) -> bool {
    extra.starts_with('{') && extra.contains(REPLACED)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() && c.is_ascii() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Only what [`escaped`] writes is undone.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let code = escape.strip_prefix('u').and_then(|hex| hex.get(..4));
        let control = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if let Some(c) = control {
            out.push(c);
            rest = &escape[5..];
        } else {
            let mut chars = escape.chars();
            out.extend(chars.next());
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_comes_back_as_it_was() {
        for name in ["anna", "root (anna)", r#"a "b" \c\"#, "tab\there\u{1}", "Zoë 🐝", r"\u0041"] {
            let extra = beginning(name);
            assert_eq!(actor(&extra), name, "{extra}");
            let ended = format!("{},{}}}", &extra[..extra.len() - 1], ending(Ended::Replaced, name));
            assert_eq!(actor(&ended), name, "{ended}");
            assert_eq!(ended_by(&ended), name, "{ended}");
            assert!(was_replaced(&ended) && !was_replaced(&extra));
            assert_eq!(ended_by(&extra), "");
            assert_eq!(ended_by(&format!("{{{}}}", ending(Ended::Deleted, name))), name);
        }
        assert_eq!(beginning(""), "");
    }

    #[test]
    fn text_of_others_names_nobody() {
        for extra in
            ["", "x", "{}", r#"{"actor":"#, r#"{"actor":"open"#, r#"{"actor":"\"#, r#"{"who":"anna"}"#]
        {
            assert_eq!((actor(extra), ended_by(extra)), ("".into(), "".into()), "{extra}");
            assert!(!was_replaced(extra));
        }
        assert_eq!(actor("{\"actor\":\"\\é\"}"), "é");
    }

    #[test]
    fn a_deletion_by_nobody_leaves_no_words() {
        assert_eq!(ending(Ended::Deleted, ""), "");
        assert_eq!(ending(Ended::Deleted, "anna"), r#""ended":"deleted","ended_by":"anna""#);
        assert_eq!(ending(Ended::Replaced, ""), r#""ended":"replaced""#);
    }
}
