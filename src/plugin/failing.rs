//! A plugin whose flush fails, in a way that the contract allows: for the conformance suite, which sees that the plugin
//! goes on and that the host reads the failure right.

use std::ffi::c_void;

use warden_plugin::abi;

use super::Plugin;

/// How the plugin explains its failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not at all.
    NoMessage,
    /// Twice: the last one counts.
    TwoMessages,
    /// With a megabyte of text.
    LongMessage,
}

impl Plugin {
    /// This plugin, but for its flush.
    pub fn failing(self, failure: Failure) -> Self {
        let flush: abi::Call = Some(match failure {
            Failure::NoMessage => no_message,
            Failure::TwoMessages => two_messages,
            Failure::LongMessage => long_message,
        });
        Self { calls: Box::leak(Box::new(abi::Backend { flush, ..*self.calls })), ..self }
    }
}

unsafe extern "C" fn no_message(_self: *mut c_void, _err: *mut abi::Error) -> abi::Status {
    abi::E_UNAVAILABLE
}

unsafe extern "C" fn two_messages(_self: *mut c_void, err: *mut abi::Error) -> abi::Status {
    report(err, "the first message");
    report(err, "the second message");
    abi::E_UNAVAILABLE
}

unsafe extern "C" fn long_message(_self: *mut c_void, err: *mut abi::Error) -> abi::Status {
    report(err, &"a megabyte of text ".repeat((1 << 20) / 19));
    abi::E_UNAVAILABLE
}

/// Explains a failure as a plugin does.
fn report(err: *mut abi::Error, message: &str) {
    let [message, empty] = [message, ""].map(abi::Str::new);
    // SAFETY: the callbacks lend an error for the call; the texts live through it.
    unsafe {
        if let Some(set) = (*err).set {
            set((*err).ctx, message, empty, empty);
        }
    }
}
