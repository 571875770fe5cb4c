use super::*;

fn said(err: *mut abi::Error, message: &str) {
    let [message, empty] = [message, ""].map(abi::Str::new);
    // SAFETY: the gate's own error, and texts that live for the call.
    unsafe { ((*err).set.unwrap())((*err).ctx, message, empty, empty) }
}

#[test]
fn an_error_that_was_reported_twice_is_the_last_one() {
    let gate = Gate::leaked("test");
    let result = gate.call("insert", |err| {
        said(err, "first");
        said(err, "second");
        abi::E_DENIED
    });
    assert_eq!(result.unwrap_err(), Error::denied("second"));
}

#[test]
fn an_error_is_forgotten_when_the_next_call_begins() {
    let gate = Gate::leaked("test");
    let ok = gate.call("insert", |err| {
        said(err, "not a failure after all");
        abi::OK
    });
    assert_eq!(ok, Ok(()));
    let message = gate.call("flush", |_| abi::E_DENIED).unwrap_err();
    assert_eq!(message.message(), "permission denied; the plugin does not say by whom");
}

#[test]
fn what_comes_after_the_call_fails_the_next_one_and_no_more() {
    let gate = Gate::leaked("test");
    let mut kept = std::ptr::null_mut();
    gate.call("insert", |err| {
        kept = err;
        abi::OK
    })
    .unwrap();
    said(kept, "late");
    let error = gate.call("flush", |_| abi::OK).unwrap_err();
    assert!(is_breach(&error));
    assert_eq!(error.message(), "the plugin broke its contract in `insert`: an error after it had returned");
    assert_eq!(gate.call("flush", |_| abi::OK), Ok(()));
}

#[test]
fn a_panic_of_the_reader_passes_the_plugin_unseen() {
    let gate = Gate::leaked("test");
    let mut answers = Vec::new();
    let read = panic::catch_unwind(AssertUnwindSafe(|| {
        gate.read("read_at", &mut |_, _| panic!("the reader's own"), |sink, _| {
            let row = Row::default().to_abi();
            // SAFETY: the gate's own sink, and a row that lives for the call.
            answers.push(unsafe { ((*sink).row.unwrap())((*sink).ctx, &raw const row) });
            abi::STOPPED
        })
    }));
    assert_eq!(read.unwrap_err().downcast_ref(), Some(&"the reader's own"));
    assert_eq!(answers, [1]);
}
