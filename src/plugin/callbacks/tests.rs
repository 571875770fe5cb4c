use super::*;

fn report(err: *mut abi::Error, message: &str) {
    let [message, empty] = [message, ""].map(abi::Str::new);
    // SAFETY: the callbacks' own error, and texts that live for the call.
    unsafe { ((*err).set.unwrap())((*err).ctx, message, empty, empty) }
}

#[test]
fn an_error_that_was_reported_twice_is_the_last_one() {
    let callbacks = Callbacks::leaked("test");
    let result = callbacks.call("insert", |err| {
        report(err, "first");
        report(err, "second");
        abi::E_DENIED
    });
    assert_eq!(result.unwrap_err(), Error::denied("second"));
}

#[test]
fn an_error_is_forgotten_when_the_next_call_begins() {
    let callbacks = Callbacks::leaked("test");
    let ok = callbacks.call("insert", |err| {
        report(err, "not a failure after all");
        abi::OK
    });
    assert_eq!(ok, Ok(()));
    let message = callbacks.call("flush", |_| abi::E_DENIED).unwrap_err();
    assert_eq!(message.message(), "permission denied; the plugin does not say by whom");
}

#[test]
fn what_comes_after_the_call_fails_the_next_one_and_no_more() {
    let callbacks = Callbacks::leaked("test");
    let mut stale = std::ptr::null_mut();
    callbacks
        .call("insert", |err| {
            stale = err;
            abi::OK
        })
        .unwrap();
    report(stale, "late");
    let error = callbacks.call("flush", |_| abi::OK).unwrap_err();
    assert!(is_violation(&error));
    assert_eq!(error.message(), "the plugin broke its contract in `insert`: an error after it had returned");
    assert_eq!(callbacks.call("flush", |_| abi::OK), Ok(()));
}

#[test]
fn a_panic_of_the_reader_passes_the_plugin_unseen() {
    let callbacks = Callbacks::leaked("test");
    let mut answers = Vec::new();
    let read = panic::catch_unwind(AssertUnwindSafe(|| {
        callbacks.read("read_at", &mut |_, _| panic!("the reader's own"), |sink, _| {
            let row = Row::default().to_abi();
            // SAFETY: the callbacks' own sink, and a row that lives for the call.
            answers.push(unsafe { ((*sink).row.unwrap())((*sink).ctx, &raw const row) });
            abi::STOPPED
        })
    }));
    assert_eq!(read.unwrap_err().downcast_ref(), Some(&"the reader's own"));
    assert_eq!(answers, [1]);
}
