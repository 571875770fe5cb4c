//! Bytes that are read as answers of the kernel never panic, and what they say of a request lies in that request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nftables::netlink::{ChainInfo, RuleInfo, SetInfo, elements, messages};

fuzz_target!(|bytes: &[u8]| {
    for message in messages(bytes) {
        let attributes = message.attributes();
        for element in elements(attributes) {
            assert!(element.key.len() <= attributes.len());
        }
        let _ = (SetInfo::read(&message, "w"), ChainInfo::read(&message, "w"), RuleInfo::read(&message, "w"));
        if let Some(fault) = message.fault() {
            let _ = fault.place(bytes);
        }
    }
});
