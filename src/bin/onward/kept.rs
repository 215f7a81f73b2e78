//! The store of a folder, with the system's chance for its keys.

use std::path::Path;
use std::sync::Arc;

use onward::store::{Folder, StoreError};

use crate::out::{Run, Stop};

/// Opens the store of a folder; `new` makes the folder where there is none.
pub(crate) fn store(folder: &Path, new: bool) -> Run<Arc<Folder>> {
    if new {
        std::fs::create_dir_all(folder)
            .map_err(|error| Stop::Usage(format!("cannot make `{}`: {error}", folder.display())))?;
    } else if folder.is_dir() && !folder.join("keys.onward").exists() {
        return Err(Stop::Usage(format!("there is no store in `{}`", folder.display())));
    }
    let mut first = [0; 1];
    getrandom::fill(&mut first)
        .map_err(|error| Stop::Usage(format!("the system gives no randomness: {error}")))?;
    let chance = |bytes: &mut [u8]| {
        // It was there a moment ago. Without it nothing may be sealed: better to end here.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    };
    Folder::open(folder, chance).map(Arc::new).map_err(|error| told(&error))
}

/// What the store says, as a reason to stop.
pub(crate) fn told(error: &StoreError) -> Stop {
    Stop::Usage(format!("the store: {error}"))
}
