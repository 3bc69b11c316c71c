//! Many short strings one behind the other: one allocation, and one look at the UTF-8 of all.

/// Strings by number.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    /// Per string the byte after its last.
    ends: Vec<u32>,
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

    /// The number of a string among ascending ones.
    pub(super) fn find(&self, string: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.get(middle).cmp(string) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }
}

impl<'a> FromIterator<&'a str> for Words {
    fn from_iter<I: IntoIterator<Item = &'a str>>(strings: I) -> Self {
        let mut words = Self::default();
        for s in strings {
            words.text.push_str(s);
            words.ends.push(words.text.len() as u32);
        }
        words
    }
}
