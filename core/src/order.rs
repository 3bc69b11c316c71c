//! Sorting for a module that a browser loads.
//!
//! The standard library compiles a sort once for every comparison, 2 to 6 KB each time; thirty of them were a tenth of
//! the browser's module. There, one sort of numbers is compiled, and each use only compares and swaps.

use std::cmp::Ordering;

/// A stable sort.
pub(crate) fn by<T>(items: &mut [T], cmp: impl FnMut(&T, &T) -> Ordering) {
    #[cfg(not(target_family = "wasm"))]
    items.sort_by(cmp);
    #[cfg(target_family = "wasm")]
    in_one(items, cmp);
}

/// A sort that keeps no order among equals, and takes no memory but in a browser.
pub(crate) fn in_place_by<T>(items: &mut [T], cmp: impl FnMut(&T, &T) -> Ordering) {
    #[cfg(not(target_family = "wasm"))]
    items.sort_unstable_by(cmp);
    #[cfg(target_family = "wasm")]
    in_one(items, cmp);
}

/// Puts the first `k` items before all others; `k` is less than their number.
pub(crate) fn first_by<T>(items: &mut [T], k: usize, cmp: impl FnMut(&T, &T) -> Ordering) {
    #[cfg(not(target_family = "wasm"))]
    items.select_nth_unstable_by(k, cmp);
    #[cfg(target_family = "wasm")]
    {
        let _ = k;
        in_one(items, cmp);
    }
}

/// A stable sort in ascending order.
pub(crate) fn ascending<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// A stable sort by a key that is cheap to have.
pub(crate) fn by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

#[cfg(any(target_family = "wasm", test))]
fn in_one<T>(items: &mut [T], mut cmp: impl FnMut(&T, &T) -> Ordering) {
    let mut goes_to = ranks(items.len(), &mut |a, b| cmp(&items[a], &items[b]));
    // Each swap brings one item to its place.
    for i in 0..items.len() {
        while goes_to[i] != i {
            let to = goes_to[i];
            items.swap(i, to);
            goes_to.swap(i, to);
        }
    }
}

/// The place of each of `n` items after a stable sort.
#[cfg(any(target_family = "wasm", test))]
fn ranks(n: usize, cmp: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| cmp(a, b));
    let mut ranks = vec![0; n];
    for (rank, item) in order.into_iter().enumerate() {
        ranks[item] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_library_s_stable_sort(keys: Vec<(u8, String)>) {
            let (mut ours, mut theirs) = (keys.clone(), keys);
            in_one(&mut ours, |a, b| a.0.cmp(&b.0));
            theirs.sort_by_key(|a| a.0);
            prop_assert_eq!(ours, theirs);
        }
    }
}
