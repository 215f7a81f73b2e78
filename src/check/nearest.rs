//! The nearest declared name to one that is not declared.

/// The name that was most likely meant; `None` where nothing is close. Ties go to the first in byte order.
pub(crate) fn nearest<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let length = wanted.chars().count();
    if length > 100 {
        return None;
    }
    let lower = wanted.to_lowercase();
    let allowed = (length / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let size = name.chars().count();
        let distance = if name.to_lowercase() == lower {
            0
        } else if size.abs_diff(length) > allowed {
            continue;
        } else {
            strsim::damerau_levenshtein(wanted, name)
        };
        if distance <= allowed && distance < size && best.is_none_or(|b| (distance, name) < b) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// `a, b and c`, cut after twelve.
pub(crate) fn listed<S: AsRef<str>>(names: &[S], joint: &str) -> String {
    const MOST: usize = 12;
    let shown: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    if names.len() > MOST {
        return format!("{} and {} more", shown.join(", "), names.len() - MOST);
    }
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, before)) => format!("{} {joint} {last}", before.join(", ")),
    }
}
