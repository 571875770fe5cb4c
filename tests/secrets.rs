//! Secrets in memory.

use crate::common::{Sandbox, available, has};

/// What the program asks of the kernel about core dumps.
fn asked(sandbox: &Sandbox) -> String {
    let trace = sandbox.path("trace");
    let shown = trace.display().to_string();
    let program = env!("CARGO_BIN_EXE_warden");
    let traced = ["-f", "-e", "trace=prctl,prlimit64,setrlimit", "-o", &shown, program, "config", "check"];
    let output = sandbox.around("strace", &traced).output().unwrap();
    assert!(output.status.success(), "{}", sandbox.show(&output));
    std::fs::read_to_string(trace).unwrap()
}

#[test]
fn a_secret_is_not_in_a_core_dump() {
    if !available(has("strace"), "strace") {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.backend("dummy", "dummy", &[("some_text", "hunter2")]);
    assert!(!asked(&sandbox).contains("RLIMIT_CORE, {"), "{}", asked(&sandbox));
    sandbox.write("password", "hunter2\n");
    for (key, value) in [("db_password", "hunter2"), ("db_password_file", "./password")] {
        sandbox.backend("dummy", "dummy", &[(key, value)]);
        let asked = asked(&sandbox);
        assert!(asked.contains("RLIMIT_CORE, {rlim_cur=0, rlim_max=0}"), "{key}: {asked}");
        assert!(asked.contains("PR_SET_DUMPABLE, SUID_DUMP_DISABLE"), "{key}: {asked}");
    }
}
