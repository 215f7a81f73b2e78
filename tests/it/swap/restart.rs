//! A restart after a bad file serves the last good rules and says so; with nothing good it says that.

use onward::watch::{self, KeptError, Problem, Serving, StartError};

use super::{Hour, Place, rules, shop, shown};

const NEWEST: &str = "last_good.onward";
const BEFORE: &str = "last_good.before.onward";

/// Good rules at 10, then at 20, then a file with a mistake.
fn broken() -> Place {
    let place = Place::new(&shop(10, 4));
    {
        let watch = place.start();
        place.write("shop.journey", shop(20, 4));
        assert_eq!(watch.reload().generation, 2);
    }
    place.write("shop.journey", "action broken {");
    place
}

#[test]
fn the_last_good_rules_serve_after_a_restart() {
    let place = broken();
    let hour = Hour::default();
    hour.set(500);
    let watch = place.start_with(hour.settings());
    let status = watch.status();
    assert_eq!(
        (status.serving, status.generation, status.since),
        (Serving::LastGood, 1, Hour::at(500))
    );
    assert!(matches!(status.problem, Some(Problem::Rules(..))), "{status}");
    assert_eq!(status.fingerprint, rules(&shop(20, 4)).fingerprint);
    assert!(status.kept_trouble.is_none() && status.not_kept.is_none());
    assert_eq!(shown(watch.engine())[0].1, Some(1150.0));
    assert!(status.to_string().starts_with("the last good rules go on serving ("), "{status}");
    // Mended, the folder serves again.
    place.write("shop.journey", shop(30, 4));
    let status = watch.reload();
    assert_eq!((status.serving, status.generation), (Serving::Folder, 2));
    drop(watch);
    assert_eq!(place.start().status().serving, Serving::Folder);
}

#[test]
fn the_mended_folder_may_be_the_last_good_one() {
    let place = broken();
    let watch = place.start();
    place.write("shop.journey", shop(20, 4));
    let status = watch.reload();
    assert_eq!(
        (status.serving, status.generation, status.problem.is_none()),
        (Serving::Folder, 1, true)
    );
}

#[test]
fn a_damaged_file_is_noticed_and_the_one_before_it_serves() {
    let place = broken();
    let newest = place.keep.join(NEWEST);
    let good = std::fs::read(&newest).unwrap();
    // Any one byte, anywhere; and any cut.
    let mut damaged: Vec<Vec<u8>> = (0..good.len())
        .step_by(good.len() / 40)
        .map(|at| {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            bytes
        })
        .collect();
    damaged.extend([0, 1, 40, good.len() / 2, good.len() - 1].map(|end| good[..end].to_vec()));
    damaged.push([&good[..], b" "].concat());
    for bytes in damaged {
        std::fs::write(&newest, &bytes).unwrap();
        let watch = place.start();
        let status = watch.status();
        assert_eq!(status.fingerprint, rules(&shop(10, 4)).fingerprint, "{status}");
        let kind = status.kept_trouble.as_ref();
        assert!(matches!(kind, Some(KeptError::Damaged(_) | KeptError::Version(_))), "{kind:?}");
        assert!(status.to_string().contains(NEWEST), "{status}");
    }
    std::fs::write(&newest, &good).unwrap();
    assert_eq!(place.start().status().fingerprint, rules(&shop(20, 4)).fingerprint);
}

#[test]
fn a_crash_between_the_two_renames_loses_nothing() {
    let place = broken();
    std::fs::rename(place.keep.join(NEWEST), place.keep.join(BEFORE)).unwrap();
    // What a crash while writing leaves.
    std::fs::write(place.keep.join(".last_good.onward.1.tmp"), "half").unwrap();
    let status = place.start().status();
    assert_eq!(status.fingerprint, rules(&shop(20, 4)).fingerprint);
    assert_eq!(status.kept_trouble, None);
}

#[test]
fn what_another_release_wrote_is_told_apart_from_damage() {
    let place = broken();
    for name in [NEWEST, BEFORE] {
        let text = String::from_utf8(std::fs::read(place.keep.join(name)).unwrap()).unwrap();
        std::fs::write(place.keep.join(name), text.replacen("format 1", "format 2", 1)).unwrap();
    }
    let settings = Hour::default().settings().keep_last_good(&place.keep);
    let Err(error) = watch::start(&place.rules, settings) else { panic!("it serves something") };
    assert!(matches!(&error, StartError::Nothing { trouble: Some(KeptError::Version(_)), .. }));
    let told = error.to_string();
    assert!(told.starts_with("there are no rules to serve: shop.journey: E"), "{told}");
    assert!(told.contains("was written by another release of onward"), "{told}");
}

#[test]
fn with_nothing_good_the_start_fails_and_says_why() {
    let place = Place::new("action broken {");
    let start = |keep: bool| {
        let settings = Hour::default().settings();
        let settings = if keep { settings.keep_last_good(&place.keep) } else { settings };
        match watch::start(&place.rules, settings) {
            Ok(watch) => panic!("it serves {}", watch.status()),
            Err(error) => error.to_string(),
        }
    };
    for keep in [false, true] {
        let told = start(keep);
        assert!(told.starts_with("there are no rules to serve: shop.journey: E"), "{told}");
        assert!(told.ends_with("; no last good ones are kept"), "{told}");
    }
    std::fs::remove_dir_all(&place.rules).unwrap();
    assert!(start(true).starts_with("there are no rules to serve: cannot read `"));
    assert!(!place.keep.join(NEWEST).exists());
}

#[test]
fn the_guard_compares_with_the_last_good_rules_at_a_start_too() {
    let place = Place::new(&shop(10, 10));
    drop(place.start());
    place.write("shop.journey", shop(10, 6));
    for _ in 0..2 {
        let watch = place.start();
        let status = watch.status();
        let Some(Problem::Loses(loss)) = &status.problem else { panic!("{status}") };
        assert_eq!((loss.actions.len(), status.serving), (4, Serving::LastGood));
    }
    let watch = place.start();
    let Some(Problem::Loses(loss)) = watch.status().problem else { panic!("{}", watch.status()) };
    assert_eq!(watch.force(loss.fingerprint).generation, 2);
    drop(watch);
    let status = place.start().status();
    assert_eq!((status.serving, status.problem.is_none()), (Serving::Folder, true));
}

#[test]
fn what_cannot_be_kept_is_said_and_kept_later() {
    let place = Place::new(&shop(10, 4));
    // A folder stands where the file should be.
    std::fs::create_dir_all(place.keep.join(NEWEST)).unwrap();
    let watch = place.start();
    let status = watch.status();
    assert!(matches!(status.not_kept, Some(KeptError::System(..))), "{status}");
    assert!(status.to_string().contains("; they are not kept for a restart: "), "{status}");
    assert!(status.problem.is_none());
    std::fs::remove_dir(place.keep.join(NEWEST)).unwrap();
    place.write("shop.journey", shop(20, 4));
    assert_eq!(watch.reload().not_kept, None);
    drop(watch);
    place.write("shop.journey", "broken");
    assert_eq!(place.start().status().fingerprint, rules(&shop(20, 4)).fingerprint);
}

#[test]
fn what_could_not_be_kept_is_tried_again_with_the_poll() {
    let place = Place::new(&shop(10, 4));
    std::fs::create_dir_all(place.keep.join(NEWEST)).unwrap();
    let settings = Hour::default().settings().poll(std::time::Duration::from_millis(5));
    let watch = place.start_with(settings);
    assert!(watch.status().not_kept.is_some());
    std::fs::remove_dir(place.keep.join(NEWEST)).unwrap();
    super::until(&watch, |status| status.not_kept.is_none());
    assert!(place.keep.join(NEWEST).is_file());
}

#[test]
fn pauses_hold_after_a_restart_and_a_lost_list_of_them_stops_the_start() {
    let place = Place::new(&shop(10, 4));
    let watch = place.start();
    watch.pause("a3").unwrap();
    watch.pause("a2").unwrap();
    assert!(watch.resume("a2").unwrap());
    drop(watch);
    let watch = place.start();
    assert_eq!(watch.engine().paused(), ["a3"]);
    assert_eq!(shown(watch.engine())[0].0, "a2");
    drop(watch);
    let path = place.keep.join("paused.onward");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("a3", "a9")).unwrap();
    let settings = Hour::default().settings().keep_last_good(&place.keep);
    let Err(error) = watch::start(&place.rules, settings) else { panic!("it started") };
    assert!(matches!(error, StartError::Pauses(KeptError::Damaged(_))), "{error}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(place.start().engine().paused(), [""; 0]);
}

#[test]
fn what_was_good_once_serves_after_the_day_on_which_it_would_be_refused() {
    // `old` may be used by nothing new once its day has passed; what used it before goes on.
    let old = "segment old retired 2026-09-15 { visits >= 3 }\nsegment user { in segment old }\n";
    let text = format!("{}{old}", shop(10, 4));
    let place = Place::new(&text);
    let hour = Hour::default();
    assert!(Hour::at(0) < super::noon());
    drop(place.start_with(hour.settings()));
    let kept = std::fs::read(place.keep.join(NEWEST)).unwrap();
    hour.set(60 * 86_400);
    let Err(error) = watch::start(&place.rules, hour.settings()) else { panic!("it is new") };
    assert!(error.to_string().contains("E0207 `old` is retired"), "{error}");
    // With what is kept of the rules before, it is nothing new.
    assert_eq!(place.start_with(hour.settings()).status().serving, Serving::Folder);
    for kept in [kept, std::fs::read(place.keep.join(NEWEST)).unwrap()] {
        std::fs::write(place.keep.join(NEWEST), kept).unwrap();
        place.write("shop.journey", "broken");
        let status = place.start_with(hour.settings()).status();
        assert_eq!(status.serving, Serving::LastGood, "{status}");
        assert_eq!(status.fingerprint, rules_at(&text).fingerprint);
    }
}

/// Checked as of the first day.
fn rules_at(text: &str) -> onward::Rules {
    let context = onward::Context { now: Some(Hour::at(0)), ..onward::Context::default() };
    let checked = onward::check(&[onward::Source::new("shop.journey", text)], &context);
    checked.rules.expect("good rules")
}
