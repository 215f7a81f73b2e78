//! The watching thread: wake, read until it is still, compile at most so often, swap, keep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::events::{Events, Woken};
use super::folder::{FolderError, content_hash, read_folder};
use super::kept::LastGood;
use super::status::{Problem, Serving};
use super::{Settings, Shared};
use crate::check::rules::{Fingerprint, Manifest};
use crate::check::{Context, KeptFiles, Rules};
use crate::engine::{Engine, SwapError};
use crate::mutant::mutant;
use crate::scenario;
use crate::syntax::{Limits, Source};
use crate::value::Timestamp;

/// Replaced programs are freed this often, whatever the folder does.
const FREEING: Duration = Duration::from_secs(1);

/// What stood in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Rules with this hash of what matters in them.
    Rules(u128),
    /// Nothing that could be read as rules.
    Nothing(FolderError),
    /// Something else each time.
    Restless,
}

/// One look at the folder.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) seen: Seen,
    pub(super) sources: Vec<Source>,
}

impl Look {
    fn at(folder: &Path, limits: &Limits) -> Self {
        match read_folder(folder, limits) {
            Ok(read) => {
                Self { seen: Seen::Rules(content_hash(&read.sources)), sources: read.sources }
            }
            Err(error) => Self { seen: Seen::Nothing(error), sources: Vec::new() },
        }
    }

    pub(super) fn hash(&self) -> Option<u128> {
        match self.seen {
            Seen::Rules(hash) => Some(hash),
            Seen::Nothing(_) | Seen::Restless => None,
        }
    }
}

/// Reads a folder until two reads agree.
pub(super) fn settled(folder: &Path, settings: &Settings) -> Look {
    let first = Look::at(folder, &settings.limits);
    settle(first, folder, settings, |time| {
        std::thread::sleep(time);
        true
    })
}

fn settle(
    mut last: Look,
    folder: &Path,
    settings: &Settings,
    pause: impl Fn(Duration) -> bool,
) -> Look {
    if mutant!("watch_compiles_what_it_saw_once") {
        return last;
    }
    let started = Instant::now();
    let mut wait = settings.settle;
    while pause(wait) {
        let look = Look::at(folder, &settings.limits);
        if look.seen == last.seen {
            return look;
        }
        if started.elapsed() >= settings.patience {
            break;
        }
        last = look;
        // In a storm the reading itself must not be one.
        wait = (wait * 2).min(settings.settle * 10);
    }
    Look { seen: Seen::Restless, sources: Vec::new() }
}

/// Checks what was read and runs its scenarios; a panic in there ends in words.
pub(super) fn attempt(
    look: &Look,
    previous: Option<Manifest>,
    now: Timestamp,
    limits: &Limits,
    files: &mut KeptFiles,
) -> Result<Rules, Problem> {
    match &look.seen {
        Seen::Nothing(error) => Err(Problem::Folder(error.clone())),
        Seen::Restless => Err(Problem::Restless),
        Seen::Rules(_) => load(&look.sources, previous, now, limits, files),
    }
}

/// What was found good once, checked as it was then.
pub(super) fn good_again(last: &LastGood, limits: &Limits) -> Result<Rules, Problem> {
    // Read once, at a start: nothing of it need be kept.
    let mut files = KeptFiles::default();
    load(&last.sources, last.about.previous.clone(), last.about.found, limits, &mut files)
}

fn load(
    sources: &[Source],
    previous: Option<Manifest>,
    now: Timestamp,
    limits: &Limits,
    files: &mut KeptFiles,
) -> Result<Rules, Problem> {
    let context =
        Context { previous, now: Some(now), limits: limits.clone(), ..Context::default() };
    guarded(|| scenario::load_again(sources, &context, files))?
        .map(|loaded| loaded.rules)
        .map_err(|found| Problem::Rules(found, sources.into()))
}

/// A fault of ours must not end the watching.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Problem::Internal(text.unwrap_or_else(|| "no reason given".to_owned()))
    })
}

/// What a start did before the watching begins.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// What was tried, and its hash where it was taken.
    pub(super) tried: Option<(Seen, Option<u128>)>,
    /// Good rules that could not be kept.
    pub(super) unkept: Option<LastGood>,
    /// The rule files as they were read.
    pub(super) files: KeptFiles,
}

/// See the module.
pub(super) struct Worker {
    engine: Arc<Engine>,
    folder: PathBuf,
    settings: Settings,
    shared: Arc<Shared>,
    events: Events,
    /// What was tried last: it is not tried again by itself.
    tried: Option<Seen>,
    /// The folder as it stood when its rules were taken, and the generation they got.
    taken: Option<(u128, u64)>,
    compiled: Option<Instant>,
    /// Good rules that could not be kept yet.
    unkept: Option<LastGood>,
    /// The rule files as they were read last, so that only what was edited is read again.
    files: KeptFiles,
}

impl Worker {
    pub(super) fn new(
        engine: Arc<Engine>,
        folder: &Path,
        settings: Settings,
        shared: Arc<Shared>,
        Before { tried, unkept, files }: Before,
    ) -> Self {
        let compiled = tried.is_some().then(Instant::now);
        let (tried, hash) = tried.map_or((None, None), |(seen, hash)| (Some(seen), hash));
        let taken = hash.map(|hash| (hash, engine.generation()));
        Self {
            engine,
            folder: folder.to_owned(),
            settings,
            shared,
            events: Events::default(),
            tried,
            taken,
            compiled,
            unkept,
            files,
        }
    }

    /// Goes on until it is told to stop; then, and after a fault of ours too, nobody waits for an answer.
    pub(super) fn run(self) {
        let shared = Arc::clone(&self.shared);
        if let Err(fault) = guarded(|| self.follow_on()) {
            shared.change(|status| status.problem = Some(fault));
        }
        shared.wake.stop();
    }

    fn follow_on(mut self) {
        let mut looked = Instant::now();
        loop {
            self.follow();
            let due = self.settings.poll.saturating_sub(looked.elapsed());
            match self.shared.wake.wait(due.min(FREEING)) {
                Woken::Stop => return,
                Woken::Touched => {
                    let (quiet, longest) = (self.settings.debounce, self.settings.patience);
                    self.shared.wake.quiet(quiet, longest);
                }
                Woken::Time if due > FREEING => {
                    self.engine.free_replaced();
                    self.observe();
                    continue;
                }
                Woken::Time | Woken::Ordered => {}
            }
            looked = Instant::now();
            // Another folder may stand there by now; what happens in it from here on is heard.
            self.follow();
            let orders = self.shared.wake.take();
            // Two orders that force different sets: the later one counts.
            let force = orders.iter().rev().find_map(|order| order.force);
            let asked = !orders.is_empty();
            self.look(asked, force);
            self.observe();
            self.engine.free_replaced();
            for order in orders {
                let _ = order.done.send(());
            }
        }
    }

    fn follow(&mut self) {
        let events = self.settings.events && self.events.follow(&self.folder, &self.shared);
        self.shared.change(|status| status.events = events);
    }

    /// Looks, and takes what is new there.
    fn look(&mut self, asked: bool, force: Option<Fingerprint>) {
        let first = Look::at(&self.folder, &self.settings.limits);
        self.shared.change(|status| status.looks += 1);
        if !asked && self.tried.as_ref() == Some(&first.seen) {
            self.keep_again();
            return;
        }
        // The pace is waited for before the reads that count, so that what is compiled is fresh.
        if let Some(compiled) = self.compiled {
            let pace =
                if mutant!("watch_knows_no_pace") { Duration::ZERO } else { self.settings.pace };
            if !self.shared.wake.pause(pace.saturating_sub(compiled.elapsed())) {
                return;
            }
        }
        let first = Look::at(&self.folder, &self.settings.limits);
        let look = settle(first, &self.folder, &self.settings, |time| self.shared.wake.pause(time));
        if look.seen == Seen::Restless {
            // Looked at again soon, not only with the next event.
            self.shared.wake.touch();
        }
        if !asked && self.tried.as_ref() == Some(&look.seen) {
            return;
        }
        let problem = self.take(&look, force).err();
        let now = (self.settings.clock)();
        self.tried = Some(look.seen);
        self.shared.change(|status| {
            status.tried = now;
            status.problem = problem;
        });
        self.observe();
        if let Some(report) = &self.settings.report {
            let _ = guarded(|| report(&self.shared.status()));
        }
    }

    /// Compiles what was read and lets it decide, if it is good.
    fn take(&mut self, look: &Look, force: Option<Fingerprint>) -> Result<(), Problem> {
        let previous = Some(self.engine.program().rules().manifest.clone());
        let now = (self.settings.clock)();
        if look.hash().is_some() {
            self.compiled = Some(Instant::now());
            self.shared.change(|status| status.compiles += 1);
        }
        if mutant!("watch_keeps_what_it_has_not_checked") {
            let rules = self.engine.program().rules().clone();
            self.keep(LastGood::new(&look.sources, &rules, previous.clone(), now));
        }
        let rules = Arc::new(self.attempt(look, previous.clone(), now)?);
        let serves = self.engine.fingerprint() == rules.fingerprint;
        let untouched = self.taken.is_none_or(|(hash, _)| Some(hash) == look.hash());
        // Other lines, though the same rules, are taken as well: `explain` points at lines.
        if !(serves && untouched) {
            let engine = Arc::clone(&self.engine);
            let guard = match force {
                Some(rules) => self.settings.guard.clone().force(rules),
                None => self.settings.guard.clone(),
            };
            let program = guarded(|| engine.compile_shared(Arc::clone(&rules)))?;
            engine.swap_guarded(program, &guard).map_err(|error| match error {
                SwapError::Loses(loss) => Problem::Loses(loss),
                other => Problem::Internal(other.to_string()),
            })?;
        }
        self.taken = look.hash().map(|hash| (hash, self.engine.generation()));
        // Only now: what is kept has served.
        self.keep(LastGood::new(&look.sources, &rules, previous, now));
        Ok(())
    }

    fn attempt(
        &mut self,
        look: &Look,
        previous: Option<Manifest>,
        now: Timestamp,
    ) -> Result<Rules, Problem> {
        attempt(look, previous, now, &self.settings.limits, &mut self.files)
    }

    fn keep(&mut self, good: LastGood) {
        let Some(keep) = &self.settings.keep else { return };
        let not_kept = good.write(keep).err();
        self.unkept = not_kept.is_some().then_some(good);
        self.shared.change(|status| status.not_kept = not_kept);
    }

    /// Tries again to keep what is good, where that failed.
    fn keep_again(&mut self) {
        if let Some(good) = self.unkept.take() {
            self.keep(good);
        }
    }

    /// Which rules serve now, also where the host swapped by itself.
    fn observe(&self) {
        let (generation, fingerprint) = (self.engine.generation(), self.engine.fingerprint());
        let ours = self.taken.is_some_and(|(_, taken)| taken == generation);
        let now = (self.settings.clock)();
        self.shared.change(|status| {
            if ours {
                status.serving = Serving::Folder;
            } else if status.generation != generation {
                status.serving = Serving::Host;
            }
            if status.generation != generation {
                status.generation = generation;
                status.fingerprint = fingerprint;
                status.since = now;
            }
        });
    }
}
