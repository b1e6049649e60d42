//! Looks a key up in a map whose order is minute by minute.

use std::collections::BTreeMap;

use crate::time::Minute;

/// The entries of one key; `first` is the least key there can be.
pub(crate) fn at_each_minute<'a, K: Ord + Clone, V>(
    map: &'a BTreeMap<(Minute, K), V>,
    key: &K,
    first: &K,
) -> Vec<(Minute, &'a V)> {
    let mut found = Vec::new();
    let mut place = map.first_key_value().map(|((minute, _), _)| *minute);
    while let Some(minute) = place {
        found.extend(map.get(&(minute, key.clone())).map(|value| (minute, value)));
        let next = (Minute(minute.0 + 1), first.clone());
        place = map.range(next..).next().map(|((minute, _), _)| *minute);
    }
    found
}
