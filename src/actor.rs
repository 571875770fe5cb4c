//! On whose behalf the command runs, for the record of who banned and who unbanned.

use std::env;

/// The user's name; with sudo also the name of the one who called it: `root (anna)`.
#[must_use]
pub fn name() -> String {
    let user = user_name(rustix::process::geteuid().as_raw());
    match env::var("SUDO_USER") {
        Ok(caller) if !caller.is_empty() && caller != user => format!("{user} ({caller})"),
        _ => user,
    }
}

/// The name behind a number, from `/etc/passwd`; the number itself when it is not there.
fn user_name(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("uid {uid}"))
}
