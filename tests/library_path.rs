//! Plugins that need libraries of their own: who can write the folders that they name, and what the loader says when it
//! finds none.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use crate::common::{Sandbox, available, compile, is_root};

/// A sandbox with a plugin in C that needs `lib/libneeded.so` of it, built with these options of the linker.
fn needing(link: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("lib")).unwrap();
    sandbox.write("needed.c", "int needed(void);\nint needed(void) { return 1; }\n");
    place(
        compile::c(&sandbox.path("needed.c"), &unique("libneeded", &sandbox), &["-Wl,-soname,libneeded.so"]),
        &sandbox,
        "lib/libneeded.so",
    );
    let folder = format!("-L{}", sandbox.path("lib").display());
    let mut options = vec!["-Wl,--no-as-needed", &folder, "-lneeded"];
    options.extend(link);
    // GNU ld takes libraries in any place for a shared library.
    place(
        compile::c(&compile::source("plugins/examples/memory.c"), &unique("needing", &sandbox), &options),
        &sandbox,
        "needing.so",
    );
    sandbox.write("backend/needing.yaml", "name: needing\npath: ./needing.so\n");
    sandbox
}

/// A name that no other test builds.
fn unique(name: &str, sandbox: &Sandbox) -> String {
    let dir = sandbox.path(".");
    let dir = dir.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    format!("{name}-{dir}.so")
}

fn place(built: PathBuf, sandbox: &Sandbox, name: &str) {
    fs::copy(built, sandbox.path(name)).unwrap();
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn add(sandbox: &Sandbox) -> String {
    sandbox.warden("ban add ip 203.0.113.7 4h scan --warning")
}

#[test]
fn a_folder_beside_the_plugin_is_searched_and_checked() {
    for tags in ["-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"] {
        let sandbox = needing(&["-Wl,-rpath,$ORIGIN/lib", tags]);
        assert_eq!(add(&sandbox), "--- exit 0\n");
        chmod(&sandbox.path("lib"), 0o777);
        let shown = add(&sandbox);
        let tag = if tags.contains("enable") { "RUNPATH" } else { "RPATH" };
        let step =
            format!("[DIR]/needing.so: its {tag} `$ORIGIN/lib`: [DIR]/lib can be written by everyone\n");
        assert!(shown.contains(&step), "{shown}");
    }
}

#[test]
fn a_folder_where_everyone_can_make_files_is_refused() {
    let sandbox = needing(&["-Wl,-rpath,$ORIGIN/lib"]);
    chmod(&sandbox.path("lib"), 0o1777);
    let shown = add(&sandbox);
    assert!(shown.contains("[DIR]/lib can be written by everyone, who could make the file first"), "{shown}");
}

#[test]
fn what_lies_in_the_folder_is_checked_and_so_are_its_own_folders() {
    let sandbox = needing(&["-Wl,-rpath,$ORIGIN/lib"]);
    chmod(&sandbox.path("lib/libneeded.so"), 0o777);
    assert!(add(&sandbox).contains("[DIR]/lib/libneeded.so can be written by everyone"), "{}", add(&sandbox));
    let options = ["-Wl,-soname,libneeded.so", "-Wl,-rpath,$ORIGIN/further"];
    fs::remove_file(sandbox.path("lib/libneeded.so")).unwrap();
    place(
        compile::c(&sandbox.path("needed.c"), &unique("libfurther", &sandbox), &options),
        &sandbox,
        "lib/libneeded.so",
    );
    fs::create_dir(sandbox.path("lib/further")).unwrap();
    assert_eq!(add(&sandbox), "--- exit 0\n");
    chmod(&sandbox.path("lib/further"), 0o777);
    let shown = add(&sandbox);
    let step = "[DIR]/lib/libneeded.so: its RUNPATH `$ORIGIN/further`: [DIR]/lib/further can be written by everyone\n";
    assert!(shown.contains(step), "{shown}");
}

#[test]
fn a_folder_that_depends_on_where_warden_is_run_is_refused() {
    for path in ["lib", ".", "", "/usr/lib:", "$LIB", "/opt/$PLATFORM"] {
        let sandbox = needing(&[&format!("-Wl,-rpath,{path}")]);
        let shown = add(&sandbox);
        // The linker leaves an empty path out.
        let words = match path {
            "" => continue,
            "/usr/lib:" => "its RUNPATH ``: it starts at the working directory".to_owned(),
            path if path.contains('$') => format!("its RUNPATH `{path}`: only `$ORIGIN` is known in it"),
            path => format!("its RUNPATH `{path}`: it starts at the working directory"),
        };
        assert!(shown.contains(&words) && shown.ends_with("--- exit 1\n"), "{path}: {shown}");
    }
}

#[test]
fn root_refuses_a_folder_of_another_user_with_the_step() {
    if !available(is_root(), "root") {
        return;
    }
    let sandbox = needing(&["-Wl,-rpath,$ORIGIN/lib"]);
    chown(sandbox.path("lib"), Some(65_534), None).unwrap();
    assert_snapshot!(add(&sandbox), @r#"
    --- stderr
    warning: backend "needing": [DIR]/needing.so: its RUNPATH `$ORIGIN/lib`: [DIR]/lib belongs to user 65534, who could change it
      in [DIR]/backend/needing.yaml
    hint: as root warden believes only what root alone can change: `chown root` and `chmod go-w` it, or install with `cargo xtask install`
    error: no backend is usable
    --- exit 1
    "#);
    fs::rename(sandbox.path("lib"), sandbox.path("real")).unwrap();
    std::os::unix::fs::symlink("real", sandbox.path("lib")).unwrap();
    let shown = add(&sandbox);
    let way = "[DIR]/lib (owner 0) → [DIR]/real (owner 65534): refused: [DIR]/real belongs to user 65534";
    assert!(shown.contains(way), "{shown}");
}

#[test]
fn the_loaders_own_reason_is_said() {
    let sandbox = needing(&[]);
    assert_snapshot!(add(&sandbox), @r#"
    --- stderr
    warning: backend "needing": cannot load [DIR]/needing.so: libneeded.so: cannot open shared object file: No such file or directory
      in [DIR]/backend/needing.yaml
    error: no backend is usable
    --- exit 1
    "#);
    sandbox.write("undefined.c", "extern int nowhere(void);\nint (*const user)(void) = nowhere;\n");
    let memory = compile::source("plugins/examples/memory.c");
    let undefined = sandbox.path("undefined.c");
    let options = [undefined.to_str().unwrap()];
    place(compile::c(&memory, &unique("undefined", &sandbox), &options), &sandbox, "needing.so");
    for line in
        ["ban list", "config check", "plugin describe needing.so", "plugin check needing.so", "plugin list"]
    {
        let shown = sandbox.warden(line);
        assert!(shown.contains("undefined symbol: nowhere"), "{line}: {shown}");
    }
}
