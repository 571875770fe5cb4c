//! What is written reads back, and no bytes panic.

use proptest::prelude::*;
use rustix::io::Errno;

use super::*;

/// One element that is written: set, key, timeout, comment.
type Written = (u8, Vec<u8>, Option<u64>, Option<String>);

fn any_element() -> impl Strategy<Value = Written> {
    let key = prop::sample::select(vec![4_usize, 16, 24])
        .prop_flat_map(|length| prop::collection::vec(any::<u8>(), length));
    (0..3_u8, key, any::<Option<u64>>(), prop::option::of("[ -~]{0,128}"))
}

/// All elements of a request, with the kind of their message and their set.
fn read(request: &[u8]) -> Vec<(u16, String, Element<'_>)> {
    let read_one = |message: Message<'_>| {
        let set = attribute::name(message.attributes(), 2).map(str::to_owned);
        let elements = match set.is_some() {
            true => elements_of(request, message.sequence),
            false => Vec::new(),
        };
        elements.into_iter().map(move |element| (message.kind, set.clone().unwrap(), element))
    };
    messages(request).flat_map(|message| read_one(message).collect::<Vec<_>>()).collect()
}

fn elements_of(request: &[u8], sequence: u32) -> Vec<Element<'_>> {
    let message = messages(request).find(|message| message.sequence == sequence).unwrap();
    elements(message.attributes()).collect()
}

proptest! {
    #[test]
    fn what_is_written_reads_back(all in prop::collection::vec(any_element(), 0..40)) {
        let mut batch = Batch::transaction(Some(7));
        for (set, key, timeout_ms, comment) in &all {
            batch.add(("t", &format!("set{set}")), (key, true), *timeout_ms, comment.as_deref());
            batch.delete(("t", &format!("set{set}")), key);
        }
        let request = batch.finish();
        let read = read(&request);
        prop_assert_eq!(read.len(), 2 * all.len());
        for (pair, (set, key, timeout_ms, comment)) in read.chunks(2).zip(&all) {
            let [(add, add_set, added), (delete, delete_set, deleted)] = pair else { unreachable!() };
            prop_assert_eq!((*add, *delete), (kind::NEW_ELEMENT, kind::DEL_ELEMENT));
            prop_assert_eq!((add_set, delete_set), (&format!("set{set}"), &format!("set{set}")));
            let wanted = Element { key, is_end: false, timeout_ms: *timeout_ms, comment: comment.as_deref() };
            prop_assert_eq!(added, &wanted);
            prop_assert_eq!(deleted, &Element { key, is_end: false, timeout_ms: None, comment: None });
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), flips in prop::collection::vec(any::<(u16, u8)>(), 0..8)) {
        digest(&bytes);
        // Bytes that are nearly right go deeper.
        let mut batch = Batch::transaction(None);
        batch.add(("t", "s"), (&[1, 2, 3, 4], false), Some(1), Some("ban"));
        batch.delete_rule("t", "c", 9);
        batch.get("t", "s", &[0; 24]);
        let mut request = batch.finish();
        for (at, value) in flips {
            let at = usize::from(at) % request.len();
            request[at] = value;
        }
        digest(&request);
    }
}

fn digest(bytes: &[u8]) {
    for message in messages(bytes) {
        let _ = elements(message.attributes()).count();
        let _ = (SetInfo::read(&message, "t"), ChainInfo::read(&message, "t"), RuleInfo::read(&message, "t"));
        if let Some(fault) = message.fault() {
            let _ = fault.place(bytes);
        }
    }
}

#[test]
fn many_elements_go_in_as_few_messages_as_their_lengths_allow() {
    let mut batch = Batch::transaction(None);
    for n in 0..3000_u32 {
        batch.add(("t", "s"), (&n.to_be_bytes(), true), Some(1000), Some(&"x".repeat(100)));
    }
    let request = batch.finish();
    assert_eq!(read(&request).len(), 3000);
    let lists = messages(&request).filter(|message| message.kind == kind::NEW_ELEMENT).count();
    assert_eq!(lists, 3000 * 148 / 0xffff + 1);
}

#[test]
fn a_fault_tells_its_message_and_its_place() {
    let mut batch = Batch::transaction(None);
    batch.add(("t", "first"), (&[1, 1, 1, 1], true), None, None);
    for n in 0..3 {
        batch.delete(("t", "second"), &[2, 2, 2, n]);
    }
    let request = batch.finish();
    // An answer as the kernel sends it: errno, the head of the request, the offset of the attribute at fault.
    let answer = |errno: i32, sequence: u32, offset: u32| {
        let mut bytes = 44_u32.to_ne_bytes().to_vec();
        bytes.extend(kind::ERROR.to_ne_bytes());
        bytes.extend(0x300_u16.to_ne_bytes());
        bytes.extend(sequence.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend((-errno).to_ne_bytes());
        bytes.extend([0; 16]);
        bytes.extend([8, 0, 2, 0]);
        bytes.extend(offset.to_ne_bytes());
        bytes
    };
    let bytes = answer(2, 3, 68);
    let fault = messages(&bytes).next().unwrap().fault().unwrap();
    assert_eq!(fault, Fault { errno: Errno::NOENT, sequence: 3, offset: Some(68) });
    assert_eq!(fault.place(&request), Some(("second", Some([2, 2, 2, 1].as_slice()))));
    let bytes = answer(2, 3, 28);
    let fault = messages(&bytes).next().unwrap().fault().unwrap();
    assert_eq!(fault.place(&request), Some(("second", None)));
    for errno in [4096, i32::MAX] {
        let fault = messages(&answer(errno, 3, 28)).next().unwrap().fault().unwrap();
        assert_eq!(fault.errno, Errno::PROTO, "no number of the kernel's");
    }
    let bytes = answer(0, 3, 0);
    assert_eq!(messages(&bytes).next().unwrap().fault(), None, "an acknowledgement");
}
