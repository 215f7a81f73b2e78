//! What wakes the watching thread: file events, orders of the handle, and the end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::{Order, Shared};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The first and the last event since somebody looked.
    touched: Option<(Instant, Instant)>,
    orders: Vec<Order>,
    stop: bool,
}

/// Why the thread woke.
#[derive(Debug)]
pub(super) enum Woken {
    /// Something happened to a file.
    Touched,
    /// Somebody asks.
    Ordered,
    /// Nothing did, for the time given.
    Time,
    /// It is over.
    Stop,
}

impl Wake {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened to a file. In a storm only the first of many wakes anybody.
    pub(super) fn touch(&self) {
        let now = Instant::now();
        let mut state = self.state();
        match &mut state.touched {
            Some((_, last)) => *last = now,
            None => {
                state.touched = Some((now, now));
                self.changed.notify_all();
            }
        }
    }

    pub(super) fn order(&self, order: Order) {
        let mut state = self.state();
        // After the end nobody answers: the order is dropped, which its sender sees.
        if !state.stop {
            state.orders.push(order);
            self.changed.notify_all();
        }
    }

    /// From now on every wait ends at once.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stop = true;
        state.orders.clear();
        self.changed.notify_all();
    }

    /// Waits for something to happen, at most this long.
    pub(super) fn wait(&self, longest: Duration) -> Woken {
        let idle =
            |state: &mut State| !state.stop && state.orders.is_empty() && state.touched.is_none();
        let (state, _) = self
            .changed
            .wait_timeout_while(self.state(), longest, idle)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stop {
            Woken::Stop
        } else if !state.orders.is_empty() {
            Woken::Ordered
        } else if state.touched.is_some() {
            Woken::Touched
        } else {
            Woken::Time
        }
    }

    /// Sleeps, unless it is over; whether to go on.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.state(), time, |state| !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        !state.stop
    }

    /// Waits until no event came for `quiet`, at most `longest` from the first one; an order cuts it short.
    pub(super) fn quiet(&self, quiet: Duration, longest: Duration) {
        loop {
            let left = {
                let state = self.state();
                let Some((first, last)) = state.touched else { return };
                if state.stop || !state.orders.is_empty() {
                    return;
                }
                let now = Instant::now();
                let quiet = quiet.saturating_sub(now.duration_since(last));
                quiet.min(longest.saturating_sub(now.duration_since(first)))
            };
            if left.is_zero() || !self.pause(left) {
                return;
            }
        }
    }

    /// What there is to do; what happens from now on counts anew.
    pub(super) fn take(&self) -> Vec<Order> {
        let mut state = self.state();
        state.touched = None;
        std::mem::take(&mut state.orders)
    }
}

/// Events of the folder, as long as it is the same one.
#[derive(Debug, Default)]
pub(super) struct Events {
    watcher: Option<RecommendedWatcher>,
    /// Which folder is watched: another one may come to stand under its name.
    watched: Option<Identity>,
}

type Identity = (PathBuf, u64);

impl Events {
    /// Watches the folder that stands there now; whether events come.
    pub(super) fn follow(&mut self, folder: &Path, shared: &Arc<Shared>) -> bool {
        let now = identity(folder);
        if now.is_some() && now == self.watched {
            return true;
        }
        self.watched = None;
        self.watcher = watcher(folder, shared);
        if let (Some(watcher), Some((real, _))) = (&mut self.watcher, &now)
            && watcher.watch(real, RecursiveMode::Recursive).is_ok()
        {
            self.watched = now;
        }
        self.watched.is_some()
    }
}

/// With the folder that the folder lies in, where a link may flip and a deleted folder come back.
fn watcher(folder: &Path, shared: &Arc<Shared>) -> Option<RecommendedWatcher> {
    let parent = folder
        .parent()
        .map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    let outer = parent.and_then(|parent| parent.canonicalize().ok());
    let (own, name) = (outer.clone(), folder.file_name().map(ToOwned::to_owned));
    let shared = Arc::downgrade(shared);
    let heard = move |event: notify::Result<notify::Event>| {
        let Some(shared) = shared.upgrade() else { return };
        // A lost event is an event; what reading causes is none.
        let counts = event.as_ref().map_or(true, |event| {
            let reading = matches!(event.kind, EventKind::Access(kind)
                if kind != AccessKind::Close(AccessMode::Write));
            let beside = |path: &PathBuf| {
                path.parent() == own.as_deref() && path.file_name() != name.as_deref()
            };
            !reading
                && (event.need_rescan()
                    || event.paths.is_empty()
                    || !event.paths.iter().all(beside))
        });
        if counts {
            shared.wake.touch();
        }
    };
    let mut watcher = notify::recommended_watcher(heard).ok()?;
    if let Some(outer) = outer {
        let _ = watcher.watch(&outer, RecursiveMode::NonRecursive);
    }
    Some(watcher)
}

#[cfg(unix)]
fn identity(folder: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let real = folder.canonicalize().ok()?;
    let inode = std::fs::metadata(&real).ok()?.ino();
    Some((real, inode))
}

/// Without a number of its own a folder that was deleted and made again is found by the poll.
#[cfg(not(unix))]
fn identity(folder: &Path) -> Option<Identity> {
    folder.canonicalize().ok().map(|real| (real, 0))
}
