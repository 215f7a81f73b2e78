//! Watching: the rules of a folder, taken into a running engine as they change; the last good ones stay.
//!
//! In: a folder, and [`Settings`]: the host's clock, how patient to be, where the last good rules are kept. Out: an
//! [`Engine`] that goes on whatever becomes of the folder, and a [`Status`] that says which rules serve and what is
//! wrong with those that do not. The one part of the library that knows files; the hour still comes from the host.
//! Knows nothing of how a decision is taken.
//!
//! A file event only says *look*: what counts is what stands in the files. Events get lost, so the folder is
//! also read every so often and its content compared; it is read twice with one result before it is compiled,
//! so that a half-saved file is rarely looked at; and a set that is compiled and bad, or that the
//! [`Guard`] refuses, changes nothing.

mod events;
mod folder;
mod kept;
mod status;
mod worker;

pub use folder::{Folder, FolderError, lies_within, read_file, read_folder};
pub use kept::KeptError;
pub use status::{Problem, Serving, StartError, Status};

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::check::KeptFiles;
use crate::check::rules::Fingerprint;
use crate::engine::{Engine, Guard};
use crate::syntax::Limits;
use crate::value::Timestamp;
use events::Wake;
use kept::LastGood;
use worker::{Before, Worker, attempt};

/// The hour, as the host has it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Told of each outcome.
pub type Report = Arc<dyn Fn(&Status) + Send + Sync>;

/// How a folder is watched.
#[derive(Clone)]
pub struct Settings {
    clock: Clock,
    report: Option<Report>,
    keep: Option<PathBuf>,
    guard: Guard,
    limits: Limits,
    events: bool,
    debounce: Duration,
    settle: Duration,
    patience: Duration,
    pace: Duration,
    poll: Duration,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("keep", &self.keep)
            .field("guard", &self.guard)
            .field("pace", &self.pace)
            .field("poll", &self.poll)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// With the host's clock; the library has none. It says what day it is to rules with a last day, and since
    /// when a status holds.
    pub fn new(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            report: None,
            keep: None,
            guard: Guard::default(),
            limits: Limits::default(),
            events: true,
            debounce: Duration::from_millis(50),
            settle: Duration::from_millis(20),
            patience: Duration::from_secs(1),
            pace: Duration::from_millis(200),
            poll: Duration::from_secs(2),
        }
    }

    /// Keeps the last good rules, and pauses, in this folder, so that a restart after a bad file serves what
    /// served before. Not within the watched folder.
    #[must_use]
    pub fn keep_last_good(mut self, folder: impl Into<PathBuf>) -> Self {
        self.keep = Some(folder.into());
        self
    }

    /// Called after each attempt to take rules, good or bad, on the thread that made it: the watching thread, or
    /// the one that starts. It must not call back into the [`Watch`].
    #[must_use]
    pub fn report(mut self, report: impl Fn(&Status) + Send + Sync + 'static) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// Another guard than one that lets 30 % of the actions go.
    #[must_use]
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// How large files may be.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How often the folder is read without an event: every 2 seconds, unless said otherwise.
    #[must_use]
    pub fn poll(mut self, every: Duration) -> Self {
        self.poll = every;
        self
    }

    /// The least time from one compile to the next: 200 ms, unless said otherwise.
    #[must_use]
    pub fn pace(mut self, least: Duration) -> Self {
        self.pace = least;
        self
    }

    /// How long files must be quiet after an event (50 ms) and between the two reads that must agree (20 ms).
    #[must_use]
    pub fn debounce(mut self, quiet: Duration, between_reads: Duration) -> Self {
        self.debounce = quiet;
        self.settle = between_reads;
        self
    }

    /// Reads on time alone, for file systems that send no events.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.events = false;
        self
    }
}

/// What the handle and the watching thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    status: Mutex<Status>,
    wake: Wake,
}

impl Shared {
    fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What the handle asks of the watching thread.
#[derive(Debug)]
pub(crate) struct Order {
    force: Option<Fingerprint>,
    done: mpsc::Sender<()>,
}

/// A watched folder; dropped, it ends the watching, and the engine goes on with the rules it has.
#[derive(Debug)]
pub struct Watch {
    engine: Arc<Engine>,
    shared: Arc<Shared>,
    keep: Option<PathBuf>,
    thread: Option<JoinHandle<()>>,
}

/// Starts an engine on the rules of a folder and watches it: the way up for a server.
///
/// Where the folder's rules are bad, or the guard refuses them, the last good ones serve, if some are kept
/// ([`Settings::keep_last_good`]); [`Status::serving`] and [`Status::problem`] say so, and a host should say it
/// loudly. Pauses that were kept hold again.
///
/// # Errors
/// [`StartError`], where there is nothing good to serve.
///
/// # Example
/// ```
/// use onward::value::Timestamp;
/// use onward::watch::{self, Settings};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = || Timestamp::from_millis(
///     std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as i64),
/// );
/// let watch = watch::start("rules/cafe", Settings::new(clock))?;
/// assert_eq!(watch.engine().generation(), 1);
/// assert!(watch.reload().problem.is_none());
/// # Ok(())
/// # }
/// ```
pub fn start(folder: impl AsRef<Path>, settings: Settings) -> Result<Watch, StartError> {
    let folder = folder.as_ref();
    let clock = Arc::clone(&settings.clock);
    let (last, trouble) = match &settings.keep {
        Some(keep) => LastGood::read(keep),
        None => (None, None),
    };
    let paused = settings.keep.as_deref().map_or(Ok(Vec::new()), kept::read_pauses);
    let paused = paused.map_err(StartError::Pauses)?;
    let about = last.as_ref().map(|last| &last.about);
    let look = worker::settled(folder, &settings);
    let previous = about.map(|about| about.manifest.clone());
    let mut files = KeptFiles::default();
    let tried = attempt(&look, previous.clone(), clock(), &settings.limits, &mut files);
    let tried = tried.and_then(|rules| {
        let loss = about.map(|about| about.outline.loss(&crate::engine::Outline::of(&rules)));
        match loss.filter(|loss| !settings.guard.allows(loss)) {
            Some(loss) => Err(Problem::Loses(loss)),
            None => Ok(rules),
        }
    });
    let mut unkept = None;
    let (engine, status, taken) = match tried {
        Ok(rules) => {
            let engine = Engine::new(&rules);
            let mut status = Status::new(&engine, Serving::Folder, clock());
            if let Some(keep) = &settings.keep {
                let good = LastGood::new(&look.sources, &rules, previous, clock());
                status.not_kept = good.write(keep).err();
                unkept = status.not_kept.is_some().then_some(good);
            }
            (engine, status, look.hash())
        }
        Err(problem) => {
            let Some(last) = last else {
                return Err(StartError::Nothing { problem: Box::new(problem), trouble });
            };
            let rules = worker::good_again(&last, &settings.limits);
            let rules = rules.map_err(|last| StartError::Both {
                problem: Box::new(problem.clone()),
                last: Box::new(last),
            })?;
            let engine = Engine::new(&rules);
            let mut status = Status::new(&engine, Serving::LastGood, clock());
            status.problem = Some(problem);
            (engine, status, None)
        }
    };
    for action in &paused {
        engine.pause(action);
    }
    let status = Status { kept_trouble: trouble, compiles: 1, looks: 1, ..status };
    if let Some(report) = &settings.report {
        report(&status);
    }
    let before = Before { tried: Some((look.seen, taken)), unkept, files };
    Ok(Watch::over(Arc::new(engine), folder, settings, status, before))
}

impl Engine {
    /// Watches a folder and takes its rules whenever they change and are good, on a thread of its own; looks
    /// at once. For an engine that a host built by itself; [`start`] builds one.
    #[must_use]
    pub fn watch(self: &Arc<Self>, folder: impl AsRef<Path>, settings: Settings) -> Watch {
        let status = Status::new(self, Serving::Host, (settings.clock)());
        Watch::over(Arc::clone(self), folder.as_ref(), settings, status, Before::default())
    }
}

impl Watch {
    fn over(
        engine: Arc<Engine>,
        folder: &Path,
        settings: Settings,
        status: Status,
        before: Before,
    ) -> Self {
        let keep = settings.keep.clone();
        let shared = Arc::new(Shared { status: Mutex::new(status), wake: Wake::default() });
        let first = before.tried.is_none();
        let worker =
            Worker::new(Arc::clone(&engine), folder, settings, Arc::clone(&shared), before);
        if first {
            shared.wake.touch();
        }
        let spawned =
            std::thread::Builder::new().name("onward-watch".to_owned()).spawn(|| worker.run());
        if let Err(error) = &spawned {
            let why = error.to_string();
            shared.change(|status| status.problem = Some(Problem::Internal(why)));
            shared.wake.stop();
        }
        Self { engine, shared, keep, thread: spawned.ok() }
    }

    /// The engine that is kept up to date.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Which rules serve, since when, and what is wrong with those that do not.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Looks at the folder now, compiles what stands there even if it was tried before, and says what came of
    /// it. Waits for it; the pace between two compiles holds here too.
    pub fn reload(&self) -> Status {
        self.order(None)
    }

    /// As [`reload`](Self::reload), past the guard if these very rules stand there: the fingerprint is the one
    /// that [`Loss`](crate::engine::Loss) names.
    pub fn force(&self, rules: Fingerprint) -> Status {
        self.order(Some(rules))
    }

    /// Takes an action out of every answer at once, and keeps that for the next start.
    ///
    /// # Errors
    /// [`KeptError`], where it could not be kept; the action is paused all the same.
    pub fn pause(&self, action: &str) -> Result<(), KeptError> {
        self.engine.pause(action);
        self.keep_pauses()
    }

    /// Ends a pause, and keeps that; whether there was one.
    ///
    /// # Errors
    /// [`KeptError`], where it could not be kept: then the action is paused again at the next start.
    pub fn resume(&self, action: &str) -> Result<bool, KeptError> {
        let was = self.engine.resume(action);
        self.keep_pauses().map(|()| was)
    }

    fn keep_pauses(&self) -> Result<(), KeptError> {
        let Some(keep) = &self.keep else { return Ok(()) };
        kept::write_pauses(keep, &self.engine.paused())
    }

    fn order(&self, force: Option<Fingerprint>) -> Status {
        let (done, wait) = mpsc::channel();
        self.shared.wake.order(Order { force, done });
        // An error means that the thread is gone; the status says so then.
        let _ = wait.recv();
        self.status()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.wake.stop();
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() != std::thread::current().id() {
            let _ = thread.join();
        }
    }
}
