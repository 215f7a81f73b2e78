//! A watched folder: what changes there and is good serves; what is bad changes nothing and is said.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use onward::value::Timestamp;
use onward::watch::{FolderError, Problem, Serving, Settings, Status};
use onward::{Answer, Customer, Engine};

use super::{Hour, Place, question, rename_save, rules, shop, shown, until};

/// Looks often, hears events, and has the paces that a host has where it says nothing.
fn live() -> Settings {
    Settings::new(|| Hour::at(0)).poll(Duration::from_millis(50))
}

fn codes(status: &Status) -> Vec<String> {
    match &status.problem {
        Some(Problem::Rules(found, _)) => found.iter().map(|d| d.code.to_string()).collect(),
        other => panic!("other trouble: {other:?}"),
    }
}

#[test]
fn a_good_change_serves_and_a_bad_one_does_not() {
    let place = Place::new(&shop(10, 4));
    let hour = Hour::default();
    let watch = place.start_with(hour.settings());
    let first = watch.status();
    assert_eq!(
        (first.generation, first.serving, first.problem.is_none()),
        (1, Serving::Folder, true)
    );
    assert_eq!((first.since, first.compiles), (Hour::at(0), 1));
    hour.set(60);
    place.write("shop.journey", shop(20, 4));
    let second = watch.reload();
    assert_eq!((second.generation, second.since), (2, Hour::at(60)));
    assert_eq!(shown(watch.engine())[0].1, Some(1150.0));
    hour.set(120);
    place.write("shop.journey", shop(30, 4).replace("visits >= 1", "vists >= 1"));
    let third = watch.reload();
    assert_eq!((third.generation, third.since, third.tried), (2, Hour::at(60), Hour::at(120)));
    assert_eq!(codes(&third), ["E0203"]);
    assert_eq!(third.fingerprint, second.fingerprint);
    assert!(third.to_string().contains("E0203 no customer attribute is called `vists`"), "{third}");
    assert!(third.to_string().starts_with("the last good rules go on serving ("), "{third}");
    assert_eq!(shown(watch.engine())[0].1, Some(1150.0));
    // As it was again: nothing is swapped, and nothing is wrong any more.
    place.write("shop.journey", shop(20, 4));
    let fourth = watch.reload();
    assert_eq!((fourth.generation, fourth.problem.is_none()), (2, true));
}

#[test]
fn every_outcome_is_reported_once() {
    let place = Place::new(&shop(10, 4));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&heard);
    let settings = Hour::default().settings().report(move |status| {
        tell.lock().unwrap().push((status.generation, status.problem.is_some()));
    });
    let watch = place.start_with(settings.poll(Duration::from_millis(5)));
    // At once, since nothing waits for a file that is being written here.
    let file = place.rules.join("shop.journey");
    rename_save(&file, "nothing");
    until(&watch, |status| status.problem.is_some());
    let looks = watch.status().looks;
    until(&watch, |status| status.looks > looks + 5);
    rename_save(&file, &shop(20, 4));
    until(&watch, |status| status.generation == 2);
    drop(watch);
    assert_eq!(*heard.lock().unwrap(), [(1, false), (1, true), (2, false)]);
}

#[test]
fn a_report_that_panics_does_not_end_the_watching() {
    let place = Place::new(&shop(10, 4));
    let settings = Hour::default().settings().report(|status| {
        assert!(status.generation != 2, "a fault of the host");
    });
    let watch = place.start_with(settings);
    for n in 2..5 {
        place.write("shop.journey", shop(10 * n, 4));
        assert_eq!(watch.reload().generation, u64::from(n));
    }
}

#[test]
fn events_tell_of_a_save_and_of_one_by_renaming() {
    let place = Place::new(&shop(10, 4));
    // The poll would come far too late.
    let watch = place.start_with(Settings::new(|| Hour::at(0)).poll(Duration::from_secs(3600)));
    if !until(&watch, |status| status.looks > 0).events {
        until(&watch, |status| status.events);
    }
    place.write("shop.journey", shop(20, 4));
    until(&watch, |status| status.generation == 2);
    rename_save(&place.rules.join("shop.journey"), &shop(30, 4));
    until(&watch, |status| status.generation == 3);
    place.write("more/extra.journey", "segment regular { visits >= 10 }\n");
    until(&watch, |status| status.generation == 4);
    std::fs::remove_dir_all(place.rules.join("more")).unwrap();
    until(&watch, |status| status.generation == 5);
    // What nobody names is nobody's business.
    place.write("notes.txt", "buy milk");
    place.write(".shop.journey.swp", "half");
    let looks = watch.status().looks;
    until(&watch, |status| status.looks > looks);
    assert_eq!(watch.status().compiles, 5);
}

#[test]
fn the_poll_finds_what_events_lost_whatever_the_time_and_size_of_the_file() {
    let place = Place::new(&shop(10, 4));
    let path = place.rules.join("shop.journey");
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    let watch = place.start_with(live().without_events());
    place.write("shop.journey", shop(20, 4));
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(shop(10, 4).len(), shop(20, 4).len());
    until(&watch, |status| status.generation == 2);
    assert!(!watch.status().events);
}

#[test]
fn content_that_rules_name_is_watched_too() {
    let rules = shop(10, 4).replace("banner: \"a2 at 10\"", "banner: file   \"texts/a2.txt\"");
    let place = Place::new(&shop(10, 4));
    place.write("texts/a2.txt", "Two");
    place.write("shop.journey", &rules);
    let watch = place.start();
    let fingerprint = watch.status().fingerprint;
    place.write("texts/a2.txt", "Too");
    let status = watch.reload();
    assert_eq!((status.generation, status.problem.is_none()), (2, true));
    assert_ne!(status.fingerprint, fingerprint);
    std::fs::remove_file(place.rules.join("texts/a2.txt")).unwrap();
    assert!(watch.reload().problem.is_some());
    drop(watch);
    // The last good rules have their content with them.
    let watch = place.start();
    assert_eq!(watch.status().serving, Serving::LastGood);
    assert_eq!(watch.status().fingerprint, status.fingerprint);
}

#[test]
fn a_half_saved_file_is_not_compiled() {
    let place = Place::new(&shop(10, 4));
    let settings = Hour::default().settings();
    let watch = place.start_with(settings.debounce(Duration::ZERO, Duration::from_millis(300)));
    let (old, new) = (watch.status(), shop(20, 4));
    place.write("shop.journey", &new[..new.len() / 2]);
    let after = std::thread::scope(|scope| {
        let reloading = scope.spawn(|| watch.reload());
        // As soon as it has looked the rest is written.
        until(&watch, |status| status.looks > old.looks);
        std::thread::sleep(Duration::from_millis(20));
        place.write("shop.journey", &new);
        reloading.join().unwrap()
    });
    assert_eq!(after.problem.map(|problem| problem.to_string()), None);
    assert_eq!((after.generation, after.compiles), (2, old.compiles + 1));
}

#[test]
fn between_two_compiles_there_is_a_pace() {
    let place = Place::new(&shop(10, 4));
    let settings = Hour::default().settings().pace(Duration::from_millis(200));
    let started = Instant::now();
    let watch = place.start_with(settings);
    for n in 2..7 {
        place.write("shop.journey", shop(10 * n, 4));
        assert_eq!(watch.reload().generation, u64::from(n));
    }
    assert_eq!(watch.status().compiles, 6);
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(5 * 200), "6 compiles in {took:?}");
}

#[test]
fn a_deleted_folder_leaves_the_rules_and_comes_back() {
    let place = Place::new(&shop(10, 4));
    let watch = place.start_with(live());
    std::fs::remove_dir_all(&place.rules).unwrap();
    let gone = until(&watch, |status| status.problem.is_some());
    assert!(
        matches!(&gone.problem, Some(Problem::Folder(FolderError::Unreadable(path, _))) if path.ends_with("rules")),
        "{gone}"
    );
    assert_eq!(gone.generation, 1);
    assert_eq!(shown(watch.engine())[0].0, "a3");
    place.replace(&[("shop.journey".into(), shop(20, 4).into())]);
    until(&watch, |status| status.generation == 2 && status.problem.is_none());
    // An empty one is no workspace either.
    std::fs::remove_file(place.rules.join("shop.journey")).unwrap();
    let empty = until(&watch, |status| status.problem.is_some());
    assert!(matches!(empty.problem, Some(Problem::Folder(FolderError::NoRules(_)))), "{empty}");
    place.write("shop.journey", shop(30, 4));
    until(&watch, |status| status.generation == 3);
}

#[cfg(unix)]
#[test]
fn a_link_that_flips_brings_the_other_folder() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    for (name, euros) in [("one", 10), ("two", 20), ("three", 30)] {
        std::fs::create_dir(at(name)).unwrap();
        std::fs::write(at(name).join("shop.journey"), shop(euros, 4)).unwrap();
    }
    let flip = |to: &str| {
        symlink(to, at("next")).unwrap();
        std::fs::rename(at("next"), at("current")).unwrap();
    };
    flip("one");
    let watch = onward::watch::start(at("current"), live()).unwrap();
    flip("two");
    until(&watch, |status| status.generation == 2);
    // The events of the folder that it points at now come.
    std::fs::write(at("two/shop.journey"), shop(25, 4)).unwrap();
    until(&watch, |status| status.generation == 3);
    flip("three");
    until(&watch, |status| status.generation == 4);
    std::fs::remove_file(at("current")).unwrap();
    until(&watch, |status| status.problem.is_some());
    flip("one");
    until(&watch, |status| status.generation == 5);
}

#[cfg(unix)]
#[test]
fn links_within_the_folder_are_followed_and_one_that_leaves_it_is_refused() {
    use std::os::unix::fs::symlink;
    // As a configuration is mounted into containers: files are links through a hidden link that flips.
    let place = Place::new(&shop(10, 4));
    place.write("..v1/shop.journey", shop(20, 4));
    place.write("..v2/shop.journey", shop(30, 4));
    symlink("..v1", place.rules.join("..data")).unwrap();
    std::fs::remove_file(place.rules.join("shop.journey")).unwrap();
    symlink("..data/shop.journey", place.rules.join("shop.journey")).unwrap();
    let watch = place.start_with(live());
    let before = watch.status().fingerprint;
    symlink("..v2", place.rules.join("..next")).unwrap();
    std::fs::rename(place.rules.join("..next"), place.rules.join("..data")).unwrap();
    let after = until(&watch, |status| status.generation == 2);
    assert_ne!(after.fingerprint, before);
    std::fs::write(place.rules.parent().unwrap().join("outside.journey"), shop(40, 4)).unwrap();
    symlink("../outside.journey", place.rules.join("link.journey")).unwrap();
    let refused = until(&watch, |status| status.problem.is_some());
    assert!(refused.to_string().contains("`link.journey` is a link that leaves"), "{refused}");
}

#[test]
fn files_that_cannot_be_read_as_text_or_at_all_are_said_so() {
    let place = Place::new(&shop(10, 4));
    let watch = place.start();
    let check = |name: &str, bytes: &[u8], says: &str| {
        place.write(name, bytes);
        let status = watch.reload();
        assert_eq!(status.generation, 1);
        assert!(status.to_string().contains(says), "{status}");
        std::fs::remove_file(place.rules.join(name)).unwrap();
    };
    check("latin.journey", b"segment caf\xe9 { visits >= 3 }\n", "latin.journey: E0102");
    check("empty.journey", b"\0\0\0", "empty.journey: ");
    check("deep.journey", "segment s {".repeat(1_000).as_bytes(), "deep.journey: ");
    check("large.journey", &vec![b' '; (4 << 20) + 1], "large.journey: E0101");
    std::fs::create_dir(place.rules.join("dir.journey")).unwrap();
    assert!(watch.reload().to_string().contains("`dir.journey` is no file"));
    std::fs::remove_dir(place.rules.join("dir.journey")).unwrap();
    unreadable(&place.rules.join("shop.journey"), || {
        assert!(watch.reload().to_string().contains("cannot read"), "{}", watch.status());
    });
    assert_eq!(watch.reload().problem.map(|problem| problem.to_string()), None);
    assert_eq!(watch.status().generation, 1);
}

/// With a file that nobody may read; the superuser reads everything.
#[cfg(unix)]
fn unreadable(path: &Path, work: impl FnOnce()) {
    use std::os::unix::fs::PermissionsExt;
    let before = std::fs::metadata(path).unwrap().permissions();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(path).is_err() {
        work();
    }
    std::fs::set_permissions(path, before).unwrap();
}

#[cfg(not(unix))]
fn unreadable(_: &Path, _: impl FnOnce()) {}

#[test]
fn the_guard_stands_before_the_folder_until_it_is_forced() {
    let place = Place::new(&shop(10, 10));
    let watch = place.start();
    place.write("shop.journey", shop(10, 6));
    let status = watch.reload();
    let Some(Problem::Loses(loss)) = &status.problem else { panic!("{status}") };
    assert_eq!((loss.actions.len(), loss.of), (4, 10));
    assert!(
        status.to_string().contains("drop 4 of 10 actions (`a6`, `a7`, `a8`, `a9`)"),
        "{status}"
    );
    // Another set is not forced along.
    place.write("shop.journey", shop(10, 5));
    assert!(matches!(watch.force(loss.fingerprint).problem, Some(Problem::Loses(_))));
    assert_eq!(watch.status().generation, 1);
    place.write("shop.journey", shop(10, 6));
    let status = watch.force(loss.fingerprint);
    assert_eq!((status.generation, status.problem.is_none()), (2, true));
    // That was for once.
    place.write("shop.journey", shop(10, 1));
    assert!(matches!(watch.reload().problem, Some(Problem::Loses(_))));
}

#[test]
fn a_host_may_watch_for_the_engine_it_built_and_roll_back_beneath_it() {
    let place = Place::new(&shop(10, 4));
    let engine = Arc::new(Engine::new(&rules(&shop(10, 4))));
    let settings = Hour::default().settings().poll(Duration::from_millis(5));
    let watch = engine.watch(&place.rules, settings);
    // The folder says what the engine has: it is looked at, and nothing is swapped.
    until(&watch, |status| status.compiles == 1 && status.serving == Serving::Folder);
    assert_eq!(engine.generation(), 1);
    place.write("shop.journey", shop(20, 4));
    until(&watch, |status| status.generation == 2);
    engine.rollback().unwrap();
    let back = until(&watch, |status| status.generation == 3);
    assert_eq!(back.serving, Serving::Host);
    // The folder as it stands does not come again by itself.
    let looks = watch.status().looks;
    until(&watch, |status| status.looks > looks + 3);
    assert_eq!(engine.generation(), 3);
    assert_eq!(shown(&engine)[0].1, Some(650.0));
    assert_eq!(watch.reload().generation, 4);
    assert_eq!(shown(&engine)[0].1, Some(1150.0));
    drop(watch);
    place.write("shop.journey", shop(30, 4));
    assert_eq!(shown(&engine)[0].1, Some(1150.0));
}

#[test]
fn replaced_rules_are_freed_soon_by_the_watching_thread() {
    struct Rider(Arc<Mutex<Vec<std::thread::ThreadId>>>);
    impl Drop for Rider {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(std::thread::current().id());
        }
    }
    let place = Place::new(&shop(10, 4));
    let watch = place.start();
    let engine = watch.engine();
    engine.keep_earlier(0);
    let freed = Arc::new(Mutex::new(Vec::new()));
    let mut program = engine.compile(&rules(&shop(20, 4)));
    program.carry(Rider(Arc::clone(&freed)));
    engine.swap(program).unwrap();
    let mut answer = Answer::default();
    engine.decide_into(&question(5), &mut answer).unwrap();
    let next = engine.compile(&rules(&shop(30, 4)));
    engine.swap(next).unwrap();
    let generation = until(&watch, |status| status.generation == 3).generation;
    assert_eq!((generation, answer.generation()), (3, 2));
    assert_eq!(freed.lock().unwrap().len(), 0, "an answer holds it");
    drop(answer);
    assert_eq!(freed.lock().unwrap().len(), 0, "whoever asks frees nothing");
    let started = Instant::now();
    while freed.lock().unwrap().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(30), "never freed");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_ne!(*freed.lock().unwrap(), [std::thread::current().id()]);
}

#[test]
fn customers_keep_what_they_brought_through_a_watched_change() {
    let place = Place::new(&shop(10, 2));
    let watch = place.start();
    let engine = watch.engine();
    // The rules do not know yet what `town` is.
    engine.put(&Customer::new("v0").set("visits", 0_i64).set("town", "Paris")).unwrap();
    let plain = shop(10, 2);
    let town = plain
        .replace("visits: number default 0", "visits: number default 0\n  town: optional text")
        .replace("visits >= 1", "town is \"paris\"");
    place.write("shop.journey", &town);
    assert_eq!(watch.reload().generation, 2);
    let actions: Vec<_> = {
        let decision = engine.decide(&question(0)).unwrap();
        decision.actions().map(str::to_owned).collect()
    };
    assert_eq!(actions, ["a1", "a0"]);
    // Through a broken file, and back to rules without it, and on to it again.
    for text in [&town[..town.len() - 5], plain.as_str(), town.as_str()] {
        place.write("shop.journey", text);
        watch.reload();
    }
    let decision = engine.decide(&question(0)).unwrap();
    assert_eq!(decision.actions().collect::<Vec<_>>(), ["a1", "a0"]);
    assert_eq!((decision.generation, watch.engine().customers()), (4, 1));
}

#[test]
fn rules_with_a_last_day_are_read_by_the_hosts_clock() {
    let place = Place::new(&shop(10, 4));
    let clock = || Timestamp::parse("2027-06-01T00:00:00Z").unwrap();
    let settings = Settings::new(clock).pace(Duration::ZERO).without_events();
    let watch = onward::watch::start(&place.rules, settings).unwrap();
    assert_eq!(watch.status().since, clock());
    assert_eq!(watch.status().tried, clock());
}
