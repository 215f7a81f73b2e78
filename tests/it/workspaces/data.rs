//! Real data that nobody here wrote: read where it lies, skipped aloud where it does not.
//!
//! `ONWARD_DATA_DIR` names its folder (else `../shared/data` beside the package); `ONWARD_DATA=required`
//! turns absence into failure. Every use prints a running total past the test harness's capture, so the last
//! such line of a run is the total: `real data: 7 run, 0 skipped`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

static COUNTS: Mutex<(u32, u32)> = Mutex::new((0, 0));

/// Where the data would lie.
pub(crate) fn folder() -> PathBuf {
    match std::env::var_os("ONWARD_DATA_DIR") {
        Some(folder) => folder.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
    }
}

/// The bytes of a data file such as `starbucks/profile.jsonl.gz`, as they lie; `None` (said aloud) where it
/// is absent.
pub(crate) fn data(name: &str) -> Option<Vec<u8>> {
    path(name).map(|path| std::fs::read(path).expect("a data file that is there can be read"))
}

/// The path of a data file, for tests that drive the command; `None` (said aloud) where it is absent.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let path = folder().join(name);
    let there = path.is_file();
    let required = std::env::var("ONWARD_DATA").is_ok_and(|word| word == "required");
    assert!(there || !required, "ONWARD_DATA=required, and there is no {}", path.display());
    let line = {
        let mut counts = COUNTS.lock().expect("no test panics while counting");
        let (run, skipped) = &mut *counts;
        *(if there { &mut *run } else { &mut *skipped }) += 1;
        let word = if there { "run" } else { "SKIPPED, absent" };
        format!("real data: {run} run, {skipped} skipped ({name}: {word})\n")
    };
    // Not `println!`, which the harness swallows in a test that passes.
    let _ = std::io::stderr().write_all(line.as_bytes());
    there.then_some(path)
}

/// The same, unpacked.
pub(crate) fn unpacked(name: &str) -> Option<Vec<u8>> {
    let packed = data(name)?;
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(packed.as_slice());
    std::io::Read::read_to_end(&mut reader, &mut out).expect("the archive is whole");
    Some(out)
}
