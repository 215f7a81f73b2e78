//! From a path to rules that may run, or the problems printed.

use std::path::Path;

use onward::Rules;
use onward::check::{Context, Manifest};
use onward::scenario::{Loaded, load};
use onward::value::Timestamp;

use crate::out::{Outcome, Run, Stop};
use crate::render::{self, Format};
use crate::workspace::Workspace;

/// What the command tells the check: the moment, and the rules before these, if asked.
pub(crate) fn context(against: Option<&Path>) -> Run<Context> {
    let previous = against.map(manifest).transpose()?;
    Ok(Context { previous, now: now(), ..Context::default() })
}

pub(crate) fn now() -> Option<Timestamp> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?))
}

fn manifest(path: &Path) -> Run<Manifest> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stop::Usage(format!("cannot read `{shown}`: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| Stop::Usage(format!("`{shown}` is no manifest: {error}")))
}

/// Rules to decide with: checked, and their scenarios pass. Problems go to standard error, so that standard
/// output holds nothing but the answer.
pub(crate) fn running(path: &Path) -> Run<Result<Rules, Outcome>> {
    let workspace = Workspace::read(path)?;
    match load(&workspace.sources, &context(None)?) {
        Ok(Loaded { rules, .. }) => Ok(Ok(rules)),
        Err(found) => {
            render::complain(&found, &workspace.sources, Format::Human);
            Ok(Err(Outcome::Wrong))
        }
    }
}
