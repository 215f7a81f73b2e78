//! An external id as the map keeps it: where it is of a usual length, within the entry itself.
//!
//! A look-up then reads one line of memory where it would read two, and a customer takes one allocation less.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// Bytes that lie in the entry itself.
const INLINE: usize = 30;

/// See the module. Compared and hashed as its bytes.
#[derive(Clone, Debug)]
pub(super) enum Name {
    /// So many of these bytes.
    Short(u8, [u8; INLINE]),
    Long(Box<[u8]>),
}

const _: () = assert!(size_of::<Name>() == 32, "an id and its key take five words");

impl Name {
    pub(super) fn new(id: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..id.len()), u8::try_from(id.len())) {
            (Some(into), Ok(length)) => {
                into.copy_from_slice(id.as_bytes());
                Self::Short(length, bytes)
            }
            _ => Self::Long(id.as_bytes().into()),
        }
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }

    /// As it was given.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl Borrow<[u8]> for Name {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn ids_of_every_length_stay_themselves() {
        let mut names = Vec::new();
        for length in [0, 1, 29, 30, 31, 32, 255, 256, 512] {
            let id = "ä-x".chars().cycle().take(length).collect::<String>();
            assert_eq!(Name::new(&id).text(), id);
            names.push(Name::new(&id));
        }
        for (at, name) in names.iter().enumerate() {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{at}");
        }
        // What lies behind a short one is not part of it.
        assert!(Name::new("a") != Name::new("a\0"));
    }
}
