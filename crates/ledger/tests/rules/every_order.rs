//! All permutations of a list.

/// Calls `visit` with every order of the first `count` items (Heap's algorithm).
pub fn every_order<T>(items: &mut [T], count: usize, visit: &mut impl FnMut(&[T])) {
    if count <= 1 {
        return visit(items);
    }
    for index in 0..count {
        every_order(items, count - 1, visit);
        let swapped = if count.is_multiple_of(2) { index } else { 0 };
        items.swap(swapped, count - 1);
    }
}
