//! Many short strings one behind the other: one allocation, and one look at the UTF-8 of all.

use xxhash_rust::xxh3::xxh3_64;

/// No string.
const NONE: u32 = u32::MAX;

/// Strings by number, each of them once.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    /// Per string the byte after its last.
    ends: Vec<u32>,
    /// The strings' numbers in the places of their hashes, or as soon behind as there is room.
    places: Vec<u32>,
}

impl Words {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start as usize..self.ends[i] as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.len()).map(|i| self.get(i))
    }

    /// A string's number.
    pub(super) fn find(&self, string: &str) -> Option<u32> {
        let mut found = probe(string, self.places.len()).map(|at| self.places[at]);
        found.find(|&n| n == NONE || self.get(n as usize) == string).filter(|&n| n != NONE)
    }
}

/// Where a string may stand among so many places, which are a power of two.
fn probe(string: &str, places: usize) -> impl Iterator<Item = usize> {
    let first = xxh3_64(string.as_bytes()) as usize;
    (0..places).map(move |step| first.wrapping_add(step) & (places - 1))
}

impl<'a> FromIterator<&'a str> for Words {
    fn from_iter<I: IntoIterator<Item = &'a str>>(strings: I) -> Self {
        let mut words = Self::default();
        for s in strings {
            words.text.push_str(s);
            words.ends.push(words.text.len() as u32);
        }
        let mut places = vec![NONE; (2 * words.len()).next_power_of_two()];
        for (string, n) in words.iter().zip(0..) {
            let free = probe(string, places.len()).find(|&at| places[at] == NONE);
            free.into_iter().for_each(|at| places[at] = n);
        }
        words.places = places;
        words
    }
}
