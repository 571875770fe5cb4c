//! What the kernel said against a request, in the words of whoever has to do something about it.

use rustix::io::Errno;
use warden_plugin::Error;

use crate::netlink::Fault;
use crate::sets::shown;

/// An error of a request to the kernel. `what` is what it was for.
#[must_use]
pub fn refused(what: &str, fault: Fault, request: &[u8]) -> Error {
    let place = match fault.place(request) {
        Some((set, Some(key))) => format!(", element {} of set `{set}`", shown(key)),
        Some((set, None)) => format!(", set `{set}`"),
        None => String::new(),
    };
    let message = format!("{what}{place}: {}", words(fault.errno));
    let error = match fault.errno {
        Errno::PERM | Errno::ACCESS => Error::denied(message),
        _ => Error::unavailable(message),
    };
    error.with_hint(hint(fault.errno))
}

/// Whether the sets are not as they were read, so that another reading may help.
#[must_use]
pub fn is_conflict(fault: Fault) -> bool {
    // RESTART: another write came between; the others: an element or set came or went.
    matches!(fault.errno, Errno::RESTART | Errno::EXIST | Errno::NOENT | Errno::BUSY)
}

fn words(errno: Errno) -> String {
    match errno {
        Errno::PERM | Errno::ACCESS => "operation not permitted".to_owned(),
        Errno::RESTART => "somebody else keeps writing to the ruleset".to_owned(),
        Errno::EXIST => "it is there already".to_owned(),
        Errno::NOENT => "it is not there any more".to_owned(),
        Errno::NFILE | Errno::NOSPC => "the set is full".to_owned(),
        Errno::MSGSIZE | Errno::NOBUFS => "the kernel does not take so much at once".to_owned(),
        Errno::PROTONOSUPPORT | Errno::OPNOTSUPP | Errno::AFNOSUPPORT => {
            "this kernel does not support it".to_owned()
        }
        other => std::io::Error::from(other).to_string(),
    }
}

fn hint(errno: Errno) -> &'static str {
    match errno {
        Errno::PERM | Errno::ACCESS => "run warden as root, or with the capability CAP_NET_ADMIN",
        Errno::PROTONOSUPPORT | Errno::OPNOTSUPP | Errno::AFNOSUPPORT => {
            "this kernel may lack nf_tables: try `modprobe nf_tables`"
        }
        Errno::NFILE | Errno::NOSPC => "somebody gave the set a `size`: delete the set, warden makes it anew",
        Errno::MSGSIZE | Errno::NOBUFS => "raise net.core.wmem_max on the host of this container",
        Errno::RESTART | Errno::EXIST | Errno::NOENT | Errno::BUSY => "try again",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use warden_plugin::ErrorKind;

    use super::*;
    use crate::netlink::Batch;

    #[test]
    fn a_refusal_names_set_and_element() {
        let mut batch = Batch::transaction(None);
        batch.add(("t", "set4"), (&[1, 2, 3, 4], true), Some(1000), Some("x"));
        batch.delete(("t", "net4_24"), &[1, 2, 3, 0]);
        let request = batch.finish();
        let said = |errno, sequence, offset| {
            refused("cannot write", Fault { errno, sequence, offset }, &request).message().to_owned()
        };
        assert_eq!(
            said(Errno::EXIST, 2, None),
            "cannot write, element 1.2.3.4 of set `set4`: it is there already"
        );
        assert_eq!(
            said(Errno::NOENT, 3, Some(44)),
            "cannot write, element 1.2.3.0 of set `net4_24`: it is not there any more"
        );
        assert_eq!(said(Errno::NOENT, 3, Some(24)), "cannot write, set `net4_24`: it is not there any more");
        assert_eq!(said(Errno::NOMEM, 9, None), "cannot write: Cannot allocate memory (os error 12)");
    }

    #[test]
    fn who_may_not_is_told_what_to_be() {
        let error = refused("cannot write", Fault::whole(Errno::PERM), &[]);
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Denied, "cannot write: operation not permitted")
        );
        assert!(error.hint().contains("root"));
    }
}
